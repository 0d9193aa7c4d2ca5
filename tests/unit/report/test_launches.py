"""Launches by number, and what is counted of each."""

import tracemalloc
from collections import Counter

import pytest
from fakes.histories import walks
from hypothesis import given
from hypothesis import strategies as st

from launcher.journal.events import AttemptIntended, LaunchPlanned
from launcher.journal.lifecycle import IllegalEventError, LaunchRecord
from launcher.manifest.model import Identity
from launcher.outcome import OutcomeKind, Result
from launcher.report.launches import WIDEST_GAP, Launches, room
from launcher.report.standing import result_now

ACCOUNTS = ("acme", "beta", "gamma")


def planned(launch, position=None, account="acme"):
    identity = Identity("https://h", f"id-{account}", "st-1", f"cd-{launch}", "sms")
    return LaunchPlanned(launch, launch if position is None else position, identity, account, None, None)


@st.composite
def runs(draw):
    """Events of a run whose plan is announced anew now and then, shortened, reordered, accounts renamed."""
    numbers = draw(st.lists(st.integers(0, 9), min_size=1, max_size=6, unique=True))
    plan = [planned(number, position) for position, number in enumerate(numbers)]
    told = ["open", *plan]
    for event in draw(walks(plan)):
        if draw(st.integers(0, 5)) == 0:
            told.append("open")
            some = draw(st.permutations(draw(st.lists(st.sampled_from(numbers), min_size=1, unique=True))))
            account = st.sampled_from(ACCOUNTS)
            told += [planned(number, position, draw(account)) for position, number in enumerate(some)]
        told.append(event)
    return told


class Recount:
    """The same, counted anew from the records whenever somebody asks."""

    def __init__(self):
        self.records = {}
        self.current = set()

    def take(self, event):
        if event == "open":
            self.current.clear()
            return
        if isinstance(event, LaunchPlanned):
            self.current.add(event.launch)
            self.records.setdefault(event.launch, LaunchRecord(event))
        self.records[event.launch].apply(event)

    def counts(self):
        counts = Counter()
        for launch, record in self.records.items():
            result = result_now(record)
            settled = record.result if launch in self.current else result
            account = record.planned.account
            counts[account, "planned"] += 1
            counts[account, "result", result] += 1
            counts[account, "settled", settled] += settled is not None
            counts[account, "requests"] += record.requests
            counts[account, "throttled"] += record.throttled
        return +counts

    def order(self):
        def place(launch):
            return launch not in self.current, self.records[launch].planned.position, launch

        return sorted(self.records, key=place)


def counts_of(launches):
    counts = Counter()
    for tally in launches.tallies:
        counts[tally.account, "planned"] = tally.planned
        counts.update({(tally.account, "result", each): count for each, count in tally.results.items()})
        counts.update({(tally.account, "settled", each): count for each, count in tally.settled.items()})
        counts[tally.account, "requests"] = tally.requests
        counts[tally.account, "throttled"] = tally.throttled
    return +counts


def take(launches, event):
    if event == "open":
        launches.forget_plan()
    elif isinstance(event, LaunchPlanned):
        launches.plan(event)
    else:
        launches.advance(event)


def assert_same(launches, recount):
    assert counts_of(launches) == recount.counts()
    assert [record.planned.launch for record in launches.in_report_order()] == recount.order()
    assert {record.planned.launch: record for record in launches} == recount.records
    assert {number for number in recount.records if launches.is_current(recount.records[number])} == (
        recount.current
    )
    assert launches.shortened == (len(recount.current) < len(recount.records))
    assert len(launches) == len(recount.records)


@given(runs())
def test_what_is_counted_is_what_a_recount_finds_after_every_event(events):
    launches, recount = Launches(), Recount()
    for event in events:
        take(launches, event)
        recount.take(event)
        assert_same(launches, recount)


@given(runs(), st.data())
def test_records_of_somebody_else_are_counted_as_they_stand_at_the_end_and_later(events, data):
    now = data.draw(st.integers(0, len(events)))
    owner = Recount()
    for event in events[:now]:
        owner.take(event)
    shared = data.draw(st.lists(st.sampled_from(sorted(owner.records)), unique=True)) if owner.records else []

    launches, recount = Launches(owner.records[number] for number in shared), Recount()
    for event in events[:now]:
        take(launches, event)
        recount.take(event)
    assert_same(launches, recount)
    for event in events[now:]:
        if event != "open" and event.launch in shared:
            owner.records[event.launch].apply(event)
        take(launches, event)
        recount.take(event)
        assert_same(launches, recount)
    assert all(launches.get(number) is owner.records[number] for number in shared)


def test_a_shared_record_is_in_the_run_when_it_was_planned_there():
    record = LaunchRecord(planned(1))
    launches = Launches([record])

    assert (len(launches), list(launches), launches.get(1), launches.tallies) == (0, [], None, [])
    with pytest.raises(IllegalEventError, match="launch 1: AttemptIntended before it was planned"):
        launches.advance(AttemptIntended(1, 1, 0.0))

    launches.plan(planned(1))
    assert (len(launches), list(launches), launches.get(1)) == (1, [record], record)


def test_a_shared_record_is_its_owners_to_change():
    latest = planned(0, 5, "beta")
    record = LaunchRecord(latest)
    launches = Launches([record])

    launches.plan(planned(0, 1))

    assert record == LaunchRecord(latest)


def test_a_refusal_after_a_doubt_is_another_kind_than_one_after_a_refusal(story):
    story.plan(0).plan(1)
    story.doubt(0).clear(0).intend(0, 2).reply(0, OutcomeKind.REFUSED, 2, "no")
    story.intend(1).reply(1, OutcomeKind.REFUSED, 1, "no").intend(1, 2).reply(1, OutcomeKind.REFUSED, 2, "no")

    (tally,) = story.summary.tallies

    assert (tally.results[Result.UNKNOWN], tally.results[Result.FAILED], tally.requests) == (1, 1, 4)


def test_what_left_the_plan_comes_last_wherever_it_stood():
    launches = Launches()
    for number in (0, 1, 2):
        launches.plan(planned(number))
    launches.forget_plan()
    for number in (0, 2):
        launches.plan(planned(number))

    assert [record.planned.launch for record in launches.in_report_order()] == [0, 2, 1]


@pytest.mark.parametrize("number", [-1, 0, 2, 4, 10**15])
def test_a_number_that_nobody_has_is_no_launch(number):
    launches = Launches()
    launches.plan(planned(1))
    launches.plan(planned(3))

    assert launches.get(number) is None
    with pytest.raises(IllegalEventError, match=f"launch {number}: "):
        launches.advance(AttemptIntended(number, 1, 0.0))
    assert counts_of(launches) == {("acme", "planned"): 2, ("acme", "result", Result.NOT_ATTEMPTED): 2}


@pytest.mark.parametrize("number", [-1, WIDEST_GAP + 2, 2**62])
def test_an_impossible_number_is_refused_before_it_takes_memory(number):
    launches = Launches()
    launches.plan(planned(0))

    with pytest.raises(IllegalEventError, match=f"launch {number}: "):
        launches.plan(planned(number))
    assert len(launches) == 1


def test_a_list_grows_as_far_as_it_must():
    assert [room(launch, [None] * 3) for launch in (0, 2, 3, 7)] == [0, 0, 1, 5]


def test_accounts_stand_in_the_order_of_their_first_launches():
    launches = Launches()
    for number, (position, account) in enumerate([(2, "late"), (0, "early"), (1, "late"), (3, "late")]):
        launches.plan(planned(number, position, account))

    groups = [(tally.account, [each.planned.launch for each in its]) for tally, its in launches.by_account()]

    assert groups == [("early", [1]), ("late", [2, 0, 3])]
    assert [tally.account for tally in launches.accounts()] == ["early", "late"]


def test_launches_take_few_bytes_besides_their_records():
    count = 10_000
    events = [planned(number, account=ACCOUNTS[number % 3]) for number in range(count)]
    records = [LaunchRecord(event) for event in events]
    tracemalloc.start()
    launches = Launches(records)
    for event in events:
        launches.plan(event)
    for record in records:
        intended = AttemptIntended(record.planned.launch, 1, 0.0)
        record.apply(intended)
        launches.advance(intended)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert held / count < 19
    assert launches.tallies[0].requests == len(records[::3])
