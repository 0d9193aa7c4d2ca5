"""One launcher process in the simulated world: it opens a run, executes it, may die, and is looked at."""

import asyncio
from random import Random

import anyio
from engine.world import Line

from launcher.engine.conductor import Conductor
from launcher.engine.run import Run
from launcher.journal.events import RunClosed
from launcher.journal.ledger import Hold
from launcher.journal.lifecycle import State
from launcher.journal.replay import History
from launcher.outcome import Result
from launcher.report.summary import Summary

STARTED_NOTHING = {Result.FAILED, Result.REJECTED, Result.NOT_ATTEMPTED, Result.ALREADY_ACTIVE}


class Process:
    """A launcher that owns a run key, from `open` to its end or death."""

    def __init__(self, world, journal, key, plan, *, only=None, starts=True):
        self.world = world
        self.journal = journal
        self.key = key
        self.plan = plan
        self.only = only
        self.starts = starts
        self.own = journal.open_run(key, plan, clock=world.now)
        self.before = {record.planned.launch: record.state for record in self.own.records}
        self.summary = Summary.of(journal.events(key), key)
        """As the command has it: it shares the engine's records."""
        self.followed = Summary.of(journal.events(key), key, self.own.records)
        self.line = Line(world, key, concurrency=plan.settings.concurrency, held=self._held, may_start=starts)
        self.run = Run(
            self._conductor(),
            self.own,
            self.line,
            world,
            concurrency=plan.settings.concurrency,
            deadline=plan.settings.deadline,
            only=only,
            starts=starts,
        )
        self.run.watch(self)
        self.ending = "still alive"
        self.alive = True
        """It owns the run key."""
        self._killed = False
        self._events = 0
        self._plans = {}
        self._task = None

    def __repr__(self):
        settings = self.plan.settings
        narrowed = f"only {sorted(self.only)}" if self.only else "all"
        return f"key '{self.key}', {narrowed}, deadline {settings.deadline}, on_unknown {settings.on_unknown}"

    def at_event(self, number, action, *arguments):
        """Do something right after so many events."""
        self._plans[number] = action, arguments

    def on_event(self, event):
        """See `launcher.engine.ports.Observer`."""
        if not self.alive:
            return
        self.summary.apply(event)
        self.followed.apply(event)
        self._events += 1
        if self._events in self._plans:
            action, arguments = self._plans.pop(self._events)
            asyncio.get_running_loop().call_soon(action, *arguments)

    async def live(self):
        """Run to the end or until it is killed, then look at everything."""
        if not self._killed:
            self._task = asyncio.ensure_future(self._execute())
            await asyncio.wait([self._task])
        if not self._killed:
            self._task.result()
        self._check_journal()

    def crash(self, *, written):
        """Killed: nothing more is written or sent. `written`: what was appended had just become durable."""
        self._killed, self.alive = True, False
        self.ending = "killed"
        self.line.dead = True
        self.own.crash(written=written)
        if self._task is not None:
            self._task.cancel()

    def record(self, identity):
        """Where a launch of the plan stands in the journal."""
        history = History.of(self.journal.events(self.key))
        return next(record for record in history.records if record.planned.identity == identity)

    async def _execute(self):
        await self.run.execute()
        if self._killed:
            return
        closed = RunClosed(self.world.now(), 0)
        self.on_event(closed)
        self.own.append([closed])
        await self.run.flush()
        if not self._killed:
            self.alive = False
            self.own.close()
            self._check_end()  # at once, before another process goes on

    def _conductor(self):
        return Conductor(
            self.plan.launches,
            self.own.records,
            self.plan.settings,
            rng=Random(self.world.rng.random()),
            now=anyio.current_time(),
            past_requests=self.own.past_requests,
        )

    def _held(self, identity):
        return self.journal.stored[self.key].ledger.get(identity, (Hold.CLEAR, 0.0))[0]

    # -- promises -------------------------------------------------------------------------------------------

    def _check_end(self):
        """The process came to an end by itself: everything has a result, and the report tells the truth."""
        totals = self.summary.totals()
        self.ending = ", ".join(f"{count} {result}" for result, count in totals.results.items() if count)
        self._check_rows(totals)
        for launch in self.plan.launches:
            self._check_launch(launch)
        self.world.promise(self.summary == self.followed, "the command's summary is not that of the events")
        if self.run.journal_error is None:
            replayed = Summary.of(self.journal.events(self.key), self.key)
            self.world.promise(self.summary == replayed, "the live summary is not the replayed one")

    def _check_rows(self, totals):
        rows = list(self.summary.rows())
        shown = [(row.stream_id, row.campaign_id) for row in rows if not row.removed]
        planned = [(each.identity.stream_id, each.identity.campaign_id) for each in self.plan.launches]
        self.world.promise(shown == planned, "the report's rows are not the plan's launches")
        self.world.promise(sum(totals.results.values()) == len(rows), "the totals do not add up")

    def _check_launch(self, launch):
        record = self._live_record(launch.identity)
        name, number = launch.identity.campaign_id, record.planned.launch
        if self.only is not None and self.before[number] not in self.only:
            left_alone = record.state is _set_aside(self.before[number])
            self.world.promise(left_alone, f"{name} was to be left alone")
        else:
            self.world.promise(record.result is not None, f"{name} has no result, it is {record.state}")
        self._check_truth(launch.identity, record)

    def _live_record(self, identity):
        number = next(
            number for number, known in self.journal.stored[self.key].identities.items() if known == identity
        )
        return self.summary.record(number)

    def _check_truth(self, identity, record):
        campaign = self.world.campaigns[identity]
        started = campaign.started_by or campaign.ran_before
        name, state = identity.campaign_id, record.state
        if state in {State.STARTED, State.ALREADY_ACTIVE}:
            self.world.promise(started, f"{name} is said to be {state} and never was")
        if record.result in STARTED_NOTHING or state in {State.PLANNED, State.CLEAR}:
            mine = [key for key in campaign.started_by + campaign.on_its_way if key == self.key]
            self.world.promise(not mine, f"{name} is said to be {state}, but this run started it")

    def _check_journal(self):
        """Also of a killed process: what is durable is a legal history and holds no lie."""
        history = History.of(self.journal.events(self.key))
        for record in history.records:
            self._check_truth(record.planned.identity, record)
        self.world.promise(self.journal.stored[self.key].owner is not self.own, "the run key was not let go")


def _set_aside(state):
    return State.NOT_ATTEMPTED if state is State.PLANNED else state
