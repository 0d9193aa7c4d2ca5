"""What a run is doing at this moment: who waits for what, and when it will be done. Pure but for `now`.

Events only move counters and remember an account's latest wait; the thinking is done when somebody looks.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from launcher.journal.events import (
    AttemptIntended,
    LaneClosed,
    LaneWaiting,
    ReadIntended,
    RunHalted,
    Watched,
)
from launcher.manifest.model import Quota
from launcher.outcome import Result
from launcher.plan.forecast import LATENCY, remaining_seconds
from launcher.plan.model import Plan
from launcher.report.plain import plain, redact
from launcher.report.summary import Summary
from launcher.report.tally import Tally, total
from launcher.report.times import span

Lane = tuple[str, str]
"""What shares one budget: (normalised host, account id)."""

Now = Callable[[], float]
"""Wall time, seconds since the epoch."""


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
        plan: whose budgets the estimates follow.
    """

    def __init__(self, summary: Summary, plan: Plan) -> None:
        self._summary = summary
        self._lanes: dict[str, Lane] = {}
        self._quotas: dict[Lane, tuple[Quota, ...]] = {}
        for launch in plan.launches:
            if launch.account.name not in self._lanes:
                lane = launch.identity.host, launch.identity.account_id
                self._lanes[launch.account.name] = lane
                self._quotas.setdefault(lane, launch.account.budget)
        self._waits: dict[Lane, Wait] = {}
        # Only as many as can hold a place at once; what happened before this process shows as a wait.
        self._sent: dict[Lane, deque[float]] = {
            lane: deque(maxlen=max((quota.limit for quota in quotas), default=0))
            for lane, quotas in self._quotas.items()
        }
        self._halted: str | None = None

    def on_event(self, event: Watched) -> None:
        """Take one event in; cheap."""
        match event:
            case AttemptIntended(launch=launch, at=at) | ReadIntended(launch=launch, at=at):
                self._on_request(self._summary.record(launch).planned.account, at)
            case LaneWaiting(account=account, until=until, reason=reason):
                self._on_wait(account, _wait(until, reason))
            case LaneClosed(account=account, until=float(until), reason=reason):
                self._on_wait(account, _wait(until, reason))
            case RunHalted(reason=reason):
                self._halted = plain(redact(reason))

    def _on_request(self, account: str, at: float) -> None:
        lane = self._lanes.get(account)
        if lane is not None:
            self._waits.pop(lane, None)
            self._sent[lane].append(at)

    def _on_wait(self, account: str, wait: Wait) -> None:
        lane = self._lanes.get(account)
        if lane is not None:
            self._waits[lane] = wait

    def look(self, now: float) -> RunPulse:
        """The run as it stands at `now`, seconds since the epoch."""
        tallies = self._summary.tallies
        whole = total(tallies)
        ends = self._ends(tallies, now)
        accounts = [self._account(tally, ends, now) for tally in tallies]
        accounts.sort(key=lambda account: (-(account.end or 0.0), account.done - account.planned))
        return RunPulse(
            now=now,
            done=whole.done,
            planned=whole.planned,
            settled=whole.settled,
            accounts=accounts,
            end=max(ends.values(), default=None),
            halted=self._halted,
        )

    def _ends(self, tallies: Sequence[Tally], now: float) -> dict[Lane, float]:
        """When each lane with something to send can be done at the earliest."""
        to_send: dict[Lane, int] = {}
        for tally in tallies:
            lane = self._lanes.get(tally.account)
            if lane is not None and tally.to_send:
                to_send[lane] = to_send.get(lane, 0) + tally.to_send
        return {lane: now + self._seconds(lane, count, now) for lane, count in to_send.items()}

    def _seconds(self, lane: Lane, count: int, now: float) -> float:
        wait = self._waits.get(lane)
        closed = 0.0 if wait is None or wait.until is None else max(0.0, wait.until - now)
        used = [now - at for at in self._sent[lane]]
        return remaining_seconds(count, self._quotas[lane], used, latency=LATENCY, wait=closed)

    def _account(self, tally: Tally, ends: Mapping[Lane, float], now: float) -> AccountPulse:
        lane = self._lanes.get(tally.account)
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
            end=ends.get(lane) if lane is not None and tally.to_send else None,
        )
