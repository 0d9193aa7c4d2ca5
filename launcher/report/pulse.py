"""What a run is doing at this moment: who waits for what, and when it will be done.

Events only move counters and remember an account's latest wait; the thinking is done when somebody looks.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio

from launcher.journal.events import (
    AttemptIntended,
    LaneClosed,
    LaneWaiting,
    ReadIntended,
    RunHalted,
    Watched,
)
from launcher.outcome import Result
from launcher.plan.model import Plan
from launcher.report.plain import plain, redact
from launcher.report.summary import Summary
from launcher.report.tally import Tally, total
from launcher.report.times import span

_LOG = logging.getLogger(__name__)

Lane = tuple[str, str]
"""What shares one budget: (normalised host, account id)."""

Ends = Callable[[], Awaitable[Mapping[Lane, float]]]
"""Seconds from the call until each account with something to do is done; may take seconds to work out."""

Now = Callable[[], float]
"""Wall time, seconds since the epoch."""


_LOOK_AHEAD_EVERY = 0.001
"""Seconds between two estimates per launch that is still to be sent: they take a hundredth of the time."""

_LOOK_AHEAD_AT_MOST = 0.25
"""Seconds between two estimates at least."""

_FIRST_ESTIMATE = 0.5
"""Seconds that the first sight of a run waits for its estimate."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Why an account sends nothing just now."""

    until: float | None
    """Seconds since the epoch; None when it waits for a reply."""
    reason: str

    def describe(self, now: float) -> str:
        """`waits for its budget, 41 s`."""
        return self.reason if self.until is None else f"{self.reason}, {span(self.until - now)}"

    def countdown(self, now: float) -> str:
        """`41 s, waits for its budget`: the time first, in case the end is cut off."""
        return self.reason if self.until is None else f"{span(self.until - now)}, {self.reason}"


@dataclass(frozen=True, slots=True)
class AccountPulse:
    """One account at this moment."""

    account: str
    done: int
    planned: int
    settled: Mapping[Result, int]
    queued: int
    """Launches that wait to be sent."""
    in_doubt: int
    """Launches on their way, or whose state is being read."""
    wait: Wait | None
    end: float | None
    """When it can be done at the earliest, seconds since the epoch; None when nothing is left to send."""


@dataclass(frozen=True, slots=True)
class RunPulse:
    """The whole run at this moment."""

    now: float
    done: int
    planned: int
    settled: Mapping[Result, int]
    accounts: Sequence[AccountPulse]
    """Those that will take longest first."""
    end: float | None
    halted: str | None

    @property
    def waiting(self) -> list[AccountPulse]:
        """Accounts that wait with launches still to send."""
        return [account for account in self.accounts if account.wait is not None and account.queued]


def _wait(until: float | None, reason: str) -> Wait:
    return Wait(until, plain(redact(reason)))


class Pulse:
    """Keeps what is needed to tell a run's state at any moment.

    Args:
        summary: counts of the run; somebody else feeds it, before this.
        plan: whose accounts are shown.
        ends: tells when each account with something to do is done; no estimates without it.
    """

    def __init__(self, summary: Summary, plan: Plan, ends: Ends | None = None) -> None:
        self._summary = summary
        self._forecast = ends
        self._lanes: dict[str, Lane] = {}
        for launch in plan.launches:
            if launch.account.name not in self._lanes:
                self._lanes[launch.account.name] = launch.identity.host, launch.identity.account_id
        self._waits: dict[Lane, Wait] = {}
        self._ends: dict[Lane, float] = {}
        self._halted: str | None = None

    def on_event(self, event: Watched) -> None:
        """Take one event in; cheap."""
        match event:
            case AttemptIntended(launch=launch) | ReadIntended(launch=launch):
                self._on_request(self._summary.record(launch).planned.account)
            case LaneWaiting(account=account, until=until, reason=reason):
                self._on_wait(account, _wait(until, reason))
            case LaneClosed(account=account, until=float(until), reason=reason):
                self._on_wait(account, _wait(until, reason))
            case RunHalted(reason=reason):
                self._halted = plain(redact(reason))

    @asynccontextmanager
    async def looking_ahead(self, now: Now) -> AsyncIterator[None]:
        """Estimate again and again; entered with the first estimate, or before it when that takes long."""
        async with anyio.create_task_group() as tasks:
            first = anyio.Event()
            tasks.start_soon(self._look_ahead, now, first)
            with anyio.move_on_after(_FIRST_ESTIMATE):
                await first.wait()
            yield
            tasks.cancel_scope.cancel()

    async def _look_ahead(self, now: Now, first: anyio.Event) -> None:
        await self._estimate(now)
        first.set()
        while self._forecast is not None:
            to_send = sum(tally.to_send for tally in self._summary.tallies)
            await anyio.sleep(max(to_send * _LOOK_AHEAD_EVERY, _LOOK_AHEAD_AT_MOST))
            await self._estimate(now)

    async def _estimate(self, now: Now) -> None:
        try:
            asked_at = now()
            ends = await self._forecast() if self._forecast is not None else {}
        except Exception as error:  # noqa: BLE001 - a defect of the estimate must not end a run
            _LOG.debug("no estimate: %s", error)
        else:
            self._ends = {lane: asked_at + left for lane, left in ends.items()}

    def _on_request(self, account: str) -> None:
        lane = self._lanes.get(account)
        if lane is not None:
            self._waits.pop(lane, None)

    def _on_wait(self, account: str, wait: Wait) -> None:
        lane = self._lanes.get(account)
        if lane is not None:
            self._waits[lane] = wait

    def look(self, now: float) -> RunPulse:
        """The run as it stands at `now`, seconds since the epoch."""
        tallies = self._summary.tallies
        whole = total(tallies)
        accounts = [self._account(tally, now) for tally in tallies]
        accounts.sort(key=lambda account: (-(account.end or 0.0), account.done - account.planned))
        return RunPulse(
            now=now,
            done=whole.done,
            planned=whole.planned,
            settled=whole.settled,
            accounts=accounts,
            end=max((account.end for account in accounts if account.end is not None), default=None),
            halted=self._halted,
        )

    def _account(self, tally: Tally, now: float) -> AccountPulse:
        lane = self._lanes.get(tally.account)
        end = None if lane is None or not tally.to_send else self._ends.get(lane)
        wait = None if lane is None else self._waits.get(lane)
        if wait is not None and wait.until is not None and wait.until <= now:
            wait = None
        return AccountPulse(
            account=plain(tally.account),
            done=tally.done,
            planned=tally.planned,
            settled=tally.settled,
            queued=tally.to_send,
            in_doubt=tally.in_doubt,
            wait=wait,
            end=None if end is None else max(end, now),
        )
