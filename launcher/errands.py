"""Requests about a run beside whoever works on it: in turn, inside the accounts' budgets, recorded.

Every claim and every reply goes through the journal, whose places all launchers share; no ownership of the
run is needed. What is to be done next with a reply, the caller decides.
"""

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup

from launcher.engine.ports import Api
from launcher.errors import JournalError
from launcher.journal.places import Lane
from launcher.journal.port import Busy
from launcher.journal.requests import Replied, Wanted
from launcher.outcome import Outcome, Reading
from launcher.plan.model import Launch

STOP, READ = "stop", "read"
_POLL = 1.0
"""Seconds after which a lane without a free place is asked for again, at the latest."""
_RETRY_AFTER_CAP = 300.0
"""Seconds: a longer Retry-After is tried again then anyway."""
_FIRST_CLOSURE = 0.25
"""Share of the shortest window for which the first 429 closes a lane; doubled each time."""


class Desk(Protocol):
    """Where requests are claimed and recorded (`launcher.journal.requests.Requests`)."""

    def exchange(self, replies: Sequence[Replied], wanted: Sequence[Wanted]) -> Sequence[int | Busy]:
        """Record replies, and claim: a ticket for each that may be sent, or how long to wait."""


@dataclass(frozen=True, slots=True, eq=False)
class Errand:
    """One request to be sent."""

    kind: str
    """`STOP` or `READ`; all that are due are stopped before any is read."""
    launch: Launch
    number: int
    """The launch's number in its run."""
    turn: int
    """Smaller ones first."""
    not_before: float = -math.inf
    """Loop time."""


@dataclass(slots=True)
class _LaneState:
    closed_until: float = -math.inf
    throttled: int = 0
    """Throttled replies that no other reply followed."""


@dataclass(slots=True)
class Errands:
    """Sends errands until there are none; `on_outcome` and `on_reading` may add some.

    Raises, from `run`:
        JournalError: the journal cannot be written.
    """

    api: Api
    desk: Desk
    concurrency: int
    clock: Callable[[], float]
    """Seconds since the epoch."""
    on_outcome: Callable[[Errand, Outcome], None]
    on_reading: Callable[[Errand, Reading], None]
    _queue: list[Errand] = field(default_factory=list)
    _replies: list[Replied] = field(default_factory=list)
    _in_flight: int = 0
    _lanes: dict[Lane, _LaneState] = field(default_factory=dict)
    _changed: anyio.Event = field(default_factory=anyio.Event)

    def add(self, errand: Errand) -> None:
        """Queue an errand."""
        self._queue.append(errand)

    async def run(self) -> None:
        """Send all that is queued, and what follows from it."""
        trouble: JournalError | None = None
        async with anyio.create_task_group() as tasks:
            try:
                await self._send_all(tasks)
            except JournalError as error:  # what is on its way is waited for, and heeded
                trouble = error
        if trouble is not None:
            raise trouble
        await self._exchange([])

    async def _send_all(self, tasks: TaskGroup) -> None:
        while self._queue or self._in_flight:
            self._changed = anyio.Event()
            if not await self._send_some(tasks):
                with anyio.move_on_at(self._next_at()):
                    await self._changed.wait()

    def waiting(self) -> int:
        """How many errands are queued or on their way."""
        return len(self._queue) + self._in_flight

    async def _send_some(self, tasks: TaskGroup) -> bool:
        """Claim what is due and send what may be; whether anything was."""
        due = self._due()
        if not due and not self._replies:
            return False
        answers = await self._exchange(due)
        sent = False
        for errand, answer in zip(due, answers, strict=True):
            if isinstance(answer, Busy):
                self._close(errand, min(answer.wait, _POLL))
            else:
                sent = True
                self._in_flight += 1
                self._queue.remove(errand)
                tasks.start_soon(self._send, errand, answer)
        return sent

    async def _exchange(self, due: Sequence[Errand]) -> Sequence[int | Busy]:
        replies, self._replies = self._replies, []
        wanted = [Wanted(each.number, each.kind, each.launch.account.lane) for each in due]
        # Shielded: what was claimed and is not known of would hold its place unsent.
        answers: list[int | Busy] = []
        with anyio.CancelScope(shield=True):
            answers += await anyio.to_thread.run_sync(self.desk.exchange, replies, wanted)
        return answers

    def _due(self) -> list[Errand]:
        now = _now()
        due = [
            each for each in self._queue if each.not_before <= now and self._lane(each).closed_until <= now
        ]
        due.sort(key=lambda each: (each.kind == READ, each.turn))
        return due[: max(0, self.concurrency - self._in_flight)]

    def _next_at(self) -> float:
        times = (max(each.not_before, self._lane(each).closed_until) for each in self._queue)
        soonest = min(times, default=math.inf)
        return soonest if self._in_flight < self.concurrency else math.inf

    async def _send(self, errand: Errand, ticket: int) -> None:
        try:
            if errand.kind == STOP:
                await self._stop(errand, ticket)
            else:
                await self._read(errand, ticket)
        finally:
            self._in_flight -= 1
            self._changed.set()

    async def _stop(self, errand: Errand, ticket: int) -> None:
        outcome = await self.api.stop(errand.launch)
        if outcome.unauthorized:
            self.api.renew_token(errand.launch)
        self._replies.append(
            Replied(ticket, self.clock(), outcome.kind.value, None, outcome.http_status, outcome.reason)
        )
        self._heed(errand, throttled=outcome.kind.value == "throttled", retry_after=outcome.retry_after)
        self.on_outcome(errand, outcome)

    async def _read(self, errand: Errand, ticket: int) -> None:
        reading = await self.api.read_status(errand.launch)
        if reading.unauthorized:
            self.api.renew_token(errand.launch)
        self._replies.append(
            Replied(ticket, self.clock(), None, reading.state, reading.http_status, reading.reason)
        )
        self._heed(errand, throttled=reading.throttled, retry_after=reading.retry_after)
        self.on_reading(errand, reading)

    def _heed(self, errand: Errand, *, throttled: bool, retry_after: float | None) -> None:
        """Close the lane for a while when the server says that the budget is used up."""
        lane = self._lane(errand)
        if not throttled:
            lane.throttled = 0
            return
        window = min(quota.seconds for quota in errand.launch.account.budget)
        wait = window * min(1.0, _FIRST_CLOSURE * 2**lane.throttled)
        lane.throttled += 1
        self._close(errand, wait if retry_after is None else min(retry_after, _RETRY_AFTER_CAP))

    def _close(self, errand: Errand, seconds: float) -> None:
        lane = self._lane(errand)
        lane.closed_until = max(lane.closed_until, _now() + seconds)

    def _lane(self, errand: Errand) -> _LaneState:
        return self._lanes.setdefault(errand.launch.account.lane, _LaneState())


def _now() -> float:
    return asyncio.get_running_loop().time()
