"""What an order from outside does to the decisions of a run."""

import math
from random import Random

from engine.stage import EPOCH, make_launches

from launcher.engine.conductor import Conductor
from launcher.engine.course import Instant
from launcher.engine.lane import JobKind
from launcher.engine.obedience import Obedience, follow
from launcher.journal.events import LaneWaiting, LaunchFinished, LaunchPlanned, RunHalted
from launcher.journal.lifecycle import LaunchRecord
from launcher.journal.orders import Mandate, Order, OrderKind
from launcher.journal.port import Busy
from launcher.manifest.model import ReconcileSettings, Settings
from launcher.outcome import Outcome, OutcomeKind, Reading

ADA = Mandate("ada", "wrong list")
STOP = Order(1, OrderKind.STOP, EPOCH, ADA)
PAUSE = Order(2, OrderKind.PAUSE, EPOCH, ADA)
RESUME = Order(3, OrderKind.RESUME, EPOCH, ADA)
STOPPED = "stopped by `launcher stop` (ada: wrong list)"
DOUBT = Outcome(OutcomeKind.IN_DOUBT, "no answer in time")
ACCEPTED = Outcome(OutcomeKind.ACCEPTED, http_status=200)


def at(seconds):
    return Instant(seconds, EPOCH + seconds)


def conductor(count, **settings):
    launches = make_launches(a=count)
    records = [
        LaunchRecord(LaunchPlanned(number, number, launch.identity, launch.account.name, None, None))
        for number, launch in enumerate(launches)
    ]
    settings = Settings(reconcile=ReconcileSettings(settle=1.0), **settings)
    made = Conductor(launches, records, settings, rng=Random(1), now=0.0)
    made.begin(at(0.0))
    return made


def claimed(made, now=0.0):
    job = made.next_job(at(now))
    made.granted(job, made.intent(job, at(now)))
    return job


def ends(events):
    return {
        event.launch: (str(event.result), event.reason)
        for event in events
        if isinstance(event, LaunchFinished)
    }


def test_a_stop_ends_what_waits_and_halts_the_run_once():
    made = conductor(3)
    job = claimed(made)
    events = follow(STOP, made, at(1.0))
    assert events[0] == RunHalted(EPOCH + 1.0, STOPPED)
    assert ends(events) == dict.fromkeys((1, 2), ("not_attempted", f"halted: {STOPPED}"))
    assert follow(STOP, made, at(1.1)) == []
    assert not made.may_send(job, at(1.1))
    assert ends(made.withdraw(job, at(1.1))) == {0: ("not_attempted", f"halted: {STOPPED}")}
    assert made.done


def test_a_stop_leaves_doubts_to_who_ordered_it():
    made = conductor(3)
    first, second, third = (claimed(made) for _ in range(3))
    made.on_outcome(first, DOUBT, at(1.0))
    queued = ends(follow(STOP, made, at(1.5)))
    assert queued == {0: ("unknown", f"{STOPPED}; last attempt: no answer in time")}
    assert ends(made.on_outcome(second, DOUBT, at(2.0)))[1][0] == "unknown"
    assert not made.done
    made.on_outcome(third, ACCEPTED, at(2.0))
    assert made.done


def test_a_read_that_was_on_its_way_may_still_settle_its_doubt():
    made = conductor(2)
    first, second = claimed(made), claimed(made)
    for job in (first, second):
        made.on_outcome(job, DOUBT, at(0.0))
    reads = [claimed(made, 1.0), claimed(made, 1.0)]
    assert {job.kind for job in reads} == {JobKind.READ}
    follow(STOP, made, at(1.0))
    assert ends(made.on_reading(reads[0], Reading("Active"), at(2.0)))[0][0] == "started"
    assert ends(made.on_reading(reads[1], Reading("Ready"), at(2.0)))[1][0] == "unknown"
    assert made.done


def test_a_stop_after_the_deadline_still_halts():
    made = conductor(1)
    claimed(made)
    made.stop("deadline", "too late", at(1.0))
    assert follow(STOP, made, at(2.0)) == [RunHalted(EPOCH + 2.0, STOPPED)]


def test_a_pause_sends_reads_and_no_start_and_the_rest_goes_on_in_its_order():
    made = conductor(4)
    doubtful, claimed_before = claimed(made), claimed(made)
    made.on_outcome(doubtful, DOUBT, at(0.0))
    assert follow(PAUSE, made, at(0.5)) == []
    made.withdraw(claimed_before, at(0.5))
    read = claimed(made, 5.0)
    assert read.kind is JobKind.READ
    assert made.next_job(at(5.0)) is None
    assert made.wake_at() == math.inf
    made.on_reading(read, Reading("Active"), at(5.0))
    assert not made.done
    assert follow(RESUME, made, at(9.0)) == []
    assert [claimed(made, 9.0).entry.position for _ in range(3)] == [1, 2, 3]


def test_a_start_that_the_journal_put_off_is_parked_too():
    made = conductor(1)
    job = made.next_job(at(0.0))
    follow(PAUSE, made, at(0.1))
    assert made.denied(job, Busy(0.25), at(0.2)) == []
    assert made.next_job(at(9.0)) is None
    follow(RESUME, made, at(9.0))
    assert made.next_job(at(9.0)).entry is job.entry


def test_whoever_watches_is_told_of_a_pause_once():
    made = conductor(3)
    follow(PAUSE, made, at(0.1))
    reason = "paused by `launcher pause` (ada: wrong list)"
    account = make_launches(a=1)[0].account.name
    assert made.new_waits(at(1.0)) == [LaneWaiting(account, EPOCH + 1.0, None, reason, 3)]
    assert made.new_waits(at(2.0)) == []


def test_a_doubt_that_settles_meanwhile_does_not_tell_the_pause_again():
    made = conductor(3)
    made.on_outcome(claimed(made), DOUBT, at(0.0))
    follow(PAUSE, made, at(0.1))
    assert [wait.reason[:6] for wait in made.new_waits(at(0.2))] == ["paused"]
    assert made.new_waits(at(0.7)) == []


def test_what_is_parked_ends_with_a_stop():
    made = conductor(2)
    follow(PAUSE, made, at(0.1))
    assert len(ends(follow(STOP, made, at(1.0)))) == 2
    assert made.done
    follow(PAUSE, made, at(2.0))
    assert follow(RESUME, made, at(3.0)) == []


async def test_without_orders_nothing_is_forbidden_or_waited_for():
    obedience = Obedience(None)
    obedience.listen(lambda _order: None)
    assert not obedience.forbids
    await obedience.look_again(lambda: 1 / 0)
