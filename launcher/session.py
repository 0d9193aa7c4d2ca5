"""A run from its plan to its report: what the command and the Python API have in common."""

import os
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import anyio
import anyio.to_thread

from launcher.cli.exit_codes import ExitCode, of_summary
from launcher.engine.conductor import Conductor
from launcher.engine.ports import Api, Observer
from launcher.engine.run import Run
from launcher.errors import JournalError, RefusedError, UsageError
from launcher.journal.events import RunClosed
from launcher.journal.lifecycle import State
from launcher.journal.location import default_path
from launcher.journal.orders import NOBODY, Mandate
from launcher.journal.port import PastRequest
from launcher.journal.store import Journal, SqliteRunJournal
from launcher.manifest.model import Identity
from launcher.outcome import Result
from launcher.plan.model import Plan
from launcher.plan.rehearsal import rehearsal
from launcher.plan.share import share_budgets
from launcher.report.background import Background
from launcher.report.json_report import json_report
from launcher.report.stopped import Stopped
from launcher.report.summary import Summary
from launcher.report.timeline import Timeline
from launcher.sandbox.ledger import Ledger
from launcher.version import __version__

ONLY: Mapping[str, frozenset[State]] = {
    "failed": frozenset({State.FAILED, State.REJECTED, State.CLEAR, State.REFUSED}),
    "unknown": frozenset({State.UNKNOWN, State.DOUBT}),
    "not-attempted": frozenset({State.NOT_ATTEMPTED, State.PLANNED}),
}
"""What a rerun can be narrowed to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a plan is launched."""

    key: str | None = None
    """The run key; the same key continues its run. None: the plan's name and today's local date."""
    journal: str | Path | None = None
    """The journal's file. None: LAUNCHER_JOURNAL, else the state directory; with `sandbox`, none is kept."""
    sandbox: str | None = None
    """A fault scenario of the built-in sandbox, to which everything then goes; None: the manifest's hosts."""
    concurrency: int | None = None
    """Requests in flight over all accounts; None: the manifest's setting."""
    share: float = 1.0
    """The part of every budget that this process may use, when others on other machines use the rest."""
    only: Collection[str] = ()
    """Names in `ONLY`: a rerun leaves all other launches as they are."""
    starts: bool = True
    """False: settle doubts, start nothing."""
    allow_restart: Mapping[str, str] = field(default_factory=dict)
    """Campaign ids that may be started in spite of the cooldown, with the reason for the record."""
    by: Mandate = NOBODY
    """Who launches it, why and for which ticket, for the record."""
    go_on: bool = False
    """Whether a run that was stopped is to go on; needs `by.reason`."""
    past_requests: Sequence[PastRequest] = ()
    """Requests that were sent just before, and that the journal does not know: they hold places too."""
    timeline: bool = False
    """Whether the report is to know when what was sent."""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the launches."""

    exit_code: int
    """As the command would end; the README lists them."""
    totals: dict[Result, int]
    summary: Summary
    ledger: Ledger | None
    """What really happened in the sandbox; None without one."""
    journal_trouble: str | None
    """Why the journal could not record the run to its end; None when it did."""
    timeline: Timeline | None = None
    """When what was sent; None unless `Options.timeline` asked for it."""
    stopped: Stopped | None = None
    """That the run was stopped with `launcher stop`; None when nobody did."""

    def to_dict(self) -> dict[str, Any]:
        """The report as the schema `launcher.report/1` has it."""
        return json_report(self.summary, Background(stopped=self.stopped))


class Session:
    """A run ready to be executed: journal open and owned, API client and credentials ready."""

    def __init__(
        self,
        plan: Plan,
        run: Run,
        journal: SqliteRunJournal,
        summary: Summary,
        ledger: Callable[[], Ledger] | None,
        *,
        timeline: Timeline | None = None,
        stopped: Callable[[], Stopped | None] = lambda: None,
    ) -> None:
        self.plan = plan
        self.key = journal.key
        self.summary = summary
        self._run = run
        self._journal = journal
        self._ledger = ledger
        self._timeline = timeline
        self._stopped = stopped
        self._interrupted: ExitCode | None = None
        run.watch(summary)
        if timeline is not None:
            run.watch(timeline)

    def watch(self, observer: Observer) -> None:
        """Let `observer` see every event, after the session's own summary."""
        self._run.watch(observer)

    async def ends(self) -> Mapping[tuple[str, str], float]:
        """Seconds from now until each account (`Account.lane`) with something to do is done."""
        return await self._run.ends()

    async def execute(self) -> Report:
        """Run to the end; every launch that was not set aside then has one of the six results."""
        await self._run.execute()
        totals = self.summary.totals().results
        code = self._interrupted or of_summary(self.summary)
        closed = RunClosed(time.time(), code)
        self.summary.apply(closed)
        if self._timeline is not None:
            self._timeline.apply(closed)
        trouble = await self._record(closed)
        ledger = self._ledger() if self._ledger else None
        stopped = None
        with suppress(JournalError):  # the report can do without it
            stopped = self._stopped()
        return Report(code, dict(totals), self.summary, ledger, trouble, self._timeline, stopped)

    def drain(self, reason: str, code: ExitCode) -> None:
        """Send no further start, wait for what is in flight, settle doubts; then end with `code`."""
        self._interrupted = code
        self._run.drain(reason)

    def abort(self, reason: str, code: ExitCode) -> None:
        """End at once with `code`; requests in flight are cut off and their launches unknown."""
        self._interrupted = code
        self._run.abort(reason)

    async def _record(self, closed: RunClosed) -> str | None:
        if self._run.journal_error is None:
            self._journal.append([closed])
            await self._run.flush()
        return str(self._run.journal_error) if self._run.journal_error else None


class SystemClock:
    """The wall clock."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()


@asynccontextmanager
async def open_session(plan: Plan, options: Options) -> AsyncIterator[Session]:
    """Get everything ready that a run needs; nothing is sent before `Session.execute`.

    Raises:
        RefusedError: the plan is empty, or another process owns the run key.
        JournalError: the journal cannot be used.
        SecretError: a secret cannot be read.
        UsageError: an option that cannot be.
    """
    plan = adapted(plan, options)
    allowed = _allowed(plan, options.allow_restart)
    async with AsyncExitStack() as stack:
        api, ledger = await _api(stack, plan, options.sandbox)
        store = stack.enter_context(Journal.open(_journal_path(stack, options)))
        journal = store.open_run(
            options.key or default_key(plan),
            plan,
            launcher_version=__version__,
            allow_restart=allowed,
            by=options.by,
            go_on=options.go_on,
            starts=options.starts,
        )
        await stack.enter_async_context(journal)
        events = iter(journal.first_events or store.events(journal.key))
        journal.first_events = None  # a list of all launches, and nobody asks for it again
        timeline = Timeline() if options.timeline else None
        if timeline is not None:
            events = timeline.passing(events)
        summary = Summary.of(events, journal.key, journal.records)
        run = _run(plan, journal, api, options, summary)
        stopped = partial(Stopped.in_journal, store, summary)
        yield Session(plan, run, journal, summary, ledger, timeline=timeline, stopped=stopped)


def default_key(plan: Plan) -> str:
    """The plan's name and today's local date: a nightly manifest makes a new run each night."""
    return f"{plan.name}-{datetime.now().astimezone():%Y-%m-%d}"


def adapted(plan: Plan, options: Options) -> Plan:
    """The plan as these options want it.

    Raises:
        RefusedError: it is empty.
    """
    if not plan.launches:
        raise RefusedError(f"{plan.manifest_path}: there is nothing to launch", code="L033")
    settings = plan.settings
    # No more workers than launches: an idle one costs memory and a task for nothing.
    wanted = settings.concurrency if options.concurrency is None else options.concurrency
    settings = replace(settings, concurrency=min(wanted, len(plan.launches)))
    if not options.starts:
        settings = replace(settings, on_unknown="reconcile")
    # Absolute: the journal tells other verbs, run anywhere, where the credentials are.
    plan = replace(plan, settings=settings, manifest_path=os.path.abspath(plan.manifest_path))  # noqa: PTH100  # a name
    if options.sandbox is not None:
        plan = rehearsal(plan)
    return share_budgets(plan, options.share) if options.share != 1.0 else plan


def _allowed(plan: Plan, reasons: Mapping[str, str]) -> dict[Identity, str]:
    allowed = {
        launch.identity: reasons[launch.identity.campaign_id]
        for launch in plan.launches
        if launch.identity.campaign_id in reasons
    }
    strangers = reasons.keys() - {identity.campaign_id for identity in allowed}
    if strangers:
        raise UsageError(f"--allow-restart: no campaign {', '.join(sorted(strangers))} in the manifest")
    return allowed


def _journal_path(stack: AsyncExitStack, options: Options) -> Path:
    if options.journal is not None:
        return Path(options.journal)
    if options.sandbox is None:
        return default_path()
    directory = stack.enter_context(TemporaryDirectory(prefix="launcher-sandbox-"))
    return Path(directory) / "journal.sqlite3"


def _run(plan: Plan, journal: SqliteRunJournal, api: Api, options: Options, past: Summary) -> Run:
    settings = plan.settings
    conductor = Conductor(
        plan.launches,
        journal.records,
        settings,
        rng=Random(),  # noqa: S311  # spreads retries; nothing secret depends on it
        now=anyio.current_time(),
        past_requests=[*journal.past_requests, *options.past_requests],
        gates_passed=past.gates,
        go_on=options.go_on and past.at_gate,  # a stopped run that goes on opens no gate by that
    )
    return Run(
        conductor,
        journal,
        api,
        SystemClock(),
        concurrency=settings.concurrency,
        deadline=settings.deadline,
        only=frozenset().union(*(ONLY[name] for name in options.only)) if options.only else None,
        starts=options.starts,
        orders=journal.orders,
    )


async def _api(
    stack: AsyncExitStack, plan: Plan, scenario: str | None
) -> tuple[Api, Callable[[], Ledger] | None]:
    from launcher.kore.client import KoreClient  # noqa: PLC0415  # aiohttp, only when something is sent

    if scenario is not None:
        from launcher.rehearse import sandbox_client  # noqa: PLC0415  # rehearsals only

        return await sandbox_client(stack, plan, scenario)
    client = KoreClient(timeout=plan.settings.timeout, concurrency=plan.settings.concurrency, clock=time.time)
    # A secret's command may take seconds; in a thread it leaves signals and progress alive.
    await anyio.to_thread.run_sync(client.check_credentials, plan.launches)
    return await stack.enter_async_context(client), None
