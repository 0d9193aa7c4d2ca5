"""Send windows: looked at for every start; what is closed waits, is skipped, or fails the run."""

from dataclasses import replace
from datetime import date, timedelta

import anyio
import pytest
from engine.stage import EPOCH, Wall, make_launches, play, set_up
from fakes.api import FakeApi

from launcher.journal.events import LaneWaiting
from launcher.manifest.model import Quota
from launcher.manifest.windows import windows
from launcher.plan.calendar import Calendar

# The epoch is 2027-01-15T08:00:00Z, a Friday.
MORNING = Calendar(windows("Mon-Fri 08:00-09:00 UTC"))
NOON = Calendar(windows("Mon-Fri 12:00-13:00 UTC"))
HOUR = 3600.0


def within(calendar, launches):
    return [replace(launch, calendar=calendar) for launch in launches]


async def test_a_launch_waits_for_its_window_and_holds_up_no_other():
    launches = [*within(NOON, make_launches(Quota(60, 60.0), a=2)), *make_launches(Quota(60, 60.0), a=4)[2:]]
    stage = await play(launches)
    assert stage.totals == {"started": 4}
    assert max(stage.sent("start", campaign="a-2") + stage.sent("start", campaign="a-3")) < 1.0
    assert [at // HOUR for name in ("a-0", "a-1") for at in stage.sent("start", campaign=name)] == [4.0, 4.0]


async def test_a_window_that_closes_in_mid_run_lets_nothing_through_until_it_opens_again():
    stage = await play(within(MORNING, make_launches(Quota(100, HOUR / 2), a=260)))
    sent = stage.sent("start")
    assert len(sent) == 260
    assert not [at for at in sent if not MORNING.is_open(EPOCH + at)]
    assert max(sent) > 72 * HOUR, "the rest went on Monday"


async def test_the_window_is_looked_at_again_after_a_back_off():
    api = FakeApi(script={"a-0": ["429-seconds"]})
    stage = set_up(within(MORNING, make_launches(Quota(60, 60.0), a=1)), api, wall=Wall(HOUR - 1.0))
    await stage.execute()
    first, second = stage.sent("start")
    assert first < 1.0
    assert second == pytest.approx(71 * HOUR + 1.0, abs=901), "Monday, not after the retry-after"


async def test_what_is_late_can_be_skipped():
    launches = [*within(NOON, make_launches(a=2)), *make_launches(a=3)[2:]]
    stage = await play(launches, late="skip")
    assert stage.totals == {"started": 1, "not_attempted": 2}
    assert stage.reason("a-0") == "window: closed; it opens at 2027-01-15T12:00:00Z"
    assert anyio.current_time() < 1.0


async def test_what_is_late_can_fail_the_run():
    launches = [*within(NOON, make_launches(Quota(1, 60.0), b=1)), *make_launches(Quota(1, 60.0), a=5)]
    stage = await play(launches, late="fail")
    assert stage.totals["not_attempted"] >= 5
    assert "a send window is closed (late: fail)" in stage.summary.run.halted


async def test_a_window_that_never_opens_is_not_waited_for():
    never = Calendar(windows("Fri 08:00-09:00 UTC"), frozenset(fridays()))
    stage = await play(within(never, make_launches(a=1)))
    assert stage.reason("a-0") == "window: closed; it does not open within a year"


def fridays():
    return (date(2027, 1, 15) + timedelta(weeks=number) for number in range(60))


async def test_doubts_are_settled_outside_the_window_too():
    api = FakeApi(script={"a-0": ["reset-after"]})
    stage = set_up(within(MORNING, make_launches(a=1)), api, wall=Wall(HOUR - 1.0))
    await stage.execute()
    assert stage.totals == {"started": 1}
    assert min(stage.sent("status")) > 1.0


async def test_whoever_watches_knows_that_a_window_is_waited_for():
    stage = await play(within(NOON, make_launches(a=3)))
    waits = stage.events(LaneWaiting)
    assert waits[0].reason == "waits for its send window (opens at 2027-01-15T12:00:00Z)"
    assert len(waits) < 40


async def test_a_deadline_ends_the_wait_for_a_window():
    stage = await play(within(NOON, make_launches(a=2)), deadline=60.0)
    assert stage.totals == {"not_attempted": 2}
    assert stage.reason("a-0").startswith("deadline: ")


async def test_a_wall_clock_that_is_set_forward_opens_the_window_soon():
    wall = Wall()
    stage = set_up(within(NOON, make_launches(a=1)), wall=wall)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stage.execute)
        await anyio.sleep(60)
        wall.offset = 4 * HOUR
    assert stage.sent("start")[0] <= 1000
