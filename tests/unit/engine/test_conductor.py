"""All decisions of a run in one object: what is sent next, and what follows."""

import math
from random import Random

import pytest
from engine.stage import EPOCH, make_launches, make_one

from launcher.engine.conductor import Conductor
from launcher.engine.course import Instant
from launcher.engine.lane import JobKind
from launcher.journal.events import (
    AttemptFinished,
    AttemptIntended,
    AttemptWithdrawn,
    LaneWaiting,
    LaunchFinished,
    LaunchPlanned,
    LaunchReopened,
    ReadIntended,
)
from launcher.journal.lifecycle import LaunchRecord, State
from launcher.journal.port import Busy, Forbidden
from launcher.manifest.model import Quota, Settings
from launcher.outcome import NotAttempted, Outcome, OutcomeKind, Reading, Result

MINUTE = Quota(60, 60.0)
ACCEPTED = Outcome(OutcomeKind.ACCEPTED, None, 200, "status Active")
THROTTLED = Outcome(OutcomeKind.THROTTLED, "HTTP 429", 429)
UNSENT = Outcome(OutcomeKind.UNSENT, "no route")


def at(seconds):
    return Instant(seconds, EPOCH + seconds)


def record_of(number, launch, state):
    record = LaunchRecord(LaunchPlanned(number, number, launch.identity, launch.account.name, None, None))
    tried = {State.PLANNED: 0, State.NOT_ATTEMPTED: 0}.get(state, 1)
    record.state, record.attempts = state, tried
    if tried:
        record.first_sent_at = record.last_sent_at = EPOCH - 100.0
    return record


def make_conductor(launches, *states, only=None, begun=True, **settings):
    states = states or [State.PLANNED] * len(launches)
    records = [
        record_of(number, launch, state)
        for number, (launch, state) in enumerate(zip(launches, states, strict=True))
    ]
    conductor = Conductor(launches, records, Settings(**settings), rng=Random(0), now=0.0)
    conductor.events = conductor.begin(at(0.0), only) if begun else []
    conductor.records = records
    return conductor


def claim(conductor, seconds=0.0):
    """The next job, with its intent granted."""
    job = conductor.next_job(at(seconds))
    conductor.granted(job, conductor.intent(job, at(seconds)))
    return job


def numbers(events, kind):
    return [event.launch for event in events if isinstance(event, kind)]


# -- the beginning -----------------------------------------------------------------------------------------


def test_a_rerun_reopens_what_ended_without_a_start_and_reads_doubts():
    states = [*State]
    conductor = make_conductor(make_launches(a=len(states)), *states)
    reopened = [states[number] for number in numbers(conductor.events, LaunchReopened)]
    assert reopened == [State.REJECTED, State.FAILED, State.UNKNOWN, State.NOT_ATTEMPTED]
    done = [state for state, record in zip(states, conductor.records, strict=True) if record.result]
    assert done == [State.STARTED, State.ALREADY_ACTIVE]


def test_new_launches_go_in_plan_order_and_reads_when_they_are_due():
    launches = make_launches(a=3)
    conductor = make_conductor(launches, State.PLANNED, State.DOUBT, State.FAILED)
    jobs = [conductor.next_job(at(0.0)) for _ in range(3)]
    assert [job and job.entry.launch for job in jobs] == [launches[0], launches[2], None]
    assert conductor.wake_at() == 2.0
    assert conductor.next_job(at(2.0)).kind is JobKind.READ


def test_launches_in_other_states_are_set_aside_and_keep_no_run_open():
    conductor = make_conductor(
        make_launches(a=3), State.PLANNED, State.FAILED, State.DOUBT, only={State.FAILED}
    )
    assert numbers(conductor.events, LaunchReopened) == [1]
    job = claim(conductor)
    conductor.on_outcome(job, ACCEPTED, at(1.0))
    assert conductor.done
    assert [record.state for record in conductor.records] == [
        State.NOT_ATTEMPTED,
        State.STARTED,
        State.DOUBT,
    ]
    assert conductor.records[0].reason == "cancelled: this rerun was narrowed to other launches"


def test_with_nothing_to_do_it_is_done():
    assert make_conductor(make_launches(a=2), State.STARTED, State.ALREADY_ACTIVE).done


def test_a_run_that_was_stopped_before_it_began_waits_for_nothing():
    conductor = make_conductor(make_launches(Quota(1, 60.0), a=3), begun=False)
    conductor.stop(NotAttempted.CANCELLED, "interrupted", at(0.0))
    events = conductor.begin(at(0.0))
    assert numbers(events, LaunchFinished) == [0, 1, 2]
    assert conductor.done


# -- claims ------------------------------------------------------------------------------------------------


def test_attempts_are_numbered_over_the_whole_run_key():
    conductor = make_conductor(make_launches(a=1), State.FAILED)
    job = conductor.next_job(at(3.0))
    assert conductor.intent(job, at(3.0)) == AttemptIntended(0, 2, EPOCH + 3.0)


def test_a_read_is_intended_too():
    conductor = make_conductor(make_launches(a=1), State.DOUBT)
    job = conductor.next_job(at(2.0))
    assert conductor.intent(job, at(2.0)) == ReadIntended(0, EPOCH + 2.0)


def test_what_is_not_granted_because_others_are_busy_goes_first_later():
    conductor = make_conductor(make_launches(MINUTE, a=2))
    job = conductor.next_job(at(0.0))
    assert conductor.denied(job, Busy(9.0), at(0.0)) == []
    assert conductor.next_job(at(8.9)) is None
    assert conductor.next_job(at(9.0)).entry is job.entry


def test_what_was_claimed_before_others_were_busy_may_leave():
    conductor = make_conductor(make_launches(MINUTE, a=2))
    claimed, job = claim(conductor), conductor.next_job(at(0.0))
    conductor.denied(job, Busy(9.0), at(0.0))
    assert conductor.may_send(claimed, at(0.0))


@pytest.mark.parametrize("verdict", [Busy(5.0), Forbidden(NotAttempted.COOLDOWN, "started elsewhere")])
def test_what_is_not_granted_gives_its_place_back(verdict):
    conductor = make_conductor(make_launches(Quota(1, 60.0), a=2))
    conductor.denied(conductor.next_job(at(0.0)), verdict, at(0.0))
    assert conductor.next_job(at(5.0)) is not None


def test_what_the_ledger_forbids_is_not_attempted_and_says_why():
    conductor = make_conductor(make_launches(a=1))
    forbidden = Forbidden(NotAttempted.COOLDOWN, "started elsewhere")
    (event,) = conductor.denied(conductor.next_job(at(0.0)), forbidden, at(1.0))
    assert event == LaunchFinished(0, EPOCH + 1.0, Result.NOT_ATTEMPTED, "cooldown: started elsewhere")


# -- the last look -----------------------------------------------------------------------------------------


def test_a_claimed_start_may_leave_when_nothing_changed():
    conductor = make_conductor(make_launches(a=2))
    assert conductor.may_send(claim(conductor), at(0.0))


def test_a_claimed_start_stays_when_the_run_or_its_account_or_its_credentials_stopped():
    launches = [make_one("a", "a-0", owner="bot x"), make_one("a", "a-1"), make_one("b", "b-0")]
    conductor = make_conductor(launches)
    jobs = {job.entry.launch.identity.campaign_id: job for job in (claim(conductor) for _ in launches)}
    conductor._course.entries[0].lane.stops["bot x"] = "refused"
    assert [conductor.may_send(jobs[name], at(0.0)) for name in ("a-0", "a-1", "b-0")] == [False, True, True]
    conductor.stop(NotAttempted.CANCELLED, "interrupted", at(0.0))
    assert not conductor.may_send(jobs["b-0"], at(0.0))


def test_claimed_starts_stay_when_their_account_closed():
    conductor = make_conductor(make_launches(MINUTE, a=3))
    first, second, third = (claim(conductor) for _ in range(3))
    conductor.on_outcome(first, THROTTLED, at(1.0))
    assert [conductor.may_send(job, at(1.0)) for job in (second, third)] == [False, False]


def test_a_claimed_read_may_always_leave():
    conductor = make_conductor(make_launches(MINUTE, a=2), State.DOUBT, State.PLANNED)
    start, read = claim(conductor), claim(conductor, 2.0)
    conductor.on_outcome(start, THROTTLED, at(2.0))
    assert conductor.may_send(read, at(2.0))


def test_while_the_breaker_is_open_no_claimed_start_leaves():
    conductor = make_conductor(make_launches(a=6))
    *failing, last = (claim(conductor) for _ in range(6))
    for job in failing:
        conductor.on_outcome(job, UNSENT, at(0.0))
    assert not conductor.may_send(last, at(0.0))
    conductor.withdraw(last, at(0.0))
    probe = conductor.next_job(at(0.0))
    assert (probe.kind, probe.probe) == (JobKind.READ, True)
    assert conductor.next_job(at(0.0)) is None, "one probe at a time"


def test_a_launch_that_is_asked_about_may_be_given_up_meanwhile():
    conductor = make_conductor(make_launches(a=6))
    for job in [claim(conductor) for _ in range(5)]:
        conductor.on_outcome(job, UNSENT, at(0.0))
    probe = conductor.next_job(at(0.0))
    intent = conductor.intent(probe, at(0.0))
    conductor.stop(NotAttempted.CANCELLED, "interrupted", at(0.0))
    conductor.granted(probe, intent)
    conductor.on_reading(probe, Reading("Ready"), at(0.1))
    assert probe.entry.record.state is State.NOT_ATTEMPTED
    assert conductor.done


def test_what_was_held_back_goes_first_again_and_counts_for_nothing():
    conductor = make_conductor(make_launches(MINUTE, a=3))
    first, second = claim(conductor), claim(conductor)
    conductor.on_outcome(first, Outcome(OutcomeKind.THROTTLED, retry_after=5.0), at(1.0))
    (event,) = conductor.withdraw(second, at(1.0))
    assert event == AttemptWithdrawn(1, 1, EPOCH + 1.0, "the account closed in between")
    assert second.entry.record.attempts == 0
    assert conductor.next_job(at(6.0)).entry is first.entry


# -- the end -----------------------------------------------------------------------------------------------


def test_aborting_tells_what_each_launch_is_then():
    launches = make_launches(a=5)
    states = [State.PLANNED, State.PLANNED, State.DOUBT, State.FAILED, State.STARTED]
    conductor = make_conductor(launches, *states)
    claim(conductor)
    events = conductor.abort(NotAttempted.CANCELLED, "interrupted", at(1.0))
    assert [record.state for record in conductor.records] == [
        State.UNKNOWN,
        State.NOT_ATTEMPTED,
        State.UNKNOWN,
        State.FAILED,
        State.STARTED,
    ]
    assert numbers(events, AttemptFinished) == [0]
    assert conductor.done


def test_aborting_leaves_alone_what_was_set_aside():
    conductor = make_conductor(make_launches(a=2), State.DOUBT, State.PLANNED, only={State.PLANNED})
    conductor.abort(NotAttempted.CANCELLED, "interrupted", at(1.0))
    assert [record.state for record in conductor.records] == [State.DOUBT, State.NOT_ATTEMPTED]


# -- waits -------------------------------------------------------------------------------------------------


def test_a_wait_is_told_once_with_its_end_and_its_reason():
    conductor = make_conductor(make_launches(Quota(1, 60.0), a=3))
    conductor.on_outcome(claim(conductor), ACCEPTED, at(1.0))
    (wait,) = conductor.new_waits(at(1.0))
    assert wait == LaneWaiting("a", EPOCH + 1.0, pytest.approx(EPOCH + 61.02), "waits for its budget", 2)
    assert conductor.new_waits(at(2.0)) == []


def test_after_another_request_a_wait_is_told_again():
    conductor = make_conductor(make_launches(Quota(2, 60.0), a=4))
    first = claim(conductor)
    conductor.on_outcome(claim(conductor), ACCEPTED, at(1.0))
    assert [wait.queued for wait in conductor.new_waits(at(1.0))] == [2]
    conductor.on_outcome(first, ACCEPTED, at(2.0))
    claim(conductor, 61.1)
    assert [wait.queued for wait in conductor.new_waits(at(61.2))] == [1]


def test_a_wait_for_a_reply_has_no_end_that_could_be_told():
    conductor = make_conductor(make_launches(Quota(1, 60.0), a=2))
    claim(conductor)
    (wait,) = conductor.new_waits(at(0.0))
    assert wait.until is None


def test_accounts_that_can_send_or_have_nothing_to_send_do_not_wait():
    conductor = make_conductor(make_launches(a=1, b=1))
    while conductor.next_job(at(0.0)) is not None:
        pass
    assert conductor.new_waits(at(0.0)) == []
    assert conductor.wake_at() == math.inf


@pytest.mark.parametrize(
    ("windows", "patience"), [([60.0, 3600.0], 0.05), ([10.0, 3.0], 0.003), ([0.0, 60.0], 0.0)]
)
def test_free_places_are_gathered_for_a_small_part_of_the_shortest_window_only(windows, patience):
    launches = [make_one(str(seconds), "c", Quota(1, seconds)) for seconds in windows]
    assert make_conductor(launches).patience == pytest.approx(patience)
