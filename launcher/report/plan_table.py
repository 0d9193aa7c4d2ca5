"""The plan on a terminal: what each account has to do and how long that takes, then the launches."""

from collections.abc import Callable, Iterable, Sequence

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from launcher.plan.forecast import Forecast
from launcher.plan.model import Launch, Plan
from launcher.report.look import ruled_table
from launcher.report.outlook import finish, outlook
from launcher.report.plain import plain
from launcher.report.times import span

Column = tuple[str, Callable[[Launch], str]]
"""Its header, and what it shows of a launch."""

ROOMY = 110
"""Characters a line from which every part of a launch has its own column."""

ID_LENGTH = 41
"""Characters of the ids that Kore.ai gives its campaigns, and a little more."""

LAUNCHES_SHOWN = 50
"""Launches that are listed; the rest is in the JSON form."""
ACCOUNTS_SHOWN = 40


def plan_table(plan: Plan, forecast: Forecast, limit: int = LAUNCHES_SHOWN) -> RenderableType:
    """The plan with its forecast; at most `limit` launches are listed."""
    parts: list[RenderableType] = [_headline(plan, forecast), accounts_table(forecast)]
    parts += outlook(forecast, plan.settings)
    if plan.launches[:limit]:
        parts.append(_Launches(plan.launches[:limit]))
    if (hidden := len(plan.launches) - limit) > 0:
        parts.append(Text(f"and {hidden:,} more launches (all of them: --json)", "dim"))
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts[:-1]), parts[-1])


def _headline(plan: Plan, forecast: Forecast) -> Text:
    text = Text()
    text.append(plain(plan.name), "bold")
    accounts = len(forecast.accounts)
    counts = f": {plural(forecast.launches, 'launch', 'launches')} over {plural(accounts, 'account')}"
    text.append(f"{counts}, {finish(forecast)}")
    note = f"\n{plan.settings.concurrency} requests in flight at most, {forecast.latency:g} s a reply assumed"
    return text.append(note, "dim")


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 launch`, `2 launches`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def accounts_table(forecast: Forecast) -> Table:
    """What each account has to do and how long that takes; the slowest where they are many."""
    table = ruled_table()
    table.add_column("account", overflow="fold")
    for header in ("launches", "requests"):
        table.add_column(header, justify="right", no_wrap=True)
    table.add_column("budget")
    table.add_column("finish", justify="right", no_wrap=True)
    slowest = sorted(forecast.accounts, key=lambda account: -(account.finish or 0.0))[:ACCOUNTS_SHOWN]
    chosen = {account.account for account in slowest}
    for account in forecast.accounts:
        if account.account in chosen:
            counts = f"{account.launches:,}", f"{account.requests:,}"
            end = "-" if account.finish is None else span(account.finish)
            table.add_row(Text(plain(account.account)), *counts, account.budget, end)
    if hidden := len(forecast.accounts) - len(chosen):
        table.add_row(Text(f"and {hidden:,} more", "dim"))
    return table


class _Launches:
    """One row a launch; on a narrow terminal the columns are joined, so that an id still fits whole."""

    def __init__(self, launches: Sequence[Launch]) -> None:
        self._launches = launches

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self._table(_WIDE if options.max_width >= ROOMY else _NARROW)

    def _table(self, columns: Iterable[Column]) -> Table:
        table = ruled_table()
        shown = []
        for header, read in columns:
            cells = [plain(read(launch)) for launch in self._launches]
            if not set(cells) <= _SAYS_NOTHING:
                is_id = header == "campaign"
                # An id is there to be copied: the other columns give way first, a very long one is folded.
                table.add_column(header, no_wrap=is_id and max(map(len, cells)) <= ID_LENGTH)
                shown.append([_cell(cell, is_id) for cell in cells])
        for row in zip(*shown, strict=True):
            table.add_row(*row)
        return table


def _cell(text: str, is_id: bool) -> Text:
    return Text(text, overflow="fold") if is_id else Text(text, no_wrap=True, overflow="ellipsis")


def _account(launch: Launch) -> str:
    return launch.account.name


def _bot(launch: Launch) -> str:
    return "" if launch.bot is None else launch.bot.name


def _campaign(launch: Launch) -> str:
    return launch.identity.campaign_id


def _name(launch: Launch) -> str:
    return launch.name or ""


def _channel(launch: Launch) -> str:
    return launch.identity.channel


def _tags(launch: Launch) -> str:
    return " ".join(launch.tags)


def _owner(launch: Launch) -> str:
    return "/".join(filter(None, (_account(launch), _bot(launch))))


def _what(launch: Launch) -> str:
    channel = "" if _channel(launch) in _SAYS_NOTHING else _channel(launch)
    return ", ".join(filter(None, (channel, _name(launch), _tags(launch))))


_SAYS_NOTHING = {"", "sms"}
_WIDE: tuple[Column, ...] = (
    ("account", _account),
    ("bot", _bot),
    ("campaign", _campaign),
    ("name", _name),
    ("channel", _channel),
    ("tags", _tags),
)
_NARROW: tuple[Column, ...] = (("account/bot", _owner), ("campaign", _campaign), ("name, tags", _what))
