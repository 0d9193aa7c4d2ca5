"""Launches that were found unfit before the run end with the reason, and are never sent."""

from dataclasses import replace

from engine.stage import make_launches, play, set_up
from fakes.api import FakeApi
from fakes.journal import MemoryJournal

from launcher.manifest.model import HaltSettings, Threshold

WHY = "its state is Active, allowed are Ready"


def barred(launches, *numbers):
    return [replace(each, barred=WHY) if n in numbers else each for n, each in enumerate(launches)]


async def test_a_barred_launch_is_not_attempted_and_says_why():
    stage = await play(barred(make_launches(a=4), 1, 2))
    assert stage.results == {
        "a-0": "started",
        "a-1": "not_attempted",
        "a-2": "not_attempted",
        "a-3": "started",
    }
    assert stage.reason("a-1") == f"preflight: {WHY}"
    assert stage.kinds("a-1") == []


async def test_any_number_of_them_halts_nothing():
    halt = HaltSettings(failed=Threshold(1), unknown=Threshold(1), consecutive=1)
    stage = await play(barred(make_launches(a=30), *range(29)), halt=halt)
    assert stage.totals == {"not_attempted": 29, "started": 1}


async def test_a_run_of_nothing_else_ends():
    stage = await play(barred(make_launches(a=3), 0, 1, 2))
    assert (stage.totals, stage.api.calls) == ({"not_attempted": 3}, [])


async def test_a_wave_is_judged_by_those_that_were_started():
    waves = (Threshold(2), Threshold(2), None)
    stage = await play(barred(make_launches(a=6), 0, 3), FakeApi(latency=0.1), waves=waves)
    assert stage.totals == {"not_attempted": 2, "started": 4}


async def test_a_wave_of_which_none_was_started_shows_nothing_and_holds():
    stage = await play(barred(make_launches(a=3), 0), FakeApi(latency=0.1), waves=(Threshold(1), None))
    assert stage.totals == {"not_attempted": 3}
    assert stage.reason("a-0") == f"preflight: {WHY}"


async def test_a_rerun_starts_them_once_nothing_bars_them():
    journal = MemoryJournal()
    first = await play(barred(make_launches(a=2), 0), journal=journal)
    assert first.totals == {"not_attempted": 1, "started": 1}
    again = await set_up(make_launches(a=2), first.api, journal=journal).execute()
    assert again.check().totals == {"started": 2}
