"""All decisions of a run in one object: what is sent next, and what follows from each reply. Pure.

Replies go in, events come out; the async code around it (`launcher.engine.run`) only obeys.
"""

from collections.abc import Collection, Iterable, Sequence
from random import Random

from launcher.engine.course import Course, Instant, apply, because
from launcher.engine.forecast import Estimate
from launcher.engine.gates import Gates, Itinerary
from launcher.engine.lane import Entry, Job, JobKind
from launcher.engine.replies import Replies
from launcher.engine.waits import Waits
from launcher.journal.events import (
    AttemptFinished,
    AttemptIntended,
    AttemptWithdrawn,
    Event,
    Intent,
    LaneWaiting,
    LaunchFinished,
    LaunchReopened,
    ReadIntended,
)
from launcher.journal.lifecycle import LaunchRecord, State
from launcher.journal.port import Busy, Forbidden, PastRequest
from launcher.journal.utc import stamp
from launcher.manifest.model import Settings
from launcher.outcome import CUT_OFF, NotAttempted, Outcome, OutcomeKind, Reading, Result
from launcher.plan.model import Launch

_REOPENED = {State.FAILED, State.REJECTED, State.NOT_ATTEMPTED, State.UNKNOWN}

_ASIDE = "this rerun was narrowed to other launches"

_LOOK_AGAIN = 900.0
"""Seconds after which a closed window is looked at again."""

_LONGEST_PATIENCE = 0.05
"""Seconds."""


class Conductor:
    """The decisions of one run over one plan."""

    def __init__(
        self,
        launches: Sequence[Launch],
        records: Sequence[LaunchRecord],
        settings: Settings,
        *,
        rng: Random,
        now: float,
        past_requests: Iterable[PastRequest] = (),
        gates_passed: int = 0,
        go_on: bool = False,
    ) -> None:
        self._course = Course(launches, records, settings, past_requests, now=now)
        self._gates = Gates(self._course, settings, passed=gates_passed, go_on=go_on)
        self._scheduler = self._course.scheduler
        self._replies = Replies(self._course, settings, rng)
        self._waits = Waits(self._course, self._gates)
        self._aside: set[int] = set()
        self._late = settings.late
        self._overdue: list[Event] = []

    @property
    def done(self) -> bool:
        """Whether every launch has ended."""
        return self._course.open == 0

    @property
    def patience(self) -> float:
        """Seconds that a free place may wait for others to come free: a thousandth of the shortest window."""
        windows = (quota.seconds for lane in self._scheduler.lanes for quota in lane.quotas)
        return min(min(windows, default=0.0) / 1000, _LONGEST_PATIENCE)

    def begin(self, at: Instant, only: Collection[State] | None = None) -> list[Event]:
        """Queue what has not ended well: new launches, ended ones that a rerun retries, doubts.

        With `only`, launches in other states are set aside: they stay as they are, and keep no run open.
        """
        events: list[Event] = []
        for entry in self._course.entries:
            if only is not None and entry.record.state not in only:
                events += self._set_aside(entry, at)
            else:
                events += self._queue(entry, at)
        for lane in self._scheduler.lanes:
            self._scheduler.touch(lane, at.loop)
        return events

    def next_job(self, at: Instant) -> Job | None:
        """Take the next request that may be sent now; it holds its place in the budget from here on.

        A start whose window is closed goes back into its lane until the window opens: what else becomes of it
        is decided by `late`.
        """
        while (job := self._scheduler.take(at.loop)) is not None and self._is_late(job, at):
            job.entry.lane.withdrawn()
            self._overdue += self._put_off(job, at)
            self._scheduler.touch(job.entry.lane, at.loop)
        return job

    def tick(self, at: Instant) -> list[Event]:
        """What time brings about: launches whose window `next_job` found closed, waves, gates."""
        events, self._overdue = self._overdue, []
        return events + self._gates.tick(at)

    def wake_at(self) -> float:
        """Loop time at which `next_job` may have something again; infinity when only a reply can tell."""
        return min(self._scheduler.wake_at(), self._gates.wake_at)

    def estimate(self, at: Instant, *, concurrency: int, latency: float) -> Estimate:
        """When each account with something to do is done, if every reply takes `latency` seconds."""
        return Estimate(
            self._course.lanes,
            self._gates.ahead() if self._course.paused is None else Itinerary(),
            concurrency=concurrency,
            latency=latency,
            at=at,
            late=self._late,
        )

    def intent(self, job: Job, at: Instant) -> Intent:
        """What must be durable before the job is sent."""
        record = job.entry.record
        if job.kind is JobKind.READ:
            return ReadIntended(record.planned.launch, at.wall)
        return AttemptIntended(record.planned.launch, record.attempts + 1, at.wall)

    def granted(self, job: Job, intent: Intent) -> list[Event]:
        """The intent is durable."""
        self._waits.forget(job.entry.lane.account)
        return [apply(job.entry, intent)]

    def denied(self, job: Job, verdict: Busy | Forbidden, at: Instant) -> list[Event]:
        """The journal did not grant the intent: nothing is sent."""
        lane = job.entry.lane
        lane.withdrawn()
        events: list[Event] = []
        if isinstance(verdict, Busy):
            lane.busy_until = max(lane.busy_until, at.loop + verdict.wait)
            if job.kind is JobKind.START:
                events += self._course.start_again(job.entry, 0.0, at)
            else:
                lane.add(job, at.loop)
        else:
            events += self._course.give_up(job.entry, verdict.why, verdict.reason, at)
        self._scheduler.touch(lane, at.loop)
        return events

    def may_send(self, job: Job, at: Instant) -> bool:
        """Last look before a claimed request leaves: things may have changed since it was claimed."""
        if job.kind is JobKind.READ:
            return True
        lane = job.entry.lane
        if self._is_late(job, at):
            return False
        if self._course.stopped or self._course.account_stopped(job.entry) or lane.breaker.is_open:
            return False
        return lane.closed_until <= at.loop and lane.in_flight <= lane.allowance

    def withdraw(self, job: Job, at: Instant, why: str = "the account closed in between") -> list[Event]:
        """A claimed start was not handed to the network: back into its lane, or ended when the run stops."""
        entry = job.entry
        entry.lane.withdrawn()
        reason = self._course.stopped[1] if self._course.stopped else why
        number, attempt = entry.record.planned.launch, entry.record.attempts
        events: list[Event] = [apply(entry, AttemptWithdrawn(number, attempt, at.wall, reason))]
        events += self._course.start_again(entry, 0.0, at)
        self._scheduler.touch(entry.lane, at.loop)
        return events

    def on_outcome(self, job: Job, outcome: Outcome, at: Instant) -> list[Event]:
        """A start request was answered, or was not."""
        return self._replies.on_outcome(job, outcome, at) + self._course.give_doubts_up(at)

    def on_reading(self, job: Job, reading: Reading, at: Instant) -> list[Event]:
        """A read of the campaign's state was answered, or was not."""
        events = self._replies.on_reading(job, reading, at)
        if job.gate:
            self._gates.read(job, reading, at)
            self._scheduler.touch(job.entry.lane, at.loop)
        return events + self._course.give_doubts_up(at)

    def stop(self, why: NotAttempted, reason: str, at: Instant) -> list[Event]:
        """Send no further start; what is in flight is waited for, doubts are settled."""
        return self._course.stop(why, reason, at)

    def leave(self, reason: str, at: Instant) -> list[Event]:
        """An order from outside: start nothing more and settle nothing; its giver reads the states."""
        return self._course.leave(reason, at)

    def pause(self, reason: str, at: Instant) -> None:
        """An order from outside: send no start until `resume`."""
        if self._course.stopped is None:
            self._course.pause(reason, at)

    def resume(self, at: Instant) -> list[Event]:
        """An order from outside: go on."""
        return self._course.resume(at)

    def abort(self, why: NotAttempted, reason: str, at: Instant) -> list[Event]:
        """End now: whatever has no outcome may have started."""
        events = self._course.stop(why, reason, at)
        for entry in self._course.entries:
            if entry.position not in self._aside:
                events += self._abort(entry, why, reason, at)
        return events

    def new_waits(self, at: Instant) -> list[LaneWaiting]:
        """Accounts with work that began to wait since their last request; for whoever watches."""
        return self._waits.new(at)

    def _is_late(self, job: Job, at: Instant) -> bool:
        calendar = job.entry.launch.calendar
        return calendar is not None and job.kind is JobKind.START and not calendar.is_open(at.wall)

    def _put_off(self, job: Job, at: Instant) -> list[Event]:
        """The launch's window is closed: it waits, or ends, or ends the run, as `late` says."""
        entry = job.entry
        opens_at = entry.launch.calendar.opens_at(at.wall) if entry.launch.calendar is not None else at.wall
        when = "does not open within a year" if opens_at is None else f"opens at {stamp(opens_at)}"
        if opens_at is None or self._late == "skip":
            return self._course.give_up(entry, NotAttempted.WINDOW, f"closed; it {when}", at)
        if self._late == "fail":
            reason = f"a send window is closed (late: fail); it {when}"
            events = self._course.stop(NotAttempted.HALTED, reason, at)
            return events + self._course.give_up(entry, NotAttempted.HALTED, reason, at)
        # Looked at again in between: the wall clock may be set.
        entry.lane.wait_for_window(job, at.loop + min(opens_at - at.wall, _LOOK_AGAIN), when)
        return []

    def _set_aside(self, entry: Entry, at: Instant) -> list[Event]:
        self._aside.add(entry.position)
        self._course.open -= entry.record.result is None
        if entry.record.state is not State.PLANNED:
            return []
        end = LaunchFinished(
            entry.record.planned.launch, at.wall, Result.NOT_ATTEMPTED, f"{NotAttempted.CANCELLED}: {_ASIDE}"
        )
        return [apply(entry, end)]

    def _queue(self, entry: Entry, at: Instant) -> list[Event]:
        events: list[Event] = []
        if entry.record.state in _REOPENED:
            self._course.open += 1
            events.append(apply(entry, LaunchReopened(entry.record.planned.launch, at.wall)))
        if entry.record.state is State.DOUBT:
            events += self._replies.settle(entry, at)
        elif entry.record.result is None and self._course.stopped is not None:
            # Interrupted before it began: a lane would wait for its budget only to give up then.
            events += self._course.give_up(entry, *self._course.stopped, at)
        elif entry.record.result is None:
            events += self._course.start(entry, at)
        return events

    def _abort(self, entry: Entry, why: NotAttempted, reason: str, at: Instant) -> list[Event]:
        events: list[Event] = []
        if entry.record.state is State.SENDING:
            number, attempt = entry.record.planned.launch, entry.record.attempts
            lost = AttemptFinished(number, attempt, at.wall, OutcomeKind.IN_DOUBT, f"{reason}{CUT_OFF}")
            events.append(apply(entry, lost))
        if entry.record.state is State.DOUBT:
            events += self._course.finish(entry, Result.UNKNOWN, because(entry, f"{why}: {reason}"), at)
        elif entry.record.result is None:
            events += self._course.give_up(entry, why, reason, at)
        return events
