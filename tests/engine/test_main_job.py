"""The engine's main job in virtual time: what follows from each reply, and who waits for whom."""

import anyio
import pytest
from engine.stage import UNLIMITED, make_launches, make_one, play, set_up
from fakes.api import FakeApi
from fakes.journal import MemoryJournal

from launcher.errors import JournalError
from launcher.manifest.model import HaltSettings, Quota, RetrySettings, Threshold


def script(**faults):
    """Faults of the start requests by campaign, `a_0` for `a-0`."""
    return {campaign.replace("_", "-"): list(names) for campaign, names in faults.items()}


async def test_every_launch_is_started_once():
    stage = await play(make_launches(a=5, b=3))
    assert stage.totals == {"started": 8}
    assert set(stage.api.starts.values()) == {1}


async def test_a_throttled_launch_goes_again_and_uses_no_attempt_up():
    api = FakeApi(script=script(a_0=["429"] * 6))
    stage = await play(make_launches(a=1), api, retry=RetrySettings(attempts=1))
    assert stage.totals == {"started": 1}


async def test_a_throttled_account_closes_and_the_others_go_on():
    api = FakeApi(script=script(a_0=["429", "429"]))
    stage = await play(make_launches(Quota(60, 60.0), a=1, b=5), api)
    first, second, third = stage.sent("start", campaign="a-0")
    assert 15.0 <= second - first <= 19.0
    assert 30.0 <= third - second <= 38.0
    assert max(time for n in range(5) for time in stage.sent("start", campaign=f"b-{n}")) < 1.0


async def test_retry_after_is_obeyed():
    api = FakeApi(script=script(a_0=["429-seconds"]))
    stage = await play(make_launches(a=1), api)
    first, second = stage.sent("start", campaign="a-0")
    assert second - first == 2.0


async def test_what_was_not_sent_is_sent_again_until_the_attempts_are_used_up():
    stage = await play(make_launches(a=1), FakeApi(script=script(a_0=["unsent"] * 9)))
    assert stage.totals == {"failed": 1}
    assert len(stage.sent("start")) == 4
    assert "given up after 4 attempts" in stage.reason("a-0")


@pytest.mark.parametrize("fault", ["5xx-before", "reset-before", "hang-before"])
async def test_a_doubt_is_read_until_ready_is_proven_and_only_then_started_again(fault):
    stage = await play(make_launches(a=1), FakeApi(script=script(a_0=[fault])))
    assert stage.kinds("a-0") == ["start", "status", "status", "start"]
    assert stage.totals == {"started": 1}


@pytest.mark.parametrize(
    "fault", ["5xx-after", "reset-after", "hang-after", "truncated-after", "empty-after"]
)
async def test_a_doubt_that_took_effect_is_found_started_and_not_started_again(fault):
    stage = await play(make_launches(a=1), FakeApi(script=script(a_0=[fault])))
    assert stage.kinds("a-0") == ["start", "status"]
    assert stage.totals == {"started": 1}


async def test_a_doubt_that_nobody_can_settle_is_unknown():
    api = FakeApi(script=script(a_0=["reset-before"]), read_script=script(a_0=["5xx-before"] * 9))
    stage = await play(make_launches(a=1), api)
    assert stage.totals == {"unknown": 1}
    assert stage.sent("start") == [0.0]


async def test_on_unknown_hold_reads_nothing():
    stage = await play(make_launches(a=1), FakeApi(script=script(a_0=["reset-after"])), on_unknown="hold")
    assert stage.totals == {"unknown": 1}
    assert stage.kinds("a-0") == ["start"]


async def test_a_401_renews_the_token_once():
    api = FakeApi(script=script(a_0=["401"], b_0=["401", "401"]))
    stage = await play(make_launches(a=1, b=1), api)
    assert stage.results == {"a-0": "started", "b-0": "rejected"}
    assert api.renewals == 3


async def test_three_refusals_in_a_row_stop_the_account_with_few_requests():
    api = FakeApi(script={f"a-{n}": ["401"] * 9 for n in range(50)})
    stage = await play(make_launches(a=50, b=5), api, concurrency=8)
    assert stage.totals["started"] == 5
    assert stage.totals["rejected"] + stage.totals["not_attempted"] == 50
    assert len(stage.sent("start")) <= 5 + 2 * 8 + 3, "not fifty launches one by one"
    assert stage.stopped() == ["a"]
    assert "refused 3 times in a row" in stage.reason("a-49")


async def test_refused_credentials_of_one_bot_do_not_stop_the_other_bots():
    bad = [make_one("a", f"bad-{n}", owner="bot bad") for n in range(6)]
    good = [make_one("a", f"good-{n}", owner="bot good") for n in range(6)]
    api = FakeApi(script={f"bad-{n}": ["401"] * 9 for n in range(6)})
    stage = await play([*bad, *good], api, concurrency=1)
    assert stage.totals["started"] == 6
    assert stage.totals["not_attempted"] >= 1


async def test_active_before_is_already_active_and_after_a_doubt_it_is_ours():
    api = FakeApi(on_active=409, states={"a-0": "Active"}, script=script(a_1=["reset-before"]))
    stage = await play(make_launches(a=2), api)
    assert stage.results == {"a-0": "already_active", "a-1": "started"}


async def test_requests_in_flight_never_exceed_concurrency():
    stage = await play(make_launches(a=40, b=40), FakeApi(latency=0.5), concurrency=7)
    assert stage.api.max_in_flight == 7


async def test_a_waiting_account_holds_no_slot():
    api = FakeApi(latency=0.1, script={f"a-{n}": ["429"] for n in range(4)})
    stage = await play(make_launches(Quota(60, 60.0), a=4, b=20), api, concurrency=2)
    assert max(time for n in range(20) for time in stage.sent("start", campaign=f"b-{n}")) < 2.0
    assert stage.totals == {"started": 24}


async def test_the_budget_holds_and_the_makespan_is_the_theoretical_one():
    api = FakeApi(latency=0.3, limit=(20, 10.0))
    stage = await play(make_launches(Quota(20, 10.0), a=100, b=10), api, concurrency=32)
    assert stage.totals == {"started": 110}
    assert sum(row.attempts for row in stage.summary.rows()) == 110, "nothing was throttled"
    assert max(stage.sent("start")) <= 4 * (10.0 + 0.3 + 0.05)
    assert max(time for n in range(10) for time in stage.sent("start", campaign=f"b-{n}")) < 2.0


@pytest.mark.parametrize(
    ("halt", "faults", "reason"),
    [
        (HaltSettings(failed=Threshold(2), unknown=None, consecutive=None), ["400"], "2 of 20 launches"),
        (HaltSettings(failed=None, unknown=None, consecutive=3), ["400"], "3 launches in a row"),
    ],
)
async def test_the_run_halts_at_its_thresholds(halt, faults, reason):
    api = FakeApi(script={f"a-{n}": list(faults) for n in range(20)})
    stage = await play(make_launches(a=20), api, halt=halt, concurrency=1)
    assert stage.totals["not_attempted"] > 10
    assert reason in stage.summary.run.halted
    assert stage.reason("a-19").startswith("halted: ")


async def test_after_the_deadline_nothing_is_started():
    stage = await play(make_launches(Quota(5, 60.0), a=12), FakeApi(latency=0.1), deadline=61.0)
    assert stage.totals == {"started": 10, "not_attempted": 2}
    assert stage.reason("a-11").startswith("deadline: ")


async def test_a_dead_account_is_probed_with_reads_and_given_up():
    api = FakeApi(reachable=False)
    stage = await play(make_launches(a=50), api, concurrency=4)
    assert stage.stopped() == ["a"]
    assert len(stage.sent("start")) <= 10
    assert stage.totals["not_attempted"] >= 40
    assert len(stage.sent("status")) == 4


async def test_draining_sends_nothing_more_and_settles_doubts():
    api = FakeApi(latency=1.0, script=script(a_0=["reset-after"]))
    stage = set_up(make_launches(a=10), api, concurrency=2)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stage.execute)
        await anyio.sleep(0.5)
        stage.run.drain("interrupted by SIGTERM")
    stage.check()
    assert stage.results["a-0"] == "started"
    assert stage.totals == {"started": 2, "not_attempted": 8}
    assert max(stage.sent("start")) == 0.0


async def test_aborting_leaves_what_is_in_flight_unknown_and_a_later_run_settles_it():
    api = FakeApi(latency=1.0)
    stage = set_up(make_launches(a=10), api, concurrency=2)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stage.execute)
        await anyio.sleep(0.5)
        stage.run.abort("interrupted by SIGINT")
    stage.check()
    assert stage.totals == {"unknown": 2, "not_attempted": 8}
    later = await play(make_launches(a=10), api, journal=stage.journal)
    assert later.totals == {"started": 10}


async def test_without_a_journal_nothing_more_is_sent():
    api = FakeApi(latency=1.0)
    stage = set_up(make_launches(a=30), api, concurrency=2)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stage.execute)
        await anyio.sleep(1.5)
        sent = len(stage.sent("start"))
        stage.own.fail(JournalError("the disk is full"))
    assert len(stage.sent("start")) <= sent + 2
    assert sum(stage.totals.values()) == 30
    assert "the disk is full" in stage.summary.run.halted
    assert str(stage.run.journal_error) == "the disk is full"


async def test_the_same_key_again_starts_only_what_has_not_started():
    api = FakeApi(script=script(a_1=["400"]))
    first = await play(make_launches(a=3), api)
    assert first.totals == {"started": 2, "rejected": 1}
    again = await play(make_launches(a=4), api, journal=first.journal)
    assert again.totals == {"started": 4}
    assert set(api.starts.values()) == {1}


async def test_another_key_respects_the_cooldown_of_what_was_started():
    api = FakeApi()
    first = await play(make_launches(a=2), api, key="nightly")
    second = await play(make_launches(a=3), api, key="manual", journal=first.journal, cooldown=3600.0)
    assert second.totals == {"started": 1, "not_attempted": 2}
    assert second.reason("a-0").startswith("cooldown: ")


async def test_a_slow_journal_does_not_slow_the_workers_down():
    journal = MemoryJournal(latency=0.01)
    stage = await play(make_launches(UNLIMITED, a=400), FakeApi(latency=0.05), journal=journal, concurrency=8)
    ideal = 400 / 8 * 0.05
    assert max(stage.sent("start")) < 1.25 * ideal
