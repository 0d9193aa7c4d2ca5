"""What a forecast says of send windows, waves, and what is not sent, for a terminal. Pure."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from launcher.manifest.model import Settings
from launcher.outcome import NotAttempted
from launcher.plan.forecast import AccountForecast, Forecast, Missed
from launcher.report.look import ruled_table
from launcher.report.plain import plain
from launcher.report.times import span, zoned

MISSES_SHOWN = 30
"""Rows of the table of windows."""


def outlook(forecast: Forecast, settings: Settings) -> Iterator[RenderableType]:
    """Paragraphs and tables; nothing where there is nothing to say."""
    for sentence in _sentences(forecast, settings):
        yield Text(sentence, "yellow")
    if forecast.late:
        yield _windows(forecast, settings.late)
    if forecast.waves:
        yield _waves(forecast, settings)


def finish(forecast: Forecast) -> str:
    """`done in 2 h 05 min (Tue 2026-11-24 09:04 EST)`, or how many are sent in that time."""
    unsent = sum(forecast.unsent.values())
    if unsent == forecast.launches > 0:
        return "none of which is sent"
    last = _last(forecast)
    when = "" if last is None else f" ({zoned(forecast.begins_at + forecast.makespan, last.zone)})"
    sent = forecast.launches - unsent
    what = f"{sent:,} of which {'is' if sent == 1 else 'are'} sent in" if unsent else "done in"
    return f"{what} {span(forecast.makespan)}{when}, if nothing goes wrong"


def _sentences(forecast: Forecast, settings: Settings) -> Iterator[str]:
    unsent, last = forecast.unsent, _last(forecast)
    many = f"of {forecast.launches:,} launches"
    if forecast.late and settings.late == "wait":
        until = "" if last is None else f"; the last wait until {_opens(last)} ({last.zone})"
        yield f"{forecast.late:,} {many} find their send window closed when it is their turn{until}"
    why = {
        NotAttempted.WINDOW: "their send window is closed (late: skip)",
        NotAttempted.HALTED: "a closed send window ends the run (late: fail)",
        NotAttempted.DEADLINE: f"the run may last {span(settings.deadline or 0.0)} (deadline)",
        NotAttempted.GATE: _gate(settings),
    }
    if settings.late != "skip":
        why[NotAttempted.WINDOW] = "their send window does not open within a year"
    for reason, count in unsent.items():
        yield f"{count:,} {many} not sent: {why.get(reason, reason)}"


def _gate(settings: Settings) -> str:
    if settings.gate == "ask":
        return "a person opens the gate after each wave (`run --continue`)"
    return "of a wave before them nothing is sent, so its gate stays closed"


def _last(forecast: Forecast) -> Missed | None:
    """The last window that is waited for."""
    end = forecast.begins_at + forecast.makespan
    every = (missed for account in forecast.accounts for missed, _ in account.missed)
    return max(
        (missed for missed in every if missed.opens_at is not None and missed.opens_at <= end),
        key=lambda missed: missed.opens_at or 0.0,
        default=None,
    )


def _opens(missed: Missed) -> str:
    return "" if missed.opens_at is None else zoned(missed.opens_at, missed.zone)


def _windows(forecast: Forecast, late: str) -> Table:
    table = ruled_table()
    table.add_column("account", overflow="fold")
    table.add_column("late", justify="right", no_wrap=True)
    table.add_column("window closes")
    table.add_column("what becomes of them")
    rows = [
        (account, missed, count)
        for account in sorted(forecast.accounts, key=lambda account: -account.late)
        for missed, count in account.missed
    ]
    for account, missed, count in rows[:MISSES_SHOWN]:
        table.add_row(*_window(account, missed, count, late))
    if (hidden := len(rows) - MISSES_SHOWN) > 0:
        table.add_row(Text(f"and {hidden:,} more", "dim"))
    return table


def _window(account: AccountForecast, missed: Missed, count: int, late: str) -> Sequence[RenderableType]:
    closes = "before the run" if missed.closed_at is None else zoned(missed.closed_at, missed.zone)
    opens = _opens(missed)
    become = {"wait": f"wait until {opens}", "skip": f"skipped, opens {opens}", "fail": "end the run"}
    told = become[late] if opens else "not sent: it does not open within a year"
    return Text(plain(account.account)), f"{count:,} of {account.launches:,}", closes, told


def _waves(forecast: Forecast, settings: Settings) -> RenderableType:
    table = ruled_table()
    for header in ("wave", "launches"):
        table.add_column(header, justify="right", no_wrap=True)
    for header in ("begins", "finish"):
        table.add_column(header)
    for number, wave in enumerate(forecast.waves, 1):
        begins = _after(forecast, wave.begins) or ("when a person opens the gate" if wave.held else "never")
        table.add_row(str(number), f"{wave.launches:,}", begins, _after(forecast, wave.finish) or "-")
    soak = f"{span(settings.soak)} of soak, then " if settings.soak else ""
    return Group(table, Text(f"between two waves: {soak}the states of the one before are read again", "dim"))


def _after(forecast: Forecast, seconds: float | None) -> str:
    """A moment of the run: after how long, or where windows say on which clock, what that shows."""
    if seconds is None:
        return ""
    if (last := _last(forecast)) is not None:
        return zoned(forecast.begins_at + seconds, last.zone)
    return "at once" if seconds == 0 else f"after {span(seconds)}"
