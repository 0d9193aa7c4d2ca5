"""The course of a run: its lanes, how many launches are open, and how a launch ends. Pure.

These are the few moves that every decision is made of; each applies its event to the launch's record, so the
record moves as the table in `launcher.journal.lifecycle` allows, or not at all.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from launcher.engine.halting import Halting
from launcher.engine.lane import Entries, Entry, Job, JobKind, Lane
from launcher.engine.scheduler import Scheduler
from launcher.journal.events import Event, LaneClosed, LaunchEvent, LaunchFinished, RunHalted
from launcher.journal.lifecycle import LaunchRecord, State
from launcher.journal.port import PastRequest
from launcher.manifest.model import Settings
from launcher.outcome import NotAttempted, Result
from launcher.plan.model import Launch

_E = TypeVar("_E", bound=LaunchEvent)


@dataclass(frozen=True, slots=True)
class Instant:
    """One moment on both clocks: the event loop's (for waiting) and the wall's (for the record)."""

    loop: float
    wall: float


class Course:
    """Lanes, open launches, and whether starts are still sent."""

    def __init__(
        self,
        launches: Sequence[Launch],
        records: Sequence[LaunchRecord],
        settings: Settings,
        past_requests: Iterable[PastRequest],
        *,
        now: float,
    ) -> None:
        self.entries = Entries(launches, records, even=settings.pace == "even")
        self.lanes = self.entries.lanes
        """By `Account.lane`."""
        for past in past_requests:
            if past.lane in self.lanes:
                # Without a known reply the server may count it as late as now: its connection is gone.
                self.lanes[past.lane].pacer.remember([now - past.age if past.replied else now])
        self.open = sum(record.result is None for record in records)
        self.scheduler = Scheduler(self.lanes.values(), now)
        self.stopped: tuple[NotAttempted, str] | None = None
        """Why no further start is sent; None while they are."""
        self.left: str | None = None
        """Why doubts are not settled either: whoever ordered the stop reads the states."""
        self.paused: str | None = None
        """Why no start is sent for now."""
        self.parked: list[Entry] = []
        """Launches that wait for the end of a pause; in no lane."""
        self.wave_end = len(launches)
        """Launches of the plan from this one on belong to later waves."""
        self.withheld: list[Entry] = []
        """Launches that wait for their wave; in no lane."""
        self._halting = Halting(settings.halt, len(launches))

    def start(self, entry: Entry, at: Instant) -> list[Event]:
        """Into the lane for the first time, behind those before it; ended instead when the run stops."""
        if self._may_queue(entry) and not entry.record.attempts:
            entry.lane.fresh.append(entry.position)
            return []
        return self.start_again(entry, 0.0, at)

    def _may_queue(self, entry: Entry) -> bool:
        stopped = self.stopped is not None or self.account_stopped(entry) is not None
        stopped = stopped or entry.launch.barred is not None
        return not stopped and self.paused is None and entry.position < self.wave_end

    def start_again(self, entry: Entry, seconds: float, at: Instant) -> list[Event]:
        """Back into the lane, not to be sent before `seconds` from now; ended instead when the run stops."""
        if self.stopped is not None:
            return self.give_up(entry, *self.stopped, at)
        if entry.launch.barred is not None:
            return self.give_up(entry, NotAttempted.PREFLIGHT, entry.launch.barred, at)
        if (reason := self.account_stopped(entry)) is not None:
            return self.give_up(entry, NotAttempted.HALTED, reason, at)
        if entry.position >= self.wave_end:
            self.withheld.append(entry)
        elif self.paused is not None:
            self.parked.append(entry)
        else:
            entry.lane.add(Job(JobKind.START, entry), at.loop + seconds)
        return []

    def release(self, wave_end: int, at: Instant) -> list[Event]:
        """The next wave begins: queue its launches."""
        self.wave_end = wave_end
        withheld, self.withheld = self.withheld, []
        events: list[Event] = []
        for entry in sorted(withheld, key=lambda entry: entry.position):
            events += self.start(entry, at)
            self.scheduler.touch(entry.lane, at.loop)
        return events

    def account_stopped(self, entry: Entry) -> str | None:
        """Why the launch's account, or its credentials, send no further start; None while they do."""
        stops = entry.lane.stops
        return stops.get(None, stops.get(entry.launch.credentials.owner)) if stops else None

    def finish(
        self, entry: Entry, result: Result, reason: str | None, at: Instant, evidence: str | None = None
    ) -> list[Event]:
        """The launch ends with this result; too many bad ones halt the run."""
        events: list[Event] = [_end(entry, result, reason, at, evidence)]
        return events + self._ended(self._halting.on_result(result), at)

    def give_up(self, entry: Entry, why: NotAttempted, reason: str, at: Instant) -> list[Event]:
        """The launch ends because no further start is sent: what it is then, depends on what was tried."""
        text = f"{why}: {reason}"
        result = Result.NOT_ATTEMPTED
        if entry.record.state is State.REFUSED:
            result, text = Result.REJECTED, entry.record.reason or text
        elif entry.record.attempts:
            result, text = Result.FAILED, because(entry, text)
        events: list[Event] = [_end(entry, result, text, at)]
        return events + self._ended(self._halting.on_result(result, given_up=True), at)

    def _ended(self, halt: str | None, at: Instant) -> list[Event]:
        self.open -= 1
        return [] if halt is None else self.stop(NotAttempted.HALTED, halt, at)

    def stop(self, why: NotAttempted, reason: str, at: Instant, *, details: str = "") -> list[Event]:
        """Send no further start; what is in flight is waited for, doubts are settled.

        `details` end the reason of the halt, and no launch repeats them.
        """
        if self.stopped is not None:
            return []
        self.stopped = (why, reason)
        halts = why in {NotAttempted.HALTED, NotAttempted.GATE}
        events: list[Event] = [RunHalted(at.wall, reason + details)] if halts else []
        for lane in self.scheduler.lanes:
            for entry in lane.remove(lambda job: job.kind is JobKind.START):
                events += self.give_up(entry, why, reason, at)
            self.scheduler.touch(lane, at.loop)
        waiting, self.parked, self.withheld = [*self.parked, *self.withheld], [], []
        for entry in waiting:
            events += self.give_up(entry, why, reason, at)
        return events

    def leave(self, reason: str, at: Instant) -> list[Event]:
        """Stop for good, as ordered from outside: what is in flight is waited for, doubts are left."""
        if self.left is not None:
            return []
        self.left = reason
        events = self.stop(NotAttempted.HALTED, reason, at) or [RunHalted(at.wall, reason)]
        return events + self.give_doubts_up(at)

    def give_doubts_up(self, at: Instant) -> list[Event]:
        """End what waits for its state to be read, once the run was left."""
        events: list[Event] = []
        if self.left is None:
            return events
        for lane in self.scheduler.lanes:
            lane.remove(lambda job: job.gate)
            for entry in lane.remove(lambda job: job.kind is JobKind.READ):
                events += self.finish(entry, Result.UNKNOWN, because(entry, self.left), at)
            self.scheduler.touch(lane, at.loop)
        return events

    def pause(self, reason: str, at: Instant) -> None:
        """Send no start until `resume`; reads go on."""
        self.paused = reason
        for lane in self.scheduler.lanes:
            self.parked += lane.remove(lambda job: job.kind is JobKind.START)
            self.scheduler.touch(lane, at.loop)

    def resume(self, at: Instant) -> list[Event]:
        """Queue again what was parked."""
        parked, self.parked, self.paused = self.parked, [], None
        events: list[Event] = []
        for entry in sorted(parked, key=lambda entry: entry.position):
            events += self.start_again(entry, 0.0, at)
            self.scheduler.touch(entry.lane, at.loop)
        return events

    def stop_lane(self, lane: Lane, reason: str, owner: str | None, at: Instant) -> Iterator[Event]:
        """End the lane's queued starts: all of them, or those with the credentials of `owner`."""
        lane.stops[owner] = reason
        yield LaneClosed(lane.account, at.wall, None, reason)
        for entry in lane.remove(
            lambda job: job.kind is JobKind.START and owner in {None, job.entry.launch.credentials.owner}
        ):
            yield from self.give_up(entry, NotAttempted.HALTED, reason, at)


def apply(entry: Entry, event: _E) -> _E:
    """Move the launch on by one event, and hand the event on."""
    entry.record.apply(event)
    return event


def _end(
    entry: Entry, result: Result, reason: str | None, at: Instant, evidence: str | None = None
) -> LaunchFinished:
    return apply(entry, LaunchFinished(entry.record.planned.launch, at.wall, result, reason, evidence))


_LAST = "; last attempt: "


def because(entry: Entry, reason: str) -> str:
    """`reason`, with what the last attempt said."""
    # Of a reason that was given before, only what the attempt itself said: else it grows with every rerun.
    last = (entry.record.reason or "").rpartition(_LAST)[2]
    return f"{reason}{_LAST}{last}" if last and last != reason else reason
