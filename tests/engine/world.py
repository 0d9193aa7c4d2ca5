"""The other side of the engine in virtual time: servers with a true state, a budget and scripted faults."""

from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from random import Random

import anyio

from launcher.outcome import Outcome, OutcomeKind, Reading

EPOCH = 1_800_000_000.0

ACCEPTED = Outcome(OutcomeKind.ACCEPTED, None, 200, "status Active")
NOT_FOUND = Outcome(OutcomeKind.REFUSED, "Invalid campaign ID (400)", 400)
UNAUTHORIZED = Outcome(OutcomeKind.REFUSED, "Invalid SDK credentials (4002)", 401, unauthorized=True)
UNSENT = Outcome(OutcomeKind.UNSENT, "cannot resolve the host")
THROTTLED = Outcome(OutcomeKind.THROTTLED, "the rate limit is exceeded", 429)


def doubt(reason):
    return Outcome(OutcomeKind.IN_DOUBT, reason)


class WallClock:
    """Wall time that goes with the virtual loop's."""

    def now(self):
        return EPOCH + anyio.current_time()


@dataclass
class World:
    """All accounts' servers at once; implements the engine's `Api` port.

    `script` maps a campaign id to the faults of its start requests, one after the other; without one (or when
    it is used up) a start succeeds. A fault is a name of a method below, `fault_<name>`.
    """

    script: dict[str, list[str]] = field(default_factory=dict)
    read_script: dict[str, list[str]] = field(default_factory=dict)
    latency: tuple[float, float] = (0.1, 0.1)
    limits: dict[str, tuple[int, float]] = field(default_factory=dict)
    seed: int = 0
    started: Counter = field(default_factory=Counter)
    state: dict[str, str] = field(default_factory=dict)
    updated: dict[str, float] = field(default_factory=dict)
    sent: list[tuple[float, str, str, str]] = field(default_factory=list)
    throttled: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    renewed: list[str] = field(default_factory=list)

    def __post_init__(self):
        self.rng = Random(self.seed)
        self._seen = defaultdict(deque)

    async def start(self, launch):
        campaign = launch.identity.campaign_id
        faults = self.script.get(campaign)
        fault = faults.pop(0) if faults else "none"
        async with self._request("start", launch) as allowed:
            if not allowed:
                return THROTTLED
            return await getattr(self, f"fault_{fault}")(campaign)

    async def read_status(self, launch):
        return await self._read("status", launch)

    async def read_details(self, launch):
        return await self._read("details", launch)

    async def _read(self, kind, launch):
        campaign = launch.identity.campaign_id
        faults = self.read_script.get(campaign)
        fault = faults.pop(0) if faults else None
        async with self._request(kind, launch) as allowed:
            if not allowed:
                return Reading(None, throttled=True, reason="rate limit", http_status=429)
            if fault == "unauthorized":
                return Reading(None, unauthorized=True, reason="Invalid SDK credentials", http_status=401)
            if fault is not None:
                return Reading(None, reason=fault, http_status=500)
            updated = self.updated.get(campaign, EPOCH - 5000.0) if kind == "details" else None
            return Reading(self.state.get(campaign, "Ready"), updated_at=updated, http_status=200)

    async def stop(self, launch):
        raise AssertionError("nobody asked to stop anything")

    def renew_token(self, launch):
        self.renewed.append(launch.credentials.owner)

    def _request(self, kind, launch):
        return _Request(self, kind, launch)

    def allows(self, account):
        limit, seconds = self.limits.get(account, (10**9, 60.0))
        seen, now = self._seen[account], anyio.current_time()
        while seen and seen[0] <= now - seconds:
            seen.popleft()
        if len(seen) >= limit:
            self.throttled += 1
            return False
        seen.append(now)
        return True

    def take_effect(self, campaign):
        self.started[campaign] += 1
        self.state[campaign] = "Active"
        self.updated[campaign] = EPOCH + anyio.current_time()

    async def fault_none(self, campaign):
        self.take_effect(campaign)
        return ACCEPTED

    async def fault_refuse(self, _):
        return NOT_FOUND

    async def fault_unauthorized(self, _):
        return UNAUTHORIZED

    async def fault_unsent(self, _):
        return UNSENT

    async def fault_throttle(self, _):
        return THROTTLED

    async def fault_lost_before(self, _):
        return doubt("the connection was reset")

    async def fault_lost_after(self, campaign):
        self.take_effect(campaign)
        return doubt("the connection was reset")

    async def fault_hang_after(self, campaign):
        self.take_effect(campaign)
        await anyio.sleep(30.0)
        return doubt("no reply within 30 s")

    async def fault_completes(self, campaign):
        self.take_effect(campaign)
        self.state[campaign] = "Completed"
        return doubt("the connection was reset")

    async def fault_active(self, _):
        return Outcome(OutcomeKind.REFUSED, "the campaign is already active", 409, already_active=True)


class _Request:
    """Latency around a request, which is counted at some moment within it."""

    def __init__(self, world, kind, launch):
        self.world = world
        self.kind = kind
        self.launch = launch

    async def __aenter__(self):
        world, launch = self.world, self.launch
        world.sent.append((anyio.current_time(), self.kind, launch.account.name, launch.identity.campaign_id))
        world.in_flight += 1
        world.most_in_flight = max(world.most_in_flight, world.in_flight)
        latency = world.rng.uniform(*world.latency)
        there = world.rng.random() * latency
        self.back = latency - there
        try:
            await anyio.sleep(there)
        except BaseException:
            world.in_flight -= 1
            raise
        return world.allows(launch.account.name)

    async def __aexit__(self, *_):
        try:
            await anyio.sleep(self.back)
        finally:
            self.world.in_flight -= 1
