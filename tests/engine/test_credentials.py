"""Refused credentials: renewed once, given up soon, and nobody else suffers."""

from engine.stage import MINUTE, make_launches, make_one, play
from fakes.api import Call, FakeApi

from launcher.manifest.model import HaltSettings


class RenewingApi(FakeApi):
    """Shows when the token was renewed among the requests."""

    def renew_token(self, launch):
        super().renew_token(launch)
        self.calls.append(Call("renew", launch.identity.campaign_id, 0.0))


def refused(*campaigns, times=9):
    return {campaign: ["401"] * times for campaign in campaigns}


async def test_the_token_is_renewed_before_the_second_attempt():
    api = RenewingApi(script=refused("a-0", times=1))
    stage = await play(make_launches(a=1), api)
    assert stage.kinds("a-0") == ["start", "renew", "start"]
    assert stage.totals == {"started": 1}


async def test_a_token_that_expired_in_mid_run_costs_nobody_the_launch():
    names = [f"a-{number}" for number in range(16)]
    api = FakeApi(latency=0.3, script=refused(*names, times=1))
    stage = await play(make_launches(a=40), api, concurrency=16)
    assert stage.totals == {"started": 40}
    assert stage.stopped() == []


async def test_after_a_401_one_request_at_a_time_finds_out():
    names = [f"a-{number}" for number in range(4)]
    api = FakeApi(latency=1.0, script=refused(*names, times=1))
    stage = await play(make_launches(a=12), api, concurrency=4)
    later = sorted(stage.sent("start"))[4:]
    sizes = [later.count(at) for at in dict.fromkeys(later)]
    assert sizes[:3] == [1, 2, 4]


async def test_refusals_that_are_not_in_a_row_stop_nothing():
    api = FakeApi(script=refused("a-0", "a-1", "a-3", "a-4", "a-6"))
    stage = await play(make_launches(a=9), api, concurrency=1)
    assert stage.totals == {"started": 4, "rejected": 5}
    assert stage.stopped() == []


async def test_another_kind_of_refusal_shows_that_the_credentials_are_good():
    api = FakeApi(script=refused("a-0", "a-1", "a-3") | {"a-2": ["400"]})
    stage = await play(make_launches(a=5), api, concurrency=1)
    assert stage.totals == {"started": 1, "rejected": 4}


async def test_three_in_a_row_stop_exactly_the_launches_with_these_credentials():
    bad = [make_one("a", f"bad-{n}", owner="bot bad") for n in range(6)]
    good = [make_one("a", f"good-{n}") for n in range(6)]
    stage = await play([*bad, *good], FakeApi(script=refused(*(f"bad-{n}" for n in range(6)))), concurrency=1)
    assert [stage.results[f"bad-{n}"] for n in range(6)] == ["rejected"] * 3 + ["not_attempted"] * 3
    assert [stage.results[f"good-{n}"] for n in range(6)] == ["started"] * 6
    assert "the credentials of bot bad" in stage.reason("bad-5")


async def test_one_account_with_refused_credentials_does_not_halt_the_run():
    names = [f"a-{number}" for number in range(100)]
    api = FakeApi(latency=0.2, script=refused(*names))
    stage = await play(make_launches(MINUTE, a=100, b=70), api, halt=HaltSettings())
    assert stage.summary.run.halted is None
    assert [stage.results[f"b-{n}"] for n in range(70)] == ["started"] * 70
    assert stage.reason("a-99").startswith("halted: the credentials of account a were refused 3 times")


async def test_what_was_refused_is_tried_again_on_a_rerun_with_other_credentials():
    first = await play(make_launches(a=6), FakeApi(script=refused(*(f"a-{n}" for n in range(6)))))
    assert "started" not in first.totals
    again = await play(make_launches(a=6), FakeApi(), journal=first.journal)
    assert again.totals == {"started": 6}
