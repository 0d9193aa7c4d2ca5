"""A journal in memory: the ledger, budgets and take-over of the SQLite one, without thread, disk or clock.

Time passes only by `anyio.sleep`, so it works in virtual time, and a run of engine, fake and faults is the
same every time. `crash` and `fail` are what the real one suffers from outside.
"""

import time
from dataclasses import dataclass, field, replace

import anyio

from launcher.errors import JournalError, RefusedError, UsageError
from launcher.journal.events import AttemptIntended, AttemptWithdrawn, LaunchPlanned, ReadFinished, RunOpened
from launcher.journal.ledger import Held, Hold, hold_after, judge
from launcher.journal.lifecycle import IllegalEventError
from launcher.journal.opening import take_over
from launcher.journal.places import Places, with_margin
from launcher.journal.port import Busy, Granted
from launcher.journal.replay import History
from launcher.manifest.model import Quota, Settings
from launcher.plan.model import Plan


@dataclass
class StoredRun:
    """What is durable of a run."""

    key: str
    number: int
    events: list = field(default_factory=list)
    identities: dict = field(default_factory=dict)
    """By launch number."""
    ledger: dict = field(default_factory=dict)
    """Identity to (hold, time of the claim)."""
    owner: object = None

    def add(self, event):
        self.events.append(event)
        if isinstance(event, LaunchPlanned):
            self.identities[event.launch] = event.identity
        elif (identity := self.identities.get(getattr(event, "launch", None))) is not None:
            hold, at = self.ledger.get(identity, (Hold.CLEAR, 0.0))
            at = event.at if isinstance(event, AttemptIntended) else at
            self.ledger[identity] = (hold_after(event, hold), at)

    def hold(self, launch):
        return self.ledger.get(self.identities[launch], (Hold.CLEAR, 0.0))[0]


class MemoryJournal:
    """Runs that share a ledger and the accounts' budgets, as those of one SQLite file do.

    `latency`: seconds (of the event loop) that a commit takes. `clock`: seconds since the epoch.
    """

    def __init__(self, *, latency=0.0, clock=time.time):
        self.latency = latency
        self.clock = clock
        self.stored = {}

    def open_run(self, key, plan, *, launcher_version="test", clock=None, cooldown=None, allow_restart=None):
        """Take a run over, as `launcher.journal.store.Journal.open_run` does."""
        clock = clock or self.clock
        run = self.stored.setdefault(key, StoredRun(key, len(self.stored)))
        if run.owner is not None:
            raise RefusedError(f"run '{key}' is being executed by this test; wait for it or stop it")
        quotas = {launch.account.lane: with_margin(launch.account.budget) for launch in plan.launches}
        places = Places(quotas, plan.settings.timeout)
        self.fill(places, clock())
        past = places.past(clock())
        opened = RunOpened(clock(), plan.manifest_path, plan.manifest_sha256, launcher_version)
        opening = take_over(History.of(run.events), plan, opened, allow_restart or {})
        for event in opening.events:
            run.add(event)
        run.owner = MemoryRunJournal(self, run, opening, past_requests=past, places=places)
        run.owner.clock = clock
        run.owner.cooldown = plan.settings.cooldown if cooldown is None else cooldown
        return run.owner

    def runs(self):
        """The keys of all runs."""
        return list(self.stored)

    def events(self, key):
        """What is durable of a run."""
        if key not in self.stored:
            raise UsageError(f"there is no run '{key}'")
        return iter(list(self.stored[key].events))

    def fill(self, places, now):
        """Put the requests of all runs into `places`."""
        places.clear()
        for run in self.stored.values():
            for event in run.events:
                if getattr(event, "at", now) > now - places.horizon or isinstance(event, RunOpened):
                    identity = run.identities.get(getattr(event, "launch", None))
                    lane = identity and identity[:2]
                    places.apply(run.number, event, lane, min(now, getattr(event, "at", now)))
            if run.owner is None:
                places.orphan(run.number)
        places.drop_expired(now, lambda _: True)

    def others(self, run, identity):
        """What other runs hold of a campaign."""
        entries = [(other, other.ledger.get(identity)) for other in self.stored.values() if other is not run]
        return [Held(other.key, *entry, other.owner is not None) for other, entry in entries if entry]

    def shared(self, run, since):
        """Whether other runs may use up budgets."""
        others = [other for other in self.stored.values() if other is not run and other.events]
        return any(other.owner or getattr(other.events[-1], "at", since) > since for other in others)


@dataclass(eq=False)
class _Posted:
    events: tuple = ()
    intents: tuple = ()
    verdicts: list | None = None
    error: Exception | None = None
    abandoned: bool = False


class MemoryRunJournal:
    """Implements `launcher.journal.port.RunJournal`."""

    def __init__(self, journal, run, opening, *, past_requests, places):
        self.key = run.key
        self.records = opening.records
        self.past_requests = past_requests
        self.commits = 0
        self.clock = journal.clock
        self.cooldown = 0.0
        self._journal = journal
        self._run = run
        self._allowed_at = opening.history.allowed_at
        self._places = places
        self._posted = []
        self._committing = anyio.Lock()
        self._error = None
        self._told = False

    async def claim(self, intents):
        """See the port."""
        posted = _Posted(intents=tuple(intents))
        await self._ask(posted)
        return posted.verdicts

    def append(self, events):
        """See the port."""
        if self._error is None and events:
            self._posted.append(_Posted(events=tuple(events)))

    async def flush(self):
        """See the port."""
        await self._ask(_Posted())

    def close(self):
        """Make durable what was appended, and let go of the run."""
        if self._run.owner is not self:
            return
        self._run.owner = None
        lost, told = self._error, self._told
        if lost is None:
            self._write(self._posted)
        self._error = JournalError("the journal is closed for this run")
        if lost is not None and not told:
            raise lost

    def crash(self, *, written=False):
        """The process is gone, and what it had appended too, unless that was `written` just before."""
        if written:  # what a commit was about to write comes before what was appended meanwhile
            self._write(self._posted)
        self._posted = []
        self._run.owner = None
        self._error = JournalError("the process of this journal is gone")
        self._told = True

    def fail(self, error):
        """From now on nothing can be written."""
        self._error = error

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        self.close()

    async def _ask(self, posted):
        self._posted.append(posted)
        try:
            async with self._committing:
                if posted.verdicts is None:
                    await self._commit()
        except anyio.get_cancelled_exc_class():
            posted.abandoned = True
            self.append(_withdrawal(posted))
            raise
        if posted.error is not None:
            raise posted.error

    async def _commit(self):
        count = len(self._posted)
        with anyio.CancelScope(
            shield=True
        ):  # a native cancellation breaks through: whoever is next commits it
            await anyio.sleep(self._journal.latency)
        if self._error is not None:
            self._told = True
            raise self._error
        batch, self._posted = self._posted[:count], self._posted[count:]
        self._write(batch)

    def _write(self, batch):
        self.commits += 1
        for posted in batch:
            if posted.abandoned:
                continue
            for event in posted.events:
                self._run.add(event)
            posted.verdicts = []
            try:
                self._refuse_doubles(posted.intents)
            except IllegalEventError as error:
                posted.error = error
            else:
                posted.verdicts += map(self._claim, posted.intents)

    def _refuse_doubles(self, intents):
        starts = [intent.launch for intent in intents if isinstance(intent, AttemptIntended)]
        if len(set(starts)) < len(starts) or any(
            self._run.hold(number) is not Hold.CLEAR for number in starts
        ):
            raise IllegalEventError(f"one of the launches {starts} must not be started")

    def _claim(self, intent):
        now, identity = self.clock(), self._run.identities[intent.launch]
        if isinstance(intent, AttemptIntended):
            others = self._journal.others(self._run, identity)
            allowed_at = self._allowed_at.get(intent.launch)
            forbidden = judge(others, now=now, cooldown=self.cooldown, allowed_at=allowed_at)
            if forbidden is not None:
                return forbidden
        if self._journal.shared(self._run, now - self._places.horizon):
            self._journal.fill(self._places, now)
            if (wait := self._places.wait(identity[:2], now, lambda _: True)) > 0:
                return Busy(wait)
        self._run.add(intent)
        return Granted()


def _withdrawal(posted):
    granted = [
        intent
        for intent, verdict in zip(posted.intents, posted.verdicts or (), strict=False)
        if isinstance(verdict, Granted)
    ]
    return [
        AttemptWithdrawn(intent.launch, intent.attempt, intent.at, "cancelled")
        if isinstance(intent, AttemptIntended)
        else ReadFinished(intent.launch, intent.at, None, reason="cancelled")
        for intent in granted
    ]


def with_budget(launch, limit, seconds=60.0):
    """The launch, of an account with this budget."""
    return replace(launch, account=replace(launch.account, budget=(Quota(limit, seconds),)))


def plan_of(launches, **settings):
    """A plan with these launches and settings."""
    return Plan("nightly", "nightly.yaml", "0" * 64, Settings(**settings), tuple(launches))
