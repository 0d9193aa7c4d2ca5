"""What follows from each reply."""

from random import Random

import pytest
from engine.stage import EPOCH, make_launches, make_one

from launcher.engine.course import Course, Instant, apply
from launcher.engine.lane import JobKind
from launcher.engine.replies import REFUSALS_LIMIT, Replies
from launcher.journal.events import (
    AttemptFinished,
    AttemptIntended,
    DoubtCleared,
    LaneClosed,
    LaunchFinished,
    LaunchPlanned,
    ReadFinished,
)
from launcher.journal.lifecycle import LaunchRecord, State
from launcher.manifest.model import Quota, ReconcileSettings, RetrySettings, Settings
from launcher.outcome import Outcome, OutcomeKind, Reading, Result

MINUTE = Quota(60, 60.0)
ACCEPTED = Outcome(OutcomeKind.ACCEPTED, None, 200, "status Active, updatedAt 12:00")
UNSENT = Outcome(OutcomeKind.UNSENT, "no route")
DOUBT = Outcome(OutcomeKind.IN_DOUBT, "no answer in time")
REFUSED = Outcome(OutcomeKind.REFUSED, "HTTP 400: no contacts", 400)
UNAUTHORIZED = Outcome(OutcomeKind.REFUSED, "HTTP 401", 401, unauthorized=True)
ACTIVE = Outcome(OutcomeKind.REFUSED, "HTTP 409: already active", 409, already_active=True)
SKEWED = 300.0


def at(seconds):
    return Instant(seconds, EPOCH + seconds)


class Desk:
    """Sends whatever is next, and hands the replies in."""

    def __init__(self, launches, **settings):
        settings = Settings(**{"reconcile": ReconcileSettings(settle=2.0, reads=2, interval=5.0)} | settings)
        records = [
            LaunchRecord(LaunchPlanned(number, number, each.identity, each.account.name, None, None))
            for number, each in enumerate(launches)
        ]
        self.course = Course(launches, records, settings, (), now=0.0)
        self.replies = Replies(self.course, settings, Random(0))
        for entry in self.course.entries:
            entry.lane.fresh.append(entry.position)
            self.course.scheduler.touch(entry.lane, 0.0)

    def send(self, seconds):
        job = self.course.scheduler.take(seconds)
        if job is not None and job.kind is JobKind.START:
            number, attempts = job.entry.record.planned.launch, job.entry.record.attempts
            apply(job.entry, AttemptIntended(number, attempts + 1, EPOCH + seconds))
        return job

    def reply(self, job, reply, seconds):
        handle = self.replies.on_outcome if isinstance(reply, Outcome) else self.replies.on_reading
        return handle(job, reply, at(seconds))

    def talk(self, reply, seconds):
        """Send the next request, and have it answered at once."""
        return self.reply(self.send(seconds), reply, seconds)


def one_launch(**settings):
    return Desk(make_launches(MINUTE, a=1), **settings)


def result_of(events):
    (event,) = (event for event in events if isinstance(event, LaunchFinished))
    return str(event.result), event.reason, event.evidence


def test_the_record_of_an_attempt_holds_all_that_was_learned():
    events = one_launch().talk(ACTIVE, 3.0)
    assert events[0] == AttemptFinished(
        0, 1, EPOCH + 3.0, OutcomeKind.REFUSED, "HTTP 409: already active", 409, None, already_active=True
    )


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (ACCEPTED, ("started", None, "status Active, updatedAt 12:00")),
        (REFUSED, ("rejected", "HTTP 400: no contacts", None)),
        (ACTIVE, ("already_active", "HTTP 409: already active", None)),
    ],
)
def test_a_clear_answer_ends_the_launch(outcome, expected):
    assert result_of(one_launch().talk(outcome, 0.0)) == expected


def test_already_active_after_a_doubt_is_the_trace_of_our_own_start():
    desk = one_launch()
    desk.talk(DOUBT, 0.0)
    desk.talk(Reading("Ready"), 2.0)
    desk.talk(Reading("Ready"), 7.0)
    events = desk.talk(ACTIVE, 30.0)
    assert result_of(events) == ("started", None, "HTTP 409: already active")


def test_a_throttled_launch_waits_for_its_account_and_has_its_attempts_left():
    desk = one_launch(retry=RetrySettings(attempts=1))
    events = desk.talk(Outcome(OutcomeKind.THROTTLED, retry_after=9.0), 1.0)
    assert events[1:] == [LaneClosed("a", EPOCH + 1.0, EPOCH + 10.0, "throttled by the server")]
    assert desk.send(9.9) is None
    assert result_of(desk.talk(ACCEPTED, 10.0))[0] == "started"


def test_one_closure_is_told_once_for_all_that_was_in_flight():
    desk = Desk(make_launches(MINUTE, a=3))
    jobs = [desk.send(0.0) for _ in range(3)]
    events = [desk.reply(job, Outcome(OutcomeKind.THROTTLED), 1.0) for job in jobs]
    assert sum(isinstance(event, LaneClosed) for reply in events for event in reply) == 1


def test_back_off_doubles_and_the_attempts_are_counted():
    desk = one_launch(retry=RetrySettings(attempts=3, backoff_min=8.0, backoff_max=60.0))
    desk.talk(UNSENT, 0.0)
    first = desk.course.scheduler.wake_at()
    assert 0.0 < first <= 8.0
    desk.talk(UNSENT, first)
    assert first < desk.course.scheduler.wake_at() <= first + 16.0
    events = desk.talk(UNSENT, 99.0)
    assert result_of(events) == ("failed", "given up after 3 attempts; last attempt: no route", None)


def test_a_doubt_is_read_after_the_settling_time():
    desk = one_launch()
    desk.talk(DOUBT, 30.0)
    assert desk.send(31.9) is None
    assert desk.send(32.0).kind is JobKind.READ


def test_a_doubt_is_cleared_before_it_is_tried_again():
    desk = one_launch()
    desk.talk(DOUBT, 0.0)
    assert desk.talk(Reading("Ready"), 2.0)[1:] == []
    events = desk.talk(Reading("Ready"), 7.0)
    assert [type(event) for event in events] == [ReadFinished, DoubtCleared]
    assert desk.course.entries[0].record.state is State.CLEAR


@pytest.mark.parametrize(("updated", "result"), [(1.0, "started"), (-9.0, "unknown")])
def test_a_completed_campaign_is_judged_by_when_the_attempt_was_sent(updated, result):
    desk = one_launch()
    job = desk.send(100.0)
    desk.reply(job, DOUBT, 130.0)
    desk.talk(Reading("Completed"), 132.0)
    details = Reading("Completed", updated_at=EPOCH + 100.0 + updated + SKEWED, clock_skew=SKEWED)
    assert result_of(desk.talk(details, 133.0))[0] == result


def test_held_doubts_are_unknown_at_once():
    desk = one_launch(on_unknown="hold")
    events = desk.talk(DOUBT, 0.0)
    assert result_of(events) == ("unknown", "on_unknown is hold; last attempt: no answer in time", None)


def test_a_refused_token_is_tried_again_once():
    desk = one_launch()
    assert [type(event) for event in desk.talk(UNAUTHORIZED, 0.0)] == [AttemptFinished]
    assert result_of(desk.talk(UNAUTHORIZED, 0.0)) == ("rejected", "HTTP 401", None)


def refuse(desk, count):
    """So many launches are refused for their credentials, for good."""
    return [event for _ in range(2 * count) for event in desk.talk(UNAUTHORIZED, 0.0)]


def test_refused_credentials_stop_what_uses_them():
    desk = Desk(make_launches(MINUTE, a=6))
    assert not [event for event in refuse(desk, REFUSALS_LIMIT - 1) if isinstance(event, LaneClosed)]
    events = refuse(desk, 1)
    (closed,) = (event for event in events if isinstance(event, LaneClosed))
    assert closed.until is None
    assert "account a were refused 3 times in a row" in closed.reason
    assert desk.course.open == 0


@pytest.mark.parametrize("good", [ACCEPTED, REFUSED, ACTIVE])
def test_an_answer_to_good_credentials_ends_the_row(good):
    desk = Desk(make_launches(MINUTE, a=9))
    refuse(desk, REFUSALS_LIMIT - 1)
    desk.talk(good, 0.0)
    assert not [event for event in refuse(desk, REFUSALS_LIMIT - 1) if isinstance(event, LaneClosed)]


def test_refusals_are_counted_for_each_owner():
    owners = ["bot x", "bot y"] * 2
    desk = Desk([make_one("a", f"a-{number}", MINUTE, owner) for number, owner in enumerate(owners)])
    assert not [event for event in refuse(desk, 4) if isinstance(event, LaneClosed)]


def test_a_throttled_read_is_repeated_and_proves_nothing():
    desk = one_launch()
    desk.talk(DOUBT, 0.0)
    desk.talk(Reading("Ready"), 2.0)
    desk.talk(Reading(None, throttled=True, retry_after=10.0, http_status=429), 7.0)
    assert desk.send(16.9) is None
    assert isinstance(desk.talk(Reading("Ready"), 17.0)[-1], DoubtCleared)


def test_throttled_reads_end_after_give_up_after():
    desk = one_launch(retry=RetrySettings(give_up_after=50.0))
    desk.talk(DOUBT, 0.0)
    throttled = Reading(None, throttled=True, retry_after=30.0, http_status=429)
    assert len(desk.talk(throttled, 2.0) + desk.talk(throttled, 32.0)) == 4
    assert result_of(desk.talk(throttled, 62.0))[0] == "unknown"


def test_a_read_that_was_answered_shows_that_the_account_lives():
    desk = Desk(make_launches(MINUTE, a=9))
    jobs = [desk.send(0.0) for _ in range(5)]
    for job in jobs:
        desk.reply(job, DOUBT, 0.0)
    lane = desk.course.entries[0].lane
    assert lane.breaker.is_open
    desk.talk(Reading("Active"), 2.0)
    assert not lane.breaker.is_open


@pytest.mark.parametrize(("status", "open_after"), [(None, True), (500, True), (404, False), (429, False)])
def test_a_probe_is_answered_by_anything_but_a_server_fault(status, open_after):
    desk = Desk(make_launches(MINUTE, a=9))
    for _ in range(5):
        desk.talk(UNSENT, 0.0)
    probe = desk.send(0.0)
    assert probe.probe
    desk.reply(probe, Reading(None, http_status=status, reason="no", throttled=status == 429), 0.5)
    assert desk.course.entries[0].lane.breaker.is_open is open_after


def test_an_account_that_no_probe_reaches_is_stopped():
    desk = Desk(make_launches(MINUTE, a=7), retry=RetrySettings(attempts=2))
    for _ in range(5):
        desk.talk(UNSENT, 0.0)
    dead = Reading(None, reason="no route")
    desk.talk(dead, 0.0)
    events = desk.talk(dead, 60.0)
    assert events[1] == LaneClosed("a", EPOCH + 60.0, None, "the account does not answer: no route")
    assert [str(event.result) for event in events[2:]] == ["failed"] * 5 + ["not_attempted"] * 2


def test_a_launch_that_ended_is_forgotten():
    desk = one_launch()
    desk.talk(DOUBT, 0.0)
    desk.talk(Reading("Active"), 2.0)
    assert desk.course.entries[0].record.result is Result.STARTED
    assert desk.replies._trials == {}
