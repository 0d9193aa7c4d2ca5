"""Progress as plain lines, for logs and pipes: every few seconds, when the run halts, and at the end."""

import logging
from typing import TextIO

import anyio

from launcher.journal.events import RunHalted, Watched
from launcher.plan.model import Plan
from launcher.report.forgiving_stream import ForgivingStream
from launcher.report.pulse import AccountPulse, Ends, Now, Pulse, RunPulse
from launcher.report.standing import words
from launcher.report.summary import Summary
from launcher.report.times import clock

_LOG = logging.getLogger(__name__)

INTERVAL = 5.0
"""Seconds between two lines."""


class LineProgress:
    """Writes how the run stands, one line at a time. An observer of the engine.

    Args:
        summary: counts of the run; it must see each event before this does.
        plan: whose accounts are shown.
        stream: where the lines go; may be closed, or break at any moment. None: they are log records.
        now: wall time, seconds since the epoch.
        ends: seconds until each account is done, for the estimate.
        interval: seconds between two lines.
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
    ) -> None:
        self._pulse = Pulse(summary, plan, ends)
        self._stream = None if stream is None else ForgivingStream(stream)
        self._now = now
        self._interval = interval
        self._closed = False
        self._wake: anyio.Event | None = None

    def on_event(self, event: Watched) -> None:
        """Take one event in; only a halt is told at once."""
        self._pulse.on_event(event)
        if isinstance(event, RunHalted):
            self._tell()

    async def run(self) -> None:
        """Write a line every `interval` seconds until `close`."""
        self._wake = anyio.Event()
        async with self._pulse.looking_ahead(self._now):
            while not self._closed:
                self._tell()
                with anyio.move_on_after(self._interval):
                    await self._wake.wait()

    def close(self) -> None:
        """Write the last line and end `run`; once is enough."""
        if self._closed:
            return
        self._closed = True
        if self._wake is not None:  # else nothing was ever shown
            self._tell()
            self._wake.set()

    def _tell(self) -> None:
        if self._stream is not None and self._stream.broken:
            return
        try:
            text = line(self._pulse.look(self._now()))
        except Exception as error:  # noqa: BLE001 - a defect of the display must not end a run
            _LOG.debug("no progress line: %s", error)
            return
        if self._stream is None:
            _LOG.info("%s", text)
        else:
            self._stream.write(text + "\n")
            self._stream.flush()


def line(pulse: RunPulse) -> str:
    """`12:03:05 38/60 started 36 rejected 1 · acme: waits for its budget, 41 s, 22 queued · ETA 12:05:10`."""
    parts = [_counts(pulse)]
    if pulse.halted is not None:
        parts.append(f"halted: {pulse.halted}")
    if waiting := pulse.waiting:
        first, *others = waiting
        more = f" (and {len(others):,} more)" if others else ""
        parts.append(_wait(first, pulse.now) + more)
    if pulse.end is not None:
        parts.append(f"ETA {clock(pulse.end, pulse.now)}")
    return " · ".join(parts)


def _counts(pulse: RunPulse) -> str:
    results = [f"{words(result)} {count}" for result, count in pulse.settled.items() if count]
    return " ".join([clock(pulse.now, pulse.now), f"{pulse.done}/{pulse.planned}", *results])


def _wait(account: AccountPulse, now: float) -> str:
    waits = "" if account.wait is None else account.wait.describe(now)
    return f"{account.account}: {waits}, {account.queued:,} queued"
