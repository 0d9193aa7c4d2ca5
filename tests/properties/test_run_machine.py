"""Runs under arbitrary orders of faults, kills, resumes, edits, stops and rivals keep every promise.

The launchers, their journal and the server are those of the simulation; hypothesis decides what happens next,
also in the middle of runs, and shrinks what breaks a promise to the few steps that matter.
"""

import asyncio
from random import Random

import anyio
import anyio.lowlevel
from engine.process import Process
from engine.stage import PATIENT, make_one
from engine.world import READ_FAULTS, World
from fakes.journal import MemoryJournal, plan_of
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from virtual_time import VirtualTimeLoop

from launcher.errors import RefusedError
from launcher.journal.replay import History
from launcher.manifest.model import Quota, ReconcileSettings
from launcher.outcome import Result

NAMES = [f"{account}-{number}" for account in "ab" for number in range(3)]
POOL = {name: make_one(name[0], name, Quota(3, 10.0)) for name in NAMES}
KEYS = st.sampled_from(["nightly", "by hand"])
FAULTS = st.sampled_from(
    ["429", "429-seconds", "400", "401", "unsent"]
    + [f"{fault}-{when}" for fault in ("5xx", "reset", "hang") for when in ("before", "after")]
)
WHY = "interrupted by SIGINT"


class Runs(RuleBasedStateMachine):
    """Two run keys, one journal, one server."""

    def __init__(self):
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=VirtualTimeLoop)
        self.world = World(Random(0), latency=0.2, timeout=5.0, settle=1.0)
        self.journal = MemoryJournal(clock=self.world.now)
        self.manifest = NAMES
        self.processes = {}
        """The latest of each key, with its task."""

    @initialize(on_active=st.sampled_from([200, 409]), latency=st.sampled_from([0.0, 0.01, 0.3]))
    def set_the_world_up(self, on_active, latency):
        self.world.on_active = on_active
        self.journal.latency = latency

    @rule(name=st.sampled_from(NAMES), faults=st.lists(FAULTS, min_size=1, max_size=4))
    def let_starts_go_wrong(self, name, faults):
        self.world.script["starts"][POOL[name].identity].extend(faults)

    @rule(name=st.sampled_from(NAMES), faults=st.lists(st.sampled_from(READ_FAULTS), min_size=1, max_size=4))
    def let_reads_go_wrong(self, name, faults):
        self.world.script["reads"][POOL[name].identity].extend(faults)

    @rule(key=KEYS)
    def run_or_resume(self, key):
        """Continue the run; while a process works on it, a second one is refused."""
        self.runner.run(self._open(key))

    @rule(manifest=st.permutations(NAMES), size=st.integers(1, len(NAMES)))
    def edit_the_manifest(self, manifest, size):
        self.manifest = manifest[:size]

    @rule(seconds=st.sampled_from([0.0, 0.05, 0.1, 0.3, 1.0, 5.0, 12.0, 60.0]))
    def let_time_pass(self, seconds):
        self.runner.run(anyio.sleep(seconds))

    @precondition(lambda self: self._alive())
    @rule(data=st.data(), written=st.booleans())
    def kill(self, data, written):
        process = data.draw(st.sampled_from(self._alive()))
        self._now(lambda: process.crash(written=written))

    @precondition(lambda self: self._alive())
    @rule(data=st.data(), end=st.sampled_from(["drain", "abort"]))
    def stop(self, data, end):
        process = data.draw(st.sampled_from(self._alive()))
        self._now(lambda: getattr(process.run, end)(WHY))

    @invariant()
    def no_promise_is_broken(self):
        assert not self.world.broken, self.world.broken

    @invariant()
    def every_history_is_legal_and_knows_every_launch(self):
        for key, (process, _) in self.processes.items():
            history = History.of(self.journal.events(key))
            planned = [history.records[number].planned.identity for number in history.plan]
            assert planned == [launch.identity for launch in process.plan.launches]

    @invariant()
    def the_counts_of_live_runs_add_up(self):
        for process in self._alive():
            totals = process.summary.totals()
            assert sum(totals.results.values()) == len(list(process.summary.rows()))

    def teardown(self):
        """All comes to its end; then one calm run starts whatever was not started."""
        try:
            self.runner.run(self._finish())
            self.no_promise_is_broken()
        finally:
            self.runner.close()

    def _alive(self):
        return [process for process, _ in self.processes.values() if process.alive]

    def _now(self, action):
        async def act():
            action()
            await anyio.lowlevel.checkpoint()

        self.runner.run(act())

    async def _open(self, key):
        owned = key in self.processes and self.processes[key][0].alive
        plan = plan_of(
            [POOL[name] for name in self.manifest],
            concurrency=3,
            timeout=5.0,
            halt=PATIENT,
            reconcile=ReconcileSettings(settle=1.0, interval=2.0),
        )
        try:
            process = Process(self.world, self.journal, key, plan)
        except RefusedError:
            assert owned, "nobody works on it"
        else:
            assert not owned, "two processes own one run key"
            self.processes[key] = process, asyncio.ensure_future(process.live())

    async def _finish(self):
        for _, task in self.processes.values():
            await task
        for script in self.world.script.values():
            script.clear()
        self.manifest = NAMES
        await self._open("nightly")
        process, task = self.processes["nightly"]
        await task
        for row in process.summary.rows():
            forbidden = row.result is not Result.STARTED and "by hand" in (row.reason or "")
            assert row.result in {Result.STARTED, Result.ALREADY_ACTIVE} or forbidden, row


class TestRuns(Runs.TestCase):
    settings = settings(max_examples=settings.default.max_examples // 2, stateful_step_count=25)
