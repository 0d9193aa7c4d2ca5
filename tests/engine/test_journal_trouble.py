"""A journal that fails, is slow, or says no: nothing is sent without a durable intent."""

import asyncio

import anyio
import pytest
from engine.stage import MINUTE, UnevenApi, make_launches, play, set_up
from fakes.api import FakeApi
from fakes.journal import MemoryJournal

from launcher.errors import JournalError
from launcher.journal.events import AttemptFinished, AttemptIntended
from launcher.manifest.model import Quota
from launcher.report.summary import Summary

FULL = JournalError("the disk is full")


async def failing_after(stage, seconds):
    """Run the stage; its journal fails after so many seconds."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stage.execute)
        await anyio.sleep(seconds)
        stage.own.fail(FULL)
    return stage


def durable_intents(stage):
    return [event for event in stage.journal.events(stage.own.key) if isinstance(event, AttemptIntended)]


async def test_a_journal_that_fails_at_once_lets_nothing_leave():
    stage = set_up(make_launches(a=30, b=5), FakeApi())
    stage.own.fail(FULL)
    await stage.execute()
    assert stage.api.calls == []
    assert stage.totals == {"not_attempted": 35}
    assert stage.reason("b-4") == "halted: the disk is full"


@pytest.mark.parametrize("latency", [0.0, 0.3])
async def test_after_it_failed_only_what_is_durable_is_sent_and_the_counts_add_up(latency):
    journal = MemoryJournal(latency=latency)
    stage = set_up(make_launches(a=60), UnevenApi(latency=0.1), journal=journal, concurrency=4)
    await failing_after(stage, 1.05)
    assert len(stage.api.calls) <= len(durable_intents(stage))
    assert max(stage.sent("start")) < 1.05 + 0.1
    assert sum(stage.totals.values()) == 60
    assert stage.summary.run.halted == "the disk is full"


async def test_replies_that_come_after_it_failed_are_in_the_report():
    stage = set_up(make_launches(a=10), FakeApi(latency=2.0), concurrency=3)
    await failing_after(stage, 1.0)
    assert stage.totals == {"started": 3, "not_attempted": 7}
    assert [event for event in stage.replayed.rows() if event.result == "unknown"]


async def test_a_doubt_that_cannot_be_recorded_any_more_stays_unknown():
    stage = set_up(make_launches(a=3), FakeApi(latency=2.0, script={"a-0": ["reset-after"]}))
    await failing_after(stage, 1.0)
    assert stage.totals == {"started": 2, "unknown": 1}
    assert stage.sent("status") == []


async def test_a_read_that_cannot_be_recorded_is_not_sent():
    stage = set_up(make_launches(a=1), FakeApi(script={"a-0": ["reset-after"]}))
    await failing_after(stage, 1.0)
    assert stage.kinds("a-0") == ["start"]
    assert stage.totals == {"unknown": 1}
    assert str(stage.run.journal_error) == "the disk is full"


async def test_the_next_session_settles_what_was_lost_and_starts_the_rest():
    api = FakeApi(latency=2.0, script={"a-0": ["reset-before"]})
    first = await failing_after(set_up(make_launches(a=10), api, concurrency=3), 1.0)
    again = await play(make_launches(a=10), api, journal=first.journal)
    assert again.totals == {"started": 10}
    assert set(api.starts.values()) == {1}


async def test_a_failure_at_the_very_end_is_told():
    stage = set_up(make_launches(a=1), FakeApi(latency=1.0))
    await failing_after(stage, 0.5)
    assert stage.totals == {"started": 1}
    assert str(stage.run.journal_error) == "the disk is full"


# -- what the journal knows of others ----------------------------------------------------------------------


async def crashed(launches, api, seconds, **options):
    """A process that worked for so many seconds and was killed; returns the journal."""
    stage = set_up(launches, api, **options)
    process = asyncio.ensure_future(stage.run.execute())
    await anyio.sleep(seconds)
    stage.own.crash()
    process.cancel()
    await asyncio.wait([process])
    return stage.journal


async def both(*stages):
    async with anyio.create_task_group() as tasks:
        for stage in stages:
            tasks.start_soon(stage.execute)
    for stage in stages:
        stage.check()


async def test_two_launchers_under_different_keys_start_each_campaign_once():
    api, launches = FakeApi(latency=0.3), make_launches(a=40, b=40)
    first = set_up(launches, api, key="nightly", concurrency=4)
    second = set_up(launches, api, key="by hand", journal=first.journal, concurrency=4)
    await both(first, second)
    assert set(api.starts.values()) == {1}
    assert len(api.starts) == 80
    started = [stage.totals["started"] for stage in (first, second)]
    assert sum(started) == 80
    assert min(started) > 0
    reasons = [row.reason for row in first.summary.rows() if row.result == "not_attempted"]
    assert all(reason.startswith("cooldown: ") for reason in reasons)


async def test_two_launchers_share_an_accounts_budget_and_both_come_to_an_end():
    api = FakeApi(latency=0.3, limit=(20, 10.0))
    first = set_up(make_launches(Quota(20, 10.0), a=60), api, key="one")
    other = make_launches(Quota(20, 10.0), a=120)[60:]
    second = set_up(other, api, key="two", journal=first.journal)
    await both(first, second)
    assert (first.totals, second.totals) == ({"started": 60}, {"started": 60})
    assert first.summary.totals().throttled + second.summary.totals().throttled == 0
    assert max(api.calls[-1].at, 0.0) <= 6 * (10.0 + 0.3 + 1.0)


async def test_what_was_granted_beside_a_busy_verdict_is_sent():
    api = FakeApi(latency=0.3)
    first = set_up(make_launches(Quota(5, 60.0), a=3), api, key="one")
    second = set_up(make_launches(Quota(5, 60.0), a=9)[3:], api, key="two", journal=first.journal)
    await both(first, second)
    soon = [call.campaign for call in api.calls if call.at < 1.0]
    assert len(soon) == 5
    assert (first.totals, second.totals) == ({"started": 3}, {"started": 6})


async def test_the_wait_for_another_launcher_is_told():
    api = FakeApi(latency=0.3)
    first = set_up(make_launches(Quota(5, 60.0), a=5), api, key="one")
    second = set_up(make_launches(Quota(5, 60.0), a=7)[5:], api, key="two", journal=first.journal)
    await both(first, second)
    assert "another launcher uses its budget" in repr(second.seen)


async def test_requests_of_a_killed_process_count_against_the_budget():
    api = FakeApi(latency=0.3, limit=(60, 60.0))
    journal = await crashed(make_launches(MINUTE, a=100), api, 0.9)
    began = anyio.current_time()
    stage = await play(make_launches(MINUTE, a=100), api, journal=journal)
    assert stage.totals == {"started": 100}
    assert stage.summary.totals().throttled == 0
    assert min(call.at for call in api.calls if call.at >= began and call.kind == "start") > began + 10.0


async def test_a_request_without_a_known_reply_counts_from_the_end_of_its_process():
    api = FakeApi(latency=5.0)
    journal = await crashed(make_launches(Quota(1, 60.0), a=2), api, 4.0)
    stage = await play(make_launches(Quota(1, 60.0), a=2), api, journal=journal)
    assert stage.totals == {"started": 2}
    assert min(stage.sent("status")) >= 4.0 + 60.0


async def test_a_killed_process_is_replaced_and_its_doubts_are_read_first():
    api, launches = FakeApi(latency=1.0), make_launches(Quota(8, 10.0), a=20)
    journal = await crashed(launches, api, 0.5, concurrency=4)
    before = len(api.calls)
    stage = await play(launches, api, journal=journal, concurrency=4)
    assert stage.totals == {"started": 20}
    lost = {event.launch for event in stage.journal.events("nightly") if _is_lost(event)}
    assert len(lost) == 4
    assert {call.kind for call in api.calls[before:]} == {"start", "status"}
    assert Summary.of(stage.journal.events("nightly"), "nightly") == stage.summary


def _is_lost(event):
    return isinstance(event, AttemptFinished) and "ended before the reply" in (event.reason or "")


async def test_a_slow_commit_holds_back_no_worker_of_another_account():
    journal = MemoryJournal(latency=0.2)
    api = FakeApi(latency=1.0)
    stage = await play(make_launches(a=64), api, journal=journal, concurrency=8)
    assert stage.totals == {"started": 64}
    assert max(stage.sent("start")) <= 64 / 8 * 1.0 + 2.0
