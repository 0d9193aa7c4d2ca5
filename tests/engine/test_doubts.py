"""An attempt in doubt: when and how often its state is read, and what that is allowed to prove."""

import anyio
from engine.stage import make_launches, play, set_up
from fakes.api import FakeApi

from launcher.manifest.model import Quota, ReconcileSettings, RetrySettings


async def later(stage, seconds, action):
    """Run the stage, and do something after so many seconds."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stage.execute)
        await anyio.sleep(seconds)
        action()
    return stage.check()


async def test_the_first_read_waits_for_the_settling_time_and_the_others_for_the_interval():
    settings = ReconcileSettings(settle=3.0, reads=3, interval=7.0)
    api = FakeApi(script={"a-0": ["reset-before"]})
    stage = await play(make_launches(a=1), api, reconcile=settings)
    assert stage.sent("status") == [3.0, 10.0, 17.0]
    assert min(stage.sent("start")[1:]) >= 17.0


async def test_a_start_that_shows_late_is_found():
    api = FakeApi(script={"a-0": ["reset-before"]})
    stage = set_up(make_launches(a=1), api)
    await later(stage, 1.9, lambda: api.states.update({"a-0": "Preparing"}))
    assert stage.totals == {"started": 1}
    assert stage.kinds("a-0") == ["start", "status"]


async def test_a_start_that_shows_between_two_reads_is_found():
    api = FakeApi(script={"a-0": ["reset-before"]})
    stage = set_up(make_launches(a=1), api)
    await later(stage, 4.0, lambda: api.states.update({"a-0": "Active"}))
    assert stage.totals == {"started": 1}
    assert stage.kinds("a-0") == ["start", "status", "status"]


async def test_a_campaign_that_completed_meanwhile_is_looked_up_and_was_started():
    api = FakeApi(script={"a-0": ["reset-after"]})
    stage = set_up(make_launches(a=1), api)
    await later(stage, 1.0, lambda: api._set("a-0", "Completed"))
    assert stage.totals == {"started": 1}
    assert stage.kinds("a-0") == ["start", "status", "get"]


async def test_a_campaign_that_completed_long_before_proves_nothing():
    api = FakeApi(script={"a-0": ["reset-before"]}, states={"a-0": "Completed"})
    stage = await play(make_launches(a=1), api)
    assert stage.totals == {"unknown": 1}
    assert stage.kinds("a-0") == ["start", "status", "get"]
    assert "before the attempt" in stage.reason("a-0")


async def test_a_campaign_that_somebody_stopped_meanwhile_is_unknown():
    api = FakeApi(script={"a-0": ["reset-after"]})
    stage = set_up(make_launches(a=1), api)
    await later(stage, 1.0, lambda: api._set("a-0", "Stopped"))
    assert stage.totals == {"unknown": 1}
    assert "may have been started" in stage.reason("a-0")


async def test_an_unreadable_answer_in_between_starts_the_row_anew():
    api = FakeApi(script={"a-0": ["reset-before"]}, read_script={"a-0": ["5xx-before"]})
    stage = set_up(make_launches(a=1), api)
    api.read_script["a-0"] = []
    await later(stage, 2.5, lambda: api.read_script["a-0"].append("5xx-before"))
    assert stage.kinds("a-0") == ["start", "status", "status", "status", "status", "start"]


async def test_a_doubt_each_time_uses_the_attempts_up_and_fails_with_proof():
    api = FakeApi(script={"a-0": ["reset-before", "5xx-before", "hang-before"]})
    stage = await play(make_launches(a=1), api, retry=RetrySettings(attempts=2))
    assert stage.totals == {"failed": 1}
    assert stage.kinds("a-0") == ["start", "status", "status"] * 2


async def test_the_record_says_what_the_doubt_was_when_nobody_could_settle_it():
    api = FakeApi(script={"a-0": ["hang-after"]}, read_script={"a-0": ["5xx-before"] * 9})
    stage = await play(make_launches(a=1), api)
    assert stage.totals == {"unknown": 1}
    assert "HTTP 500" in stage.reason("a-0")
    assert stage.reason("a-0").endswith("last attempt: no answer in time")


async def test_a_read_goes_before_the_starts_that_wait_for_the_same_budget():
    api = FakeApi(script={"a-0": ["reset-after"]})
    await play(make_launches(Quota(2, 10.0), a=4), api)
    assert [(call.kind, call.campaign) for call in api.calls[2:4]] == [("status", "a-0"), ("start", "a-2")]


async def test_a_read_that_was_refused_renews_the_token_once():
    api = FakeApi(script={"a-0": ["reset-after"]}, read_script={"a-0": ["401"]})
    stage = await play(make_launches(a=1), api)
    assert stage.totals == {"started": 1}
    assert api.renewals == 1
    assert stage.sent("status") == [2.0, 2.0]


async def test_reads_that_are_always_refused_come_to_an_end():
    api = FakeApi(script={"a-0": ["reset-after"]}, read_script={"a-0": ["401"] * 99})
    stage = await play(make_launches(a=1), api)
    assert stage.totals == {"unknown": 1}
    assert len(stage.sent("status")) == 5


async def test_hold_never_reads_also_on_a_rerun():
    api = FakeApi(script={"a-0": ["reset-after"]})
    first = await play(make_launches(a=1), api, on_unknown="hold")
    again = await play(make_launches(a=1), api, journal=first.journal, on_unknown="hold")
    assert again.totals == {"unknown": 1}
    assert again.kinds("a-0") == ["start"]
    assert "on_unknown is hold" in again.reason("a-0")
