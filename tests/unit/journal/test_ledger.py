import pytest
from fakes.histories import walks
from hypothesis import given
from hypothesis import strategies as st

from launcher.journal.events import LaunchPlanned, RunClosed
from launcher.journal.ledger import HOLD_OF, Held, Hold, hold_after, judge
from launcher.journal.lifecycle import TRANSITIONS, LaunchRecord, State, Step
from launcher.manifest.model import Identity

PLANNED = LaunchPlanned(0, 0, Identity("h", "a", "s", "c", "sms"), "acme", None, None)
HOUR = 3600.0


def held(hold, *, at=0.0, alive=False, key="first"):
    return Held(key, hold, at, alive)


@given(events=walks([PLANNED]))
def test_the_ledger_needs_no_replay_to_know_what_is_held(events):
    record, hold = LaunchRecord(PLANNED), Hold.CLEAR
    for event in events:
        record.apply(event)
        hold = hold_after(event, hold)
        assert hold is HOLD_OF[record.state]


def test_a_start_may_be_intended_exactly_where_nothing_is_held():
    may_start = {state for state, step in TRANSITIONS if step is Step.INTEND}
    assert all(HOLD_OF[state] is Hold.CLEAR for state in may_start)
    assert {state for state in State if HOLD_OF[state] is not Hold.CLEAR} & may_start == set()


def test_events_of_the_run_change_no_hold():
    assert hold_after(RunClosed(1.0, 0), Hold.UNKNOWN) is Hold.UNKNOWN


@pytest.mark.parametrize("hold", [Hold.CLAIMED, Hold.STARTED, Hold.UNKNOWN])
def test_what_a_dead_run_holds_forbids_until_the_cooldown_is_over(hold):
    entries = [held(hold, at=0.0)]
    assert judge(entries, now=HOUR - 1, cooldown=HOUR, allowed_at=None) is not None
    assert judge(entries, now=HOUR, cooldown=HOUR, allowed_at=None) is None
    assert judge(entries, now=0.0, cooldown=0.0, allowed_at=None) is None


@pytest.mark.parametrize("hold", [Hold.CLAIMED, Hold.STARTED, Hold.UNKNOWN])
def test_what_a_live_run_holds_forbids_for_as_long_as_it_lives(hold):
    assert judge([held(hold, alive=True)], now=99 * HOUR, cooldown=0.0, allowed_at=None) is not None


def test_a_permission_covers_what_was_held_until_then():
    for hold in (Hold.STARTED, Hold.UNKNOWN, Hold.CLAIMED):
        entries = [held(hold, at=10.0)]
        assert judge(entries, now=11.0, cooldown=HOUR, allowed_at=10.0) is None
        assert judge(entries, now=11.0, cooldown=HOUR, allowed_at=9.0) is not None


def test_no_permission_covers_a_start_that_a_live_run_is_at():
    entry = held(Hold.CLAIMED, at=10.0, alive=True)
    assert judge([entry], now=11.0, cooldown=0.0, allowed_at=10.0) is not None


def test_a_clock_that_was_set_back_does_not_end_a_cooldown():
    assert judge([held(Hold.STARTED, at=500.0)], now=100.0, cooldown=60.0, allowed_at=None) is not None
    assert judge([held(Hold.STARTED, at=500.0)], now=100.0, cooldown=0.0, allowed_at=None) is None


@given(
    st.permutations([held(Hold.CLEAR, alive=True), held(Hold.STARTED, at=0.0), held(Hold.STARTED, at=90.0)])
)
def test_one_entry_that_forbids_is_enough(entries):
    forbidden = judge(entries, now=100.0, cooldown=50.0, allowed_at=None)
    assert forbidden is not None
    assert forbidden.reason == "started 1970-01-01T00:01:30Z under run key 'first'"
