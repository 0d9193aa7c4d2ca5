"""Thresholds that stop the whole run: what counts, what is still finished, and what the report says."""

import pytest
from engine.stage import MINUTE, PATIENT, make_launches, play
from fakes.api import FakeApi

from launcher.journal.events import RunHalted
from launcher.manifest.model import HaltSettings, RetrySettings, Threshold


def every(fault, count, times=9, account="a"):
    return {f"{account}-{number}": [fault] * times for number in range(count)}


@pytest.mark.parametrize(
    ("halt", "fault", "ended"),
    [
        (HaltSettings(Threshold(3), None, None), "400", 3),
        (HaltSettings(Threshold(25, percent=True), None, None), "404", 5),
        (HaltSettings(None, Threshold(2), None), "reset-after", 2),
        (HaltSettings(None, None, 4), "says-failed", 4),
        (HaltSettings(None, None, 4), "reset-after", 4),
    ],
)
async def test_a_threshold_is_reached_and_not_passed(halt, fault, ended):
    settings = {"halt": halt, "on_unknown": "hold", "concurrency": 1}
    stage = await play(make_launches(a=20), FakeApi(script=every(fault, 20)), **settings)
    assert stage.totals["not_attempted"] == 20 - ended
    assert len(stage.events(RunHalted)) == 1
    assert stage.reason("a-19") == f"halted: {stage.summary.run.halted}"


@pytest.mark.parametrize(
    "halt", [PATIENT, HaltSettings(Threshold(21), None, None), HaltSettings(None, Threshold(1), None)]
)
async def test_what_reaches_no_threshold_runs_to_the_end(halt):
    stage = await play(make_launches(a=20), FakeApi(script=every("400", 20)), halt=halt)
    assert stage.totals == {"rejected": 20}
    assert stage.summary.run.halted is None


@pytest.mark.parametrize("good", ["started", "already_active"])
async def test_a_good_one_in_between_breaks_the_row(good):
    script = {f"a-{number}": ["400"] for number in range(20) if number % 3}
    states = {f"a-{number}": "Active" for number in range(0, 20, 3)} if good == "already_active" else {}
    api = FakeApi(script=script, states=states, on_active=409)
    stage = await play(make_launches(a=20), api, halt=HaltSettings(None, None, 3), concurrency=1)
    assert stage.totals == {good: 7, "rejected": 13}


async def test_what_is_in_flight_is_finished_and_doubts_are_settled():
    script = {"a-0": ["400"], "a-1": ["hang-after"], "a-2": ["5xx-before"]}
    api = FakeApi(latency=0.5, script=script)
    halt = HaltSettings(Threshold(1), None, None)
    stage = await play(make_launches(a=20), api, halt=halt, concurrency=4)
    assert [stage.results[f"a-{n}"] for n in range(4)] == ["rejected", "started", "failed", "started"]
    assert len(stage.sent("start")) == 4
    assert stage.totals["not_attempted"] == 16


async def test_what_waited_for_a_retry_has_failed_and_says_why():
    api = FakeApi(script={"a-0": ["unsent"], "a-9": ["400"]})
    settings = {"retry": RetrySettings(backoff_min=30.0), "halt": HaltSettings(Threshold(1), None, None)}
    stage = await play(make_launches(a=10), api, concurrency=1, **settings)
    assert stage.results["a-0"] == "failed"
    assert stage.reason("a-0").startswith("halted: 1 of 10 launches rejected or failed; last attempt: cannot")


async def test_a_dead_account_is_given_up_without_halting_the_others():
    api = FakeApi(latency=0.2, script=every("unsent", 100), read_script=every("unsent", 100))
    stage = await play(make_launches(MINUTE, a=100, b=70), api, halt=HaltSettings())
    assert stage.summary.run.halted is None
    assert [stage.results[f"b-{n}"] for n in range(70)] == ["started"] * 70


async def test_launches_given_up_with_their_account_count_as_failed_all_the_same():
    api = FakeApi(script=every("unsent", 20), read_script=every("unsent", 20))
    halt = HaltSettings(Threshold(5), None, None)
    stage = await play(make_launches(a=20, b=20), api, halt=halt, concurrency=6)
    assert "of 40 launches rejected or failed" in stage.summary.run.halted
