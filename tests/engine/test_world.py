"""The simulated world sees a broken promise when there is one, or the stories would prove nothing."""

import asyncio
from random import Random

import anyio
import pytest
from engine.simulation import BrokenPromiseError, simulate
from engine.stage import make_one
from engine.world import Line, Weather, World

from launcher.journal.ledger import Hold
from launcher.manifest.model import Quota
from launcher.outcome import OutcomeKind

LAUNCH = make_one("a", "a-0", Quota(2, 10.0))


@pytest.fixture
def world():
    return World(Random(1), on_active=200)


def line_to(world, hold=Hold.CLAIMED, **options):
    return Line(world, "nightly", held=lambda _: hold, **{"concurrency": 9} | options)


async def broken(world, *requests):
    await asyncio.gather(*requests)
    return " | ".join(world.broken)


async def test_one_start_breaks_nothing(world):
    assert await broken(world, line_to(world).start(LAUNCH)) == ""
    assert world.campaigns[LAUNCH.identity].started_by == ["nightly"]


async def test_a_second_start_is_seen(world):
    line = line_to(world)
    assert "a-0 was started by nightly and nightly" in await broken(
        world, line.start(LAUNCH), line.start(LAUNCH)
    )


async def test_one_request_too_many_in_a_window_is_seen(world):
    line = line_to(world)
    assert await broken(world, *(line.read_status(LAUNCH) for _ in range(2))) == ""
    await anyio.sleep(9.0)
    assert "a got 3 of" in await broken(world, line.read_status(LAUNCH))


async def test_too_many_requests_in_flight_are_seen(world):
    line = line_to(world, concurrency=1)
    assert "2 requests in flight" in await broken(world, line.read_status(LAUNCH), line.read_status(LAUNCH))


async def test_a_start_without_a_durable_intent_is_seen(world):
    assert "while its hold was clear" in await broken(world, line_to(world, Hold.CLEAR).start(LAUNCH))


async def test_a_start_by_a_run_that_starts_nothing_is_seen(world):
    assert "starts nothing" in await broken(world, line_to(world, may_start=False).start(LAUNCH))


@pytest.mark.parametrize("fault", ["hang-after", "5xx-after", "reset-after", "truncated-after"])
async def test_a_start_whose_reply_is_lost_shows_within_the_settling_time(world, fault):
    for seed in range(40):
        world.rng, launch = Random(seed), make_one("a", f"a-{seed}")
        world.script["starts"][launch.identity].append(fault)
        outcome = await line_to(world).start(launch)
        assert outcome.kind is OutcomeKind.IN_DOUBT
        await anyio.sleep(world.settle)
        assert world.campaigns[launch.identity].started_by == ["nightly"]


async def test_a_start_whose_launcher_died_shows_within_the_settling_time_or_never(world):
    numbers = []
    for seed in range(200):
        world.rng, launch = Random(seed), make_one("a", f"a-{seed}")
        world.weather = Weather({"hang-after": 1, None: 3})
        request = asyncio.ensure_future(line_to(world).start(launch))
        await anyio.sleep(0.1)
        request.cancel()
        await anyio.sleep(world.settle)
        campaign = world.campaigns[launch.identity]
        assert campaign.on_its_way == []
        numbers.append(len(campaign.started_by))
        await anyio.sleep(100.0)
        assert len(campaign.started_by) == numbers[-1]
    assert set(numbers) == {0, 1}


async def test_a_dead_launcher_sends_nothing_more(world):
    line = line_to(world)
    line.dead = True
    with anyio.move_on_after(1000.0):
        await line.start(LAUNCH)
    assert line.requests == 0


def test_the_same_seed_tells_the_same_story():
    assert simulate(3) == simulate(3)
    assert simulate(3) != simulate(4)


def test_a_broken_promise_is_told_with_its_seed(monkeypatch):
    monkeypatch.setattr(World, "start", _twice(World.start))
    with pytest.raises(BrokenPromiseError, match=r"^seed 3:[\s\S]* was started by nightly and nightly"):
        simulate(3)


def _twice(start):
    """The server's own defect: every start takes effect twice."""

    def begin(self, identity, key):
        start(self, identity, key)
        self.campaigns[identity].state = "Ready"
        return start(self, identity, key)

    return begin
