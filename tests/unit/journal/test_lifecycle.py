import pytest
from fakes.histories import event_for, walks
from hypothesis import given
from hypothesis import strategies as st

from launcher.journal.events import (
    AttemptFinished,
    AttemptIntended,
    AttemptWithdrawn,
    DoubtCleared,
    LaunchFinished,
    LaunchPlanned,
    LaunchReopened,
    ReadFinished,
    ReadIntended,
    RestartAllowed,
)
from launcher.journal.lifecycle import (
    RESULTS,
    TRANSITIONS,
    IllegalEventError,
    LaunchRecord,
    State,
    Step,
)
from launcher.manifest.model import Identity
from launcher.outcome import OutcomeKind, Result

PLANNED = LaunchPlanned(0, 0, Identity("h", "a", "s", "c", "sms"), "acme", None, None)
MAY_HAVE_STARTED = {State.SENDING, State.ACCEPTED, State.DOUBT, State.STARTED, State.UNKNOWN}


def record_after(*events):
    record = LaunchRecord(PLANNED)
    for event in events:
        record.apply(event)
    return record


def finished(kind, attempt=1, at=2.0):
    return AttemptFinished(0, attempt, at, kind, "why", 200, "evidence")


def test_every_state_but_the_first_can_be_reached_and_every_unfinished_one_left():
    assert {State.PLANNED, *TRANSITIONS.values()} == set(State)
    left = {before for (before, _), after in TRANSITIONS.items() if before is not after}
    assert left == set(State) - {State.STARTED, State.ALREADY_ACTIVE}
    assert set(RESULTS.values()) == set(Result)


def test_no_start_may_follow_where_one_may_have_happened():
    assert not [state for state, step in TRANSITIONS if step is Step.INTEND and state in MAY_HAVE_STARTED]


def test_a_start_that_happened_is_never_forgotten():
    ways_out = {after for (before, _), after in TRANSITIONS.items() if before is State.ACCEPTED}
    assert ways_out == {State.STARTED}


def test_only_proof_leads_out_of_a_doubt():
    ways_out = {step for before, step in TRANSITIONS if before is State.DOUBT}
    assert ways_out == {Step.READ, Step.CLEAR, Step.END_STARTED, Step.END_UNKNOWN}


def allowed(state, step):
    # A withdrawal is one event; which of its two steps it is, depends on the attempts before.
    steps = {Step.WITHDRAW, Step.WITHDRAW_FIRST} if "withdraw" in step else {step}
    return any((state, each) in TRANSITIONS for each in steps)


@pytest.mark.parametrize("step", Step)
@given(events=walks([PLANNED]))
def test_an_event_is_applied_exactly_if_the_table_allows_it(step, events):
    record = record_after(*events)
    before = record.state
    if allowed(before, step):
        record.apply(event_for(step, record, 9.0))
        assert record.state in {after for (state, _), after in TRANSITIONS.items() if state is before}
    else:
        with pytest.raises(IllegalEventError, match="launch 0"):
            record.apply(event_for(step, record, 9.0))
        assert record.state is before


def test_requests_are_counted_and_withdrawn_ones_are_not():
    record = record_after(
        AttemptIntended(0, 1, 1.0),
        finished(OutcomeKind.THROTTLED),
        AttemptIntended(0, 2, 3.0),
        AttemptWithdrawn(0, 2, 4.0, "halted"),
        AttemptIntended(0, 2, 5.0),
        finished(OutcomeKind.IN_DOUBT, 2),
        ReadIntended(0, 6.0),
        ReadFinished(0, 7.0, None, throttled=True),
    )
    assert (record.attempts, record.requests, record.throttled, record.doubts) == (2, 3, 2, 1)
    assert (record.first_sent_at, record.last_sent_at) == (1.0, 5.0)


def test_a_launch_whose_only_start_was_withdrawn_is_as_it_was_planned():
    record = record_after(AttemptIntended(0, 1, 1.0), AttemptWithdrawn(0, 1, 2.0, "halted"))
    assert record == LaunchRecord(PLANNED)


def test_a_result_has_the_reason_and_evidence_of_its_event_or_of_the_attempt():
    record = record_after(
        AttemptIntended(0, 1, 1.0), finished(OutcomeKind.ACCEPTED), LaunchFinished(0, 3.0, Result.STARTED)
    )
    assert (record.result, record.reason, record.evidence) == (Result.STARTED, None, "evidence")
    assert (record.finished_at, record.http_status) == (3.0, 200)


def test_a_doubt_that_was_cleared_keeps_the_evidence():
    record = record_after(
        AttemptIntended(0, 1, 1.0), finished(OutcomeKind.IN_DOUBT), DoubtCleared(0, 3.0, "Ready twice")
    )
    assert (record.state, record.evidence) == (State.CLEAR, "Ready twice")


def test_a_reopened_launch_has_no_result():
    record = record_after(LaunchFinished(0, 1.0, Result.NOT_ATTEMPTED, "halted"), LaunchReopened(0, 2.0))
    assert (record.result, record.finished_at) == (None, None)


@given(events=walks([PLANNED]), at=st.just(9.0))
def test_a_permission_or_a_new_plan_moves_nothing(events, at):
    record, same = record_after(*events), record_after(*events)
    record.apply(RestartAllowed(0, at, "so be it"))
    assert record == same
    moved = LaunchPlanned(0, 7, PLANNED.identity, "acme", "bot", "name")
    record.apply(moved)
    assert record.planned == moved
    assert record.state is same.state
