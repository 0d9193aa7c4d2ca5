"""The few moves that every decision is made of."""

from dataclasses import replace

import pytest
from engine.stage import EPOCH, make_launches, make_one

from launcher.engine.course import Course, Instant, apply, because
from launcher.engine.lane import Job, JobKind
from launcher.journal.events import (
    AttemptFinished,
    AttemptIntended,
    LaneClosed,
    LaunchFinished,
    LaunchPlanned,
    RunHalted,
)
from launcher.journal.lifecycle import LaunchRecord, State
from launcher.journal.port import PastRequest
from launcher.manifest.model import HaltSettings, Quota, Settings, Threshold
from launcher.outcome import NotAttempted, OutcomeKind, Result

NOW = Instant(5.0, EPOCH + 5.0)
NARROW = Quota(2, 60.0)


def make_course(launches, past=(), **settings):
    records = [
        LaunchRecord(LaunchPlanned(number, number, launch.identity, launch.account.name, None, None))
        for number, launch in enumerate(launches)
    ]
    course = Course(launches, records, Settings(**settings), past, now=NOW.loop)
    for entry in course.entries:
        entry.lane.fresh.append(entry.position)
    return course


def tried(entry, kind=OutcomeKind.UNSENT, reason="no route"):
    """The entry's launch was sent once, with this outcome."""
    number = entry.record.planned.launch
    apply(entry, AttemptIntended(number, 1, NOW.wall))
    apply(entry, AttemptFinished(number, 1, NOW.wall, kind, reason))


def ends(events):
    return [(event.launch, str(event.result)) for event in events if isinstance(event, LaunchFinished)]


@pytest.mark.parametrize("numbers", [[1, 0], [0], [0, 1, 2]], ids=["swapped", "too few", "too many"])
def test_records_of_other_launches_are_refused(numbers):
    launches = make_launches(a=2)
    records = [LaunchRecord(LaunchPlanned(n, n, launches[0].identity, "a", None, None)) for n in numbers]
    with pytest.raises(ValueError, match="order of the plan"):
        Course(launches, records, Settings(), (), now=NOW.loop)


def test_accounts_with_one_host_and_id_share_a_lane():
    first, other = make_launches(a=1, b=1)
    twin = replace(first, account=replace(first.account, name="the same under another name"))
    lanes = [entry.lane for entry in make_course([first, other, twin]).entries]
    assert lanes[0] is lanes[2]
    assert lanes[0] is not lanes[1]


@pytest.mark.parametrize(
    ("kind", "result", "reason"),
    [
        (None, "not_attempted", "deadline: too late"),
        (OutcomeKind.UNSENT, "failed", "deadline: too late; last attempt: no route"),
        (OutcomeKind.THROTTLED, "failed", "deadline: too late; last attempt: no route"),
        (OutcomeKind.REFUSED, "rejected", "no route"),
    ],
)
def test_what_is_given_up_is_what_its_attempts_prove(kind, result, reason):
    course = make_course(make_launches(a=1))
    (entry,) = course.entries
    if kind is not None:
        tried(entry, kind)
    (event,) = course.give_up(entry, NotAttempted.DEADLINE, "too late", NOW)
    assert (event.result, event.reason, course.open) == (result, reason, 0)


def test_a_finished_launch_is_no_longer_open_and_carries_its_evidence():
    course = make_course(make_launches(a=2))
    tried(course.entries[0], OutcomeKind.IN_DOUBT)
    (event,) = course.finish(course.entries[0], Result.STARTED, None, NOW, "read status Active")
    assert event == LaunchFinished(0, NOW.wall, Result.STARTED, None, "read status Active")
    assert course.open == 1


def test_stopping_ends_every_queued_start_and_leaves_reads():
    course = make_course(make_launches(a=2, b=2))
    read = course.entries[0]
    read.lane.fresh.popleft()
    tried(read, OutcomeKind.IN_DOUBT)
    read.lane.add(Job(JobKind.READ, read), 9.0)
    events = course.stop(NotAttempted.CANCELLED, "interrupted", NOW)
    assert ends(events) == [(number, "not_attempted") for number in (1, 2, 3)]
    assert read.lane.backlog == 1
    assert course.scheduler.wake_at() == 9.0


@pytest.mark.parametrize(
    ("why", "halts"),
    [
        (NotAttempted.HALTED, 1),
        (NotAttempted.GATE, 1),
        (NotAttempted.CANCELLED, 0),
        (NotAttempted.DEADLINE, 0),
    ],
)
def test_only_thresholds_and_gates_halt_the_run(why, halts):
    events = make_course(make_launches(a=1)).stop(why, "enough", NOW)
    assert sum(isinstance(event, RunHalted) for event in events) == halts


def test_the_first_reason_to_stop_is_the_one_that_counts():
    course = make_course(make_launches(a=1))
    course.stop(NotAttempted.DEADLINE, "too late", NOW)
    assert course.stop(NotAttempted.HALTED, "too many", NOW) == []
    assert course.stopped == (NotAttempted.DEADLINE, "too late")


def test_too_many_bad_ends_stop_the_run_in_the_same_breath():
    course = make_course(make_launches(a=4), halt=HaltSettings(Threshold(1), None, None))
    entry = course.entries[0]
    entry.lane.fresh.popleft()
    tried(entry, OutcomeKind.REFUSED)
    events = course.finish(entry, Result.REJECTED, "no", NOW)
    assert [type(event) for event in events] == [LaunchFinished, RunHalted, *[LaunchFinished] * 3]
    assert course.open == 0


def test_a_stopped_account_ends_its_own_starts_only():
    course = make_course(make_launches(a=2, b=2))
    lane = course.entries[0].lane
    events = list(course.stop_lane(lane, "dead", None, NOW))
    assert events[0] == LaneClosed("a", NOW.wall, None, "dead")
    assert ends(events) == [(0, "not_attempted"), (1, "not_attempted")]
    assert course.open == 2


def test_stopped_credentials_end_only_the_starts_that_use_them():
    launches = [make_one("a", "a-0", owner="bot x"), make_one("a", "a-1")]
    course = make_course(launches)
    events = list(course.stop_lane(course.entries[0].lane, "refused", "bot x", NOW))
    assert ends(events) == [(0, "not_attempted")]
    assert [course.account_stopped(entry) for entry in course.entries] == ["refused", None]


def test_what_would_go_again_ends_when_its_account_or_the_run_has_stopped():
    course = make_course(make_launches(a=1, b=1))
    first, second = course.entries
    first.lane.fresh.popleft()
    second.lane.fresh.popleft()
    tried(first)
    tried(second)
    list(course.stop_lane(first.lane, "dead", None, NOW))
    assert course.start_again(first, 1.0, NOW)[0].reason == "halted: dead; last attempt: no route"
    assert course.start_again(second, 1.0, NOW) == []
    course.stop(NotAttempted.CANCELLED, "interrupted", NOW)
    assert second.record.state is State.FAILED


def test_going_again_waits_in_the_lane():
    course = make_course(make_launches(a=1))
    (entry,) = course.entries
    entry.lane.fresh.popleft()
    tried(entry)
    course.start_again(entry, 7.0, NOW)
    assert entry.lane.ready_at(NOW.loop) == 12.0


@pytest.mark.parametrize(
    ("ages", "free_at"),
    [
        ([(50.0, True)], NOW.loop),
        ([(50.0, True), (10.0, True)], NOW.loop + 10.02),
        ([(50.0, False), (10.0, True)], NOW.loop + 50.02),
        ([(50.0, False), (70.0, False)], NOW.loop + 60.02),
        ([(70.0, True), (65.0, True)], NOW.loop),
    ],
)
def test_requests_of_earlier_processes_hold_their_places(ages, free_at):
    (launch,) = make_launches(NARROW, a=1)
    past = [PastRequest(launch.account.lane, age, replied) for age, replied in ages]
    course = make_course([launch], past)
    assert course.entries[0].lane.pacer.free_at(NOW.loop) == pytest.approx(free_at)


def test_requests_of_accounts_outside_the_plan_are_no_matter():
    course = make_course(make_launches(NARROW, a=1), [PastRequest(("https://else.example", "x"), 0.0, True)])
    assert course.entries[0].lane.pacer.free_at(NOW.loop) == NOW.loop


def test_nothing_is_known_of_a_launch_that_was_never_tried():
    course = make_course(make_launches(a=1))
    assert because(course.entries[0], "halted") == "halted"
