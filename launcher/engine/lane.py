"""One account's queue and its pacer: what it would send next, and when. Pure."""

import heapq
import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum

from launcher.engine.breaker import Breaker
from launcher.engine.pacer import Pacer
from launcher.journal.lifecycle import LaunchRecord
from launcher.manifest.model import Account, Quota
from launcher.plan.model import Launch

RETRY_AFTER_CAP = 300.0
"""Seconds: a longer Retry-After is tried again then anyway, a stray value must not end the night."""
_FIRST_CLOSURE = 0.25
"""Share of the shortest window for which the first surprise 429 closes the lane; doubled each time."""
_OPEN = 1 << 16
_THROTTLED = "throttled by the server"


class JobKind(IntEnum):
    """What a request is for; a smaller number goes first within an account."""

    READ = 1
    START = 2


@dataclass(slots=True)
class Entry:
    """A launch on its way through the engine."""

    launch: Launch
    record: LaunchRecord
    lane: "Lane"
    position: int


class Entries:
    """The launches of a run by their position in the plan, and the lanes of their accounts.

    An entry is made when it is asked for: those of 100,000 launches would take 7 MB.

    Raises:
        ValueError: the records are not those of the launches, in the order of the plan.
    """

    def __init__(
        self, launches: Sequence[Launch] = (), records: Sequence[LaunchRecord] = (), *, even: bool = False
    ) -> None:
        if [record.planned.position for record in records] != list(range(len(launches))):
            raise ValueError("the records are not those of the launches, in the order of the plan")
        self._launches = launches
        self._records = records
        self.lanes: dict[tuple[str, str], Lane] = {}
        """By `Account.lane`."""
        # By the id of the account, which the launches keep alive: comparing accounts takes longer.
        self._lane_of = {
            key: self._lane(account, even)
            for key, account in {id(launch.account): launch.account for launch in launches}.items()
        }

    def __len__(self) -> int:
        return len(self._launches)

    def __iter__(self) -> Iterator[Entry]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, position: int) -> Entry:
        launch, record = self._launches[position], self._records[position]
        return Entry(launch, record, self._lane_of[id(launch.account)], record.planned.position)

    def _lane(self, account: Account, even: bool) -> "Lane":
        if account.lane not in self.lanes:
            pacer = Pacer(account.budget, even=even)
            lane = Lane(account.name, account.budget, pacer, self, adaptive=account.adaptive)
            self.lanes[account.lane] = lane
        return self.lanes[account.lane]


@dataclass(frozen=True, slots=True)
class Job:
    """One request to send."""

    kind: JobKind
    entry: Entry
    details: bool = False
    """For a read: get-by-id instead of the status endpoint."""
    probe: bool = False
    """For a read: it only asks whether the account answers; the launch stays queued."""
    gate: bool = False
    """For a read: the launch has its result; is it still so?"""


@dataclass(slots=True)
class Lane:
    """One account's queue, budget, and what it learned from the server."""

    account: str
    quotas: Sequence[Quota]
    pacer: Pacer
    entries: Entries = field(default_factory=Entries)
    fresh: deque[int] = field(default_factory=deque)
    """Starts never queued before, by position in `entries`; in plan order."""
    in_flight: int = 0
    allowance: int = _OPEN
    """Requests in flight at most: 1 after a surprise, doubled by each good reply."""
    closed_until: float = -math.inf
    closed_reason: str = ""
    busy_until: float = -math.inf
    """Until then other launchers use the budget up: nothing more is claimed, what is claimed may go."""
    throttled_since: float | None = None
    """When the first of the throttled replies came that no good reply followed."""
    adaptive: bool = False
    """The budget is a guess: what a surprise 429 shows of the real one is kept to."""
    breaker: Breaker = field(default_factory=Breaker)
    stops: dict[str | None, str] = field(default_factory=dict)
    """Why no further start is sent: by the owner of refused credentials, or for all (None)."""
    version: int = 0
    """The scheduler's: outdates older places in its heaps."""
    _due: list[tuple[int, int, Job]] = field(default_factory=list)
    _later: list[tuple[float, int, int, Job]] = field(default_factory=list)
    _closures: int = 0
    _looks_again_at: float = -math.inf
    _opens: str = ""
    _refusals: deque[float] = field(default_factory=deque)
    """When the places of throttled requests come free: the server did not count these."""
    _grows_at: float = math.inf

    @property
    def backlog(self) -> int:
        """Requests that wait."""
        return len(self.fresh) + len(self._due) + len(self._later)

    @property
    def room(self) -> int:
        """Requests in flight at most now; one while the breaker is open, whatever late good replies say."""
        return 1 if self.breaker.is_open else self.allowance

    @property
    def seconds_left(self) -> float:
        """Whole windows that the backlog needs, in seconds: who has most is served first."""
        waiting, seconds = self.backlog - 1, 0.0
        for quota in self.quotas:
            seconds = max(seconds, waiting // quota.limit * quota.seconds)
        return seconds

    def add(self, job: Job, not_before: float) -> None:
        """Queue a read, or a start that was tried before."""
        heapq.heappush(self._later, (not_before, job.kind, job.entry.position, job))

    def wait_for_window(self, job: Job, until: float, opens: str) -> None:
        """Queue a start again whose send window is closed; looked at again `until` then."""
        self._looks_again_at, self._opens = until, opens
        self.add(job, until)

    def ready_at(self, now: float) -> float:
        """When the lane can send its next request; infinity when it has none or waits for a reply."""
        if self.in_flight >= self.room:
            return math.inf
        return max(self._due_at(now), self.closed_until, self.busy_until, self.pacer.free_at(now))

    def take(self, now: float) -> Job:
        """The next request. Only when `ready_at(now) <= now`."""
        while self._later and self._later[0][0] <= now:
            _, kind, position, job = heapq.heappop(self._later)
            heapq.heappush(self._due, (kind, position, job))
        self.pacer.take(now)
        self.in_flight += 1
        head = self._head()
        if head.kind is JobKind.START and self.breaker.is_open:
            return Job(JobKind.READ, head.entry, probe=True)
        if self._due and head is self._due[0][2]:
            heapq.heappop(self._due)
        else:
            self.fresh.popleft()
        return head

    def replied(self, now: float) -> None:
        """A request of this lane has its reply, or timed out."""
        self.in_flight -= 1
        self.pacer.release(now)

    def withdrawn(self) -> None:
        """A request of this lane was taken and never sent."""
        self.in_flight -= 1
        self.pacer.give_back()

    def close(self, until: float, reason: str) -> None:
        """Send nothing before `until`."""
        if until > self.closed_until:
            self.closed_until, self.closed_reason = until, reason

    def throttled(self, now: float, retry_after: float | None, jitter: float) -> bool:
        """The server says that the budget is used up: close, then reopen with one request at a time.

        `jitter` in [0, 1). Replies to requests sent before the closure do not prolong it.
        Returns whether the lane was closed by this reply.
        """
        self.allowance = 1
        self._refusals.append(now + self._shortest)
        if self.throttled_since is None:
            self.throttled_since = now
        if now < self.closed_until and retry_after is None:
            return False
        if retry_after is not None:
            wait = min(retry_after, max(RETRY_AFTER_CAP, *(quota.seconds for quota in self.quotas)))
        else:
            wait = self._shortest * min(1.0, _FIRST_CLOSURE * 2**self._closures) * (1 + 0.25 * jitter)
        self._closures += 1
        self.close(now + wait, self._learn(now))
        return True

    def _learn(self, now: float) -> str:
        """What a surprise 429 shows: so many requests were in the window, and it was one too many."""
        while self._refusals and self._refusals[0] <= now:
            self._refusals.popleft()
        allowed = self.pacer.held(now) - len(self._refusals)
        if allowed <= 0:
            return _THROTTLED
        seen = f"{_THROTTLED} after {allowed} requests in {self._shortest:g} s"
        if not self.adaptive:
            return seen
        self._grows_at = now + 2 * self._shortest
        return f"{seen}; at most {self.pacer.allow(allowed)} for now"

    @property
    def _shortest(self) -> float:
        return min(quota.seconds for quota in self.quotas)

    def suspect(self) -> None:
        """Let one request at a time through until one is answered well (a 401 was seen)."""
        self.allowance = 1

    def trust(self, now: float) -> None:
        """A good reply: open up again, doubling; after a good window, give a lowered budget a tenth back."""
        if now >= self._grows_at:
            self._grows_at = now + self._shortest
            self.pacer.grow()
        if self.allowance < _OPEN:
            self.allowance *= 2
        self._closures = 0
        self.throttled_since = None

    def copy(self) -> "Lane":
        """The same queue and budget, to be run through in a simulation."""
        return replace(
            self,
            pacer=self.pacer.copy(),
            fresh=self.fresh.copy(),
            breaker=replace(self.breaker),
            _due=list(self._due),
            _later=list(self._later),
        )

    def remove(self, unwanted: Callable[[Job], bool]) -> list[Entry]:
        """Take the queued jobs out that match, in plan order."""
        starts = map(self.entries.__getitem__, self.fresh)
        gone = [entry for entry in starts if unwanted(Job(JobKind.START, entry))]
        went = {entry.position for entry in gone}
        self.fresh = deque(position for position in self.fresh if position not in went)
        gone += [due[-1].entry for due in self._due if unwanted(due[-1])]
        gone += [later[-1].entry for later in self._later if unwanted(later[-1])]
        self._due = [item for item in self._due if not unwanted(item[-1])]
        self._later = [item for item in self._later if not unwanted(item[-1])]
        heapq.heapify(self._due)
        heapq.heapify(self._later)
        return sorted(gone, key=lambda entry: entry.position)

    def waiting(self, now: float) -> tuple[float, str]:
        """Until when the lane waits, and why; for people."""
        if self.in_flight >= self.room:
            return math.inf, "checks with one request at a time"
        reasons = (
            (self._due_at(now), self._pause()),
            (self.closed_until, self.closed_reason),
            (self.busy_until, "another launcher uses its budget"),
            (self.pacer.free_at(now), "waits for its budget"),
        )
        return max(reasons, key=lambda reason: reason[0])

    def _due_at(self, now: float) -> float:
        if self.fresh or self._due:
            return now
        return max(now, self._later[0][0]) if self._later else math.inf

    def _pause(self) -> str:
        if self._later and self._later[0][0] <= self._looks_again_at:
            return f"waits for its send window ({self._opens})"
        settling = self._later and self._later[0][1] == JobKind.READ
        return "lets a doubt settle" if settling else "backs off"

    def _head(self) -> Job:
        if self._due:
            kind, position, job = self._due[0]
            if not self.fresh or (kind, position) < (JobKind.START, self.fresh[0]):
                return job
        return Job(JobKind.START, self.entries[self.fresh[0]])
