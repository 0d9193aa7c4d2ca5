"""Stopping a run: by a first signal, a second one, a deadline, or from outside."""

import asyncio

import anyio
import pytest
from engine.stage import MINUTE, make_launches, set_up
from fakes.api import FakeApi

from launcher.journal.events import AttemptFinished, AttemptIntended, AttemptWithdrawn, LaunchFinished
from launcher.manifest.model import Quota, RetrySettings

WHY = "interrupted by SIGINT"


async def interrupted(stage, *actions):
    """Run the stage; `actions` are (seconds, what to do then)."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stage.execute)
        for seconds, action in actions:
            await anyio.sleep(seconds - anyio.current_time())
            action(WHY)
    return stage.check()


async def test_draining_waits_for_a_reply_that_hangs_and_settles_it():
    api = FakeApi(script={"a-0": ["hang-after"], "a-1": ["hang-before"]})
    stage = set_up(make_launches(a=5), api, concurrency=2)
    await interrupted(stage, (1.0, stage.run.drain))
    assert [stage.results[f"a-{n}"] for n in range(5)] == ["started", "failed", *["not_attempted"] * 3]
    assert stage.reason("a-4") == f"cancelled: {WHY}"
    assert stage.reason("a-1").startswith(f"cancelled: {WHY}; last attempt: no answer")


async def test_draining_does_not_wait_for_budgets_back_offs_or_closed_accounts():
    script = {"a-0": ["unsent"], "b-0": ["429"]}
    launches = make_launches(MINUTE, a=1, b=1) + make_launches(Quota(1, 3600.0), c=2)
    stage = set_up(launches, FakeApi(script=script), retry=RetrySettings(backoff_min=1e4, backoff_max=1e4))
    await interrupted(stage, (1.0, stage.run.drain))
    assert stage.results == {"a-0": "failed", "b-0": "failed", "c-0": "started", "c-1": "not_attempted"}
    assert stage.seen[-1][0] == 1.0


async def test_a_second_drain_changes_nothing():
    stage = set_up(make_launches(a=5), FakeApi(latency=2.0), concurrency=2)
    await interrupted(stage, (0.5, stage.run.drain), (1.0, stage.run.drain))
    assert stage.totals == {"started": 2, "not_attempted": 3}


async def test_draining_before_the_run_begins_sends_nothing():
    stage = set_up(make_launches(MINUTE, a=100), FakeApi())
    stage.run.drain(WHY)
    await stage.execute()
    assert stage.check().totals == {"not_attempted": 100}
    assert stage.api.calls == []
    assert stage.seen[-1][0] == 0.0


async def test_aborting_ends_at_once_what_draining_still_waits_for():
    stage = set_up(make_launches(a=5), FakeApi(script={"a-0": ["hang-after"]}), concurrency=1)
    await interrupted(stage, (1.0, stage.run.drain), (2.0, stage.run.abort))
    assert stage.results["a-0"] == "unknown"
    assert stage.seen[-1][0] == 2.0


async def test_aborting_takes_back_what_was_claimed_and_not_sent():
    stage = set_up(make_launches(a=6), FakeApi(latency=5.0), concurrency=2)
    await interrupted(stage, (1.0, stage.run.abort))
    assert stage.totals == {"unknown": 2, "not_attempted": 4}
    assert len(stage.events(AttemptIntended)) - len(stage.events(AttemptWithdrawn)) == 2
    assert [stage.attempts(f"a-{n}") for n in range(6)] == [1, 1, 0, 0, 0, 0]


async def test_aborting_leaves_a_doubt_that_was_not_read_yet_unknown():
    stage = set_up(make_launches(a=1), FakeApi(script={"a-0": ["reset-before"]}))
    await interrupted(stage, (1.0, stage.run.abort))
    assert stage.totals == {"unknown": 1}
    assert stage.reason("a-0") == (
        f"cancelled: {WHY}; last attempt: the connection broke before an answer came"
    )


async def test_aborting_proves_nothing_about_what_is_in_flight():
    stage = set_up(make_launches(a=1), FakeApi(latency=5.0))
    await interrupted(stage, (1.0, stage.run.abort))
    (lost,) = stage.events(AttemptFinished)
    assert (lost.outcome, lost.reason) == ("in_doubt", f"{WHY} before the reply")


async def test_the_same_key_finishes_what_was_aborted():
    api = FakeApi(latency=1.0)
    first = set_up(make_launches(MINUTE, a=90, b=10), api, concurrency=8)
    await interrupted(first, (2.5, first.run.abort))
    second = set_up(make_launches(MINUTE, a=90, b=10), api, journal=first.journal)
    await second.execute()
    assert second.check().totals == {"started": 100}


@pytest.mark.parametrize("end", [asyncio.Task.cancel, None], ids=["natively", "by a cancel scope"])
async def test_a_run_that_is_cancelled_from_outside_ends_as_if_aborted(end):
    stage = set_up(make_launches(a=6), FakeApi(latency=5.0), concurrency=2)
    if end is None:
        with anyio.move_on_after(1.0):
            await stage.execute()
    else:
        task = asyncio.ensure_future(stage.execute())
        await anyio.sleep(1.0)
        end(task)
        with pytest.raises(asyncio.CancelledError):
            await task
    assert stage.check().totals == {"unknown": 2, "not_attempted": 4}


async def test_at_the_deadline_what_is_in_flight_goes_on_and_doubts_are_settled():
    api = FakeApi(latency=0.5, script={"a-0": ["hang-after"]})
    stage = set_up(make_launches(MINUTE, a=61), api, deadline=10.0)
    await stage.execute()
    assert stage.check().totals == {"started": 60, "not_attempted": 1}
    assert stage.reason("a-60") == "deadline: the run may last 10 s"
    assert max(stage.sent("start")) < 10.0 < min(stage.sent("status"))


async def test_a_deadline_that_is_not_reached_keeps_nobody_waiting():
    stage = set_up(make_launches(a=3), FakeApi(), deadline=1e6)
    await stage.execute()
    assert stage.check().totals == {"started": 3}
    assert stage.seen[-1][0] == 0.0


async def test_every_launch_ends_exactly_once_in_a_run():
    stage = set_up(make_launches(a=20), FakeApi(latency=1.0, script={"a-1": ["reset-after"]}), concurrency=4)
    await interrupted(stage, (1.5, stage.run.drain), (2.2, stage.run.abort))
    ended = [event.launch for event in stage.events(LaunchFinished)]
    assert sorted(ended) == list(range(20))
