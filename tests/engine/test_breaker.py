"""An account that fails as a whole: asked with reads, never with plays, until it answers or is given up."""

import anyio
import pytest
from engine.stage import UnevenApi, make_launches, play, set_up
from fakes.api import FakeApi

from launcher.journal.events import AttemptWithdrawn, LaneClosed
from launcher.manifest.model import RetrySettings

STUBBORN = RetrySettings(attempts=50)


def every(fault, count=30, times=99):
    return {f"a-{number}": [fault] * times for number in range(count)}


async def back_after(stage, api, seconds):
    """Run the stage against an account that is away for so many seconds."""
    api.reachable = False
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stage.execute)
        await anyio.sleep(seconds)
        api.reachable = True
    return stage.check()


async def test_five_failures_of_one_class_open_it():
    stage = await play(make_launches(a=30), FakeApi(script=every("unsent", times=1)), concurrency=1)
    assert [call.kind for call in stage.api.calls[:6]] == ["start"] * 5 + ["status"]
    assert stage.totals == {"started": 30}
    assert stage.events(LaneClosed)[0].reason.startswith("5 requests in a row failed (cannot connect")


async def test_failures_of_different_classes_do_not():
    script = {f"a-{number}": [("unsent", "5xx-before")[number % 2]] for number in range(20)}
    stage = await play(make_launches(a=20), FakeApi(script=script), concurrency=1, on_unknown="hold")
    assert stage.sent("status") == []


async def test_a_good_reply_in_between_keeps_it_closed():
    script = {f"a-{number}": ["unsent"] for number in range(20) if number % 5}
    settings = {"concurrency": 1, "retry": RetrySettings(backoff_min=60.0)}
    stage = await play(make_launches(a=20), FakeApi(script=script), **settings)
    assert stage.sent("status") == []


async def test_while_it_is_open_no_play_is_sent():
    api = FakeApi(latency=0.1)
    stage = set_up(make_launches(a=30), api, concurrency=8, retry=STUBBORN)
    await back_after(stage, api, 100.0)
    kinds = [call.kind for call in api.calls if call.at > 0.2]
    answered = next(number for number, call in enumerate(api.calls) if call.at >= 100.0)
    assert api.calls[answered].kind == "status"
    assert set(kinds[: kinds.index("start")]) == {"status"}
    assert stage.totals == {"started": 30}


async def test_plays_claimed_before_it_opened_stay_here():
    script = {f"a-{number}": ["unsent"] * 99 for number in range(8, 30)}
    api = UnevenApi(latency=0.1, script=script, read_script=every("unsent"))
    stage = await play(make_launches(a=30), api, concurrency=8)
    opened = next(at for at, event in stage.seen if isinstance(event, LaneClosed))
    assert stage.events(AttemptWithdrawn)
    assert [at for at in stage.sent("start") if at > opened] == []


async def test_one_probe_at_a_time_whatever_late_good_replies_say():
    script = {f"a-{number}": ["unsent"] for number in range(5)} | {"a-5": ["429-seconds"]}
    api = LateApi(script=script, read_script=every("hang-before", times=1))
    stage = await play(make_launches(a=30), api, concurrency=8, retry=STUBBORN)
    assert api.most_reads == 1
    assert stage.totals == {"started": 30}


class LateApi(FakeApi):
    """Good replies take a second, failures no time; counts the reads in flight."""

    reads = most_reads = 0

    async def start(self, launch):
        bad = bool(self.script.get(launch.identity.campaign_id))
        outcome = await super().start(launch)
        await anyio.sleep(0.0 if bad else 1.0)
        return outcome

    async def read_status(self, launch):
        self.reads += 1
        self.most_reads = max(self.most_reads, self.reads)
        reading = await super().read_status(launch)
        self.reads -= 1
        return reading


@pytest.mark.parametrize("answer", [[], ["404"], ["401"], ["429-seconds"]])
async def test_any_answer_but_a_server_fault_closes_it(answer):
    reads = {f"a-{number}": list(answer) for number in range(30)}
    api = FakeApi(script=every("unsent", count=5, times=1), read_script=reads)
    stage = await play(make_launches(a=30), api, concurrency=1)
    assert len(stage.sent("status")) == 1
    assert stage.totals == {"started": 30}


async def test_after_it_closed_plays_go_in_small_numbers_at_first():
    api = FakeApi(latency=1.0, script={f"a-{number}": ["unsent"] for number in range(8)})
    await play(make_launches(a=30), api, concurrency=8)
    probed = next(call.at for call in api.calls if call.kind == "status")
    later = [call.at for call in api.calls if call.kind == "start" and call.at > probed]
    assert [later.count(at) for at in dict.fromkeys(later)][:2] == [2, 8], "the probe was a good reply"


async def test_a_server_fault_on_every_probe_gives_the_account_up_after_the_attempts_of_the_policy():
    reads = every("5xx-before")
    api = FakeApi(script=every("unsent"), read_script=reads)
    stage = await play(make_launches(a=30, b=3), api, concurrency=4, retry=RetrySettings(attempts=6))
    assert stage.stopped() == ["a"]
    assert len(stage.sent("status")) == 6
    assert "does not answer" in stage.reason("a-29")
    assert [stage.results[f"b-{n}"] for n in range(3)] == ["started"] * 3


async def test_a_short_outage_is_sat_out_when_the_policy_is_patient():
    api = FakeApi(latency=0.1)
    stage = set_up(make_launches(a=30), api, concurrency=8, retry=STUBBORN)
    await back_after(stage, api, 300.0)
    assert stage.totals == {"started": 30}
    assert len([at for at in stage.sent("start") if at < 300.0]) <= 2 * 8


async def test_draining_ends_an_account_that_is_being_probed():
    api = FakeApi(latency=0.1, reachable=False)
    stage = set_up(make_launches(a=30), api, concurrency=4, retry=STUBBORN)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stage.execute)
        await anyio.sleep(3.05)
        stage.run.drain("interrupted by SIGINT")
    stage.check()
    assert set(stage.totals) == {"failed", "not_attempted"}


async def test_the_reads_of_doubts_are_probes_too():
    api = FakeApi(script=every("5xx-before", times=1))
    stage = await play(make_launches(a=10), api, concurrency=5)
    assert stage.kinds("a-0")[:2] == ["start", "status"]
    assert stage.totals == {"started": 10}
