import pytest
from fakes.histories import applied, walks
from fakes.launches import make_launch
from hypothesis import given

from launcher.journal.events import (
    AttemptFinished,
    AttemptIntended,
    LaneClosed,
    LaunchPlanned,
    RestartAllowed,
    RunClosed,
    RunHalted,
    RunOpened,
)
from launcher.journal.lifecycle import IllegalEventError
from launcher.journal.replay import History
from launcher.outcome import OutcomeKind

OPENED = RunOpened(1.0, "nightly.yaml", "0", "1.0")


def planned(number, position=None):
    identity = make_launch(campaign=f"cd-{number}").identity
    return LaunchPlanned(number, number if position is None else position, identity, "acme", None, None)


THREE = [planned(0), planned(1), planned(2)]


@given(events=walks(THREE))
def test_the_records_are_those_of_the_events(events):
    history = History.of([OPENED, *THREE, *events])
    assert history.records == applied(THREE, events)
    assert history.plan == [0, 1, 2]


def test_a_plan_that_is_announced_after_an_opening_replaces_the_one_before():
    history = History.of([OPENED, *THREE, OPENED, planned(2, 0), planned(3, 1)])
    assert history.plan == [2, 3]
    assert [record.planned.launch for record in history.records] == [0, 1, 2, 3]


def test_without_an_announcement_the_plan_stays():
    assert History.of([OPENED, *THREE, OPENED]).plan == [0, 1, 2]


def test_a_reopened_run_is_neither_closed_nor_halted():
    events = [OPENED, RunHalted(2.0, "enough"), RunClosed(3.0, 4)]
    history = History.of(events)
    assert (history.halted, history.closed) == (events[1], events[2])
    history.apply(OPENED)
    assert (history.halted, history.closed) == (None, None)


def test_permissions_and_attempt_numbers_are_kept():
    events = [
        RestartAllowed(1, 2.0, "so be it"),
        AttemptIntended(1, 1, 3.0),
        LaneClosed("acme", 4.0, None, "why"),
    ]
    history = History.of([OPENED, *THREE, *events])
    assert (history.allowed_at, history.attempt) == ({1: 2.0}, {1: 1})


@pytest.mark.parametrize(
    "events",
    [
        [planned(0)],
        [RunClosed(1.0, 0)],
        [OPENED, AttemptIntended(0, 1, 2.0)],
        [OPENED, planned(0), AttemptIntended(0, 1, 2.0), AttemptIntended(0, 2, 2.0)],
        [OPENED, planned(0), AttemptIntended(0, 1, 2.0), AttemptFinished(0, 2, 3.0, OutcomeKind.UNSENT)],
        [OPENED, planned(0), OPENED, LaunchPlanned(0, 0, planned(1).identity, "acme", None, None)],
        [OPENED, planned(1)],
        [OPENED, planned(-1)],
    ],
    ids=[
        "unopened",
        "closed first",
        "unplanned",
        "twice",
        "another attempt",
        "another campaign",
        "a gap",
        "below",
    ],
)
def test_what_contradicts_itself_is_no_history(events):
    with pytest.raises(IllegalEventError):
        History.of(events)
