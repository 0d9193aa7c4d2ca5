"""A plan held against the live state of its campaigns: reads, never starts."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import anyio
import anyio.to_thread

from launcher.engine.forecast import forecast
from launcher.journal.location import default_path
from launcher.journal.lookup import look
from launcher.journal.port import PastRequest
from launcher.journal.store import PATIENCE, Journal
from launcher.journal.utc import stamp
from launcher.manifest.model import Identity, Settings
from launcher.outcome import NotAttempted
from launcher.plan.findings import Finding
from launcher.plan.forecast import LATENCY, Forecast
from launcher.plan.live import Late, LiveLaunch, LivePlan, compare
from launcher.plan.model import Plan
from launcher.plan.rehearsal import rehearsal
from launcher.plan.share import share_budgets
from launcher.survey import Reader, Survey, survey


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOptions:
    """How a plan is held against the live state."""

    key: str
    """The run key that a run would have: what it started already is left alone."""
    journal: str | Path | None = None
    """The journal's file; None: the default one. It is made: a run that follows has to know what was read."""
    sandbox: str | None = None
    """A scenario of the sandbox that is looked at instead of the real hosts, by default without a journal."""
    share: float = 1.0
    """The part of every budget that may be used."""
    allow_restart: Collection[str] = ()
    """Campaign ids that may be started in spite of what other runs started."""
    mixed: bool = True
    """Whether the sandbox's campaigns are in all kinds of states, or all ready."""
    latency: float = LATENCY
    """Seconds that a reply is assumed to take."""


def no_word(_account: str, _seconds: float) -> None:
    """Tell nobody."""


async def live_plan(
    plan: Plan, options: LiveOptions, on_wait: Callable[[str, float], None] = no_word
) -> LivePlan:
    """What a start of each campaign of `plan` would do in its state of now; raises as `look_at`."""
    return (await look_at(plan, options, on_wait))[0]


async def look_at(
    plan: Plan, options: LiveOptions, on_wait: Callable[[str, float], None] = no_word
) -> tuple[LivePlan, list[PastRequest]]:
    """Read the state of every campaign of `plan`: what a start of each would do.

    The second are its requests as far as no journal has them; a run at once afterwards has to count them.

    Raises:
        JournalError: the journal cannot be used.
        SecretError: a secret cannot be read.
        UsageError: there is no such scenario.
    """
    if options.sandbox is not None:
        plan = rehearsal(plan)
    if options.share != 1.0:
        plan = share_budgets(plan, options.share)
    async with AsyncExitStack() as stack:
        journal = _journal(stack, options)
        known = _recorded(plan, options, journal)
        book = None if journal is None else stack.enter_context(journal.looks(plan))
        reader = await _reader(stack, plan, options)
        read_at = time.time()
        found = await survey(plan, reader, past=known.past, book=book, on_wait=on_wait)
        # Those in the book are among what a run finds in the journal.
        sent = found.past_requests(anyio.current_time()) if book is None else []
    return judged(plan, found, options, known, read_at=read_at), sent


def judged(plan: Plan, found: Survey, options: LiveOptions, known: "Known", *, read_at: float) -> LivePlan:
    """What a survey says of a plan."""
    closed = _closed(plan, read_at)
    policy = plan.settings.preflight
    allowed = None if policy is None else policy.states
    launches = compare(plan, found.states, held=known.held, closed=closed, allowed=allowed)
    # Barred instead of left out: the waves count every launch of the plan.
    starts = tuple(each.launch if _sends(each) else replace(each.launch, barred="-") for each in launches)
    told = forecast(replace(plan, launches=starts), options.latency, now=read_at, started=known.started)
    return LivePlan(
        plan,
        launches,
        told,
        troubles=tuple(found.troubles),
        late=late(told, plan.settings),
        requests=len(found.replied),
        read_at=read_at,
        rehearsed=options.sandbox is not None,
        refuses=_refuses(plan, launches),
    )


def _refuses(plan: Plan, launches: Iterable[LiveLaunch]) -> bool:
    policy = plan.settings.preflight
    strict = {Finding.WINDOW} if plan.settings.late == "fail" else set()
    if policy is not None and policy.on_other == "fail":
        strict.add(Finding.PREFLIGHT)
    return any(
        strict.intersection(each.findings) and Finding.COOLDOWN not in each.findings for each in launches
    )


def _sends(each: LiveLaunch) -> bool:
    """Whether a run would send it a start, also one that is no good."""
    return not {Finding.COOLDOWN, Finding.PREFLIGHT}.intersection(each.findings)


def _journal(stack: AsyncExitStack, options: LiveOptions) -> Journal | None:
    """None for a rehearsal without a journal of its own."""
    if options.journal is None and options.sandbox is not None:
        return None
    path = default_path() if options.journal is None else Path(options.journal)
    return stack.enter_context(Journal.open(path))


@dataclass(frozen=True, slots=True)
class Known:
    """What the journal knows of a plan."""

    held: Mapping[Identity, str] = field(default_factory=dict)
    """Launches that it holds back, each with the reason."""
    started: Collection[Identity] = ()
    """Those that the run itself started."""
    past: Sequence[PastRequest] = ()
    """Requests that still count against the budgets."""


def _recorded(plan: Plan, options: LiveOptions, journal: Journal | None) -> Known:
    if journal is None:
        return Known()
    with look(journal.path, PATIENCE) as lookup:
        if lookup is None:
            return Known()
        held = lookup.held(plan, options.key, options.allow_restart)
        return Known(held, lookup.started(options.key), lookup.past_requests(plan))


async def _reader(stack: AsyncExitStack, plan: Plan, options: LiveOptions) -> Reader:
    if options.sandbox is not None:
        from launcher.rehearse import mixed_seeds, sandbox_client  # noqa: PLC0415  # rehearsals only

        client, _ = await sandbox_client(
            stack, plan, options.sandbox, mixed_seeds(plan) if options.mixed else None
        )
        return client
    from launcher.kore.client import KoreClient  # noqa: PLC0415  # aiohttp, only when something is sent

    settings = plan.settings
    client = KoreClient(timeout=settings.timeout, concurrency=settings.concurrency, clock=time.time)
    # A secret's command may take seconds; in a thread it leaves signals alive.
    await anyio.to_thread.run_sync(client.check_credentials, plan.launches)
    return await stack.enter_async_context(client)


def late(told: Forecast, settings: Settings) -> tuple[Late, ...]:
    """What does not fit into the deadline, or into the first window that closes on it."""
    found: list[Late] = []
    for each in told.accounts:
        if left := each.unsent.get(NotAttempted.DEADLINE):
            limit = f"the deadline of {_span(settings.deadline or 0.0)}"
            found.append(Late(each.account, left, each.launches, limit))
        for missed, count in each.missed:
            if missed.closed_at is not None:
                limit = f"the window that closes at {stamp(missed.closed_at)}"
                found.append(Late(each.account, count, each.launches, limit))
                break
    return tuple(found)


def _closed(plan: Plan, now: float) -> dict[Identity, str]:
    """The launches outside their window, each with when it opens."""
    closed: dict[Identity, str] = {}
    for launch in plan.launches:
        if launch.calendar is not None and not launch.calendar.is_open(now):
            opens = launch.calendar.opens_at(now)
            closed[launch.identity] = (
                "does not open within a year" if opens is None else f"opens at {stamp(opens)}"
            )
    return closed


def _span(seconds: float) -> str:
    for unit, name in ((3600, "h"), (60, "min")):
        if seconds >= unit and seconds % unit == 0:
            return f"{seconds / unit:g} {name}"
    return f"{seconds:g} s"
