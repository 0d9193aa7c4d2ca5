"""Deterministic simulation: the real engine in a seeded world, through faults, crashes, resumes and rivals.

`simulate(seed)` lives one story: several sessions under one run key, each with its own manifest, faults on
every request, and something that goes wrong in the middle; at the end one calm session. After every session
all promises are looked at. The same seed tells the same story; `python -m engine.simulation SEED` in tests/
prints it.
"""

import asyncio
import sys
from dataclasses import replace
from random import Random

import anyio
from engine.process import Process
from engine.stage import make_one
from engine.world import READ_FAULTS, RUNNING, STARTABLE, Weather, World
from fakes.api import FAULTS
from fakes.journal import MemoryJournal, plan_of
from virtual_time import run_virtual

from launcher.errors import JournalError, RefusedError
from launcher.manifest.model import HaltSettings, Quota, ReconcileSettings, RetrySettings, Settings, Threshold
from launcher.outcome import Result
from launcher.session import ONLY

DAY = 86_400.0
START_FAULTS = tuple(FAULTS)
DISASTERS = ("crash", "crash", "crash", "drain", "abort", "journal", "drain, abort", "rival", "twin")


class BrokenPromiseError(AssertionError):
    """A story in which the launcher broke a promise."""


def simulate(seed):
    """Live the story of `seed`; returns what happened, one line each.

    Raises:
        BrokenPromiseError: with the seed, the story so far, and the promises that were not kept.
    """
    story = Story(seed)
    try:
        run_virtual(story.live, limit=30 * DAY)
    except Exception as error:
        raise BrokenPromiseError(_told(story, repr(error))) from error
    if story.world.broken:
        raise BrokenPromiseError(_told(story, *story.world.broken))
    return story.told


def _told(story, *wrongs):
    again = f"again: cd tests && python -m engine.simulation {story.seed}"
    return "\n".join([f"seed {story.seed}:", *story.told, *wrongs, again])


class Story:
    """One seed's story."""

    def __init__(self, seed):
        self.seed = seed
        self.rng = rng = Random(seed)
        self.settings = Settings(
            concurrency=rng.choice((1, 2, 4, 8)),
            timeout=rng.choice((5.0, 30.0)),
            retry=RetrySettings(attempts=rng.choice((1, 2, 4)), backoff_max=10.0, give_up_after=300.0),
            reconcile=ReconcileSettings(settle=rng.choice((0.5, 2.0)), reads=rng.choice((1, 2, 3))),
        )
        self.world = World(
            rng,
            latency=rng.choice((0.0, 0.1, 0.3)),
            timeout=self.settings.timeout,
            settle=self.settings.reconcile.settle,
            on_active=rng.choice((200, 409)),
            skew=rng.choice((0.0, 0.0, 100.0, -100.0)),
        )
        self.launches = self._launches()
        self.told = []

    async def live(self):
        """All sessions, then a calm one that must start whatever can be started."""
        latency = self.rng.choice((0.0, 0.0, 0.002, 0.05, 0.5))
        self.journal = MemoryJournal(latency=latency, clock=self.world.now)
        for _ in range(self.rng.randint(1, 3)):
            self.world.weather = self._weather()
            await self._session()
            await anyio.sleep(self.rng.choice((0.1, 1.0, 20.0, 100.0)))
        self.world.weather = Weather()
        await self._calm_session()

    # -- a session ------------------------------------------------------------------------------------------

    async def _session(self):
        rng = self.rng
        process = self._process("nightly", self._edited(), self._settings(), **self._narrowed())
        disaster = rng.choice((None, *DISASTERS))
        self.told.append(
            f"at {anyio.current_time():.3f} s: {len(process.plan.launches)} launches, {disaster}, {process}"
        )
        rivals = []
        if disaster is not None:
            self._foresee(process, disaster.split(", "), rivals)
        await process.live()
        for rival in rivals:
            await rival
        self.told.append(f"at {anyio.current_time():.3f} s: {process.ending}")

    def _foresee(self, process, disasters, rivals):
        """Something goes wrong: at some event, or at some time."""
        rng = self.rng
        for disaster in disasters:
            if rng.random() < 0.7:
                process.at_event(rng.randint(1, 60), self._disaster, process, disaster, rivals)
            else:
                asyncio.get_running_loop().call_later(
                    rng.expovariate(0.1), self._disaster, process, disaster, rivals
                )

    def _disaster(self, process, disaster, rivals):
        if not process.alive:
            return
        match disaster:
            case "crash":
                process.crash(written=self.rng.random() < 0.5)
            case "drain":
                process.run.drain("interrupted by SIGINT")
            case "abort":
                process.run.abort("interrupted by SIGINT")
            case "journal":
                process.own.fail(JournalError("no space left on device"))
            case "rival":
                rival = self._process("by hand", self._edited(), self._settings())
                rivals.append(asyncio.ensure_future(rival.live()))
            case "twin":
                self._twin(process)

    def _twin(self, process):
        try:
            self._process("nightly", process.plan.launches, self.settings)
        except RefusedError:
            return
        self.world.promise(False, "two processes own one run key")

    async def _calm_session(self):
        calm = replace(self.settings, halt=HaltSettings(None, None, None), retry=RetrySettings())
        process = self._process("nightly", self.launches, calm)
        await process.live()
        self.told.append(f"at {anyio.current_time():.3f} s: {process.ending}")
        for launch in self.launches:
            record = process.record(launch.identity)
            self.world.promise(
                record.result in self._fair_ends(launch.identity, record),
                f"{launch.identity.campaign_id} ended {record.state} in calm weather ({record.reason})",
            )

    def _fair_ends(self, identity, record):
        """Where a launch may stand after the calm session."""
        campaign = self.world.campaigns[identity]
        fair = {Result.STARTED}
        if campaign.ran_before:
            fair |= {Result.ALREADY_ACTIVE}
        elif not campaign.started_by and campaign.state not in STARTABLE:
            fair |= {Result.REJECTED}
        if record.doubts and campaign.state not in RUNNING | {"Ready"}:
            fair |= {Result.UNKNOWN}
        if "by hand" in self.journal.stored and self.journal.stored["by hand"].ledger.get(identity):
            fair |= {Result.NOT_ATTEMPTED, Result.FAILED, Result.REJECTED}
        return fair

    def _process(self, key, launches, settings, **options):
        return Process(self.world, self.journal, key, plan_of(launches, **_fields(settings)), **options)

    # -- what chance decides --------------------------------------------------------------------------------

    def _launches(self):
        rng = self.rng
        launches = []
        for account in "abc"[: rng.randint(1, 3)]:
            budget = Quota(rng.choice((2, 5, 20)), rng.choice((5.0, 60.0)))
            for number in range(rng.choice((1, 3, 8, 8, 20))):
                owner = f"bot {account}{number % 3}" if number % 2 else None
                launches.append(make_one(account, f"{account}-{number}", budget, owner))
                self._prepare(launches[-1].identity)
        rng.shuffle(launches)
        return launches

    def _prepare(self, identity):
        rng, campaign = self.rng, self.world.campaigns[identity]
        if rng.random() < 0.15:
            campaign.state = rng.choice(("Active", "Completed", "Stopped", "Scheduled", None))
            campaign.ran_before = campaign.state == "Active"
        if rng.random() < 0.15:
            campaign.lasts = rng.choice((0.05, 1.0, 10.0))

    def _weather(self):
        rng = self.rng
        starts, reads = {None: rng.choice((1, 3, 10))}, {None: rng.choice((1, 3, 10))}
        for fault in rng.sample(START_FAULTS, rng.choice((0, 1, 3, 10))):
            starts[fault] = rng.choice((0.3, 1))
        for fault in rng.sample(READ_FAULTS, rng.choice((0, 0, 1, 4))):
            reads[fault] = rng.choice((0.3, 1))
        weather = Weather(starts, reads)
        now = anyio.current_time()
        if rng.random() < 0.3:
            lane = rng.choice(self.launches).account.lane
            begin = now + rng.choice((0.0, 1.0, 10.0))
            fault = rng.choice(("unsent", "5xx-before", "5xx-after", "hang-before", "429", "401"))
            weather.outages.append((lane, begin, begin + rng.choice((1.0, 30.0, 1000.0)), fault))
        if rng.random() < 0.15:
            weather.locked_out.add(rng.choice(self.launches).credentials.owner)
        return weather

    def _edited(self):
        """The manifest as somebody left it: reordered, shortened, extended."""
        rng = self.rng
        some = list(self.launches)
        if rng.random() < 0.5:
            rng.shuffle(some)
        if rng.random() < 0.5:
            some = some[: rng.randint(1, len(some))]
        return some

    def _settings(self):
        rng = self.rng
        halt = HaltSettings(
            failed=rng.choice((None, None, Threshold(3), Threshold(30, percent=True))),
            unknown=rng.choice((None, Threshold(2))),
            consecutive=rng.choice((None, 3, 10)),
        )
        return replace(
            self.settings,
            halt=halt,
            on_unknown=rng.choice(("reconcile", "reconcile", "reconcile", "hold")),
            deadline=rng.choice((None, None, None, 3.0, 40.0)),
        )

    def _narrowed(self):
        rng = self.rng
        if rng.random() < 0.1:
            return {"only": ONLY["unknown"], "starts": False}
        if rng.random() < 0.1:
            return {"only": ONLY[rng.choice(sorted(ONLY))]}
        return {}


def _fields(settings):
    return {name: getattr(settings, name) for name in settings.__slots__}


if __name__ == "__main__":
    sys.stdout.write("\n".join([*simulate(int(sys.argv[1])), ""]))
