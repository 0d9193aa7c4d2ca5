"""The life of a launch: one transition table, and the fold of events over it.

Everything that may change a launch's state is in `TRANSITIONS`; an event that the table does not allow is a
defect of the engine or a damaged journal, never something to guess about.
"""

from dataclasses import dataclass
from enum import StrEnum

from launcher.journal.events import (
    AttemptFinished,
    AttemptIntended,
    AttemptWithdrawn,
    DoubtCleared,
    LaunchEvent,
    LaunchFinished,
    LaunchPlanned,
    LaunchReopened,
    ReadFinished,
    ReadIntended,
)
from launcher.outcome import OutcomeKind, Result


class State(StrEnum):
    """Where a launch stands."""

    PLANNED = "planned"
    """Nothing was sent."""
    SENDING = "sending"
    """An intent is durable and its outcome is not: after a crash this is a doubt."""
    CLEAR = "clear"
    """Something was tried, and it is proven that nothing started: it may be sent again."""
    ACCEPTED = "accepted"
    REFUSED = "refused"
    DOUBT = "doubt"
    """It may have started; only reading state can tell."""
    STARTED = "started"
    ALREADY_ACTIVE = "already_active"
    REJECTED = "rejected"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NOT_ATTEMPTED = "not_attempted"


class Step(StrEnum):
    """What moves a launch from state to state."""

    INTEND = "intend"
    WITHDRAW_FIRST = "withdraw (nothing was tried before)"
    WITHDRAW = "withdraw"
    ACCEPTED = "accepted"
    THROTTLED = "throttled"
    UNSENT = "unsent"
    REFUSED = "refused"
    IN_DOUBT = "in_doubt"
    READ = "read"
    CLEAR = "clear the doubt"
    END_STARTED = "end: started"
    END_ALREADY_ACTIVE = "end: already_active"
    END_REJECTED = "end: rejected"
    END_FAILED = "end: failed"
    END_UNKNOWN = "end: unknown"
    END_NOT_ATTEMPTED = "end: not_attempted"
    REOPEN = "reopen"


TRANSITIONS: dict[tuple[State, Step], State] = {
    (State.PLANNED, Step.INTEND): State.SENDING,
    (State.PLANNED, Step.END_NOT_ATTEMPTED): State.NOT_ATTEMPTED,
    (State.SENDING, Step.WITHDRAW_FIRST): State.PLANNED,
    (State.SENDING, Step.WITHDRAW): State.CLEAR,
    (State.SENDING, Step.ACCEPTED): State.ACCEPTED,
    (State.SENDING, Step.THROTTLED): State.CLEAR,
    (State.SENDING, Step.UNSENT): State.CLEAR,
    (State.SENDING, Step.REFUSED): State.REFUSED,
    (State.SENDING, Step.IN_DOUBT): State.DOUBT,
    (State.CLEAR, Step.INTEND): State.SENDING,
    (State.CLEAR, Step.END_FAILED): State.FAILED,
    (
        State.CLEAR,
        Step.END_REJECTED,
    ): State.REJECTED,  # refused, and the attempt with a renewed token withdrawn
    (State.CLEAR, Step.END_NOT_ATTEMPTED): State.NOT_ATTEMPTED,
    (State.ACCEPTED, Step.END_STARTED): State.STARTED,
    (State.REFUSED, Step.INTEND): State.SENDING,  # a 401, with a renewed token
    (State.REFUSED, Step.END_REJECTED): State.REJECTED,
    (State.REFUSED, Step.END_ALREADY_ACTIVE): State.ALREADY_ACTIVE,
    (State.REFUSED, Step.END_STARTED): State.STARTED,  # "already active" after a doubt: our own start
    # A read moves nothing. It settles a doubt, or asks in the name of a queued launch whether its account
    # answers; that launch may be given up while the read is on its way.
    (State.PLANNED, Step.READ): State.PLANNED,
    (State.CLEAR, Step.READ): State.CLEAR,
    (State.REFUSED, Step.READ): State.REFUSED,
    (State.DOUBT, Step.READ): State.DOUBT,
    (State.REJECTED, Step.READ): State.REJECTED,
    (State.FAILED, Step.READ): State.FAILED,
    (State.NOT_ATTEMPTED, Step.READ): State.NOT_ATTEMPTED,
    (State.STARTED, Step.READ): State.STARTED,  # at the gate after its wave
    (State.ALREADY_ACTIVE, Step.READ): State.ALREADY_ACTIVE,
    (State.DOUBT, Step.CLEAR): State.CLEAR,
    (State.DOUBT, Step.END_STARTED): State.STARTED,
    (State.DOUBT, Step.END_UNKNOWN): State.UNKNOWN,
    (State.REJECTED, Step.REOPEN): State.CLEAR,
    (State.FAILED, Step.REOPEN): State.CLEAR,
    (State.NOT_ATTEMPTED, Step.REOPEN): State.CLEAR,
    (State.UNKNOWN, Step.REOPEN): State.DOUBT,
}

RESULTS: dict[State, Result] = {
    State.STARTED: Result.STARTED,
    State.ALREADY_ACTIVE: Result.ALREADY_ACTIVE,
    State.REJECTED: Result.REJECTED,
    State.FAILED: Result.FAILED,
    State.UNKNOWN: Result.UNKNOWN,
    State.NOT_ATTEMPTED: Result.NOT_ATTEMPTED,
}

_STEP_OF_EVENT: dict[type[LaunchEvent], Step] = {
    AttemptIntended: Step.INTEND,
    ReadIntended: Step.READ,
    DoubtCleared: Step.CLEAR,
    LaunchReopened: Step.REOPEN,
}
"""Events that move a launch by their kind alone; a kind that is nowhere moves nothing."""
_STEP_OF_OUTCOME = {
    OutcomeKind.ACCEPTED: Step.ACCEPTED,
    OutcomeKind.THROTTLED: Step.THROTTLED,
    OutcomeKind.REFUSED: Step.REFUSED,
    OutcomeKind.UNSENT: Step.UNSENT,
    OutcomeKind.IN_DOUBT: Step.IN_DOUBT,
}
_STEP_OF_RESULT = {result: Step(f"end: {result}") for result in Result}


class IllegalEventError(ValueError):
    """An event that the life of a launch does not allow: a damaged journal or a defect, not bad input."""


@dataclass(slots=True)
class LaunchRecord:
    """All that the events say of one launch; `apply` is the only way to change it."""

    planned: LaunchPlanned
    state: State = State.PLANNED
    attempts: int = 0
    """Start requests handed to the network over the whole run key (withdrawn ones do not count)."""
    requests: int = 0
    """Start and read requests."""
    throttled: int = 0
    doubts: int = 0
    """Attempts that were in doubt."""
    first_sent_at: float | None = None
    last_sent_at: float | None = None
    finished_at: float | None = None
    http_status: int | None = None
    reason: str | None = None
    evidence: str | None = None

    @property
    def result(self) -> Result | None:
        """Where it ended; None while it has not."""
        return RESULTS.get(self.state)

    def apply(self, event: LaunchEvent) -> None:
        """Move on by one event.

        Raises:
            IllegalEventError: the table has no such transition.
        """
        self._move(event)
        match event:
            case AttemptIntended(at=at):
                self._intended(at)
            case AttemptWithdrawn():
                self._withdrawn()
            case AttemptFinished():
                self._learned(event)
            case ReadIntended():
                self.requests += 1
            case ReadFinished(throttled=throttled):
                self.throttled += throttled
            case DoubtCleared(evidence=evidence):
                self.evidence = evidence
            case LaunchFinished():
                self._finished(event)
            case LaunchReopened():
                self.finished_at = None
            case LaunchPlanned():
                self.planned = event

    def _step(self, event: LaunchEvent) -> Step | None:
        match event:
            case AttemptWithdrawn():
                return Step.WITHDRAW_FIRST if self.attempts == 1 else Step.WITHDRAW
            case AttemptFinished(outcome=outcome):
                return _STEP_OF_OUTCOME[outcome]
            case LaunchFinished(result=result):
                return _STEP_OF_RESULT[result]
        return _STEP_OF_EVENT.get(type(event))

    def _move(self, event: LaunchEvent) -> None:
        step = self._step(event)
        if step is None:
            return
        try:
            self.state = TRANSITIONS[self.state, step]
        except KeyError:
            raise IllegalEventError(
                f"launch {self.planned.launch}: '{step}' is not allowed when {self.state}"
            ) from None

    def _intended(self, at: float) -> None:
        self.attempts += 1
        self.requests += 1
        self.last_sent_at = at
        if self.first_sent_at is None:
            self.first_sent_at = at

    def _withdrawn(self) -> None:
        self.attempts -= 1
        self.requests -= 1
        if self.attempts == 0:
            self.first_sent_at = self.last_sent_at = None

    def _learned(self, event: AttemptFinished) -> None:
        self.http_status = event.http_status
        self.reason = event.reason
        self.evidence = event.evidence
        self.throttled += event.outcome is OutcomeKind.THROTTLED
        self.doubts += event.outcome is OutcomeKind.IN_DOUBT

    def _finished(self, event: LaunchFinished) -> None:
        self.finished_at = event.at
        self.reason = event.reason
        self.evidence = event.evidence if event.evidence is not None else self.evidence
