"""Progress on a terminal: a display that stays in place while the run goes on, gone when it ends."""

import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import TextIO

import anyio
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from launcher.journal.events import Watched
from launcher.outcome import Result
from launcher.plan.model import Plan
from launcher.report.forgiving_stream import ForgivingStream
from launcher.report.look import STYLES, count_text, ruled_table
from launcher.report.plain import plain
from launcher.report.pulse import AccountPulse, Ends, Now, Pulse, RunPulse
from launcher.report.standing import words
from launcher.report.summary import Summary
from launcher.report.times import clock, span

_LOG = logging.getLogger(__name__)

INTERVAL = 0.5
"""Seconds between two frames."""

ACCOUNTS_SHOWN = 20
"""Accounts on display at most; fewer on a low terminal."""

ROOMY = 110
"""Characters a line from which each account shows its results in words."""

_FRAME = 8
"""Lines of the display around the accounts, and one to spare."""


class LiveProgress:
    """Draws how the run stands, twice a second. An observer of the engine.

    Args:
        summary: counts of the run; it must see each event before this does.
        plan: whose accounts are shown.
        stream: the terminal; may break at any moment.
        now: wall time, seconds since the epoch.
        ends: seconds until each account is done, for the estimates.
        interval: seconds between two frames.
        width: characters a line; the terminal's own when None.
    """

    def __init__(
        self,
        summary: Summary,
        plan: Plan,
        stream: TextIO | None,
        now: Now,
        *,
        ends: Ends | None = None,
        interval: float = INTERVAL,
        width: int | None = None,
    ) -> None:
        self._title = plain(summary.key or plan.name)
        self._pulse = Pulse(summary, plan, ends)
        self._stream = ForgivingStream(stream)
        self._now = now
        self._interval = interval
        # Not rich's own handling: on a broken pipe it would end the process.
        console = Console(file=self._stream, width=width, highlight=False, markup=False, emoji=False)  # type: ignore[arg-type]  # a text stream, if not the IO class
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=True, redirect_stdout=False)
        self._closed = False
        self._wake: anyio.Event | None = None

    def on_event(self, event: Watched) -> None:
        """Take one event in; the next frame shows it."""
        self._pulse.on_event(event)

    async def run(self) -> None:
        """Draw a frame every `interval` seconds until `close`."""
        self._wake = anyio.Event()
        try:
            async with self._pulse.looking_ahead(self._now):
                while not self._closed:
                    self._draw()
                    with anyio.move_on_after(self._interval):
                        await self._wake.wait()
        finally:
            self._stop()

    def close(self) -> None:
        """Take the display away and end `run`; once is enough."""
        self._closed = True
        self._stop()
        if self._wake is not None:
            self._wake.set()

    def _draw(self) -> None:
        if self._stream.broken:
            return
        try:
            room = max(1, min(ACCOUNTS_SHOWN, self._console.height - _FRAME))
            self._live.update(frame(self._title, self._pulse.look(self._now()), room))
            self._live.start()
            self._live.refresh()
        except Exception as error:  # noqa: BLE001 - a defect of the display must not end a run
            _LOG.debug("no progress frame: %s", error)

    def _stop(self) -> None:
        with suppress(Exception):  # as above; the terminal may be gone
            self._live.stop()


def frame(title: str, pulse: RunPulse, room: int) -> RenderableType:
    """One frame with at most `room` accounts."""
    parts: list[RenderableType] = [
        _bar(title, pulse),
        _results(pulse.settled) or Text("nothing done yet", "dim"),
    ]
    if pulse.halted is not None:
        parts.append(Text(f"halted: {pulse.halted}; waiting for what is on its way", "bold red"))
    return Group(*parts, Text(), _Accounts(pulse, room))


def _bar(title: str, pulse: RunPulse) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
    grid.add_column(no_wrap=True)
    grid.add_column(ratio=1)
    grid.add_column(no_wrap=True)
    bar = ProgressBar(
        total=max(pulse.planned, 1), completed=pulse.done, complete_style="green", finished_style="green"
    )
    counts = Text(f"{pulse.done:,}/{pulse.planned:,}")
    if pulse.end is not None:
        counts.append(f"  ETA {clock(pulse.end, pulse.now)}, {span(pulse.end - pulse.now)}")
    grid.add_row(Text(title, "bold", overflow="ellipsis"), bar, counts)
    return grid


def _results(settled: Mapping[Result, int]) -> Text:
    text = Text()
    for result, count in settled.items():
        if count:
            text.append("  " if text else "")
            text.append(f"{words(result)} {count:,}", STYLES[result])
    return text


class _Accounts:
    """One line an account; results in words if there is room, else a count of what went wrong."""

    def __init__(self, pulse: RunPulse, room: int) -> None:
        self._pulse = pulse
        self._room = room

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self._table(wide=options.max_width >= ROOMY)

    def _table(self, wide: bool) -> Table:
        table = ruled_table()
        table.add_column("account", overflow="ellipsis", no_wrap=True, max_width=24 if wide else 16)
        table.add_column("done", justify="right", no_wrap=True)
        table.add_column("so far" if wide else "trouble", justify="left" if wide else "right", no_wrap=True)
        table.add_column("queued", justify="right", no_wrap=True)
        table.add_column("now")
        table.add_column("ETA", justify="right", no_wrap=True)
        for account in self._pulse.accounts[: self._room]:
            table.add_row(*_cells(account, self._pulse.now, wide))
        if hidden := self._pulse.accounts[self._room :]:
            finished = sum(account.done == account.planned for account in hidden)
            rest = f"{finished:,} of them done"
            table.add_row(Text(f"and {len(hidden):,} more", "dim"), "", "", "", Text(rest, "dim"))
        return table


def _cells(account: AccountPulse, now: float, wide: bool) -> tuple[Text, ...]:
    doing = _doing(account, now)
    doing.no_wrap, doing.overflow = True, "ellipsis"
    return (
        Text(account.account),
        Text(f"{account.done:,}/{account.planned:,}"),
        _results(account.settled) if wide else _trouble(account.settled),
        count_text(account.queued),
        doing,
        Text("" if account.end is None else clock(account.end, now)),
    )


def _trouble(settled: Mapping[Result, int]) -> Text:
    count = sum(settled.values()) - settled[Result.STARTED] - settled[Result.ALREADY_ACTIVE]
    return Text(f"{count:,}", "red") if count else count_text(0)


def _doing(account: AccountPulse, now: float) -> Text:
    if account.done == account.planned:
        return Text("done", "dim")
    if account.wait is not None:
        return Text(account.wait.countdown(now), "yellow")
    return Text("sends" if account.queued else "awaits answers")
