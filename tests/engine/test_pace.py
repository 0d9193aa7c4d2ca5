"""P3 and P4 for whole runs: never over the budget, near the theoretical minimum, nobody held up."""

import math
from collections import Counter, defaultdict, deque
from dataclasses import replace
from random import Random

import anyio
import pytest
from engine.stage import MINUTE, make_launches, play, set_up
from fakes.api import FAULTS, FakeApi

from launcher.manifest.model import Quota
from launcher.outcome import Outcome, OutcomeKind

ACCEPTED = Outcome(OutcomeKind.ACCEPTED, None, 200, "status Active")
LATENCY = (0.1, 0.5)
MEAN = sum(LATENCY) / 2

SHAPES = {
    "one big account and twenty small ones": [600, *[30] * 20],
    "fifty equal accounts, sorted": [120] * 50,
    "forty accounts of falling size": [math.ceil(900 / rank) for rank in range(1, 41)],
}


class PacedServer(FakeApi):
    """Counts each request at some moment of its latency, in rolling and fixed windows; refuses the rest."""

    def __init__(self, limit=60, seconds=60.0):
        super().__init__()
        self._rng = Random(1)
        self._most, self._seconds = limit, seconds
        self._rolling = defaultdict(deque)
        self._fixed = Counter()
        self._offset = self._rng.uniform(0, seconds)
        self.throttled = 0
        self.done = {}
        """When the last reply came, by account."""

    async def start(self, launch):
        account, latency = launch.account.name, self._rng.uniform(*LATENCY)
        share = self._rng.random()
        await anyio.sleep(latency * share)
        fits = self._fits(account, anyio.current_time())
        await anyio.sleep(latency * (1 - share))
        self.done[account] = anyio.current_time()
        self.throttled += not fits
        return ACCEPTED if fits else FAULTS["429"].outcome

    def _fits(self, account, now):
        rolling = self._rolling[account]
        while rolling and rolling[0] <= now - self._seconds:
            rolling.popleft()
        rolling.append(now)
        window = account, math.floor((now + self._offset) / self._seconds)
        self._fixed[window] += 1
        return max(len(rolling), self._fixed[window]) <= self._most


def sized(counts):
    return make_launches(MINUTE, **{f"a{number:02}": count for number, count in enumerate(counts)})


def least(counts, concurrency):
    """The closed form: whole windows of each account, and what is left for the slots when they open."""
    alone = [(count - 1) // 60 * (60.0 + MEAN) + MEAN for count in counts]
    bound = max(alone)
    for window in range(max(counts) // 60 + 1):
        left = sum(max(0, count - 60 * window) for count in counts)
        bound = max(bound, window * (60.0 + MEAN) + left / concurrency * MEAN)
    return bound


@pytest.mark.parametrize("counts", SHAPES.values(), ids=SHAPES)
async def test_a_run_takes_as_long_as_its_budgets_demand_and_is_never_throttled(counts):
    server = PacedServer()
    stage = set_up(sized(counts), server, concurrency=64)
    await stage.execute()
    assert stage.totals == {"started": sum(counts)}
    assert server.throttled == 0
    assert max(server.done.values()) <= 1.02 * least(counts, 64)


@pytest.mark.parametrize("concurrency", [1, 3, 16])
async def test_few_slots_are_used_to_the_full(concurrency):
    counts = [50] * 6
    server = PacedServer()
    await set_up(sized(counts), server, concurrency=concurrency).execute()
    assert max(server.done.values()) <= 1.05 * sum(counts) * MEAN / concurrency + LATENCY[1]


async def test_small_accounts_finish_as_if_they_were_alone():
    api = FakeApi(latency=0.3)
    await play(sized([600, *[30] * 20]), api, concurrency=700)
    small = [call.at for call in api.calls if not call.campaign.startswith("a00")]
    assert len(small) == 600
    assert set(small) == {0.0}


async def test_equal_accounts_are_served_in_turn():
    api = FakeApi(latency=1.0)
    await play(make_launches(MINUTE, a=20, b=20, c=20), api, concurrency=6)
    first = Counter(call.campaign[0] for call in api.calls[:30])
    assert set(first.values()) == {10}


async def test_a_dead_account_and_a_throttled_one_hold_up_nobody():
    script = {f"dead-{n}": ["unsent"] * 99 for n in range(60)} | {f"shut-{n}": ["429"] * 9 for n in range(60)}
    api = FakeApi(latency=0.1, script=script, read_script={f"dead-{n}": ["unsent"] * 99 for n in range(60)})
    stage = await play(make_launches(MINUTE, dead=60, shut=60, good=55), api, concurrency=8)
    done = max(at for n in range(55) for at in stage.sent("start", campaign=f"good-{n}"))
    assert done <= 1.25 * (55 + 2 * 8 + 2 * 5) / 8 * 0.1 + 0.5


async def test_several_windows_of_one_budget_hold_at_once():
    launches = make_launches(Quota(10, 10.0), a=35)
    both = (Quota(10, 10.0), Quota(15, 100.0))
    launches = [_with_budget(launch, both) for launch in launches]
    stage = await play(launches, FakeApi(latency=0.2))
    sent = sorted(stage.sent("start"))
    for quota in both:
        assert all(
            later - earlier >= quota.seconds
            for earlier, later in zip(sent, sent[quota.limit :], strict=False)
        )
    assert sent[-1] <= 210.0 + 1.0


def _with_budget(launch, budget):
    return replace(launch, account=replace(launch.account, budget=budget))


async def test_accounts_of_two_names_with_one_id_share_the_budget():
    launches = make_launches(Quota(5, 10.0), a=5, b=5)
    one = launches[0].account.id
    twins = [
        replace(
            each,
            identity=each.identity._replace(account_id=one),
            account=replace(each.account, id=one),
        )
        for each in launches
    ]
    stage = await play(twins, FakeApi(latency=0.1))
    assert sum(at >= 10.0 for at in stage.sent("start")) == 5
