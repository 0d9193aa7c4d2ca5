"""An account that is throttled: it closes, reopens gently, and is given up only after a long time."""

from itertools import pairwise

import anyio
import pytest
from engine.stage import MINUTE, UnevenApi, make_launches, play
from fakes.api import FakeApi

from launcher.journal.events import AttemptWithdrawn, LaneClosed
from launcher.manifest.model import Quota, RetrySettings


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
