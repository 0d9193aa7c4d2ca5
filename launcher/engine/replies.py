"""What follows from each reply: retry, reconcile, end, close the account. Pure: replies in, events out."""

from collections import Counter
from dataclasses import dataclass
from random import Random

from launcher.engine.breaker import LIMIT
from launcher.engine.course import Course, Instant, apply, because
from launcher.engine.lane import Entry, Job, JobKind, Lane
from launcher.engine.reconcile import Doubt, NotStarted, ReadAgain, Started, Unsettled, judge
from launcher.engine.retry import GiveUp, RetryIn, RetryPolicy
from launcher.journal.events import AttemptFinished, DoubtCleared, Event, LaneClosed, ReadFinished
from launcher.manifest.model import Settings
from launcher.outcome import Outcome, OutcomeKind, Reading, Result

REFUSALS_LIMIT = 3
"""Launches in a row refused for their credentials (401, again with a renewed token) that stop an account."""

_SERVER_FAULT = 500


@dataclass(slots=True)
class Trial:
    """What a launch went through in this process; only launches that met trouble have one."""

    first_at: float
    """Loop time."""
    tries: int = 0
    """Attempts that count against `retry.attempts`."""
    renewed: bool = False
    """A 401 has renewed the token for this launch: the next one is final."""
    doubt: Doubt | None = None


class Replies:
    """Decides on replies; the course carries the decisions out."""

    def __init__(self, course: Course, settings: Settings, rng: Random) -> None:
        self._course = course
        self._settings = settings
        self._rng = rng
        self._policy = RetryPolicy(settings.retry, rng)
        self._trials: dict[int, Trial] = {}
        self._refusals: Counter[str] = Counter()

    def on_outcome(self, job: Job, outcome: Outcome, at: Instant) -> list[Event]:
        """A start request was answered, or was not."""
        entry = job.entry
        entry.lane.replied(at.loop)
        events: list[Event] = [apply(entry, _attempt_finished(entry, outcome, at))]
        events += self._count_failure(entry.lane, outcome, at)
        match outcome.kind:
            case OutcomeKind.ACCEPTED:
                events += self._accepted(entry, outcome, at)
            case OutcomeKind.THROTTLED:
                events += self._throttled(entry, outcome.retry_after, at)
                events += self._course.start_again(entry, 0.0, at)
                events += self._give_up_throttled(entry, at)
            case OutcomeKind.UNSENT:
                events += self._retry(entry, at)
            case OutcomeKind.REFUSED:
                events += self._refused(entry, outcome, at)
            case OutcomeKind.IN_DOUBT:
                events += self.settle(entry, at)
        self._course.scheduler.touch(entry.lane, at.loop)
        return events

    def on_reading(self, job: Job, reading: Reading, at: Instant) -> list[Event]:
        """A read of the campaign's state was answered, or was not."""
        entry = job.entry
        entry.lane.replied(at.loop)
        events: list[Event] = [apply(entry, _read_finished(entry, reading, at))]
        if reading.state is not None:
            entry.lane.trust(at.loop)
            entry.lane.breaker.close()
        if reading.throttled:
            events += self._throttled(entry, reading.retry_after, at)
        if job.gate:
            pass  # the gates look at it
        elif job.probe:
            events += self._probed(entry.lane, reading, at)
        elif reading.throttled:
            events += self._read_later(job, at)
        else:
            events += self._judged(job, reading, at)
        self._course.scheduler.touch(entry.lane, at.loop)
        return events

    def settle(self, entry: Entry, at: Instant) -> list[Event]:
        """The launch is in doubt: read its state after a settling time, unless none is to be read."""
        if self._settings.on_unknown == "hold":
            return self._end(entry, Result.UNKNOWN, because(entry, "on_unknown is hold"), at)
        sent_at = entry.record.last_sent_at
        self._trial(entry, at).doubt = Doubt(at.wall if sent_at is None else sent_at)
        entry.lane.add(Job(JobKind.READ, entry), at.loop + self._settings.reconcile.settle)
        return []

    def _count_failure(self, lane: Lane, outcome: Outcome, at: Instant) -> list[Event]:
        if not lane.breaker.count(outcome, at.loop):
            return []
        lane.suspect()
        return self._close(lane, 0.0, f"{LIMIT} requests in a row failed ({outcome.reason})", at)

    def _probed(self, lane: Lane, reading: Reading, at: Instant) -> list[Event]:
        """Any answer but a 5xx shows that the account is there; what it says of the campaign is no matter."""
        server_fault = reading.http_status is None or reading.http_status >= _SERVER_FAULT
        if not lane.breaker.is_open or not server_fault:
            lane.breaker.close()
            return []
        lane.breaker.probes += 1
        match self._policy.decide(lane.breaker.probes, at.loop - lane.breaker.opened_at):
            case RetryIn(seconds):
                return self._close(lane, seconds, f"the account does not answer ({reading.reason})", at)
            case GiveUp():
                reason = f"the account does not answer: {reading.reason}"
                return list(self._course.stop_lane(lane, reason, None, at))

    def _close(self, lane: Lane, seconds: float, reason: str, at: Instant) -> list[Event]:
        lane.close(at.loop + seconds, reason)
        return [LaneClosed(lane.account, at.wall, at.wall + seconds, reason)]

    def _accepted(self, entry: Entry, outcome: Outcome, at: Instant) -> list[Event]:
        self._refusals[entry.launch.credentials.owner] = 0
        entry.lane.trust(at.loop)
        return self._end(entry, Result.STARTED, None, at, outcome.evidence)

    def _throttled(self, entry: Entry, retry_after: float | None, at: Instant) -> list[Event]:
        lane = entry.lane
        if not lane.throttled(at.loop, retry_after, self._rng.random()):
            return []
        until = at.wall + lane.closed_until - at.loop
        return [LaneClosed(lane.account, at.wall, until, lane.closed_reason)]

    def _give_up_throttled(self, entry: Entry, at: Instant) -> list[Event]:
        verdict = self._throttled_too_long(entry.lane, at)
        return [] if verdict is None else list(self._course.stop_lane(entry.lane, verdict.reason, None, at))

    def _read_later(self, job: Job, at: Instant) -> list[Event]:
        """A throttled read goes again when its lane opens, but not for ever: a doubt may stay unknown."""
        verdict = self._throttled_too_long(job.entry.lane, at)
        if verdict is not None:
            return self._end(job.entry, Result.UNKNOWN, because(job.entry, verdict.reason), at)
        job.entry.lane.add(job, at.loop)
        return []

    def _throttled_too_long(self, lane: Lane, at: Instant) -> GiveUp | None:
        since = at.loop if lane.throttled_since is None else lane.throttled_since
        return self._policy.too_late(at.loop - since)

    def _retry(self, entry: Entry, at: Instant) -> list[Event]:
        trial = self._trial(entry, at)
        trial.tries += 1
        match self._policy.decide(trial.tries, at.loop - trial.first_at):
            case RetryIn(seconds):
                return self._course.start_again(entry, seconds, at)
            case GiveUp(reason):
                return self._end(entry, Result.FAILED, because(entry, reason), at)

    def _refused(self, entry: Entry, outcome: Outcome, at: Instant) -> list[Event]:
        if outcome.unauthorized:
            return self._unauthorized(entry, outcome, at)
        self._refusals[entry.launch.credentials.owner] = 0
        entry.lane.trust(at.loop)
        if not outcome.already_active:
            return self._end(entry, Result.REJECTED, outcome.reason, at)
        if entry.record.doubts:
            # After a doubt, "already active" is the trace of our own earlier attempt.
            return self._end(entry, Result.STARTED, None, at, outcome.reason)
        return self._end(entry, Result.ALREADY_ACTIVE, outcome.reason, at)

    def _unauthorized(self, entry: Entry, outcome: Outcome, at: Instant) -> list[Event]:
        entry.lane.suspect()
        trial = self._trial(entry, at)
        if not trial.renewed:
            trial.renewed = True
            return self._course.start_again(entry, 0.0, at)
        return self._end(entry, Result.REJECTED, outcome.reason, at) + self._count_refusal(entry, at)

    def _count_refusal(self, entry: Entry, at: Instant) -> list[Event]:
        owner = entry.launch.credentials.owner
        self._refusals[owner] += 1
        if self._refusals[owner] < REFUSALS_LIMIT:
            return []
        reason = f"the credentials of {owner} were refused {REFUSALS_LIMIT} times in a row"
        return list(self._course.stop_lane(entry.lane, reason, owner, at))

    def _judged(self, job: Job, reading: Reading, at: Instant) -> list[Event]:
        entry = job.entry
        trial = self._trial(entry, at)
        if reading.unauthorized and not trial.renewed:
            trial.renewed = True
            entry.lane.add(job, at.loop)
            return []
        doubt = trial.doubt or Doubt(at.wall)
        match judge(doubt, reading, job.details, self._settings.reconcile):
            case ReadAgain(doubt, seconds, details):
                trial.doubt = doubt
                entry.lane.add(Job(JobKind.READ, entry, details), at.loop + seconds)
                return []
            case Started(evidence):
                return self._end(entry, Result.STARTED, None, at, evidence)
            case NotStarted(evidence):
                cleared = DoubtCleared(entry.record.planned.launch, at.wall, evidence)
                return [apply(entry, cleared), *self._retry(entry, at)]
            case Unsettled(reason, evidence):
                return self._end(entry, Result.UNKNOWN, because(entry, reason), at, evidence)

    def _trial(self, entry: Entry, at: Instant) -> Trial:
        return self._trials.setdefault(entry.position, Trial(first_at=at.loop))

    def _end(
        self, entry: Entry, result: Result, reason: str | None, at: Instant, evidence: str | None = None
    ) -> list[Event]:
        self._trials.pop(entry.position, None)
        return self._course.finish(entry, result, reason, at, evidence)


def _attempt_finished(entry: Entry, outcome: Outcome, at: Instant) -> AttemptFinished:
    return AttemptFinished(
        launch=entry.record.planned.launch,
        attempt=entry.record.attempts,
        at=at.wall,
        outcome=outcome.kind,
        reason=outcome.reason,
        http_status=outcome.http_status,
        evidence=outcome.evidence,
        already_active=outcome.already_active,
    )


def _read_finished(entry: Entry, reading: Reading, at: Instant) -> ReadFinished:
    return ReadFinished(
        launch=entry.record.planned.launch,
        at=at.wall,
        state=reading.state,
        http_status=reading.http_status,
        reason=reading.reason,
        throttled=reading.throttled,
    )
