"""The end of a run on a terminal: counts, what went wrong and what to do about it, and what to do next.

All that others wrote (names, ids, server messages) goes in as `Text`, never as markup, and without control
characters. The words say everything; colour only repeats it.
"""

from collections.abc import Sequence

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from launcher.outcome import Result
from launcher.report.advice import advise
from launcher.report.conclusion import (
    Commands,
    Findings,
    Note,
    Step,
    Weight,
    duration,
    headline,
    notes,
    remark,
    steps,
    worth_showing,
)
from launcher.report.look import STYLES, count_text, ruled_table
from launcher.report.plain import plain
from launcher.report.standing import words
from launcher.report.stopped import Stopped
from launcher.report.summary import Row, Summary
from launcher.report.tally import Tally
from launcher.report.troubles import Trouble

ACCOUNTS_SHOWN = 40
"""Accounts in the table; of more, those with the most trouble."""
TROUBLES_SHOWN = 12
"""Kinds of failure that are listed."""

_WEIGHTS = {
    Weight.HALTED: "bold red",
    Weight.STOPPED: "red",
    Weight.DOUBTFUL: STYLES[Result.UNKNOWN],
    Weight.QUIET: "",
}

ROOMY = 90
"""Characters a line from which all columns have two spaces between them."""


def run_table(
    summary: Summary, commands: Commands, stopped: Stopped | None = None, *, rehearsal: bool = False
) -> RenderableType:
    """Everything a person needs at the end of a run.

    Raises:
        CountsError: the summary contradicts itself.
    """
    totals = summary.totals()
    findings = Findings.of(summary.rows())
    head = _headline(summary, headline(totals, stopped))
    parts: list[RenderableType] = [head, _Accounts(summary.accounts(), totals)]
    parts += map(_note, notes(summary, findings, stopped))
    parts += _troubles(findings.troubles)
    if commands.details and _shortened(findings.troubles):
        parts.append(_step(Step("All:", commands.details, "has every launch with its reason and evidence.")))
    parts += map(_step, steps(findings, commands, stopped, rehearsal=rehearsal))
    # Empty lines, not padding: that would cut off what is longer than a line, and commands may be.
    return Group(parts[0], *(line for part in parts[1:] for line in (Text(), part)))


# -- what happened ------------------------------------------------------------------------------------------


def _headline(summary: Summary, told: str) -> Text:
    text = Text()
    text.append(plain(summary.key or summary.run.manifest or "run"), "bold")
    text.append(f": {told}")
    text.append(duration(summary), "dim")
    return text


class _Accounts:
    """The counts per account: with room between the columns if there is room, always within 80 characters."""

    def __init__(self, accounts: Sequence[Tally], totals: Tally) -> None:
        self._accounts = accounts
        self._totals = totals

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        narrow = options.max_width < ROOMY and self._totals.throttled > 0
        yield self._table(gap=1 if narrow else 2)

    def _table(self, gap: int) -> Table:
        table = ruled_table(gap, footer=len(self._accounts) > 1)
        table.add_column("account", "all", overflow="fold")
        for result in Result:
            _number(table, words(result), self._totals.results[result], STYLES[result])
        _number(table, "requests", self._totals.requests)
        if self._totals.throttled:
            _number(table, "throttled", self._totals.throttled)
        self._fill(table)
        return table

    def _fill(self, table: Table) -> None:
        shown = worth_showing(self._accounts, ACCOUNTS_SHOWN)
        for tally in shown:
            counts = [*tally.results.values(), tally.requests, tally.throttled]
            cells = [count_text(count) for count in counts[: len(table.columns) - 1]]
            table.add_row(Text(plain(tally.account)), *cells)
        if hidden := len(self._accounts) - len(shown):
            table.add_row(Text(f"and {hidden:,} more", "dim"))


def _number(table: Table, header: str, total: int, style: str = "") -> None:
    # Two words stand on two lines, so that all the columns fit 80 characters.
    table.add_column(header.replace(" ", "\n"), count_text(total), justify="right", style=style, no_wrap=True)


def _note(note: Note) -> RenderableType:
    return Text(note.text, _WEIGHTS[note.weight])


# -- what went wrong ----------------------------------------------------------------------------------------


def _troubles(groups: Sequence[Trouble]) -> list[RenderableType]:
    parts: list[RenderableType] = [_trouble(group) for group in groups[:TROUBLES_SHOWN]]
    if hidden := groups[TROUBLES_SHOWN:]:
        launches = sum(group.count for group in hidden)
        parts.append(Text(f"and {len(hidden):,} more kinds, {launches:,} launches", "dim"))
    return parts


def _shortened(groups: Sequence[Trouble]) -> bool:
    return len(groups) > TROUBLES_SHOWN or any(group.count > len(group.examples) for group in groups)


def _trouble(group: Trouble) -> RenderableType:
    title = Text()
    title.append(f"{group.count:,} {words(group.result)}", STYLES[group.result])
    title.append(f": {plain(group.text)}")
    lines: list[RenderableType] = [_examples(group.examples)]
    if more := group.count - len(group.examples):
        lines.append(Text(f"and {more:,} more", "dim"))
    if advice := advise(group.result, group.text, group.http_status):
        lines.append(_advice(advice))
    return Group(title, Padding(Group(*lines), (0, 0, 0, 2)))


def _examples(rows: Sequence[Row]) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(3):
        grid.add_column(overflow="fold")
    for row in rows:
        grid.add_row(Text(plain(row.account)), Text(plain(row.campaign_id)), Text(remark(row), "dim"))
    return grid


def _advice(advice: str) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column()
    grid.add_row(Text(">", "bold"), Text(advice))
    return grid


# -- what next ----------------------------------------------------------------------------------------------


def _step(step: Step) -> RenderableType:
    """The command on a line of its own, however long: half a command, pasted, is another command."""
    if not step.command:
        return Text(f"{step.title} {step.effect}", "bold")
    line = Text(f"{step.title} {step.command}", "bold", no_wrap=True, overflow="ignore")
    return Group(line, Padding(Text(step.effect), (0, 0, 0, len(step.title) + 1)))
