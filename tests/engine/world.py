"""The world outside the launcher, in virtual time: campaigns, budgets, faults, and lines that may be cut.

The server lives on when a launcher dies: what was sent may still arrive and take effect. It notes every
promise that a launcher breaks in `World.broken` the moment it happens. One seeded generator decides all.
"""

import asyncio
from collections import defaultdict, deque
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random

import anyio
from fakes.api import FAULTS, Fault, unreadable

from launcher.journal.ledger import Hold
from launcher.outcome import Outcome, OutcomeKind, Reading

EPOCH = 1_800_000_000.0
GOOD = Fault(Outcome(OutcomeKind.ACCEPTED, None, 200, "status Active"), starts=True)
NOT_FOUND = FAULTS["404"].outcome
NOT_NOW = FAULTS["400"].outcome
ALREADY_ACTIVE = Outcome(OutcomeKind.REFUSED, "HTTP 409: already active", 409, already_active=True)
RUNNING = {"Active", "ACTIVE", "Preparing"}
STARTABLE = {"Ready", "Completed", "Stopped", "Paused"}
READ_FAULTS = ("429", "429-seconds", "401", "404", "5xx-before", "empty-after", "hang-before", "unsent")
ROUNDING = 1e-6
"""Seconds by which sums of times are wrong."""
WIRE = 0.01
"""Seconds that bytes travel which left before their launcher died."""


@dataclass
class Campaign:
    """The truth about one campaign."""

    state: str | None = "Ready"
    """None: it does not exist."""
    updated_at: float = EPOCH - 3600.0
    """On the server's clock."""
    lasts: float | None = None
    """Seconds until a started one is Completed."""
    started_by: list = field(default_factory=list)
    """The run keys whose requests really started it."""
    on_its_way: list = field(default_factory=list)
    """The run keys whose requests may still start it."""
    ran_before: bool = False


@dataclass
class Weather:
    """How often requests go wrong, by fault and weight (None: it goes well), and when accounts are down."""

    starts: dict = field(default_factory=lambda: {None: 1})
    reads: dict = field(default_factory=lambda: {None: 1})
    outages: list = field(default_factory=list)
    """(lane, from, until, fault)."""
    locked_out: set = field(default_factory=set)
    """Owners of credentials that are refused."""


class World:
    """A server with all accounts and campaigns."""

    def __init__(self, rng, *, latency=0.3, timeout=30.0, settle=2.0, on_active=409, skew=0.0):
        self.rng = rng
        self.latency = latency
        self.timeout = timeout
        self.settle = settle
        self.on_active = on_active
        self.skew = skew
        """Seconds that the server's clock is ahead."""
        self.weather = Weather()
        self.script = {"starts": defaultdict(deque), "reads": defaultdict(deque)}
        """Faults that the next requests of a kind for an identity meet, whatever the weather."""
        self.campaigns = defaultdict(Campaign)
        """By identity."""
        self.broken = []
        """Sentences: promises that were not kept."""
        self._received = defaultdict(list)

    def now(self):
        """Wall time on the launchers' clock."""
        return EPOCH + anyio.current_time()

    def promise(self, kept, sentence):
        """Note a promise that was not kept."""
        if not kept:
            self.broken.append(f"at {anyio.current_time():.3f} s: {sentence}")

    def fault(self, kind, launch):
        """What the next request of this kind (`starts` or `reads`) of the launch meets; None for nothing."""
        if self.script[kind][launch.identity]:
            return self.script[kind][launch.identity].popleft()
        if launch.credentials.owner in self.weather.locked_out:
            return "401"
        now = anyio.current_time()
        for lane, begin, end, fault in self.weather.outages:
            if lane == launch.account.lane and begin <= now < end:
                return fault if kind == "starts" or fault in READ_FAULTS else "5xx-before"
        weights = getattr(self.weather, kind)
        return self.rng.choices(list(weights), weights=weights.values())[0]

    def receive(self, launch):
        """A request arrived: the account's budget must allow it, in any window."""
        times, now = self._received[launch.account.lane], anyio.current_time()
        times.append(now)
        for quota in launch.account.budget:
            recent = sum(1 for time in times[-quota.limit - 1 :] if time > now - quota.seconds + ROUNDING)
            self.promise(recent <= quota.limit, f"{launch.account.name} got {recent} of {quota}")

    def start(self, identity, key):
        """A start takes effect, if the campaign's state lets it; returns the reply."""
        campaign = self.campaigns[identity]
        if campaign.state is None:
            return NOT_FOUND
        if campaign.state in RUNNING and self.on_active != 200:
            return ALREADY_ACTIVE
        if campaign.state not in RUNNING | STARTABLE:
            return NOT_NOW
        campaign.started_by.append(key)
        self.promise(
            len(campaign.started_by) == 1,
            f"{identity.campaign_id} was started by {' and '.join(campaign.started_by)}",
        )
        self._set(campaign, self.rng.choice(sorted(RUNNING)))
        if campaign.lasts is not None:
            asyncio.get_running_loop().call_later(campaign.lasts, self._set, campaign, "Completed")
        return GOOD.outcome

    def _set(self, campaign, state):
        campaign.state, campaign.updated_at = state, self.now() + self.skew


class Start:
    """A start request under way: it arrives and may take effect whether somebody waits for it or not."""

    def __init__(self, world, launch, key, fault):
        self._world = world
        self._launch = launch
        self._key = key
        self._fault = fault
        self._campaign = world.campaigns[launch.identity]
        self._loop = asyncio.get_running_loop()
        # Its own, since nobody knows the order in which the requests of a dead launcher are cut.
        self._rng = Random(world.rng.random())
        self._effect = None
        self.outcome = fault.outcome
        self.takes = world.timeout if fault.hangs else 0.001 + self._rng.uniform(0, world.latency)
        """Seconds until the launcher has the reply, or gives up."""
        self._told_at = self._loop.time() + self.takes
        if fault.starts:
            self._campaign.on_its_way.append(key)
        travels = self._rng.uniform(0, 0.9) * min(self.takes, 0.001 + world.latency)
        self._arrival = self._loop.call_later(travels, self._arrive)

    def cut(self):
        """Nobody waits for the reply any more: soon it has taken effect, or never will."""
        self._told_at = self._loop.time()
        if self._effect is not None:
            self._effect.cancel()
            self._effect = self._loop.call_at(min(self._effect.when(), self._latest()), self._take_effect)
        elif self._arrival is not None:
            self._arrival.cancel()
            if self._rng.random() < 0.5:
                self._arrival = self._loop.call_later(WIRE, self._arrive)
            elif self._fault.starts:
                self._campaign.on_its_way.remove(self._key)

    def _latest(self):
        """By then, the launcher relies on it, a start shows whose reply was lost."""
        return self._told_at + self._rng.uniform(0, 0.9 * self._world.settle)

    def _arrive(self):
        self._arrival = None
        self._world.receive(self._launch)
        if not self._fault.starts:
            return
        if self._fault is GOOD or self._rng.random() < 0.7:
            self._take_effect()
        else:
            self._effect = self._loop.call_at(self._latest(), self._take_effect)

    def _take_effect(self):
        self._effect = None
        self._campaign.on_its_way.remove(self._key)
        reply = self._world.start(self._launch.identity, self._key)
        if self._fault is GOOD:
            self.outcome = reply


class Line:
    """One process's line to the world: implements `launcher.engine.ports.Api`."""

    def __init__(self, world, key, *, concurrency, held, may_start=True):
        self._world = world
        self._key = key
        self._concurrency = concurrency
        self._held = held
        """What is durable of an identity: its hold in the ledger."""
        self._may_start = may_start
        self._in_flight = 0
        self.requests = 0
        self.dead = False

    async def start(self, launch):
        with await self._request():
            name = launch.identity.campaign_id
            self._world.promise(self._may_start, f"{name} was sent by a run that starts nothing")
            held = self._held(launch.identity)
            self._world.promise(held is Hold.CLAIMED, f"{name} was sent while its hold was {held}")
            fault = self._world.fault("starts", launch)
            return await self._start(launch, GOOD if fault is None else FAULTS[fault])

    async def _start(self, launch, fault):
        if fault.outcome.kind is OutcomeKind.UNSENT:
            await anyio.sleep(self._world.rng.uniform(0, self._world.latency))
            return fault.outcome
        request = Start(self._world, launch, self._key, fault)
        try:
            await anyio.sleep(request.takes)
        except asyncio.CancelledError:
            request.cut()
            raise
        return request.outcome

    async def read_status(self, launch):
        with await self._request():
            return await self._read(launch)

    async def read_details(self, launch):
        with await self._request():
            reading = await self._read(launch)
            updated_at = self._world.campaigns[launch.identity].updated_at
            return reading if reading.state is None else replace(reading, updated_at=updated_at)

    def renew_token(self, launch):
        """A token is not what is simulated."""

    async def _read(self, launch):
        world = self._world
        fault = world.fault("reads", launch)
        takes = world.rng.uniform(0, world.latency)
        if fault is not None and FAULTS[fault].hangs:
            takes = world.timeout
        if fault == "unsent":
            await anyio.sleep(takes)
            return unreadable(FAULTS[fault].outcome)
        await anyio.sleep(takes / 2)
        world.receive(launch)
        state = world.campaigns[launch.identity].state
        await anyio.sleep(takes / 2)
        if fault is not None:
            return unreadable(FAULTS[fault].outcome)
        return unreadable(NOT_FOUND) if state is None else Reading(state, clock_skew=world.skew)

    async def _request(self):
        if self.dead:
            await anyio.sleep_forever()  # until the task of the dead process notices that it was cancelled
        return self._slot()

    @contextmanager
    def _slot(self):
        self.requests += 1
        self._in_flight += 1
        self._world.promise(
            self._in_flight <= self._concurrency, f"{self._in_flight} requests in flight at once"
        )
        try:
            yield
        finally:
            self._in_flight -= 1
