"""A plan held against the live state, on a terminal: what a person has to look at comes first."""

from collections.abc import Container, Iterable

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from launcher.plan.findings import BLOCKING, EFFECTS, WORDS, Finding
from launcher.plan.live import LiveLaunch, LivePlan
from launcher.report.look import ruled_table
from launcher.report.outlook import finish, outlook
from launcher.report.plain import plain
from launcher.report.plan_table import ID_LENGTH, LAUNCHES_SHOWN, ROOMY, accounts_table, plural

TROUBLES_SHOWN = 10
_LATE = {
    "wait": "is sent when it opens (late: wait)",
    "skip": "is not sent (late: skip)",
    "fail": "ends the run, as nothing is sent (late: fail)",
}
_QUIET = frozenset({Finding.START, Finding.COOLDOWN, Finding.ACTIVE})


def live_plan_table(live: LivePlan, limit: int = LAUNCHES_SHOWN) -> RenderableType:
    """What was found; at most `limit` launches are listed, those that will just start not at all."""
    parts: list[RenderableType] = [_headline(live), _findings(live)]
    if live.forecast.launches:
        parts.append(accounts_table(live.forecast))
        parts += outlook(live.forecast, live.plan.settings)
    parts += _troubles(live)
    told = {(each.account, each.stream_id) for each in live.troubles}
    telling = [each for each in live.launches if _is_telling(each, told)]
    if telling:
        shown = _shares(telling, limit)
        parts.append(_Launches(shown))
        if (hidden := len(telling) - len(shown)) > 0:
            parts.append(Text(f"and {hidden:,} more to look at (all of them: --json)", "dim"))
    parts.append(_verdict(live))
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts[:-1]), parts[-1])


def _is_telling(each: LiveLaunch, told: Container[tuple[str, str]]) -> bool:
    """Whether it deserves a line; what is unreadable with its whole stream (`told`) was said already."""
    if each.finding is Finding.UNREADABLE and each.also == ():
        return (each.launch.account.name, each.launch.identity.stream_id) not in told
    return each.finding not in _QUIET or bool(each.notes)


def _shares(launches: list[LiveLaunch], limit: int) -> list[LiveLaunch]:
    """At most `limit`, the gravest first; no finding is crowded out by another one."""
    by_finding: dict[Finding, list[LiveLaunch]] = {}
    for each in sorted(launches, key=lambda each: _ORDER[each.finding]):
        by_finding.setdefault(each.finding, []).append(each)
    share = limit if len(launches) <= limit else max(1, limit // len(by_finding))
    return [each for together in by_finding.values() for each in together[:share]]


_ORDER = {finding: (finding not in BLOCKING, place) for place, finding in enumerate(Finding)}


def _headline(live: LivePlan) -> Text:
    text = Text()
    text.append(plain(live.plan.name), "bold")
    text.append(f": {plural(len(live.launches), 'launch', 'launches')}, ")
    if live.launches and all(each.finding is Finding.UNREADABLE for each in live.launches):
        text.append("no state could be read", "bold red")
    else:
        text.append(f"{plural(live.forecast.launches, 'start')} to send, {finish(live.forecast)}")
    where = "the sandbox, which shows all kinds of states," if live.rehearsed else "the live state"
    return text.append(f"\nread from {where} with {plural(live.requests, 'request')}", "dim")


def _findings(live: LivePlan) -> Table:
    table = ruled_table()
    table.add_column("launches", justify="right", no_wrap=True)
    table.add_column("found", no_wrap=True)
    table.add_column("what that means", overflow="fold")
    for finding, count in live.counts.items():
        effect = _LATE[live.plan.settings.late] if finding is Finding.WINDOW else EFFECTS[finding]
        table.add_row(f"{count:,}", Text(WORDS[finding], _style(finding)), effect)
    return table


def _style(finding: Finding) -> str:
    if finding in BLOCKING:
        return "red"
    return {Finding.START: "green", Finding.COOLDOWN: "dim", Finding.ACTIVE: "cyan"}.get(finding, "yellow")


def _troubles(live: LivePlan) -> Iterable[RenderableType]:
    for each in live.troubles[:TROUBLES_SHOWN]:
        where = f"Stream {plain(each.stream_id)} of {plain(each.account)} could not be read: "
        yield Text(where + plain(each.reason), "red")
    if (hidden := len(live.troubles) - TROUBLES_SHOWN) > 0:
        yield Text(f"and {plural(hidden, 'more stream')} that could not be read", "red")
    for late in live.late:
        told = (
            f"{late.launches:,} of {late.of:,} launches of {plain(late.account)} do not fit into {late.limit}"
        )
        yield Text(told, "red")


def _verdict(live: LivePlan) -> Text:
    if live.blocked:
        return Text("Blocked: look at the above before you run it.", "bold red")
    if live.has_work:
        return Text("Ready to run.", "bold")
    return Text("Nothing to do.", "bold")


class _Launches:
    """One row a launch; on a narrow terminal the notes have a line of their own."""

    def __init__(self, launches: list[LiveLaunch]) -> None:
        self._launches = launches

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        roomy = options.max_width >= ROOMY
        table = ruled_table()
        ids = [plain(each.launch.identity.campaign_id) for each in self._launches]
        table.add_column("campaign", no_wrap=max(map(len, ids)) <= ID_LENGTH, overflow="fold")
        for header in ("account/bot", "name") if roomy else ():
            table.add_column(header)
        table.add_column("found", overflow="fold")
        for each, its_id in zip(self._launches, ids, strict=True):
            about = [_short(_owner(each)), _short(each.launch.name or "")] if roomy else []
            table.add_row(Text(its_id), *about, _told(each))
        yield table


def _short(text: str) -> Text:
    return Text(plain(text), no_wrap=True, overflow="ellipsis")


def _owner(each: LiveLaunch) -> str:
    bot = each.launch.bot
    return "/".join(filter(None, (each.launch.account.name, bot.name if bot is not None else "")))


def _told(each: LiveLaunch) -> Text:
    text = Text(WORDS[each.finding], _style(each.finding))
    more = [WORDS[finding] for finding in each.also if finding not in _QUIET] + list(each.notes)
    return text.append(f": {plain('; '.join(more))}", "default not bold") if more else text
