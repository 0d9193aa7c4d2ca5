"""The summary: a fold over the events of a run."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from launcher.journal.events import (
    AttemptFinished,
    AttemptIntended,
    AttemptWithdrawn,
    DoubtCleared,
    LaneClosed,
    LaneWaiting,
    LaunchFinished,
    LaunchPlanned,
    LaunchReopened,
    ReadFinished,
    ReadIntended,
    RunClosed,
    RunHalted,
    RunOpened,
)
from launcher.journal.lifecycle import TRANSITIONS, IllegalEventError, LaunchRecord, State, Step
from launcher.manifest.model import Identity
from launcher.outcome import OutcomeKind, Result
from launcher.report.summary import Summary
from launcher.report.tally import CountsError

ACCOUNTS = ("acme", "beta", "gamma")


class History:
    """A random but legal history, steered by drawn numbers."""

    def __init__(self, numbers, launches):
        self.numbers = iter(numbers)
        self.now = 1_000.0
        self.events = []
        self.records = {}
        self.launches = launches
        self.open(range(launches))

    def pick(self, options):
        return options[next(self.numbers) % len(options)]

    def tell(self, event):
        self.now += 0.5
        self.events.append(event)

    def open(self, plan):
        self.tell(RunOpened(self.now, "m.yaml", f"sha-{self.now}", "0.1.0"))
        for position, launch in enumerate(plan):
            account = self.pick(ACCOUNTS)
            identity = Identity("https://h", f"id-{account}", "st-1", f"cd-{launch}", "sms")
            event = LaunchPlanned(launch, position, identity, account, None, f"name {launch}")
            self.records.setdefault(launch, LaunchRecord(event))
            self.tell(event)

    def go_on(self):
        match next(self.numbers) % 24:
            case 0:
                self.tell(RunHalted(self.now, "5 launches unknown"))
            case 1:
                self.tell(
                    LaneClosed(self.pick(ACCOUNTS), self.now, self.pick((None, self.now + 9)), "closed")
                )
            case 2:
                self.tell(LaneWaiting(self.pick(ACCOUNTS), self.now, None, "waits", 3))
            case 3:
                self.tell(RunClosed(self.now, 3))
            case 4:
                first = next(self.numbers) % self.launches
                self.open(list(range(first, self.launches)) + list(range(first // 2)))
            case 5:
                self.tell(RunOpened(self.now, "m.yaml", "same plan", "0.1.0"))
            case _:
                self.move()

    def move(self):
        record = self.records[self.pick(sorted(self.records))]
        steps = [step for state, step in TRANSITIONS if state is record.state and possible(record, step)]
        if steps:
            event = self.event(record, self.pick(sorted(steps)))
            record.apply(event)
            self.tell(event)

    def event(self, record, step):
        launch, now, attempts = record.planned.launch, self.now, record.attempts
        talks = self.pick((True, False))
        said = "said so" if talks else None
        read = ReadIntended(launch, now) if talks else ReadFinished(launch, now, "Ready", throttled=True)
        withdrawn = AttemptWithdrawn(launch, attempts, now, "not sent")
        events = {
            Step.INTEND: AttemptIntended(launch, attempts + 1, now),
            Step.WITHDRAW_FIRST: withdrawn,
            Step.WITHDRAW: withdrawn,
            Step.READ: read,
            Step.CLEAR: DoubtCleared(launch, now, "read status Ready twice"),
            Step.REOPEN: LaunchReopened(launch, now),
        }
        for result in Result:
            events[Step(f"end: {result}")] = LaunchFinished(launch, now, result, said)
        for kind in OutcomeKind:
            events[Step(kind.value)] = AttemptFinished(launch, attempts, now, kind, said, 200)
        return events[step]


def possible(record, step):
    """The table alone does not say which of the two withdrawals, or that a read is begun in doubt only."""
    withdrawal = Step.WITHDRAW_FIRST if record.attempts == 1 else Step.WITHDRAW
    return step not in {Step.WITHDRAW_FIRST, Step.WITHDRAW} or step is withdrawal


@st.composite
def histories(draw):
    numbers = draw(st.lists(st.integers(0, 1_000), min_size=250, max_size=400))
    history = History(numbers, launches=draw(st.integers(1, 6)))
    try:
        while True:
            history.go_on()
    except StopIteration:
        return history.events


@given(histories())
def test_the_live_summary_and_the_replayed_one_are_equal(events):
    live = Summary("key")
    for event in events:
        live.on_event(event)

    replayed = Summary.of((event for event in events if not isinstance(event, LaneWaiting)), "key")

    assert live == replayed


@given(histories())
def test_the_six_counts_add_up_to_the_launches_at_every_moment(events):
    summary = Summary()
    for event in events:
        summary.apply(event)
        totals = summary.totals()
        assert sum(totals.results.values()) == totals.planned
    assert summary.totals().planned == len(list(summary.rows()))


@given(histories())
def test_counts_kept_up_to_date_are_those_of_the_rows(events):
    summary = Summary.of(event for event in events if not isinstance(event, LaneWaiting))
    rows = list(summary.rows())

    for tally in summary.accounts():
        own = [row for row in rows if row.account == tally.account]
        assert Counter(row.result for row in own) == Counter(
            {result: count for result, count in tally.results.items() if count}
        )


@settings(max_examples=50)
@given(histories())
def test_a_row_has_a_reason_unless_it_is_started_and_the_plan_comes_before_what_was_removed(events):
    rows = list(Summary.of(event for event in events if not isinstance(event, LaneWaiting)).rows())

    assert all((row.reason is None) == (row.result is Result.STARTED) for row in rows)
    assert [row.removed for row in rows] == sorted(row.removed for row in rows)


def test_every_state_of_a_launch_has_a_way_to_be_reached():
    """The histories are only as good as the table: no state is out of their reach."""
    reached = {State.PLANNED}
    while more := {after for (before, _), after in TRANSITIONS.items() if before in reached} - reached:
        reached |= more

    assert reached == set(State)


def test_rows_stand_in_plan_order_whatever_order_they_were_announced_in(story):
    story.plan(7, 2).plan(8, 0).plan(9, 1)

    assert [row.campaign_id for row in story.summary.rows()] == ["cd-8", "cd-9", "cd-7"]


def test_a_row_tells_all_that_is_known_of_its_launch(story, t0):
    story.plan(0, name="Renewal", bot="billing").throttle(0).start(0, attempt=2)

    (row,) = story.summary.rows()

    assert (row.account, row.account_id, row.bot, row.name) == ("acme", "id-acme", "billing", "Renewal")
    assert (row.stream_id, row.campaign_id, row.channel) == ("st-1", "cd-0", "sms")
    assert (row.result, row.reason, row.attempts, row.http_status) == (Result.STARTED, None, 2, 200)
    assert (row.first_sent_at, row.finished_at, row.evidence) == (t0 + 2, t0 + 6, "status Active")


def test_requests_and_throttled_ones_are_counted_per_account(story):
    story.plan(0).plan(1, account="beta").throttle(0).start(0, attempt=2).unknown(1)

    assert [(t.account, t.requests, t.throttled) for t in story.summary.accounts()] == [
        ("acme", 2, 1),
        ("beta", 2, 0),
    ]


def test_accounts_stand_in_the_order_of_the_plan(story):
    story.plan(0, 1, account="late").plan(1, 0, account="early")

    assert [tally.account for tally in story.summary.accounts()] == ["early", "late"]


def test_what_left_the_manifest_stays_after_the_others_and_is_marked(story):
    story.plan(0).plan(1).plan(2).start(0).close(0)
    story.open("cd" * 32).plan(3, 0).plan(2, 1)

    rows = [(row.campaign_id, row.removed) for row in story.summary.rows()]

    assert rows == [("cd-3", False), ("cd-2", False), ("cd-0", True), ("cd-1", True)]
    assert story.summary.totals().planned == 4
    unsent = [row for row in story.summary.rows() if row.campaign_id == "cd-1"]
    assert [row.reason for row in unsent] == ["cancelled: no longer in the manifest, or not selected"]


def test_what_left_the_manifest_is_waited_for_by_nobody(story):
    story.plan(0).plan(1).start(0).open().plan(0, 0)

    (tally,) = story.summary.tallies

    assert (tally.planned, tally.done, tally.to_send, tally.in_doubt) == (2, 2, 0, 0)


def test_a_launch_that_comes_back_is_no_longer_removed(story):
    story.plan(0).plan(1).start(0).open().plan(1, 0).open().plan(1, 0).plan(0, 1)

    assert [(row.campaign_id, row.removed) for row in story.summary.rows()] == [
        ("cd-1", False),
        ("cd-0", False),
    ]


def test_opening_without_announcing_leaves_the_plan_as_it_was(story):
    story.plan(0).plan(1).open()

    assert [row.removed for row in story.summary.rows()] == [False, False]


def test_a_renamed_account_takes_its_launch_along(story):
    story.plan(0).start(0).open().plan(0, account="acme-us", account_id="id-acme")

    assert [(t.account, t.planned, t.requests) for t in story.summary.accounts()] == [("acme-us", 1, 1)]


def test_the_run_begins_with_its_first_process_and_ends_with_its_last(story, t0):
    story.plan(0).close(7)
    opened_again = story.now
    story.open("cd" * 32)

    run = story.summary.run
    assert (run.started_at, run.finished_at, run.exit_code) == (t0, None, None)
    assert (run.manifest, run.manifest_sha256, run.launcher_version) == ("campaigns.yaml", "cd" * 32, "0.1.0")

    run = story.start(0).close(0).summary.run
    assert (run.exit_code, run.finished_at) == (0, opened_again + 4)


def test_a_halt_is_told_until_the_run_is_opened_again(story):
    story.plan(0).tell(RunHalted(story.now, "5 of 60 launches unknown"))
    story.tell(LaneClosed("acme", story.now, None, "credentials refused 3 times"))

    halted = story.summary
    assert halted.run.halted == "5 of 60 launches unknown"
    assert halted.stopped == {"acme": "credentials refused 3 times"}
    assert next(halted.rows()).reason == "halted: 5 of 60 launches unknown"

    again = story.open().summary
    assert (again.run.halted, again.stopped) == (None, {})


def test_an_account_that_closes_for_a_while_is_not_stopped(story):
    story.plan(0).tell(LaneClosed("acme", story.now, story.now + 60, "throttled by the server"))

    assert story.summary.stopped == {}


def test_an_event_of_a_launch_that_was_never_planned_is_refused(story):
    with pytest.raises(IllegalEventError, match="launch 9"):
        story.summary.apply(AttemptIntended(9, 1, 0.0))


def test_an_illegal_event_changes_nothing(story):
    summary = story.plan(0).start(0).summary
    before = summary.snapshot()

    with pytest.raises(IllegalEventError):
        summary.apply(AttemptIntended(0, 2, 0.0))

    assert summary.snapshot() == before


def test_summaries_differ_when_a_launch_does(story, new_story):
    other = new_story().plan(0).reject(0)

    assert story.plan(0).start(0).summary != other.summary
    assert story.summary != "a summary"


def test_a_token_in_what_the_server_said_is_not_shown(story):
    token = "eyJhbGciOiJIUzI1NiJ9.eyJhcHBJZCI6MX0.c2ln"
    story.plan(0).intend(0).reply(0, OutcomeKind.REFUSED, 1, f"bad {token}", 401, evidence=f"sent {token}")

    (row,) = story.tell(LaunchFinished(0, story.now, Result.REJECTED, f"bad {token}")).summary.rows()

    assert "eyJ" not in f"{row.reason} {row.evidence}"


def test_counts_that_contradict_each_other_are_an_internal_error(story):
    summary = story.plan(0).start(0).summary
    summary.tallies[0].planned += 1

    with pytest.raises(CountsError, match="do not add up"):
        summary.totals()


def test_a_launch_missing_from_the_counts_is_an_internal_error(story):
    summary = story.plan(0).start(0).summary
    tally = summary.tallies[0]
    tally.planned, tally.results = 0, dict.fromkeys(Result, 0)

    with pytest.raises(CountsError, match="0 launches counted, 1 in the report"):
        summary.totals()


def test_a_row_is_a_value(story):
    (row,) = story.plan(0).start(0).summary.rows()

    assert replace(row, attempts=2) != row
