"""The real engine on the fakes, in virtual time: what these tests set up, and look at afterwards."""

from dataclasses import dataclass, field, replace
from random import Random

import anyio
from fakes.api import FakeApi
from fakes.journal import MemoryJournal, plan_of
from fakes.launches import make_credentials, make_launch

from launcher.engine.conductor import Conductor
from launcher.engine.run import Run
from launcher.journal.events import LaneClosed
from launcher.journal.replay import History
from launcher.manifest.model import HaltSettings, Quota
from launcher.report.summary import Summary

EPOCH = 1_800_000_000.0
MINUTE = Quota(60, 60.0)
UNLIMITED = Quota(100_000, 1.0)
PATIENT = HaltSettings(failed=None, unknown=None, consecutive=None)
"""No threshold: what is tested is not the halting."""


def make_launches(budget=UNLIMITED, **counts):
    """So many launches per account: campaign `a-0` is the first of account `a`, and so on."""
    return [
        make_one(account, f"{account}-{number}", budget)
        for account, count in counts.items()
        for number in range(count)
    ]


def make_one(account, campaign, budget=UNLIMITED, owner=None):
    """One launch; `owner` has credentials of its own (a bot's), else they are the account's."""
    credentials = make_credentials(owner=owner or f"account {account}")
    launch = make_launch(campaign=campaign, account_id=f"id-{account}", credentials=credentials)
    return replace(launch, account=replace(launch.account, name=account, budget=(budget,)))


class UnevenApi(FakeApi):
    """Replies come one after the other, so that there are always claimed requests that wait for a worker."""

    async def start(self, launch):
        turn = len(self.calls)
        outcome = await super().start(launch)
        await anyio.sleep(0.01 * (turn % 13))
        return outcome


class Wall:
    """Wall time that follows the loop's; `offset` makes it jump."""

    def __init__(self, offset=0.0):
        self.offset = offset

    def now(self):
        return EPOCH + anyio.current_time() + self.offset


@dataclass
class Stage:
    """One run by one process."""

    api: FakeApi
    journal: MemoryJournal
    own: object
    """This process's part of the journal."""
    run: Run
    summary: Summary
    settings: object
    seen: list = field(default_factory=list)
    """(loop time, event) of all that happened."""

    def on_event(self, event):
        self.seen.append((anyio.current_time(), event))

    async def execute(self):
        """Run to the end, and let go of the run key."""
        try:
            await self.run.execute()
        finally:
            self.own.close()
        return self

    @property
    def results(self):
        return {row.campaign_id: str(row.result) for row in self.summary.rows()}

    @property
    def totals(self):
        """The counts that are not 0."""
        return {str(result): count for result, count in self.summary.totals().results.items() if count}

    @property
    def replayed(self):
        """What the journal alone tells."""
        return Summary.of(self.journal.events(self.own.key), self.own.key)

    def reason(self, campaign):
        return next(row.reason for row in self.summary.rows() if row.campaign_id == campaign)

    def attempts(self, campaign):
        return next(row.attempts for row in self.summary.rows() if row.campaign_id == campaign)

    def events(self, kind):
        return [event for _, event in self.seen if isinstance(event, kind)]

    def stopped(self):
        """Accounts that were stopped for good."""
        return [event.account for event in self.events(LaneClosed) if event.until is None]

    def sent(self, *kinds, campaign=None):
        """When requests of these kinds were sent."""
        return [
            call.at for call in self.api.calls if call.kind in kinds and campaign in {None, call.campaign}
        ]

    def kinds(self, campaign):
        """The requests for one campaign, in order."""
        return [call.kind for call in self.api.calls if call.campaign == campaign]

    def check(self):
        """What must hold after every run whose journal works."""
        History.of(self.journal.events(self.own.key))
        assert self.summary == self.replayed
        assert sum(self.summary.totals().results.values()) == self.summary.totals().planned
        assert max(self.api.starts.values(), default=0) <= 1
        return self


def set_up(
    launches,
    api=None,
    *,
    journal=None,
    key="nightly",
    only=None,
    starts=True,
    seed=0,
    wall=None,
    go_on=False,
    **settings,
):
    """A run that is ready to be executed; `settings` are the manifest's."""
    wall = wall or Wall()
    api = api or FakeApi()
    journal = journal or MemoryJournal(clock=wall.now)
    plan = plan_of(launches, **{"halt": PATIENT} | settings)
    own = journal.open_run(key, plan, clock=wall.now)
    summary = Summary.of(journal.events(key), key)
    conductor = Conductor(
        plan.launches,
        own.records,
        plan.settings,
        rng=Random(seed),
        now=anyio.current_time(),
        past_requests=own.past_requests,
        gates_passed=summary.gates,
        go_on=go_on and summary.at_gate,
    )
    concurrency, deadline = plan.settings.concurrency, plan.settings.deadline
    run = Run(conductor, own, api, wall, concurrency=concurrency, deadline=deadline, only=only, starts=starts)
    stage = Stage(api, journal, own, run, summary, plan.settings)
    run.watch(summary)
    run.watch(stage)
    return stage


async def play(launches, api=None, **options):
    """Set up, run to the end, check."""
    stage = await set_up(launches, api, **options).execute()
    return stage.check()
