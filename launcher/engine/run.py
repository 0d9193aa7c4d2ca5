"""The workers around the conductor: claim intents, send, report back. Decides nothing.

One claimer takes what the scheduler has, a little ahead of the workers, and makes the intents durable in
one commit, so that no worker's slot ever waits for a disk. Workers take claimed requests only, so requests in
flight never exceed their number, and whatever waits (for a budget, a back-off, a read) waits in its lane.
"""

import asyncio
import math
from collections.abc import Collection, Iterable, Sequence

import anyio
import anyio.lowlevel
from anyio.abc import TaskGroup

from launcher.engine.ahead import Ahead
from launcher.engine.conductor import Conductor
from launcher.engine.course import Instant
from launcher.engine.forecast import LaneKey
from launcher.engine.lane import Job, JobKind
from launcher.engine.obedience import Obedience, follow
from launcher.engine.ports import Api, Clock, Observer, Orders
from launcher.errors import JournalError
from launcher.journal.events import Event, Watched
from launcher.journal.lifecycle import State
from launcher.journal.orders import Order
from launcher.journal.port import Forbidden, Granted, RunJournal
from launcher.outcome import NotAttempted
from launcher.plan.forecast import LATENCY

_WAITS_EVERY = 0.5
"""Seconds between two looks at what the accounts wait for, at least; only people need to know."""

_NEWEST = 0.05
"""Weight of one reply in the mean latency."""


class Run:
    """One run of one plan by this process."""

    def __init__(
        self,
        conductor: Conductor,
        journal: RunJournal,
        api: Api,
        clock: Clock,
        *,
        concurrency: int,
        deadline: float | None = None,
        only: Collection[State] | None = None,
        starts: bool = True,
        orders: Orders | None = None,
    ) -> None:
        self._conductor = conductor
        self._journal = journal
        self._api = api
        self._clock = clock
        self._concurrency = concurrency
        self._deadline = deadline
        self._only = only
        self._starts = starts
        self._obedience = Obedience(orders)
        self._observers: list[Observer] = []
        self._claimed: asyncio.Queue[Job] = asyncio.Queue()
        self._in_flight = 0
        self._ahead = Ahead(concurrency)
        self._patience = conductor.patience
        self._latency = LATENCY
        """Seconds: the mean of the latest replies."""
        self._expected = math.inf
        """Loop time from which the sleeping claimer has something to claim, as far as it knew."""
        self._changed = anyio.Event()
        self._tasks: TaskGroup | None = None
        self._ending = (NotAttempted.CANCELLED, "interrupted")
        self._moved = anyio.Event()
        """Something was claimed or answered since the waits were last told."""
        self.journal_error: JournalError | None = None
        """Why the journal could not record the run to its end; None when it did."""

    def watch(self, observer: Observer) -> None:
        """Let `observer` see every event from here on."""
        self._observers.append(observer)

    async def execute(self) -> None:
        """Run until every launch has ended; afterwards all of it is in the journal.

        Never raises for what the network, the journal or the operator does: that is in the events.
        Cancelled from outside, it ends the way `abort` does.
        """
        self._emit(self._conductor.begin(self._now(), self._only))
        if not self._starts:
            self.drain("nothing is started now; run the same key again to start what did not")
        self._obedience.listen(self._obey)
        try:
            async with anyio.create_task_group() as tasks:
                self._tasks = tasks
                for _ in range(self._concurrency):
                    tasks.start_soon(self._work)
                tasks.start_soon(self._tell_waits)
                if self._deadline is not None:
                    tasks.start_soon(self._watch_deadline, self._deadline)
                await self._claim_ahead()
                tasks.cancel_scope.cancel()
        finally:
            self._leave_nothing_open()
            with anyio.CancelScope(shield=True):
                await self.flush()

    def drain(self, reason: str) -> None:
        """Send no further start; wait for what is in flight and settle doubts."""
        self._stop(NotAttempted.CANCELLED, reason)

    def abort(self, reason: str) -> None:
        """End at once: requests in flight are cut off, and what they did is unknown."""
        self._ending = (NotAttempted.CANCELLED, reason)
        if self._tasks is None:  # not begun yet: nothing is in flight
            self.drain(reason)
        else:
            self._tasks.cancel_scope.cancel()

    async def ends(self) -> dict[LaneKey, float]:
        """Seconds from now until each account with something to do is done, as far as replies so far tell.

        A long plan takes seconds to work that out, between everything else.
        """
        estimate = self._conductor.estimate(self._now(), concurrency=self._concurrency, latency=self._latency)
        while not estimate.go_on():
            await anyio.lowlevel.checkpoint()
        return estimate.ends()

    async def flush(self) -> None:
        """Wait until the journal has everything; a failure is in `journal_error`."""
        try:
            await self._journal.flush()
        except JournalError as error:
            self.journal_error = self.journal_error or error

    async def _claim_ahead(self) -> None:
        while not self._conductor.done:
            self._changed = anyio.Event()
            jobs = self._take()
            if jobs:
                await self._claim(jobs)
            elif self.journal_error is not None and not self._busy:
                return
            else:
                await self._wait_for_change()

    def _take(self) -> list[Job]:
        """What may be claimed now."""
        jobs: list[Job] = []
        if self.journal_error is not None:
            return jobs
        at = self._now()
        for _ in range(self._ahead.room(self._claimed.qsize())):
            job = self._conductor.next_job(at)
            if job is None:
                break
            jobs.append(job)
        if events := self._conductor.tick(at):
            self._emit(events)
            self._changed.set()
        return jobs

    async def _claim(self, jobs: Sequence[Job]) -> None:
        at = self._now()
        full = len(jobs) == self._ahead.room(self._claimed.qsize())
        before = self._in_flight + self._claimed.qsize()
        intents = [self._conductor.intent(job, at) for job in jobs]
        try:
            # Shielded: cancelled in the middle, nobody would know which intents are durable.
            with anyio.CancelScope(shield=True):
                verdicts = await self._journal.claim(intents)
        except JournalError as error:
            self._journal_failed(error, jobs)
            return
        self._ahead.learn(full=full, before=before, after=self._in_flight + self._claimed.qsize())
        for job, intent, verdict in zip(jobs, intents, verdicts, strict=True):
            if isinstance(verdict, Granted):
                self._watch(self._conductor.granted(job, intent))
                self._claimed.put_nowait(job)
            else:
                self._emit(self._conductor.denied(job, verdict, self._now()))

    def _journal_failed(self, error: JournalError, jobs: Iterable[Job]) -> None:
        """Nothing is sent without a durable intent: stop, and let the requests in flight end."""
        self.journal_error = error
        self._ending = (NotAttempted.HALTED, str(error))
        at = self._now()
        for job in jobs:
            if job.kind is JobKind.START:
                self._emit(self._conductor.denied(job, Forbidden(*self._ending), at))
        self._stop(*self._ending)

    async def _wait_for_change(self) -> None:
        self._moved.set()
        self._expected = self._next_claim()
        # Places that come free one by one are claimed together: a commit and a wake for each cost most of it.
        now = asyncio.get_running_loop().time()
        with anyio.move_on_at(max(self._expected, now + self._patience)):
            await self._changed.wait()

    def _next_claim(self) -> float:
        """Loop time from which there may be something to claim, if nothing happens before."""
        wake_at = self._conductor.wake_at()
        full = self._ahead.room(self._claimed.qsize()) == 0 and wake_at <= asyncio.get_running_loop().time()
        return math.inf if full or self.journal_error is not None else wake_at

    def _wake_claimer(self) -> None:
        """After a request: wake the claimer if there is more for it to do than it knew."""
        room = self._ahead.room(self._claimed.qsize()) > 0
        if (
            (room and self._conductor.wake_at() < self._expected)
            or self._conductor.done
            or self.journal_error is not None
        ):
            self._changed.set()
        self._moved.set()

    async def _tell_waits(self) -> None:
        """Tell what the accounts wait for, a moment after anything moved; silent while nothing does."""
        while True:
            await self._moved.wait()
            await anyio.sleep(_WAITS_EVERY)
            self._moved = anyio.Event()
            self._watch(self._conductor.new_waits(self._now()))

    async def _work(self) -> None:
        while True:
            job = await self._claimed.get()
            if job.kind is JobKind.START and self._obedience.forbids:
                self._emit(self._conductor.withdraw(job, self._now(), "the launcher stood still in between"))
                await self._obedience.look_again(self.flush)
            elif not self._conductor.may_send(job, self._now()):
                self._emit(self._conductor.withdraw(job, self._now()))
            else:
                self._in_flight += 1
                try:
                    await self._send(job)
                finally:
                    self._in_flight -= 1
            self._wake_claimer()

    async def _send(self, job: Job) -> None:
        launch = job.entry.launch
        sent_at = asyncio.get_running_loop().time()
        if job.kind is JobKind.START:
            outcome = await self._api.start(launch)
            unauthorized = outcome.unauthorized
            events = self._conductor.on_outcome(job, outcome, self._now())
        else:
            read = self._api.read_details if job.details else self._api.read_status
            reading = await read(launch)
            unauthorized = reading.unauthorized
            events = self._conductor.on_reading(job, reading, self._now())
        took = asyncio.get_running_loop().time() - sent_at
        self._latency += _NEWEST * (took - self._latency)
        if unauthorized:
            self._api.renew_token(launch)
        self._emit(events)

    async def _watch_deadline(self, seconds: float) -> None:
        await anyio.sleep(seconds)
        self._stop(NotAttempted.DEADLINE, f"the run may last {seconds:g} s")

    def _stop(self, why: NotAttempted, reason: str) -> None:
        self._emit(self._conductor.stop(why, reason, self._now()))
        self._changed.set()

    def _obey(self, order: Order) -> None:
        self._emit(follow(order, self._conductor, self._now()))
        self._changed.set()
        self._moved.set()

    def _leave_nothing_open(self) -> None:
        at = self._now()
        while not self._claimed.empty():
            job = self._claimed.get_nowait()
            if job.kind is JobKind.START:
                self._emit(self._conductor.stop(*self._ending, at))
                self._emit(self._conductor.withdraw(job, at))
        if not self._conductor.done:
            self._emit(self._conductor.abort(*self._ending, at))

    @property
    def _busy(self) -> bool:
        return self._in_flight > 0 or not self._claimed.empty()

    def _now(self) -> Instant:
        return Instant(asyncio.get_running_loop().time(), self._clock.now())

    def _emit(self, events: Sequence[Event]) -> None:
        if events:
            self._journal.append(events)
            self._watch(events)

    def _watch(self, events: Iterable[Watched]) -> None:
        for event in events:
            for observer in self._observers:
                observer.on_event(event)
