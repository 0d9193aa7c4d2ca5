import pytest
from fakes.histories import walks
from fakes.journal import plan_of
from fakes.launches import make_launch
from hypothesis import given
from hypothesis import strategies as st

from launcher.journal.events import LaunchPlanned, RunOpened
from launcher.journal.lifecycle import State
from launcher.journal.opening import take_over
from launcher.journal.replay import History

OPENED = RunOpened(1.0, "nightly.yaml", "0", "1.0")
AGAIN = RunOpened(2_000_000_000.0, "nightly.yaml", "1", "1.1")
LAUNCHES = [make_launch(campaign=f"cd-{number}") for number in range(4)]
PLANNED = [LaunchPlanned(n, n, launch.identity, "acme", None, None) for n, launch in enumerate(LAUNCHES[:3])]


def history(events=()):
    return History.of([OPENED, *PLANNED, *events])


@given(events=walks(PLANNED), edited=st.lists(st.sampled_from(LAUNCHES), min_size=1, unique=True))
def test_taking_over_any_history_under_any_plan_is_a_legal_history(events, edited):
    opening = take_over(history(events), plan_of(edited), AGAIN, {LAUNCHES[0].identity: "so be it"})
    replayed = History.of([OPENED, *PLANNED, *events, *opening.events])
    assert replayed.records == opening.history.records
    assert [replayed.records[number] for number in replayed.plan] == opening.records
    assert [record.planned.identity for record in opening.records] == [each.identity for each in edited]
    assert [record.planned.position for record in opening.records] == list(range(len(edited)))
    numbers = {record.planned.identity: number for number, record in enumerate(replayed.records)}
    assert len(numbers) == len(replayed.records)
    assert [numbers[launch.identity] for launch in LAUNCHES[:3]] == [0, 1, 2]


@given(events=walks(PLANNED))
def test_afterwards_no_start_is_on_its_way_or_accepted_without_an_end(events):
    opening = take_over(history(events), plan_of(LAUNCHES[1:3]), AGAIN, {})
    states = {record.state for record in opening.history.records}
    assert not states & {State.SENDING, State.ACCEPTED}


@given(events=walks(PLANNED))
def test_nothing_else_is_decided_for_the_engine(events):
    before = {number: record.state for number, record in enumerate(history(events).records)}
    opening = take_over(history(events), plan_of(LAUNCHES[:3]), AGAIN, {})
    found = {State.SENDING: State.DOUBT, State.ACCEPTED: State.STARTED}
    expected = {number: found.get(state, state) for number, state in before.items()}
    assert {number: record.state for number, record in enumerate(opening.history.records)} == expected


def test_the_same_plan_is_not_announced_again():
    assert take_over(history(), plan_of(LAUNCHES[:3]), AGAIN, {}).events == [AGAIN]


def test_a_launch_twice_in_a_plan_is_a_defect():
    with pytest.raises(ValueError, match="twice"):
        take_over(History(), plan_of([LAUNCHES[0], LAUNCHES[0]]), OPENED, {})
