"""What every journal does, the one in SQLite and the one in memory alike."""

import asyncio
from dataclasses import dataclass, replace

import pytest
from fakes.journal import MemoryJournal, plan_of, with_budget
from fakes.launches import make_launch

from launcher.errors import JournalError, RefusedError, UsageError
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
    RunClosed,
    RunOpened,
)
from launcher.journal.lifecycle import IllegalEventError, State
from launcher.journal.port import Busy, Forbidden, Granted, PastRequest
from launcher.journal.store import Journal
from launcher.outcome import NotAttempted, OutcomeKind, Result

ONE, TWO, THREE = make_launch(campaign="cd-1"), make_launch(campaign="cd-2"), make_launch(campaign="cd-3")
HOUR = 3600.0


@dataclass
class Clock:
    now: float = 1_800_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=["sqlite", "memory"])
def journal(request, tmp_path, clock):
    if request.param == "memory":
        yield MemoryJournal(clock=clock)
    else:
        with Journal.open(tmp_path / "journal.sqlite3") as journal:
            yield journal


@pytest.fixture
def open_run(journal, clock):
    opened = []

    def open_run(key, *launches, settings=(), **options):
        options = {"cooldown": 12 * HOUR} | options
        plan = plan_of(launches or (ONE, TWO, THREE), **dict(settings))
        opened.append(journal.open_run(key, plan, launcher_version="1.0", clock=clock, **options))
        return opened[-1]

    yield open_run
    for run in opened:
        run.close()


def intent(launch=0, attempt=1, at=1_800_000_000.0):
    return AttemptIntended(launch, attempt, at)


def outcome(kind, launch=0, attempt=1, at=1_800_000_001.0):
    return AttemptFinished(launch, attempt, at, kind, "why", 200, "what was said")


ACCEPTED = [outcome(OutcomeKind.ACCEPTED), LaunchFinished(0, 1_800_000_001.0, Result.STARTED)]
UNKNOWN = [outcome(OutcomeKind.IN_DOUBT), LaunchFinished(0, 1_800_000_001.0, Result.UNKNOWN, "no reply")]
NOTHING_STARTED = {
    "withdrawn": [AttemptWithdrawn(0, 1, 1_800_000_001.0, "halted")],
    "throttled": [outcome(OutcomeKind.THROTTLED)],
    "unsent": [outcome(OutcomeKind.UNSENT)],
    "refused": [outcome(OutcomeKind.REFUSED)],
    "rejected": [outcome(OutcomeKind.REFUSED), LaunchFinished(0, 1_800_000_001.0, Result.REJECTED)],
    "cleared": [outcome(OutcomeKind.IN_DOUBT), DoubtCleared(0, 1_800_000_009.0, "Ready twice")],
}


async def claim_and(run, events):
    """Claim a start of the first launch, and let `events` follow."""
    verdicts = await run.claim([intent()])
    run.append(events)
    await run.flush()
    return verdicts


def kinds(journal, key):
    return [type(event) for event in journal.events(key)]


# -- writing -----------------------------------------------------------------------------------------------


async def test_a_granted_intent_is_in_the_journal(journal, open_run):
    run = open_run("k")
    assert await run.claim([intent(1), intent(2)]) == [Granted(), Granted()]
    assert list(journal.events("k"))[-2:] == [intent(1), intent(2)]


async def test_what_was_appended_stands_before_what_is_claimed_later(journal, open_run):
    run = open_run("k")
    await run.claim([intent()])
    run.append([outcome(OutcomeKind.UNSENT)])
    await run.claim([intent(0, 2)])
    assert list(journal.events("k"))[-3:] == [intent(), outcome(OutcomeKind.UNSENT), intent(0, 2)]


async def test_concurrent_claims_are_all_granted(journal, open_run):
    run = open_run("k")
    verdicts = await asyncio.gather(*(run.claim([intent(number)]) for number in range(3)))
    assert verdicts == [[Granted()]] * 3
    assert list(journal.events("k"))[-3:] == [intent(0), intent(1), intent(2)]


async def test_after_a_flush_all_that_was_appended_is_in_the_journal(journal, open_run):
    run = open_run("k")
    await claim_and(run, [*ACCEPTED, RunClosed(9.0, 0)])
    assert list(journal.events("k"))[-3:] == [*ACCEPTED, RunClosed(9.0, 0)]


async def test_closing_makes_what_was_appended_durable(journal, open_run):
    run = open_run("k")
    run.append([RunClosed(9.0, 0)])
    run.close()
    run.close()
    assert list(journal.events("k"))[-1] == RunClosed(9.0, 0)


async def test_a_closed_run_grants_nothing_and_takes_nothing(journal, open_run):
    run = open_run("k")
    run.close()
    run.append([RunClosed(9.0, 0)])
    with pytest.raises(JournalError, match="closed"):
        await run.claim([intent()])
    with pytest.raises(JournalError, match="closed"):
        await run.flush()
    assert RunClosed not in kinds(journal, "k")


async def test_a_cancelled_claim_leaves_nothing_in_doubt(journal, open_run):
    run = open_run("k")
    await claim_and(run, [outcome(OutcomeKind.IN_DOUBT)])
    claim = asyncio.create_task(run.claim([ReadIntended(0, 5.0), intent(1)]))
    await asyncio.sleep(0)
    claim.cancel()
    with pytest.raises(asyncio.CancelledError):
        await claim
    await run.flush()
    run.close()
    assert [record.state for record in open_run("k").records] == [State.DOUBT, State.PLANNED, State.PLANNED]


async def test_a_claim_after_a_cancelled_one_is_granted(journal, open_run):
    run = open_run("k")
    claim = asyncio.create_task(run.claim([intent()]))
    await asyncio.sleep(0)
    claim.cancel()
    await asyncio.wait([claim])
    assert await run.claim([intent()]) == [Granted()]


def test_a_run_that_is_not_there_has_no_events(journal):
    with pytest.raises(UsageError, match="'nightly'"):
        journal.events("nightly")


# -- the last line against a defect of the engine ----------------------------------------------------------


@pytest.mark.parametrize("events", [[], ACCEPTED, UNKNOWN, ACCEPTED[:1], UNKNOWN[:1]])
async def test_a_start_that_may_have_happened_in_this_run_is_not_repeated(journal, open_run, events):
    run = open_run("k")
    await claim_and(run, events)
    before = list(journal.events("k"))
    with pytest.raises(IllegalEventError):
        await run.claim([intent(1), intent(0, 2)])
    assert list(journal.events("k")) == before


async def test_one_claim_cannot_start_a_launch_twice(open_run):
    run = open_run("k")
    with pytest.raises(IllegalEventError):
        await run.claim([intent(), intent(0, 2)])
    assert await run.claim([intent()]) == [Granted()]


@pytest.mark.parametrize("events", NOTHING_STARTED.values(), ids=NOTHING_STARTED)
async def test_a_start_that_provably_did_not_happen_may_be_repeated_in_its_run(open_run, events):
    run = open_run("k")
    await claim_and(run, events)
    assert await run.claim([intent(0, 2)]) == [Granted()]


# -- opening and continuing --------------------------------------------------------------------------------


def test_a_new_run_plans_every_launch_in_the_order_of_the_plan(journal, open_run, clock):
    run = open_run("k", TWO, ONE)
    planned = [
        LaunchPlanned(0, 0, TWO.identity, "acme", None, None),
        LaunchPlanned(1, 1, ONE.identity, "acme", None, None),
    ]
    assert list(journal.events("k")) == [RunOpened(clock.now, "nightly.yaml", "0" * 64, "1.0"), *planned]
    assert [(record.planned, record.state) for record in run.records] == [
        (planned[0], State.PLANNED),
        (planned[1], State.PLANNED),
    ]
    assert run.key == "k"
    assert list(run.past_requests) == []


async def test_the_same_plan_again_goes_on_from_the_records(journal, open_run):
    first = open_run("k")
    await claim_and(first, ACCEPTED)
    first.close()
    second = open_run("k")
    assert [record.state for record in second.records] == [State.STARTED, State.PLANNED, State.PLANNED]
    assert kinds(journal, "k").count(LaunchPlanned) == 3


async def test_launches_are_matched_by_identity_when_the_manifest_was_edited(journal, open_run):
    first = open_run("k", ONE, TWO)
    await claim_and(first, ACCEPTED)
    first.close()
    second = open_run("k", THREE, TWO, ONE)
    assert [(record.planned.launch, record.planned.position) for record in second.records] == [
        (2, 0),
        (1, 1),
        (0, 2),
    ]
    assert [record.state for record in second.records] == [State.PLANNED, State.PLANNED, State.STARTED]


async def test_a_launch_that_left_the_manifest_keeps_its_number_when_it_comes_back(journal, open_run):
    first = open_run("k", ONE, TWO)
    await claim_and(first, ACCEPTED)
    first.close()
    second = open_run("k", TWO, THREE)
    assert [record.planned.launch for record in second.records] == [1, 2]
    second.close()
    third = open_run("k", THREE, ONE)
    assert [(record.planned.launch, record.state) for record in third.records] == [
        (2, State.PLANNED),
        (0, State.STARTED),
    ]


def test_a_new_name_in_the_manifest_is_taken_over(open_run):
    open_run("k", ONE).close()
    assert open_run("k", replace(ONE, name="Renewal due")).records[0].planned.name == "Renewal due"


async def test_an_intent_without_outcome_is_in_doubt_when_the_run_goes_on(journal, open_run, clock):
    first = open_run("k")
    await claim_and(first, [outcome(OutcomeKind.UNSENT)])
    await first.claim([intent(0, 2)])
    first.close()
    clock.now += HOUR
    second = open_run("k")
    assert second.records[0].state is State.DOUBT
    assert second.records[0].last_sent_at == intent().at
    lost = list(journal.events("k"))[-1]
    assert lost == AttemptFinished(
        0, 2, clock.now, OutcomeKind.IN_DOUBT, "the launcher ended before the reply was recorded"
    )
    second.close()
    assert open_run("k").records[0].doubts == 1


async def test_an_accepted_start_without_an_end_is_started_when_the_run_goes_on(open_run):
    first = open_run("k")
    await claim_and(first, ACCEPTED[:1])
    first.close()
    record = open_run("k").records[0]
    assert record.result is Result.STARTED
    assert record.evidence == "what was said"


async def test_a_read_without_a_reply_needs_nothing_when_the_run_goes_on(journal, open_run):
    first = open_run("k")
    await claim_and(first, [outcome(OutcomeKind.IN_DOUBT)])
    await first.claim([ReadIntended(0, 5.0)])
    first.close()
    assert open_run("k").records[0].state is State.DOUBT
    assert kinds(journal, "k")[-2:] == [ReadIntended, RunOpened]


def test_a_plan_that_names_a_launch_twice_is_refused(open_run):
    with pytest.raises(ValueError, match="twice"):
        open_run("k", ONE, TWO, ONE)
    assert len(open_run("k", ONE, TWO).records) == 2


# -- one owner ---------------------------------------------------------------------------------------------


def test_a_run_has_one_owner_at_a_time(open_run):
    run = open_run("k")
    with pytest.raises(RefusedError, match="'k' is being executed by"):
        open_run("k")
    open_run("another")
    run.close()
    open_run("k")


# -- the ledger: across runs -------------------------------------------------------------------------------


def the_only(verdicts):
    (verdict,) = verdicts
    assert isinstance(verdict, Forbidden)
    assert verdict.why is NotAttempted.COOLDOWN
    return verdict.reason


async def test_a_campaign_that_another_run_is_starting_is_forbidden(open_run):
    first, second = open_run("first"), open_run("second", cooldown=0.0)
    await first.claim([intent()])
    assert await second.claim([intent(), intent(1)]) == [
        Forbidden(NotAttempted.COOLDOWN, "run 'first' is starting it right now"),
        Granted(),
    ]


async def test_an_owner_that_ends_is_noticed_by_a_run_that_is_open_already(open_run):
    first, second = open_run("first"), open_run("second")
    await first.claim([intent()])
    assert "right now" in the_only(await second.claim([intent()]))
    first.close()
    assert "may have started it" in the_only(await second.claim([intent()]))


async def test_a_forbidden_intent_is_not_written(journal, open_run):
    first, second = open_run("first"), open_run("second")
    await first.claim([intent()])
    await second.claim([intent()])
    assert AttemptIntended not in kinds(journal, "second")


async def test_a_campaign_that_another_run_has_in_doubt_is_forbidden(open_run):
    first, second = open_run("first"), open_run("second", cooldown=0.0)
    await claim_and(first, [outcome(OutcomeKind.IN_DOUBT)])
    assert "right now" in the_only(await second.claim([intent()]))


@pytest.mark.parametrize("events", NOTHING_STARTED.values(), ids=NOTHING_STARTED)
async def test_a_campaign_that_another_run_provably_did_not_start_is_free(open_run, events):
    first, second = open_run("first"), open_run("second")
    await claim_and(first, events)
    assert await second.claim([intent()]) == [Granted()]


async def test_a_campaign_started_under_another_key_is_forbidden_within_the_cooldown(open_run, clock):
    first = open_run("first")
    await claim_and(first, ACCEPTED)
    first.close()
    clock.now += 11.9 * HOUR
    second = open_run("second")
    assert the_only(await second.claim([intent()])) == "started 2027-01-15T08:00:00Z under run key 'first'"
    clock.now += 0.2 * HOUR
    assert await second.claim([intent()]) == [Granted()]


async def test_without_a_cooldown_a_campaign_may_be_started_under_another_key(open_run):
    first = open_run("first")
    await claim_and(first, ACCEPTED)
    first.close()
    assert await open_run("second", cooldown=0.0).claim([intent()]) == [Granted()]


async def test_two_launchers_side_by_side_start_a_campaign_once_even_without_a_cooldown(open_run, clock):
    first, second = open_run("first"), open_run("second", cooldown=0.0)
    await claim_and(first, ACCEPTED)
    clock.now += 24 * HOUR
    assert "under run key 'first'" in the_only(await second.claim([intent()]))


@pytest.mark.parametrize("events", [[], UNKNOWN], ids=["lost", "unknown"])
async def test_what_an_ended_run_may_have_started_is_forbidden_within_the_cooldown(open_run, clock, events):
    first = open_run("it's first")
    await claim_and(first, events)
    first.close()
    second = open_run("second")
    reason = the_only(await second.claim([intent()]))
    assert reason.startswith("run 'it's first' may have started it 2027-01-15T08:00:00Z; settle it with")
    assert """`launcher reconcile 'it'"'"'s first'`""" in reason
    clock.now += 12.1 * HOUR
    assert await second.claim([intent()]) == [Granted()]


async def test_what_was_unknown_and_is_settled_now_belongs_to_who_settles_it(open_run):
    first = open_run("first")
    await claim_and(first, UNKNOWN)
    first.append([LaunchReopened(0, 1_800_000_002.0)])
    await first.flush()
    assert "right now" in the_only(await open_run("second").claim([intent()]))


@pytest.mark.parametrize("events", [ACCEPTED, UNKNOWN, []], ids=["started", "unknown", "lost"])
async def test_the_operator_may_allow_a_restart_and_that_is_recorded(journal, open_run, clock, events):
    first = open_run("first")
    await claim_and(first, events)
    first.close()
    clock.now += HOUR
    second = open_run("second", TWO, ONE, allow_restart={ONE.identity: "wrong audience"})
    assert list(journal.events("second"))[-1] == RestartAllowed(1, clock.now, "wrong audience")
    assert await second.claim([intent(1)]) == [Granted()]


async def test_a_restart_stays_allowed_when_the_run_goes_on(open_run, clock):
    first = open_run("first")
    await claim_and(first, ACCEPTED)
    first.close()
    open_run("second", allow_restart={ONE.identity: "wrong audience"}).close()
    assert await open_run("second").claim([intent()]) == [Granted()]


async def test_no_one_can_allow_what_a_live_process_is_at(open_run):
    first = open_run("first")
    await first.claim([intent()])
    second = open_run("second", allow_restart={ONE.identity: "hurry"})
    assert "right now" in the_only(await second.claim([intent()]))


async def test_a_restart_is_not_allowed_in_advance(open_run, clock):
    clock.now -= HOUR
    second = open_run("second", allow_restart={ONE.identity: "wrong audience"})
    clock.now += HOUR
    first = open_run("first")
    await claim_and(first, ACCEPTED)
    first.close()
    assert "under run key 'first'" in the_only(await second.claim([intent()]))


async def test_an_allowed_restart_that_came_to_nothing_hides_no_earlier_start(open_run, clock):
    first = open_run("first")
    await claim_and(first, ACCEPTED)
    first.close()
    second = open_run("second", allow_restart={ONE.identity: "wrong audience"})
    await claim_and(second, [outcome(OutcomeKind.THROTTLED)])
    second.close()
    assert "under run key 'first'" in the_only(await open_run("third").claim([intent()]))


async def test_only_the_same_identity_is_forbidden(open_run):
    first = open_run("first", ONE)
    await claim_and(first, ACCEPTED)
    voice = make_launch(campaign="cd-1", channel="voice")
    assert await open_run("second", voice).claim([intent()]) == [Granted()]


# -- budgets: across processes -----------------------------------------------------------------------------


TIGHT = [with_budget(launch, 2) for launch in (ONE, TWO, THREE)]
OTHERS = [with_budget(make_launch(campaign=f"cd-{number}"), 2) for number in (7, 8, 9)]


async def test_alone_the_journal_leaves_the_budget_to_the_engine(open_run):
    assert await open_run("k", *TIGHT).claim([intent(0), intent(1), intent(2)]) == [Granted()] * 3


async def test_requests_of_all_launchers_count_together(open_run):
    first, second = open_run("first", *TIGHT), open_run("second", *OTHERS)
    assert await first.claim([intent(0)]) == [Granted()]
    assert await second.claim([intent(0), ReadIntended(1, 1_800_000_000.0)]) == [Granted(), Busy(1.0)]
    assert await first.claim([intent(1)]) == [Busy(1.0)]


async def test_a_place_is_free_a_window_after_the_reply(open_run, clock):
    first, second = open_run("first", *TIGHT), open_run("second", *OTHERS)
    await claim_and(first, [outcome(OutcomeKind.ACCEPTED)])
    await first.claim([intent(1)])
    clock.now += 11.0
    (verdict,) = await second.claim([intent(0)])
    assert verdict == Busy(pytest.approx(50.0, abs=1.0))


async def test_a_start_that_was_withdrawn_holds_no_place(open_run):
    first, second = open_run("first", *TIGHT), open_run("second", *OTHERS)
    await claim_and(first, NOTHING_STARTED["withdrawn"])
    await first.claim([intent(1)])
    assert await second.claim([intent(0)]) == [Granted()]


async def test_requests_to_another_account_do_not_count(open_run):
    first = open_run("first", *TIGHT)
    second = open_run("second", with_budget(make_launch(campaign="cd-1", account_id="other"), 2))
    await first.claim([intent(0), intent(1)])
    assert await second.claim([intent(0)]) == [Granted()]


async def test_the_unanswered_request_of_a_dead_launcher_counts_until_its_timeout_and_window(open_run, clock):
    first = open_run("first", *TIGHT)
    await first.claim([intent(0), intent(1)])
    first.close()
    clock.now += 80.0
    open_run("witness", *OTHERS)  # or the next one would be alone
    second = open_run("second", *OTHERS, settings={"timeout": 30.0})
    (verdict,) = await second.claim([intent(0)])
    assert verdict == Busy(pytest.approx(10.0, abs=1.0))
    clock.now += 10.5
    assert await open_run("third", *OTHERS).claim([intent(0)]) == [Granted()]


async def test_requests_before_the_opening_are_told(open_run, clock):
    first = open_run("first", *TIGHT)
    await claim_and(first, [outcome(OutcomeKind.ACCEPTED)])
    await first.claim([intent(1)])
    clock.now += 31.0
    lane = ONE.account.lane
    told = [PastRequest(lane, 30.0, replied=True), PastRequest(lane, 31.0, replied=False)]
    assert sorted(open_run("second", *OTHERS).past_requests, key=lambda past: past.age) == [
        replace(each, age=pytest.approx(each.age, abs=1.0)) for each in told
    ]
    first.close()
    clock.now += 31.0
    past = open_run("first", *TIGHT).past_requests
    assert [each.replied for each in past] == [False]


async def test_the_lost_requests_of_the_process_before_are_past_after_timeout_and_window(open_run, clock):
    hourly = with_budget(make_launch(campaign="cd-9", account_id="hourly"), 2, HOUR)
    first = open_run("first", *TIGHT, hourly)
    await first.claim([intent(0), intent(3)])
    first.close()
    clock.now += 90.5
    past = open_run("first", *TIGHT, hourly).past_requests
    assert [(each.lane[1], each.replied) for each in past] == [("hourly", False)]


async def test_a_read_counts_like_a_start(open_run):
    first, second = open_run("first", *TIGHT), open_run("second", *OTHERS)
    await claim_and(first, [outcome(OutcomeKind.IN_DOUBT)])
    await first.claim([ReadIntended(0, 1_800_000_001.0)])
    first.append([ReadFinished(0, 1_800_000_002.0, "Ready", 200)])
    await first.flush()
    (verdict,) = await second.claim([intent(0)])
    assert isinstance(verdict, Busy)
    assert verdict.wait > 50.0
