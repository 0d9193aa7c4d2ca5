"""A fake of the engine's `Api` port: campaigns with a true state, and faults on order.

No network, no threads. It waits with `anyio.sleep` only, so that it obeys a virtual clock. Fault names are
those of the sandbox, so that tests/contract can ask the same of both.
"""

from collections import Counter, deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import anyio

from launcher.outcome import Outcome, OutcomeKind, Reading


class Fault(NamedTuple):
    """What a start request that meets it becomes, and whether the campaign really starts."""

    outcome: Outcome
    starts: bool = False
    hangs: bool = False
    """The reply never comes: the outcome is told after `FakeApi.timeout` seconds."""


def _refused(status, reason, **marks):
    return Outcome(OutcomeKind.REFUSED, f"HTTP {status}: {reason}", status, **marks)


def _doubt(reason, status=None):
    return Outcome(OutcomeKind.IN_DOUBT, reason, status)


_THROTTLED = Outcome(OutcomeKind.THROTTLED, "HTTP 429: the rate limit was exceeded", 429)
_ACCEPTED = Outcome(OutcomeKind.ACCEPTED, None, 200, "status Active")
_NOT_FOUND = _refused(400, "Campaign not found")
_UNREACHABLE = Outcome(OutcomeKind.UNSENT, "cannot connect to the host: Connection refused")
_ON_ACTIVE = {
    200: Fault(_ACCEPTED, starts=True),
    409: Fault(_refused(409, "Campaign is already active", already_active=True)),
}

FAULTS = {
    "429": Fault(_THROTTLED),
    "429-seconds": Fault(replace(_THROTTLED, retry_after=2.0)),
    "limit-text-200": Fault(replace(_THROTTLED, http_status=200)),
    "400": Fault(_refused(400, "Campaign has no valid contacts")),
    "401": Fault(_refused(401, "Invalid JWT token", unauthorized=True)),
    "404": Fault(_refused(404, "Campaign not found")),
    "says-failed": Fault(_refused(200, "status 'Failed'")),
    "redirect": Fault(_refused(307, "redirect")),
    "unsent": Fault(_UNREACHABLE),
    "5xx-before": Fault(_doubt("HTTP 500: Internal Server Error", 500)),
    "5xx-after": Fault(_doubt("HTTP 500: Internal Server Error", 500), starts=True),
    "empty-after": Fault(_doubt("HTTP 200 with an empty body", 200), starts=True),
    "truncated-after": Fault(_doubt("HTTP 200, but the reply broke off", 200), starts=True),
    "reset-before": Fault(_doubt("the connection broke before an answer came")),
    "reset-after": Fault(_doubt("the connection broke before an answer came"), starts=True),
    "hang-before": Fault(_doubt("no answer in time"), hangs=True),
    "hang-after": Fault(_doubt("no answer in time"), starts=True, hangs=True),
}


class Call(NamedTuple):
    """One request that was sent."""

    kind: str
    """`start`, `stop`, `status` or `get`."""
    campaign: str
    at: float
    """Loop time, seconds."""


@dataclass
class FakeApi:
    """Implements `launcher.engine.ports.Api`.

    `script` and `read_script` hold, by campaign id, the names of the faults that its start requests and its
    reads meet, one after the other; without one, or when it is used up, all goes well.
    """

    script: dict[str, list[str]] = field(default_factory=dict)
    read_script: dict[str, list[str]] = field(default_factory=dict)
    latency: float = 0.0
    timeout: float = 30.0
    """Seconds after which a hang is told."""
    limit: tuple[int, float] | None = None
    """(requests, seconds) that each account may send in a rolling window; more are throttled."""
    on_active: int = 200
    """The answer to a start of an active campaign; 200 lets it take effect once more, the worst case."""
    unknown: frozenset[str] = frozenset()
    """Campaigns that do not exist."""
    reachable: bool = True
    epoch: float = 1_800_000_000.0
    """Wall time at loop time 0."""
    states: dict[str, str] = field(default_factory=dict)
    """By campaign id; Ready where nothing else is said."""
    starts: Counter = field(default_factory=Counter)
    """Starts that took effect, by campaign id: the truth that a test compares with."""
    calls: list[Call] = field(default_factory=list)
    renewals: int = 0
    in_flight: int = 0
    max_in_flight: int = 0

    def __post_init__(self):
        self._updated = {}
        self._window = {}

    async def start(self, launch):
        campaign = launch.identity.campaign_id
        async with self._request("start", launch) as obstacle:
            fault = Fault(obstacle) if obstacle else self._next(campaign)
            if fault.starts:
                self.starts[campaign] += 1
                self._set(campaign, "Active")
            if fault.hangs:
                await anyio.sleep(self.timeout)
            return fault.outcome

    async def stop(self, launch):
        campaign = launch.identity.campaign_id
        async with self._request("stop", launch) as obstacle:
            if obstacle:
                return obstacle
            if self.states.get(campaign) != "Active":
                return _refused(400, "Campaign is not running")
            self._set(campaign, "Stopped")
            return replace(_ACCEPTED, evidence="status Stopped")

    async def read_status(self, launch):
        return await self._read("status", launch)

    async def read_details(self, launch):
        reading = await self._read("get", launch)
        if reading.state is None:
            return reading
        return replace(
            reading, updated_at=self._updated.get(launch.identity.campaign_id, self.epoch - 3600.0)
        )

    def renew_token(self, launch):
        self.renewals += 1

    async def _read(self, kind, launch):
        campaign = launch.identity.campaign_id
        async with self._request(kind, launch) as obstacle:
            script = self.read_script.get(campaign)
            failed = obstacle or (FAULTS[script.pop(0)].outcome if script else None)
            if failed:
                return unreadable(failed)
            state = self.states.get(campaign, "Ready")
            return Reading(state, clock_skew=0.0, http_status=200, name=f"name of {campaign}")

    def _next(self, campaign):
        script = self.script.get(campaign)
        if script:
            return FAULTS[script.pop(0)]
        return _ON_ACTIVE[self.on_active if self.states.get(campaign) == "Active" else 200]

    def _set(self, campaign, state):
        self.states[campaign] = state
        self._updated[campaign] = self.epoch + anyio.current_time()

    @asynccontextmanager
    async def _request(self, kind, launch):
        """Count the request, take its time, and yield the outcome that keeps it from being served, if any."""
        self.calls.append(Call(kind, launch.identity.campaign_id, anyio.current_time()))
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        try:
            await anyio.sleep(self.latency)
            yield self._obstacle(launch.identity)
        finally:
            self.in_flight -= 1

    def _obstacle(self, identity):
        if not self.reachable:
            return _UNREACHABLE
        if not self._admit(identity.account_id):
            return _THROTTLED
        return _NOT_FOUND if identity.campaign_id in self.unknown else None

    def _admit(self, account_id):
        if self.limit is None:
            return True
        most, seconds = self.limit
        window, now = self._window.setdefault(account_id, deque()), anyio.current_time()
        while window and window[0] <= now - seconds:
            window.popleft()
        if len(window) < most:
            window.append(now)
            return True
        return False


def unreadable(outcome):
    """The reading of a read whose reply was, for a start, this outcome."""
    return Reading(
        None,
        http_status=outcome.http_status,
        reason=outcome.reason,
        retry_after=outcome.retry_after,
        throttled=outcome.kind is OutcomeKind.THROTTLED,
        unauthorized=outcome.unauthorized,
    )
