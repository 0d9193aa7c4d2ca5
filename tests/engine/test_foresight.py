"""What is forecast of windows, waves, gates and deadlines is what the engine then does, in virtual time."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import anyio
import pytest
from engine.stage import EPOCH, Wall, make_launches, set_up
from fakes.api import FakeApi
from fakes.journal import plan_of
from hypothesis import assume, given
from hypothesis import strategies as st
from virtual_time import run_virtual

from launcher.engine.course import Course, Instant
from launcher.engine.forecast import Estimate, forecast
from launcher.engine.gates import Gates
from launcher.journal.events import LaneClosed, LaunchFinished, LaunchPlanned
from launcher.journal.lifecycle import LaunchRecord
from launcher.manifest.model import Quota, Threshold
from launcher.manifest.windows import windows
from launcher.outcome import NotAttempted, Result
from launcher.plan.calendar import Calendar
from launcher.plan.forecast import Missed

# The epoch is 2027-01-15T08:00:00Z, a Friday.
HOUR = 3600.0
MINUTE = Quota(60, 60.0)
HAIR = 0.05  # seconds: a thousandth of a window, and never more than this
WAVES = (Threshold(1), Threshold(30.0, percent=True), None)
CALENDARS = [
    None,
    Calendar(windows("daily 07:00-08:02 UTC; daily 08:05-08:07 UTC; daily 08:20-24:00 UTC")),
    Calendar(windows("daily 08:01-08:03 UTC; daily 08:10-24:00 UTC")),
    Calendar(windows("Fri 07:00-08:02 UTC; Mon 07:00-24:00 UTC")),
]


def within(launches, calendars):
    return [replace(each, calendar=calendars.get(each.account.name)) for each in launches]


def really(launches, latency, wall=None, **settings):
    """What the engine does: when each account had its last start answered, results, first sends."""

    async def live():
        stage = set_up(launches, FakeApi(latency=latency), wall=wall, **settings)
        await stage.execute()
        return stage.check()

    return run_virtual(live)


def ends_of(stage):
    ends = {}
    for at, event in stage.seen:
        if isinstance(event, LaunchFinished) and event.result is Result.STARTED:
            ends[stage.summary.record(event.launch).planned.account] = at
    return ends


def unsent_of(stage):
    return Counter(
        row.reason.partition(":")[0] for row in stage.summary.rows() if row.result is Result.NOT_ATTEMPTED
    )


def outline(told):
    return [(account.late, account.missed, account.unsent) for account in told.accounts]


@given(data=st.data())
def test_the_forecast_is_what_the_engine_then_does(data):
    """The engine gathers places for a hair of time: what hangs by it is left out."""
    counts = data.draw(st.lists(st.integers(1, 50), min_size=1, max_size=3), "launches")
    quota = data.draw(st.builds(Quota, st.integers(1, 12), st.sampled_from([3.0, 10.0, 60.0])))
    names = [f"a{number}" for number in range(len(counts))]
    calendars = dict(
        zip(names, data.draw(st.tuples(*[st.sampled_from(CALENDARS)] * len(names))), strict=True)
    )
    latency = data.draw(st.sampled_from([0.05, 0.3, 1.0]))
    settings = {
        "concurrency": data.draw(st.integers(4, 12)),
        "waves": data.draw(st.sampled_from([(), WAVES])),
        "soak": data.draw(st.sampled_from([0.0, 45.0])),
        "gate": data.draw(st.sampled_from(["auto", "auto", "ask"])),
        "late": data.draw(st.sampled_from(["wait", "wait", "skip", "fail"])),
        "deadline": data.draw(st.sampled_from([None, None, 290.0])),
    }
    launches = within(make_launches(quota, **dict(zip(names, counts, strict=True))), calendars)
    plan = plan_of(launches, **settings)
    told = forecast(plan, latency, now=EPOCH)
    for other in (
        forecast(plan, latency, now=EPOCH + 0.8 + 2 * latency),
        forecast(plan, latency * 1.05, now=EPOCH),
    ):
        assume(outline(other) == outline(told))
        assume(other.makespan == pytest.approx(told.makespan, rel=0.1))

    stage = really(launches, latency, **settings)

    if told.unsent.get(NotAttempted.HALTED):  # what was claimed together with the late one is not sent either
        more = unsent_of(stage)["halted"] - told.unsent[NotAttempted.HALTED]
        assert 0 <= more <= 2 * settings["concurrency"]
        return
    assert told.unsent == unsent_of(stage)
    ends = ends_of(stage)
    turn = 0.1 + (2 + quota.limit) * latency  # of accounts that tie, the other one may go first
    assert {each.account: each.finish for each in told.accounts if each.finish is not None} == {
        name: pytest.approx(end, rel=0.03, abs=turn) for name, end in ends.items()
    }
    assert told.makespan == pytest.approx(max(ends.values(), default=0.0), rel=0.03, abs=6 * HAIR)


def moment(text, zone="America/New_York"):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("day", "next_day", "hours"), [("2027-03-13", "2027-03-14", 23), ("2027-11-06", "2027-11-07", 25)]
)
def test_a_night_in_which_the_clocks_change_is_as_long_as_it_is(day, next_day, hours):
    """The rest of an hour's window waits until the local time of day is the same again."""
    now = moment(f"{day}T09:30")
    calendars = {"a": Calendar(windows("daily 09:00-10:00 America/New_York"))}
    launches = within(make_launches(Quota(1, 600.0), a=5), calendars)

    told = forecast(plan_of(launches), 0.3, now=now)
    stage = really(launches, 0.3, wall=Wall(now - EPOCH))

    (account,) = told.accounts
    missed = Missed(moment(f"{day}T10:00"), moment(f"{next_day}T09:00"), "America/New_York")
    assert (account.late, account.missed) == (2, [(missed, 2)])
    assert missed.opens_at - missed.closed_at == (hours - 1) * HOUR
    assert told.makespan == pytest.approx(ends_of(stage)["a"], rel=0.001)


def test_a_launch_that_misses_several_windows_is_late_once():
    calendars = {"a": Calendar(windows("daily 09:00-10:00 UTC"))}

    (account,) = forecast(
        plan_of(within(make_launches(Quota(10, HOUR), a=25), calendars)), now=EPOCH
    ).accounts

    assert account.late == 25
    assert [(missed.closed_at, count) for missed, count in account.missed] == [
        (None, 25),
        (EPOCH + 2 * HOUR, 15),
        (EPOCH + 26 * HOUR, 5),
    ]


@pytest.mark.parametrize(
    ("late", "why"), [("wait", {}), ("skip", {NotAttempted.WINDOW: 40}), ("fail", {NotAttempted.HALTED: 40})]
)
def test_what_is_late_becomes_what_the_setting_says(late, why):
    calendars = {"a": Calendar(windows("Mon-Fri 08:00-08:02 UTC"))}

    told = forecast(plan_of(within(make_launches(Quota(30, 60.0), a=100), calendars), late=late), now=EPOCH)

    assert (told.late, told.unsent) == (40, why)
    assert told.requests == 100 - sum(why.values())


def test_a_window_that_never_opens_is_told():
    calendars = {"a": Calendar(windows("Fri 09:00-10:00 UTC"), frozenset(fridays()))}

    (account,) = forecast(plan_of(within(make_launches(a=2), calendars)), now=EPOCH).accounts

    assert (account.finish, account.unsent) == (None, {NotAttempted.WINDOW: 2})
    assert account.missed == [(Missed(None, None, "UTC"), 2)]


def fridays():
    return (date(2027, 1, 15) + timedelta(weeks=number) for number in range(60))


def test_each_wave_has_its_time_and_the_reads_between_them_count():
    launches = make_launches(MINUTE, a=10)
    settings = {"waves": WAVES, "soak": 60.0}

    told = forecast(plan_of(launches, **settings), 0.1, now=EPOCH)
    stage = really(launches, 0.1, **settings)

    starts = stage.sent("start")
    assert [wave.launches for wave in told.waves] == [1, 3, 6]
    assert [wave.begins for wave in told.waves] == pytest.approx([starts[0], starts[1], starts[4]], rel=0.03)
    assert told.requests == len(starts) + len(stage.sent("status")) == 14


def test_a_gate_that_asks_is_not_forecast():
    told = forecast(plan_of(make_launches(MINUTE, a=10), waves=WAVES, soak=60.0, gate="ask"), now=EPOCH)

    assert [(wave.launches, wave.begins) for wave in told.waves] == [(1, 0.0), (3, None), (6, None)]
    assert (told.unsent, told.makespan) == ({NotAttempted.GATE: 9}, 0.3)


def test_a_wave_of_which_nothing_is_sent_keeps_its_gate_closed():
    launches = make_launches(a=1, b=3)
    calendars = {"a": Calendar(windows("daily 12:00-13:00 UTC"))}
    settings = {"waves": (Threshold(1), None), "late": "skip"}

    told = forecast(plan_of(within(launches, calendars), **settings), now=EPOCH)
    stage = really(within(launches, calendars), 0.3, **settings)

    assert told.unsent == unsent_of(stage) == {"window": 1, "gate": 3}


async def test_the_live_estimate_waits_for_windows_and_gates_too():
    launches = make_launches(Quota(10, 6.0), a=40, b=40)
    calendars = {"b": Calendar(windows("daily 07:00-08:00 UTC; daily 08:05-20:00 UTC"))}
    stage = set_up(within(launches, calendars), FakeApi(latency=0.1), waves=(Threshold(5), None), soak=60.0)
    estimates = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stage.execute)
        for seconds in (3, 40, 25):  # it soaks, it still does, the second wave is under way
            await anyio.sleep(seconds)
            told = {
                account: anyio.current_time() + left
                for (_, account), left in (await stage.run.ends()).items()
            }
            estimates.append(told)
    ends = {f"id-{name}": pytest.approx(end, rel=0.03) for name, end in ends_of(stage).items()}
    assert estimates == [ends, ends, ends]


async def test_the_live_estimate_ends_at_a_gate_that_a_person_opens():
    launches = make_launches(Quota(1, 60.0), a=3, b=3)
    stage = set_up(launches, waves=(Threshold(2), None), soak=60.0, gate="ask")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stage.execute)
        await anyio.sleep(1)
        assert set(await stage.run.ends()) == {launches[0].account.lane}


async def test_an_account_that_is_only_probed_is_estimated_as_if_it_answered():
    api = FakeApi(latency=0.1, script={f"a-{number}": ["unsent"] * 99 for number in range(20)})
    stage = set_up(make_launches(Quota(10, 6.0), a=20), api)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stage.execute)
        while not stage.events(LaneClosed):
            await anyio.sleep(0.1)
        assert 0 < (await stage.run.ends())["https://platform.kore.ai", "id-a"] < 30
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize("waves", [(), (Threshold(1), Threshold(2_000), None)])
def test_the_live_estimate_of_many_accounts_is_the_forecast(waves):
    launches = make_launches(MINUTE, **{f"a{number}": 120 for number in range(200)})
    course, gates = planned(launches, waves)
    settings = {"concurrency": 256, "waves": waves, "soak": 300.0}
    told = forecast(plan_of(launches, **settings), 0.3, now=EPOCH)

    ends = estimated(course, gates, concurrency=256, latency=0.3)

    assert len(ends) == 200
    assert max(ends.values()) == pytest.approx(told.makespan)


def test_a_long_estimate_is_worked_out_bit_by_bit():
    course, gates = planned(make_launches(MINUTE, a=10_000), ())
    estimate = Estimate(course.lanes, gates.ahead(), concurrency=1, latency=0.3, at=Instant(0.0, EPOCH))
    bits = 1
    while not estimate.go_on():
        bits += 1
    assert bits > 100


def test_the_estimate_after_a_pause_follows_every_window():
    """What was put off or tried before waits beside the fresh starts, and windows follow one another."""
    begin = Calendar(windows("daily 07:00-09:00 UTC"))
    end = Calendar(windows("daily 08:20-20:00 UTC"))
    launches = make_launches(Quota(600, 60.0), a=4_000)
    launches = [
        replace(each, calendar=begin if place < 3_000 else end) for place, each in enumerate(launches)
    ]
    course, gates = planned(launches, ())
    at = Instant(0.0, EPOCH)
    for _ in range(2):
        (end_of_all,) = estimated(course, gates, concurrency=16, latency=0.05).values()
        assert end_of_all == pytest.approx(21 * 60.0 + 40.0, rel=0.1)  # the last 1,000 from 08:20 on
        course.pause("an order", at)
        course.resume(at)


def estimated(course, gates, **settings):
    estimate = Estimate(course.lanes, gates.ahead(), at=Instant(0.0, EPOCH), **settings)
    while not estimate.go_on():
        pass
    return estimate.ends()


def planned(launches, waves):
    plan = plan_of(launches, waves=waves, soak=300.0)
    records = [
        LaunchRecord(LaunchPlanned(n, n, each.identity, each.account.name, None, None))
        for n, each in enumerate(launches)
    ]
    course = Course(launches, records, plan.settings, (), now=0.0)
    gates = Gates(course, plan.settings)
    for entry in course.entries:
        course.start(entry, Instant(0.0, EPOCH))
    return course, gates
