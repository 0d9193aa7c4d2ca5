"""Waves and gates: a few launches first, a look at what became of them, then the rest."""

from dataclasses import replace

import anyio
import pytest
from engine.stage import EPOCH, Wall, make_launches, play, set_up
from fakes.api import FakeApi
from fakes.journal import MemoryJournal

from launcher.engine.gates import wave_ends
from launcher.journal.events import GateOpened, LaneWaiting, RunHalted
from launcher.journal.orders import NOBODY, Mandate, Order, OrderKind
from launcher.manifest.model import Quota, Threshold
from launcher.manifest.windows import windows
from launcher.outcome import HOLDS
from launcher.plan.calendar import Calendar

CANARY = {"waves": (Threshold(1), Threshold(20.0, percent=True), None), "soak": 60.0}
MINUTE = Quota(60, 60.0)


class Falling(FakeApi):
    """Campaigns fall back to a state so many seconds after their start."""

    def __init__(self, falls=(), state="Stopped", after=10.0, **settings):
        super().__init__(latency=0.1, **settings)
        self.falls, self.fallen_state, self.after = set(falls), state, after
        self.started_at = {}

    async def start(self, launch):
        outcome = await super().start(launch)
        self.started_at[launch.identity.campaign_id] = anyio.current_time()
        return outcome

    async def read_status(self, launch):
        campaign = launch.identity.campaign_id
        if campaign in self.falls and anyio.current_time() > self.started_at[campaign] + self.after:
            self.states[campaign] = self.fallen_state
        return await super().read_status(launch)


@pytest.mark.parametrize(
    ("waves", "planned", "ends"),
    [
        ((), 10, [10]),
        ((Threshold(1), Threshold(10.0, percent=True), None), 40, [1, 5, 40]),
        ((Threshold(1), None), 1, [1]),
        ((Threshold(3),), 10, [3, 10]),
        ((Threshold(0.5, percent=True), None), 10, [1, 10]),
        ((Threshold(50.0, percent=True), Threshold(50.0, percent=True)), 10, [5, 10]),
        ((None,), 10, [10]),
        ((Threshold(20), None), 10, [10]),
        ((Threshold(1), None), 0, [0]),
    ],
)
def test_the_last_wave_always_goes_to_the_end(waves, planned, ends):
    assert wave_ends(waves, planned) == ends


async def test_each_wave_soaks_and_is_read_again_before_the_next_begins():
    stage = await play(make_launches(MINUTE, a=10), Falling(), **CANARY)
    assert stage.totals == {"started": 10}
    starts = stage.sent("start")
    assert [sum(begin <= at < begin + 50 for at in starts) for begin in (0.0, 60.0, 120.0)] == [1, 2, 7]
    assert len(stage.sent("status")) == 3, "the states of the first two waves"
    assert [event.reason.partition(":")[0] for event in stage.events(GateOpened)] == [
        "wave 1 of 3",
        "wave 2 of 3",
    ]


async def test_whoever_watches_is_told_until_when_a_wave_soaks():
    stage = await play(make_launches(MINUTE, a=5, b=5), Falling(), **CANARY)
    soaks = [event for event in stage.events(LaneWaiting) if "soaks" in event.reason]
    first, second = soaks[:2], soaks[2:]
    assert {event.account for event in first} == {"a", "b"}
    assert {event.reason for event in first} == {"wave 1 of 3 soaks"}
    assert sum(event.queued for event in first) == 9
    assert all(event.until == pytest.approx(EPOCH + 60.1, abs=0.2) for event in first)
    assert {event.reason for event in second} == {"wave 2 of 3 soaks"}


@pytest.mark.parametrize("state", ["Ready", "Stopped", "Paused", "Terminated"])
async def test_a_campaign_that_fell_back_closes_the_gate(state):
    stage = await play(make_launches(MINUTE, a=10), Falling(["a-0"], state), **CANARY)
    assert stage.totals == {"started": 1, "not_attempted": 9}
    assert stage.events(RunHalted)[0].reason == (
        f"the gate after wave 1 of 3 closed: 1 fell back to {state} (a-0)"
    )
    assert stage.reason("a-9") == f"gate: the gate after wave 1 of 3 closed: 1 fell back to {state}"


async def test_a_halt_names_the_campaigns_that_closed_the_gate_five_at_most():
    launches = make_launches(MINUTE, a=20)
    launches[0] = replace(launches[0], name="Renewal holds: due")
    settings = CANARY | {"waves": (Threshold(8), None)}
    api = Falling([f"a-{number}" for number in range(2)], script={f"a-{n}": ["400"] * 9 for n in range(2, 8)})
    stage = await play(launches, api, **settings)
    (halted,) = stage.events(RunHalted)
    closed, names = "6 rejected, 2 fell back to Stopped", "a-2, a-3, a-4, a-5, a-6 and 3 more"
    assert halted.reason == f"the gate after wave 1 of 2 closed: {closed} ({names})"
    alone = await play(launches, Falling(["a-0", "a-1"]), **settings)
    (halted,) = alone.events(RunHalted)
    assert halted.reason.endswith("2 fell back to Stopped (a-0 'Renewal holds due', a-1)")
    assert HOLDS not in halted.reason, "whatever the campaign is called"


@pytest.mark.parametrize(("fault", "why"), [("400", "1 rejected"), ("unsent", "1 failed")])
async def test_a_launch_that_failed_closes_the_gate(fault, why):
    api = Falling(script={"a-1": [fault] * 9})
    stage = await play(make_launches(MINUTE, a=10), api, **CANARY)
    assert stage.totals["started"] == 2
    assert stage.totals["not_attempted"] == 7
    assert stage.events(RunHalted)[0].reason == f"the gate after wave 2 of 3 closed: {why} (a-1)"


async def test_an_unknown_holds_back_the_rest():
    api = Falling(script={"a-0": ["reset-after"]}, read_script={"a-0": ["5xx-before"] * 9})
    stage = await play(make_launches(MINUTE, a=10), api, **CANARY)
    assert stage.totals == {"unknown": 1, "not_attempted": 9}
    assert "closed: 1 unknown" in stage.events(RunHalted)[0].reason


async def test_a_state_that_cannot_be_read_holds_the_run_and_a_person_may_continue():
    api, journal = Falling(read_script={"a-0": ["5xx-before"] * 4}), MemoryJournal(clock=lambda: EPOCH)
    first = await play(make_launches(MINUTE, a=10), api, journal=journal, **CANARY)
    assert "holds: the state of 1 could not be read (a-0)" in first.events(RunHalted)[0].reason
    second = await play(make_launches(MINUTE, a=10), api, journal=journal, go_on=True, **CANARY)
    assert second.totals == {"started": 10}
    assert second.events(GateOpened)[0].reason == "wave 1 of 3: a person looked and continued"
    assert max(api.starts.values()) == 1


async def test_the_same_key_looks_again_at_the_gate_that_held():
    api, journal = Falling(read_script={"a-0": ["5xx-before"] * 4}), MemoryJournal(clock=lambda: EPOCH)
    await play(make_launches(MINUTE, a=10), api, journal=journal, **CANARY)
    second = await play(make_launches(MINUTE, a=10), api, journal=journal, **CANARY)
    assert second.totals == {"started": 10}


async def test_a_gate_that_asks_holds_after_every_wave():
    api, journal = Falling(), MemoryJournal(clock=lambda: EPOCH)
    started = []
    for number in range(3):
        stage = await play(
            make_launches(MINUTE, a=10), api, journal=journal, gate="ask", go_on=number > 0, **CANARY
        )
        started.append(stage.totals["started"])
    assert started == [1, 3, 10]


CLOSED = {"late": "skip", **CANARY}


def at_noon(launches):
    return [replace(launch, calendar=Calendar(windows("Mon-Fri 12:00-13:00 UTC"))) for launch in launches]


@pytest.mark.parametrize("continued", [0, 1, 3])
async def test_a_wave_of_which_nothing_was_started_is_still_the_canary(continued):
    """However often somebody continued while the window was closed."""
    api, journal, clock = Falling(), MemoryJournal(clock=lambda: EPOCH), Wall()
    launches = at_noon(make_launches(MINUTE, a=10))
    for go_on in [False] + [True] * continued:
        early = await play(launches, api, journal=journal, wall=clock, go_on=go_on, **CLOSED)
        assert early.totals == {"not_attempted": 10}
        assert early.events(GateOpened) == []
        assert early.summary.held is False, "there is nothing to look at"
    begun = anyio.current_time()
    noon = Wall(4 * 3600.0 + 60.0 - begun)
    late = await play(launches, api, journal=journal, wall=noon, go_on=continued > 0, **CLOSED)
    assert late.totals == {"started": 10}
    starts = [at - begun for at in late.sent("start")]
    assert [sum(begin <= at < begin + 50 for at in starts) for begin in (0.0, 60.0, 120.0)] == [1, 2, 7]
    assert len(late.sent("status")) == 3


async def test_a_person_may_go_on_without_a_wave_that_cannot_be_started():
    api, journal = Falling(), MemoryJournal(clock=lambda: EPOCH)
    canary, *others = make_launches(MINUTE, a=10)
    (canary,) = at_noon([canary])
    held = await play([canary, *others], api, journal=journal, **CLOSED)
    assert "wave 1 of 3 holds: nothing of it was started" in held.events(RunHalted)[0].reason
    begun = anyio.current_time()
    stage = await play([canary, *others], api, journal=journal, go_on=True, **CLOSED)
    assert stage.totals == {"started": 9, "not_attempted": 1}
    starts = [at - begun for at in stage.sent("start")]
    assert [sum(begin <= at < begin + 50 for at in starts) for begin in (0.0, 60.0)] == [2, 7]


async def test_a_run_that_was_stopped_in_mid_wave_and_goes_on_opens_no_gate_by_that():
    api, journal = Falling(), MemoryJournal(clock=lambda: EPOCH)
    stage = set_up(make_launches(MINUTE, a=10), api, journal=journal, **CANARY)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stage.execute)
        await anyio.sleep(30)
        stage.run.drain("interrupted")
    begun = anyio.current_time()
    again = await play(make_launches(MINUTE, a=10), api, journal=journal, go_on=True, **CANARY)
    assert again.totals == {"started": 10}
    assert min(at for at in again.sent("start") if at > begun) - begun >= 60.0
    assert len(again.sent("status")) == 3


async def test_a_pause_while_a_wave_soaks_is_told():
    stage = set_up(make_launches(MINUTE, a=3, b=3), Falling(), **CANARY)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stage.execute)
        await anyio.sleep(20)
        stage.run._obey(Order(1, OrderKind.PAUSE, EPOCH, Mandate("ada", "look")))
        await anyio.sleep(5)
        stage.run._obey(Order(2, OrderKind.RESUME, EPOCH, NOBODY))
    told = [event for event in stage.events(LaneWaiting) if "paused" in event.reason]
    assert {event.account for event in told} == {"a", "b"}
    assert sum(event.queued for event in told) == 5
    assert stage.totals == {"started": 6}


async def test_gates_that_were_passed_are_not_looked_at_again():
    api, journal = Falling(["a-0"], after=500.0), MemoryJournal(clock=lambda: EPOCH)
    stage = set_up(make_launches(MINUTE, a=10), api, journal=journal, **CANARY)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stage.execute)
        await anyio.sleep(100)
        stage.run.drain("interrupted")
    assert stage.totals == {"started": 3, "not_attempted": 7}
    before = len(stage.sent("status", campaign="a-0"))
    again = await play(make_launches(MINUTE, a=10), api, journal=journal, **CANARY)
    assert again.totals == {"started": 10}
    assert len(again.sent("status", campaign="a-0")) == before


async def test_a_stop_during_the_soak_ends_at_once():
    stage = set_up(make_launches(MINUTE, a=10), Falling(), **CANARY)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stage.execute)
        await anyio.sleep(30)
        stage.run.drain("interrupted")
    assert anyio.current_time() < 31
    assert stage.totals == {"started": 1, "not_attempted": 9}


async def test_a_wave_of_which_nothing_was_started_shows_nothing():
    stage = await play(
        make_launches(MINUTE, a=10), Falling(states={"a-0": "Active"}, on_active=409), **CANARY
    )
    assert stage.totals["started"] + stage.totals["already_active"] == 10
