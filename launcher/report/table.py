"""The end of a run on a terminal: counts, what went wrong and what to do about it, and what to do next.

All that others wrote (names, ids, server messages) goes in as `Text`, never as markup, and without control
characters. The words say everything; colour only repeats it.
"""

import shlex
from collections.abc import Sequence

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from launcher.outcome import Result
from launcher.report.advice import advise, rerun_effects
from launcher.report.look import STYLES, count_text, ruled_table
from launcher.report.plain import plain
from launcher.report.standing import words
from launcher.report.summary import Row, Summary
from launcher.report.tally import Tally
from launcher.report.times import iso_utc, span
from launcher.report.troubles import Trouble, group_troubles

ACCOUNTS_SHOWN = 40
"""Accounts in the table; of more, those with the most trouble."""
TROUBLES_SHOWN = 12
"""Kinds of failure that are listed."""

ROOMY = 90
"""Characters a line from which all columns have two spaces between them."""


def run_table(
    summary: Summary, command: str | None = None, *, settle: str | None = None, rehearsal: bool = False
) -> RenderableType:
    """Everything a person needs at the end of a run.

    Args:
        summary: the run.
        command: what to type to go on; by default `launcher run MANIFEST --key KEY`.
        settle: what to type to settle unknown launches without starting anything.
        rehearsal: it was one, and is not continued: then `command` is the way to the real run.

    Raises:
        CountsError: the summary contradicts itself.
    """
    totals = summary.totals()
    rows = list(summary.rows())
    parts: list[RenderableType] = [_headline(summary, totals), _Accounts(summary.accounts(), totals)]
    parts += _notes(summary, rows)
    parts += _troubles(group_troubles(rows))
    if settle and any(row.result is Result.UNKNOWN for row in rows):
        parts.append(_step(settle, "reads the state of the unknown ones and starts nothing.", "Settle:"))
    command = command or rerun_command(summary)
    parts.append(_for_real(command) if rehearsal else _next(rows, command))
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts[:-1]), parts[-1])


def rerun_command(summary: Summary) -> str:
    """The command that continues the run; safe to repeat."""
    arguments = [summary.run.manifest or "MANIFEST"]
    if summary.key:
        arguments += ["--key", summary.key]
    return "launcher run " + " ".join(shlex.quote(plain(argument)) for argument in arguments)


# -- what happened ------------------------------------------------------------------------------------------


def _headline(summary: Summary, totals: Tally) -> Text:
    text = Text()
    text.append(plain(summary.key or summary.run.manifest or "run"), "bold")
    started = totals.results[Result.STARTED]
    text.append(f": {started:,} of {totals.planned:,} launches started")
    text.append(_duration(summary), "dim")
    return text


def _duration(summary: Summary) -> str:
    started, finished = summary.run.started_at, summary.run.finished_at
    if started is None:
        return ""
    return " (not finished)" if finished is None else f" in {span(finished - started)}"


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
        shown = _worth_showing(self._accounts)
        for tally in shown:
            counts = [*tally.results.values(), tally.requests, tally.throttled]
            cells = [count_text(count) for count in counts[: len(table.columns) - 1]]
            table.add_row(Text(plain(tally.account)), *cells)
        if hidden := len(self._accounts) - len(shown):
            table.add_row(Text(f"and {hidden:,} more", "dim"))


def _worth_showing(accounts: Sequence[Tally]) -> Sequence[Tally]:
    if len(accounts) <= ACCOUNTS_SHOWN:
        return accounts
    worst = sorted(accounts, key=lambda tally: tally.results[Result.STARTED] - tally.planned)
    chosen = {id(tally) for tally in worst[:ACCOUNTS_SHOWN]}
    return [tally for tally in accounts if id(tally) in chosen]


def _number(table: Table, header: str, total: int, style: str = "") -> None:
    # Two words stand on two lines, so that all the columns fit 80 characters.
    table.add_column(header.replace(" ", "\n"), count_text(total), justify="right", style=style, no_wrap=True)


def _notes(summary: Summary, rows: Sequence[Row]) -> list[RenderableType]:
    notes: list[RenderableType] = []
    if summary.run.halted is not None:
        notes.append(Text(f"Halted: {plain(summary.run.halted)}", "bold red"))
    for account, reason in summary.stopped.items():
        notes.append(Text(f"Account {plain(account)} was stopped: {plain(reason)}", "red"))
    removed = [row.result for row in rows if row.removed]
    if removed:
        notes.append(Text(f"No longer in the manifest, but part of this run: {len(removed):,}"))
    if Result.UNKNOWN in removed:
        doubts = removed.count(Result.UNKNOWN)
        notes.append(
            Text(
                f"{doubts:,} of these unknown: put them back into the manifest to have them settled, or look "
                "them up in the Kore.ai console",
                STYLES[Result.UNKNOWN],
            )
        )
    return notes


# -- what went wrong ----------------------------------------------------------------------------------------


def _troubles(groups: Sequence[Trouble]) -> list[RenderableType]:
    parts: list[RenderableType] = [_trouble(group) for group in groups[:TROUBLES_SHOWN]]
    if hidden := groups[TROUBLES_SHOWN:]:
        launches = sum(group.count for group in hidden)
        parts.append(Text(f"and {len(hidden):,} more kinds, {launches:,} launches (see the report)", "dim"))
    return parts


def _trouble(group: Trouble) -> RenderableType:
    title = Text()
    title.append(f"{group.count:,} {words(group.result)}", STYLES[group.result])
    title.append(f": {plain(group.text)}")
    lines: list[RenderableType] = [_examples(group.examples)]
    if more := group.count - len(group.examples):
        lines.append(Text(f"and {more:,} more (see the report)", "dim"))
    if advice := advise(group.result, group.text, group.http_status):
        lines.append(_advice(advice))
    return Group(title, Padding(Group(*lines), (0, 0, 0, 2)))


def _examples(rows: Sequence[Row]) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(3):
        grid.add_column(overflow="fold")
    for row in rows:
        grid.add_row(Text(plain(row.account)), Text(plain(row.campaign_id)), Text(_remark(row), "dim"))
    return grid


def _remark(row: Row) -> str:
    """The name; when a start was sent whose effect nobody knows; whether the manifest still has it."""
    sent = row.first_sent_at if row.result is Result.UNKNOWN else None
    words = [
        plain(row.name or ""),
        f"first start sent {iso_utc(sent)}" if sent is not None else "",
        "(no longer in the manifest)" if row.removed else "",
    ]
    return " ".join(word for word in words if word)


def _advice(advice: str) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column()
    grid.add_row(Text(">", "bold"), Text(advice))
    return grid


# -- what next ----------------------------------------------------------------------------------------------


def _next(rows: Sequence[Row], command: str) -> RenderableType:
    counts = dict.fromkeys(Result, 0)
    for row in rows:
        counts[row.result] += not row.removed
    effects = rerun_effects(counts)
    if not effects:
        return Text("Next: nothing to do, every launch of the manifest is started or was active.", "bold")
    return _step(command, f"{', '.join(effects)}; starts nothing twice.")


def _for_real(command: str) -> RenderableType:
    return _step(command, "starts these campaigns for real; this was a rehearsal, no message was sent.")


def _step(command: str, effect: str, title: str = "Next:") -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text(title, "bold"), Text(command, "bold"))
    grid.add_row("", Text(effect))
    return grid
