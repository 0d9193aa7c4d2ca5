"""Whatever happens, in whatever order: one real start at most, nothing forgotten, live and replayed alike."""

import anyio
import pytest
from engine.stage import EPOCH, make_launches, set_up
from fakes.api import FakeApi
from fakes.journal import MemoryJournal
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from virtual_time import run_virtual

from launcher.errors import RefusedError
from launcher.journal.replay import History
from launcher.manifest.model import Quota
from launcher.report.summary import Summary

CAMPAIGNS = [f"{account}-{number}" for account in "ab" for number in range(3)]
START_FAULTS = ["429", "400", "401", "unsent", "reset-before", "reset-after", "hang-before", "hang-after"]
START_FAULTS += ["5xx-before", "5xx-after", "empty-after", "truncated-after"]
READ_FAULTS = ["5xx-before", "reset-before", "429"]
MOMENTS = st.floats(0.0, 20.0)


class RunMachine(RuleBasedStateMachine):
    """Operators, servers and accidents take turns; the server's own count of starts is the truth."""

    def __init__(self):
        super().__init__()
        self.now = 0.0
        self.api = FakeApi(latency=0.1, timeout=5.0)
        self.journal = MemoryJournal(latency=0.01, clock=lambda: EPOCH + self.now)
        self.launches = make_launches(Quota(20, 10.0), a=3, b=3)
        self.manifest = list(self.launches)
        self.keys = set()

    @rule(campaign=st.sampled_from(CAMPAIGNS), fault=st.sampled_from(START_FAULTS))
    def the_server_will_fail_a_start(self, campaign, fault):
        self.api.script.setdefault(campaign, []).append(fault)

    @rule(campaign=st.sampled_from(CAMPAIGNS), fault=st.sampled_from(READ_FAULTS))
    def the_server_will_fail_a_read(self, campaign, fault):
        self.api.read_script.setdefault(campaign, []).append(fault)

    @rule(order=st.permutations(range(6)), length=st.integers(1, 6))
    def somebody_edits_the_manifest(self, order, length):
        self.manifest = [self.launches[number] for number in order[:length]]

    @rule(key=st.sampled_from(["nightly", "manual"]))
    def run(self, key):
        self._session(key, self._to_the_end)

    @rule(after=MOMENTS, again=st.booleans())
    def stop(self, after, again):
        self._session("nightly", self._interrupted, after, again)

    @rule(after=MOMENTS, written=st.booleans())
    def kill(self, after, written):
        self._session("nightly", self._killed, after, written)

    @rule(after=MOMENTS)
    def second_launcher(self, after):
        self._session("nightly", self._with_a_rival, after)

    @invariant()
    def nothing_was_started_twice(self):
        assert max(self.api.starts.values(), default=0) <= 1

    @invariant()
    def the_journal_is_a_legal_history_that_accounts_for_every_entry(self):
        for key in self.keys:
            History.of(self.journal.events(key))
            totals = Summary.of(self.journal.events(key), key).totals()
            assert sum(totals.results.values()) == totals.planned

    def _session(self, key, story, *arguments):
        self.keys.add(key)
        self.now = run_virtual(self._timed, key, story, arguments, start=self.now + 60.0)

    async def _timed(self, key, story, arguments):
        stage = self._open(key)
        await story(stage, *arguments)
        return anyio.current_time()

    def _open(self, key):
        return set_up(self.manifest, self.api, journal=self.journal, key=key, concurrency=3)

    async def _to_the_end(self, stage):
        await stage.execute()
        assert stage.summary == stage.replayed

    async def _interrupted(self, stage, after, again):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(stage.execute)
            await anyio.sleep(after)
            stage.run.drain("interrupted by SIGTERM")
            if again:
                stage.run.abort("interrupted by SIGTERM")
        assert stage.summary == stage.replayed

    async def _killed(self, stage, after, written):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(stage.run.execute)
            await anyio.sleep(after)
            stage.own.crash(written=written)
            tasks.cancel_scope.cancel()

    async def _with_a_rival(self, stage, after):
        with pytest.raises(RefusedError):
            self._open(stage.own.key)
        self.keys.add("rival")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(stage.execute)
            await anyio.sleep(after / 100)
            tasks.start_soon(self._open("rival").execute)


RunMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=12)
TestRunMachine = RunMachine.TestCase
