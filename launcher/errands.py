"""Requests about a run beside whoever works on it: in turn, inside the accounts' budgets, recorded.

Every claim and every reply goes through the journal, whose places all launchers share; no ownership of the
run is needed. What is to be done next with a reply, the caller decides.
"""

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
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
from launcher.manifest.model import Account
from launcher.outcome import Outcome, Reading
from launcher.plan.model import Launch
from launcher.plan.states import Page

STOP, READ = "stop", "read"
_POLL = 1.0
"""Seconds after which a lane without a free place is asked for again, at the latest."""
_RETRY_AFTER_CAP = 300.0
"""Seconds: a longer Retry-After is tried again then anyway."""
_WORTH_A_WORD = 2.0
"""Seconds of waiting."""
_FIRST_CLOSURE = 0.25
"""Share of the shortest window for which the first 429 closes a lane; doubled each time."""


class Desk(Protocol):
    """Where requests are claimed and recorded (`launcher.journal.requests.Requests`)."""

    def exchange(self, replies: Sequence[Replied], wanted: Sequence[Wanted]) -> Sequence[int | Busy]:
        """Record replies, and claim: a ticket for each that may be sent, or how long to wait."""


class Pager(Protocol):
    """Who reads lists (`launcher.kore.client.KoreClient`)."""

    async def read_page(self, launch: Launch, skip: int, limit: int) -> Page:
        """Read a page of the campaigns of the launch's stream and channel."""


@dataclass(slots=True)
class Waits:
    """Tells that an account's budget has to be waited for: once for each account, however often it is."""

    tell: Callable[[str, float | None], None]
    """Called with the account's name, and until when it waits: seconds since the epoch; None: nobody knows,
    it is for the replies to others' requests."""
    clock: Callable[[], float]
    """Seconds since the epoch."""
    _since: dict[Lane, float] = field(default_factory=dict)
    _told: set[Lane] = field(default_factory=set)

    def waits(self, account: Account, seconds: float) -> None:
        """It has to wait, so long at least."""
        now = self.clock()
        long = now - self._since.setdefault(account.lane, now) >= _WORTH_A_WORD
        if account.lane not in self._told and (seconds >= _WORTH_A_WORD or long):
            self._told.add(account.lane)
            self.tell(account.name, now + seconds if seconds >= _WORTH_A_WORD else None)

    def goes_on(self, account: Account) -> None:
        """It waits no more."""
        self._since.pop(account.lane, None)


@dataclass(frozen=True, slots=True)
class Part:
    """Campaigns of a stream's list: so many to skip, so many at most."""

    skip: int
    limit: int
    numbers: Mapping[str, int]
    """The launches' numbers in their run, by campaign id: what the list tells of them is recorded."""


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
    part: Part | None = None
    """Instead of the launch's own state, this part of its stream's list."""


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
    on_page: Callable[[Errand, Page], None] | None = None
    pager: Pager | None = None
    """Needed, as `on_page` is, when an errand asks for a page."""
    waits: Waits | None = None
    """Who is told of waiting."""
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
                self._wait(errand, answer.wait, at_most=_POLL)
            else:
                sent = True
                if self.waits is not None:
                    self.waits.goes_on(errand.launch.account)
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
            elif errand.part is not None and self.pager is not None:
                await self._read_page(errand, ticket, self.pager, errand.part)
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

    async def _read_page(self, errand: Errand, ticket: int, pager: Pager, part: Part) -> None:
        page = await pager.read_page(errand.launch, part.skip, part.limit)
        if page.unauthorized:
            self.api.renew_token(errand.launch)
        told = page.reason or f"a list of {page.count} campaigns"
        seen = {
            part.numbers[each]: page.campaigns[each].state for each in part.numbers.keys() & page.campaigns
        }
        listed = {number: state for number, state in seen.items() if state is not None}
        self._replies.append(Replied(ticket, self.clock(), None, None, page.http_status, told, listed))
        self._heed(errand, throttled=page.throttled, retry_after=page.retry_after)
        if self.on_page is not None:
            self.on_page(errand, page)

    def _heed(self, errand: Errand, *, throttled: bool, retry_after: float | None) -> None:
        """Close the lane for a while when the server says that the budget is used up."""
        lane = self._lane(errand)
        if not throttled:
            lane.throttled = 0
            return
        window = min(quota.seconds for quota in errand.launch.account.budget)
        wait = window * min(1.0, _FIRST_CLOSURE * 2**lane.throttled)
        lane.throttled += 1
        self._wait(errand, wait if retry_after is None else min(retry_after, _RETRY_AFTER_CAP))

    def _wait(self, errand: Errand, seconds: float, *, at_most: float = math.inf) -> None:
        """Close the lane for so long; after `at_most` it is asked for again all the same."""
        lane = self._lane(errand)
        lane.closed_until = max(lane.closed_until, _now() + min(seconds, at_most))
        if self.waits is not None:
            self.waits.waits(errand.launch.account, seconds)

    def _lane(self, errand: Errand) -> _LaneState:
        return self._lanes.setdefault(errand.launch.account.lane, _LaneState())


def _now() -> float:
    return asyncio.get_running_loop().time()
