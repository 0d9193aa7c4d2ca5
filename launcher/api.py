"""From Python what the command does: load a manifest, build its plan, launch it.

```python
from launcher import build_plan, launch, load_manifest

plan = build_plan(load_manifest("campaigns.yaml"))
report = await launch(plan, sandbox="none")
```
"""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import anyio.to_thread

from launcher.cli.exit_codes import ExitCode, of_run
from launcher.engine.conductor import Conductor
from launcher.engine.ports import Api, Observer
from launcher.engine.run import Run
from launcher.errors import RefusedError
from launcher.journal.events import RunClosed
from launcher.journal.location import default_path
from launcher.journal.store import Journal, SqliteRunJournal
from launcher.manifest.load import load_manifest
from launcher.manifest.model import Manifest
from launcher.outcome import NotAttempted, Result
from launcher.plan.build import build_plan
from launcher.plan.model import Plan
from launcher.plan.rehearsal import rehearsal
from launcher.report.json_report import json_report
from launcher.report.summary import Summary
from launcher.sandbox.ledger import Ledger
from launcher.version import __version__

__all__ = ["Manifest", "Plan", "Report", "Session", "build_plan", "launch", "load_manifest", "open_session"]

_SANDBOX_SECRET = "sandbox"  # noqa: S105  # signs the rehearsal's tokens; real secrets are not read for it
_SANDBOX_LATENCY = (0.02, 0.15)


class SystemClock:
    """The wall clock."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the launches."""

    exit_code: int
    """As the command would end; docs and README list them."""
    totals: dict[Result, int]
    summary: Summary
    ledger: Ledger | None
    """What really happened in the sandbox; None without one."""
    journal_trouble: str | None
    """Why the journal could not record the run to its end; None when it did."""

    def to_dict(self) -> dict[str, Any]:
        """The report as the schema `launcher.report/1` has it."""
        return json_report(self.summary)


class Session:
    """A run ready to be executed: journal open and owned, API client and credentials ready."""

    def __init__(
        self,
        plan: Plan,
        run: Run,
        journal: SqliteRunJournal,
        summary: Summary,
        ledger: Callable[[], Ledger] | None,
    ) -> None:
        self.plan = plan
        self.key = journal.key
        self.summary = summary
        self._run = run
        self._journal = journal
        self._ledger = ledger
        self._interrupted: ExitCode | None = None

        run.watch(summary)

    def watch(self, observer: Observer) -> None:
        """Let `observer` see every event, after the session's own summary."""
        self._run.watch(observer)

    async def execute(self) -> Report:
        """Run to the end; every launch then has one of the six results."""
        await self._run.execute()
        totals = self.summary.totals().results
        code = self._interrupted or self._exit_code()
        closed = RunClosed(time.time(), code)
        self.summary.apply(closed)
        trouble = await self._record(closed)
        ledger = self._ledger() if self._ledger else None
        return Report(code, dict(totals), self.summary, ledger, trouble)

    def drain(self, reason: str, code: ExitCode) -> None:
        """Send no further start, wait for what is in flight, settle doubts; then end with `code`."""
        self._interrupted = code
        self._run.drain(reason)

    def abort(self, reason: str, code: ExitCode) -> None:
        """End at once with `code`; requests in flight are cut off and their launches unknown."""
        self._interrupted = code
        self._run.abort(reason)

    def _exit_code(self) -> ExitCode:
        skipped = {
            NotAttempted(row.reason.partition(":")[0])
            for row in self.summary.rows()
            if row.result is Result.NOT_ATTEMPTED and row.reason
        }
        halted = self.summary.run.halted is not None
        return of_run(self.summary.totals().results, skipped, halted=halted)

    async def _record(self, closed: RunClosed) -> str | None:
        if self._run.journal_error is None:
            self._journal.append([closed])
            await self._run.flush()
        return str(self._run.journal_error) if self._run.journal_error else None


@asynccontextmanager
async def open_session(
    plan: Plan,
    *,
    key: str | None = None,
    journal: str | Path | None = None,
    sandbox: str | None = None,
    concurrency: int | None = None,
) -> AsyncIterator[Session]:
    """Get everything ready that a run needs; nothing is sent before `Session.execute`.

    Args:
        plan: what to launch.
        key: the run key; the same key continues its run. By default the plan's name and today's local date.
        journal: the journal's file; by default LAUNCHER_JOURNAL or the platform's state directory, and a
            throw-away one with `sandbox`.
        sandbox: the fault scenario of the built-in sandbox, to which everything then goes; None for the
            hosts of the manifest.
        concurrency: requests in flight over all accounts, instead of the manifest's setting.

    Raises:
        RefusedError: the plan is empty, or another process owns the run key.
        JournalError: the journal cannot be used.
        SecretError: a secret cannot be read.
        UsageError: there is no such scenario.
    """
    if not plan.launches:
        raise RefusedError(f"{plan.manifest_path}: there is nothing to launch")
    if concurrency is not None:
        plan = replace(plan, settings=replace(plan.settings, concurrency=concurrency))
    async with AsyncExitStack() as stack:
        api, ledger = await _api(stack, plan, sandbox)
        if sandbox is not None:
            plan = rehearsal(plan)
        if journal is None:
            journal = _throw_away(stack) if sandbox is not None else default_path()
        store = stack.enter_context(Journal.open(Path(journal)))
        run_journal = store.open_run(key or default_key(plan), plan, launcher_version=__version__)
        await stack.enter_async_context(run_journal)
        summary = Summary.of(store.events(run_journal.key), run_journal.key)
        yield Session(plan, _run(plan, run_journal, api), run_journal, summary, ledger)


async def launch(
    plan: Plan,
    *,
    key: str | None = None,
    journal: str | Path | None = None,
    sandbox: str | None = None,
    concurrency: int | None = None,
    observers: Sequence[Observer] = (),
) -> Report:
    """Launch the plan and return when every launch has a result.

    `observers` see every event; `open_session` explains the other arguments and what is raised.
    """
    async with open_session(
        plan, key=key, journal=journal, sandbox=sandbox, concurrency=concurrency
    ) as session:
        for observer in observers:
            session.watch(observer)
        return await session.execute()


def default_key(plan: Plan) -> str:
    """The plan's name and today's local date: a nightly manifest makes a new run each night."""
    return f"{plan.name}-{datetime.now().astimezone():%Y-%m-%d}"


def _run(plan: Plan, journal: SqliteRunJournal, api: Api) -> Run:
    conductor = Conductor(
        plan.launches,
        journal.records,
        plan.settings,
        rng=Random(),  # noqa: S311  # spreads retries; nothing secret depends on it
        now=anyio.current_time(),
        past_requests=journal.past_requests,
    )
    settings = plan.settings
    return Run(
        conductor,
        journal,
        api,
        SystemClock(),
        concurrency=settings.concurrency,
        deadline=settings.deadline,
    )


async def _api(
    stack: AsyncExitStack, plan: Plan, scenario: str | None
) -> tuple[Api, Callable[[], Ledger] | None]:
    from launcher.kore.client import KoreClient  # noqa: PLC0415  # aiohttp, only when something is sent

    settings = plan.settings
    if scenario is None:
        client = KoreClient(timeout=settings.timeout, concurrency=settings.concurrency, clock=time.time)
        # A secret's command may take seconds; in a thread it leaves signals and progress alive.
        await anyio.to_thread.run_sync(client.check_credentials, plan.launches)
        return await stack.enter_async_context(client), None
    from launcher.manifest.secrets import Inline, Secret  # noqa: PLC0415  # rehearsals only
    from launcher.sandbox.config import CampaignSeed, SandboxConfig  # noqa: PLC0415  # rehearsals only
    from launcher.sandbox.server import Sandbox  # noqa: PLC0415  # rehearsals only

    secrets = {launch.credentials.client_id: _SANDBOX_SECRET for launch in plan.launches}
    seeds = [
        CampaignSeed(
            each.identity.account_id,
            each.identity.stream_id,
            each.identity.campaign_id,
            "voice" if each.identity.channel == "voice" else "sms",
            each.name,
        )
        for each in plan.launches
    ]
    config = SandboxConfig(
        faults=scenario or "none", latency=_SANDBOX_LATENCY, secrets=secrets, campaigns=seeds
    )
    server = await stack.enter_async_context(Sandbox(config))
    client = KoreClient(
        timeout=settings.timeout,
        concurrency=settings.concurrency,
        clock=time.time,
        base_url_override=server.url,
        secret_override=Secret(Inline(_SANDBOX_SECRET)),
    )
    return await stack.enter_async_context(client), server.ledger


def _throw_away(stack: AsyncExitStack) -> Path:
    return Path(stack.enter_context(TemporaryDirectory(prefix="launcher-sandbox-"))) / "journal.sqlite3"
