"""A plan held against the live state of its campaigns: reads, never starts."""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from launcher.engine.forecast import forecast
from launcher.journal.location import default_path
from launcher.journal.lookup import look
from launcher.journal.port import PastRequest
from launcher.journal.store import PATIENCE
from launcher.journal.utc import stamp
from launcher.manifest.model import Identity
from launcher.plan.findings import Finding
from launcher.plan.forecast import LATENCY
from launcher.plan.live import Late, LiveLaunch, LivePlan, compare
from launcher.plan.model import Launch, Plan
from launcher.plan.rehearsal import rehearsal
from launcher.plan.share import share_budgets
from launcher.survey import Reader, Survey, survey

if TYPE_CHECKING:
    from launcher.plan.calendar import Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOptions:
    """How a plan is held against the live state."""

    key: str
    """The run key that a run would have: what it started already is left alone."""
    journal: str | Path | None = None
    """The journal's file; None: the default one. It is not made."""
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
    """Read the state of every campaign of `plan`: what a start of each would do, and the requests it took.

    Raises:
        JournalError: there is a journal that cannot be used.
        SecretError: a secret cannot be read.
        UsageError: there is no such scenario.
    """
    if options.sandbox is not None:
        plan = rehearsal(plan)
    if options.share != 1.0:
        plan = share_budgets(plan, options.share)
    held, past = _recorded(plan, options)
    async with AsyncExitStack() as stack:
        reader = await _reader(stack, plan, options)
        read_at = time.time()
        found = await survey(plan, reader, past=past, on_wait=on_wait)
        sent = found.past_requests(anyio.current_time())
    return judged(plan, found, options, held=held, read_at=read_at), sent


def judged(
    plan: Plan, found: Survey, options: LiveOptions, *, held: Mapping[Identity, str], read_at: float
) -> LivePlan:
    """What a survey says of a plan."""
    closed = _closed(plan, read_at)
    policy = plan.settings.preflight
    allowed = None if policy is None else policy.states
    launches = compare(plan, found.states, held=held, closed=closed, allowed=allowed)
    starts = replace(plan, launches=tuple(each.launch for each in launches if _sends(each)))
    return LivePlan(
        plan,
        launches,
        forecast(starts, options.latency),
        troubles=tuple(found.troubles),
        late=late(starts, options.latency, read_at),
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
    """Whether a run that began now would send it a start, also one that is no good."""
    return not {Finding.COOLDOWN, Finding.PREFLIGHT, Finding.WINDOW}.intersection(each.findings)


def _recorded(plan: Plan, options: LiveOptions) -> tuple[dict[Identity, str], list[PastRequest]]:
    """What the journal holds back, and what still counts against the budgets."""
    if options.journal is None and options.sandbox is not None:
        return {}, []
    path = default_path() if options.journal is None else Path(options.journal)
    with look(path, PATIENCE) as journal:
        if journal is None:
            return {}, []
        return journal.held(plan, options.key, options.allow_restart), journal.past_requests(plan)


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


def late(plan: Plan, latency: float, now: float) -> tuple[Late, ...]:
    """What does not fit into the deadline, or into a window that is open at `now` (seconds since the epoch).

    It is told by account, for an account's last launches are those that are left.
    """
    found: list[Late] = []
    for account in forecast(plan, latency).accounts:
        own = tuple(each for each in plan.launches if each.account.name == account.account)
        for limit, seconds, concerned in _limits(own, plan.settings.deadline, now):
            if account.finish - latency > seconds:
                fitting = _fitting(replace(plan, launches=own), seconds, latency)
                left = sum(concerned(each) for each in own[fitting:])
                found += [Late(account.account, left, len(own), limit)] if left else []
    return tuple(found)


def _limits(
    launches: Iterable[Launch], deadline: float | None, now: float
) -> Iterator[tuple[str, float, Callable[[Launch], bool]]]:
    """What ends in so many seconds, and for which launches."""
    if deadline is not None:
        yield f"the deadline of {_span(deadline)}", deadline, lambda _: True
    for calendar in {id(each.calendar): each.calendar for each in launches}.values():
        if calendar is not None and calendar.is_open(now):
            closes = calendar.closes_at(now)
            is_of = partial(_has_calendar, calendar=calendar)
            yield f"the window that closes at {stamp(closes)}", closes - now, is_of


def _has_calendar(launch: Launch, calendar: "Calendar") -> bool:
    return launch.calendar is calendar


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


def _fitting(plan: Plan, seconds: float, latency: float) -> int:
    """How many launches of one account are sent within so many seconds."""
    low, high = 0, len(plan.launches)
    while low < high:
        middle = (low + high + 1) // 2
        end = forecast(replace(plan, launches=plan.launches[:middle]), latency).makespan
        low, high = (middle, high) if end - latency <= seconds else (low, middle - 1)
    return low


def _span(seconds: float) -> str:
    for unit, name in ((3600, "h"), (60, "min")):
        if seconds >= unit and seconds % unit == 0:
            return f"{seconds / unit:g} {name}"
    return f"{seconds:g} s"
