"""Reading other runs' requests: what the contract tests cannot see, because it needs two clocks."""

from contextlib import closing
from dataclasses import dataclass

import pytest
from fakes.journal import plan_of, with_budget
from fakes.launches import make_launch

from launcher.journal.connection import connect
from launcher.journal.events import AttemptFinished, AttemptIntended, LaunchFinished, RunClosed
from launcher.journal.places import Places
from launcher.journal.rivals import Rivals
from launcher.manifest.model import Quota
from launcher.outcome import OutcomeKind, Result

START = 1_800_000_000.0
PLAN = plan_of([with_budget(make_launch(campaign=f"cd-{number}"), 2) for number in range(9)])
LANE = PLAN.launches[0].account.lane


@dataclass
class Clocks:
    wall: float = START
    mono: float = 0.0

    def advance(self, seconds):
        self.wall += seconds
        self.mono += seconds


@pytest.fixture
def clocks():
    return Clocks()


@pytest.fixture
def statements():
    return []


@pytest.fixture
def rivals(journal, clocks, statements):
    """As run number 99 sees them, which is not in the journal."""
    with closing(connect(journal.path, 1.0)) as connection:
        connection.set_trace_callback(statements.append)
        yield Rivals(
            connection,
            99,
            Places({LANE: (Quota(2, 60.0),)}, 30.0),
            alive=lambda _run: True,
            clock=lambda: clocks.wall,
            monotonic=lambda: clocks.mono,
        )


@pytest.fixture
def open_run(journal, clocks):
    runs = []

    def open_run(key):
        runs.append(journal.open_run(key, PLAN, launcher_version="1.0", clock=lambda: clocks.wall))
        return runs[-1]

    yield open_run
    for run in runs:
        run.close()


async def send(run, launch, clocks, *, took=None):
    await run.claim([AttemptIntended(launch, 1, clocks.wall)])
    if took is not None:
        run.append(
            [
                AttemptFinished(launch, 1, clocks.wall + took, OutcomeKind.ACCEPTED),
                LaunchFinished(launch, clocks.wall + took, Result.STARTED),
            ]
        )
    await run.flush()


def look(rivals):
    if rivals.changed():
        rivals.refresh()
    return rivals.present


async def test_as_long_as_nobody_writes_one_look_at_a_counter_is_enough(rivals, statements):
    assert not look(rivals)
    statements.clear()
    assert [look(rivals) for _ in range(5)] == [False] * 5
    assert statements == ["PRAGMA data_version"] * 5


async def test_a_run_that_opens_later_is_noticed_and_its_requests_are_followed(rivals, open_run, clocks):
    assert not look(rivals)
    run = open_run("other")
    assert look(rivals)
    assert rivals.wait(LANE) == 0.0
    await send(run, 0, clocks, took=0.0)
    await send(run, 1, clocks, took=0.0)
    clocks.advance(10.0)
    look(rivals)
    assert rivals.wait(LANE) == pytest.approx(50.0)
    clocks.advance(50.0)
    look(rivals)
    assert rivals.wait(LANE) == 0.0


async def test_what_is_not_written_yet_counts_with_what_others_did(rivals, open_run, clocks):
    await send(open_run("other"), 0, clocks, took=0.0)
    look(rivals)
    rivals.note(AttemptIntended(0, 1, clocks.wall), LANE)
    assert rivals.wait(LANE) > 0.0


async def test_a_clock_that_is_set_back_keeps_no_place_for_hours(rivals, open_run, clocks):
    run = open_run("other")
    await send(run, 0, clocks, took=0.0)
    await send(run, 1, clocks, took=0.0)
    clocks.wall -= 7200.0
    look(rivals)
    assert rivals.wait(LANE) == pytest.approx(60.0)
    clocks.advance(60.0)
    look(rivals)
    assert rivals.wait(LANE) == 0.0


async def test_a_run_that_ended_is_forgotten_when_its_requests_are(rivals, open_run, clocks):
    run = open_run("other")
    await send(run, 0, clocks, took=0.0)
    run.append([RunClosed(clocks.wall, 0)])
    run.close()
    assert look(rivals)
    clocks.advance(91.0)
    assert not look(rivals)


async def test_a_dead_run_without_recent_requests_is_looked_at_once(journal, open_run, clocks, statements):
    run = open_run("crashed")
    await send(run, 0, clocks)
    run.close()
    clocks.advance(1000.0)
    with closing(connect(journal.path, 1.0)) as connection:
        rivals = Rivals(
            connection,
            99,
            Places({LANE: (Quota(2, 60.0),)}, 30.0),
            alive=lambda _run: False,
            clock=lambda: clocks.wall,
            monotonic=lambda: clocks.mono,
        )
        assert not look(rivals)
        connection.set_trace_callback(statements.append)
        rivals.refresh()
        assert not [statement for statement in statements if "events" in statement]
