"""An account that is throttled: it closes, reopens gently, and is given up only after a long time."""

import re
from dataclasses import replace
from itertools import pairwise

import anyio
import pytest
from engine.stage import EPOCH, MINUTE, UnevenApi, make_launches, play, set_up
from fakes.api import FakeApi

from launcher.journal.events import AttemptFinished, AttemptWithdrawn, LaneClosed, LaneWaiting
from launcher.manifest.model import Quota, RetrySettings
from launcher.outcome import OutcomeKind


async def test_nothing_leaves_a_closed_account_not_even_what_was_claimed_before():
    api = UnevenApi(latency=0.1, script={"a-6": ["429"]})
    stage = await play(make_launches(MINUTE, a=20), api, concurrency=4)
    (closed_at, closure), *_ = [(at, event) for at, event in stage.seen if isinstance(event, LaneClosed)]
    assert stage.events(AttemptWithdrawn)
    assert [at for at in stage.sent("start") if closed_at < at < closed_at + closure.until - closure.at] == []
    assert stage.totals == {"started": 20}


async def test_what_was_claimed_and_held_back_counts_as_no_attempt():
    api = UnevenApi(latency=0.1, script={"a-6": ["429"]})
    stage = await play(make_launches(MINUTE, a=20), api, concurrency=4)
    withdrawn = {event.launch for event in stage.events(AttemptWithdrawn)} - {6}
    assert {stage.attempts(f"a-{number}") for number in withdrawn} == {1}
    assert stage.attempts("a-6") == 2


async def test_a_closed_account_reopens_with_one_request_and_doubles_with_each_good_reply():
    api = FakeApi(latency=1.0, script={f"a-{n}": ["429"] for n in range(16)})
    stage = await play(make_launches(MINUTE, a=16), api, concurrency=16)
    reopened = sorted(stage.sent("start"))[16:]
    sizes = [reopened.count(at) for at in dict.fromkeys(reopened)]
    assert sizes[:3] == [1, 2, 8]


@pytest.mark.parametrize("fault", ["429", "429-seconds", "limit-text-200"])
async def test_every_way_of_saying_it_is_obeyed(fault):
    stage = await play(make_launches(a=1), FakeApi(script={"a-0": [fault] * 3}), retry=RetrySettings(1))
    assert stage.totals == {"started": 1}
    assert stage.attempts("a-0") == 4
    assert stage.summary.totals().throttled == 3


async def test_an_account_that_is_throttled_for_ever_is_given_up_and_the_others_are_not():
    api = FakeApi(latency=0.1, script={f"a-{n}": ["429"] * 999 for n in range(5)})
    stage = await play(make_launches(MINUTE, a=5, b=5), api, retry=RetrySettings(give_up_after=600.0))
    assert [stage.results[f"b-{n}"] for n in range(5)] == ["started"] * 5
    assert {stage.results[f"a-{n}"] for n in range(5)} == {"failed"}
    assert stage.stopped() == ["a"]
    assert "give_up_after is 600 s" in stage.reason("a-0")
    assert 600.0 <= max(stage.sent("start", campaign="a-0")) <= 700.0


async def test_a_good_reply_in_between_starts_the_patience_anew():
    script = {f"a-{n}": ["429"] * 3 for n in range(8)}
    stage = await play(make_launches(MINUTE, a=8), FakeApi(script=script), retry=RetrySettings(2, 1, 60, 200))
    assert stage.totals == {"started": 8}
    assert max(stage.sent("start")) > 200.0


async def test_an_account_whose_budget_others_use_up_recovers_and_the_rest_finish_as_if_it_were_not_there():
    alone = await play(make_launches(MINUTE, b=30, c=30), FakeApi(latency=0.2), concurrency=200)
    api, began = FakeApi(latency=0.2, limit=(30, 60.0)), anyio.current_time()
    stage = await play(make_launches(MINUTE, a=90, b=30, c=30), api, concurrency=200)
    assert stage.totals == {"started": 150}
    rest = [f"{account}-{n}" for account in "bc" for n in range(30)]
    sent = [at for each in rest for at in stage.sent("start", campaign=each)]
    assert sorted(sent) == [at + began for at in sorted(alone.sent("start"))]


async def test_a_doubt_whose_reads_are_throttled_for_ever_stays_unknown():
    api = FakeApi(script={"a-0": ["reset-after"]}, read_script={"a-0": ["429"] * 999})
    stage = await play(make_launches(MINUTE, a=1), api, retry=RetrySettings(give_up_after=600.0))
    assert stage.totals == {"unknown": 1}
    assert "give_up_after is 600 s" in stage.reason("a-0")


async def test_a_throttled_read_is_sent_again_when_the_account_opens():
    api = FakeApi(script={"a-0": ["reset-after"]}, read_script={"a-0": ["429", "429"]})
    stage = await play(make_launches(MINUTE, a=1), api)
    assert stage.totals == {"started": 1}
    pauses = [later - earlier for earlier, later in pairwise(stage.sent("status"))]
    assert [15.0 <= pauses[0] <= 19.0, 30.0 <= pauses[1] <= 38.0] == [True, True]


async def test_reads_and_starts_share_one_budget():
    api = FakeApi(latency=0.1, limit=(3, 10.0), script={"a-0": ["5xx-before"], "a-1": ["5xx-after"]})
    stage = await play(make_launches(Quota(3, 10.0), a=8), api)
    assert stage.totals == {"started": 8}
    assert stage.summary.totals().throttled == 0


async def test_while_an_account_waits_for_its_budget_whoever_watches_knows_it():
    """All answers of a window may be in before anybody looks: the wait must be told all the same."""
    stage = await play(make_launches(Quota(5, 60.0), a=15), FakeApi(latency=0.01))
    waits = [(at, event) for at, event in stage.seen if isinstance(event, LaneWaiting)]
    for begin in (0.0, 60.0):
        told = [event for at, event in waits if begin < at < begin + 2.0 and event.until is not None]
        assert told, f"nothing was told in the two seconds after {begin}"
        assert told[-1].until == pytest.approx(EPOCH + begin + 60.0, abs=1.0)
        assert told[-1].reason == "waits for its budget"
    assert len(waits) < 10, "what was told already is not told again and again"


def refusals(stage):
    return sum(event.outcome is OutcomeKind.THROTTLED for event in stage.events(AttemptFinished))


def adaptive(launches):
    """The same launches, of accounts whose budget is `auto`."""
    return [replace(one, account=replace(one.account, adaptive=True)) for one in launches]


async def test_an_auto_budget_learns_from_a_surprise_what_the_server_allows():
    launches = make_launches(Quota(60, 60.0), a=200)
    fixed, learning = FakeApi(latency=0.1, limit=(20, 60.0)), FakeApi(latency=0.1, limit=(20, 60.0))
    naive = await play(launches, fixed, concurrency=4)
    stage = await play(adaptive(launches), learning, concurrency=4)
    assert stage.totals == {"started": 200}
    reasons = [event.reason for event in stage.events(LaneClosed)]
    # Some were on their way when the first was refused, so that it errs by the concurrency.
    learned = r"throttled by the server after 2\d requests in 60 s; at most 2\d for now"
    assert re.fullmatch(learned, reasons[0])
    assert refusals(stage) < refusals(naive)


async def test_an_auto_budget_opens_again_when_others_leave():
    api = FakeApi(latency=0.1, limit=(20, 60.0))
    stage = set_up(adaptive(make_launches(Quota(60, 60.0), a=900)), api, concurrency=4)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stage.execute)
        await anyio.sleep(120)
        api.limit = (60, 60.0)
    assert stage.totals == {"started": 900}
    last_minute = [at for at in stage.sent("start") if at > stage.sent("start")[-1] - 130]
    assert len(last_minute) > 90, "back at nearly the whole budget"


async def test_an_even_pace_keeps_equal_distances():
    stage = await play(make_launches(Quota(10, 5.0), a=30), FakeApi(latency=0.2), pace="even", concurrency=4)
    gaps = [later - sooner for sooner, later in pairwise(stage.sent("start"))]
    assert min(gaps) >= 0.5 - 1e-9
    assert stage.totals == {"started": 30}
    assert max(stage.sent("start")) == pytest.approx(29 * 0.5, rel=0.1)
