"""A run that is stopped at every single step of the event loop, in every way there is; nothing may leak.

A small run with a reply of every kind is repeated; the n-th time it is interrupted at the n-th step of the
loop, so that every await of the engine is hit. Then the journal must be a legal history, the report the one
that the journal tells, the run key free, and the same key must start the rest and nothing twice.
"""

import asyncio
from contextlib import suppress
from itertools import count

import pytest
from engine.stage import PATIENT, make_launches, set_up
from fakes.api import FakeApi
from fakes.journal import MemoryJournal
from virtual_time import VirtualTimeLoop

from launcher.errors import JournalError
from launcher.journal.replay import History
from launcher.manifest.model import Quota

SCRIPT = {
    "a-0": ["hang-before"],
    "a-1": ["reset-after"],
    "a-2": ["401"],
    "a-3": ["429-seconds"],
    "a-4": ["unsent"],
    "a-5": ["400"],
    "a-6": ["5xx-before"],
}
ENDS = {f"a-{number}": "started" for number in range(9)} | {"a-5": "rejected"}
MOST_STEPS = 3_000


class SteppingLoop(VirtualTimeLoop):
    """Does something at the n-th step."""

    def __init__(self, interrupt_at):
        super().__init__()
        self.steps = 0
        self.interrupt_at = interrupt_at
        self.interrupt = None

    def _run_once(self):
        if self.interrupt is not None:
            self.steps += 1
            if self.steps == self.interrupt_at:
                self.interrupt()
        super()._run_once()


class Interruption:
    """One run, interrupted in one way."""

    def __init__(self, way, step, latency):
        self.way = way
        self.loop = SteppingLoop(step)
        self.api = FakeApi(latency=0.1, script={name: list(faults) for name, faults in SCRIPT.items()})
        self.latency = latency

    def run(self):
        """Whether the run was over before it could be interrupted."""
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            runner.run(self._story())
        return self.loop.steps < self.loop.interrupt_at

    async def _story(self):
        journal = MemoryJournal(latency=self.latency)
        first = self._stage(journal)
        process = asyncio.ensure_future(first.run.execute())
        self.loop.interrupt = lambda: self._interrupt(first, process)
        await asyncio.wait([process])
        self.loop.interrupt = None
        self._look_at(first, process)
        self.api.script = {"a-5": ["400"]}
        second = self._stage(journal)
        await second.execute()
        second.check()
        assert second.results == ENDS
        assert set(self.api.starts.values()) == {1}

    def _stage(self, journal):
        launches = make_launches(Quota(6, 3.0), a=9)
        return set_up(launches, self.api, journal=journal, concurrency=3, timeout=30.0, halt=PATIENT)

    def _interrupt(self, stage, process):
        match self.way:
            case "cancelled":
                process.cancel()
            case "aborted":
                stage.run.abort("interrupted by SIGINT")
            case "drained":
                stage.run.drain("interrupted by SIGINT")
            case "killed":
                stage.own.crash()
                process.cancel()
            case "journal full":
                stage.own.fail(JournalError("the disk is full"))

    def _look_at(self, stage, process):
        assert process.cancelled() or process.exception() is None
        with suppress(JournalError):
            stage.own.close()
        assert stage.journal.stored["nightly"].owner is None, "the run key is free"
        History.of(stage.journal.events("nightly"))
        assert max(self.api.starts.values(), default=0) <= 1
        assert sum(stage.summary.totals().results.values()) == 9
        if self.way not in {"killed", "journal full"}:
            assert list(stage.summary.rows()) == list(stage.replayed.rows())


@pytest.mark.parametrize("latency", [0.0, 0.05], ids=["instant commits", "slow commits"])
@pytest.mark.parametrize("way", ["cancelled", "aborted", "drained", "killed", "journal full"])
def test_interrupted_at_every_step_of_the_loop(way, latency):
    for step in count(1):
        if Interruption(way, step, latency).run():
            break
    assert 100 < step < MOST_STEPS, "every step was hit, and there were some"
