"""`--events`: lines for a program that follows the run, through a thread of their own.

Whatever the reader does, the run goes on: lines that find no room are dropped, and a line that says how many
takes their place as soon as there is room again.
"""

import errno
import os
import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from launcher.errors import UsageError
from launcher.journal.events import RunClosed, Watched
from launcher.report.plain import plain
from launcher.telemetry.event_lines import EventLines, Line
from launcher.telemetry.teller import CAPACITY, Mailbox, defect

STDOUT = "-"
_GONE = {errno.EPIPE, errno.EBADF, errno.ECONNRESET, errno.ENXIO}
"""Errors after which nothing can be written any more, unlike a full disk."""

Opener = Callable[[], int]
"""Gives the descriptor to write to; may block until there is a reader."""


def check_events(path: str) -> None:
    """Make sure, before the run, that lines can be written to `path`; raises UsageError."""
    if path == STDOUT or _is_fifo(path):
        return
    there = os.path.lexists(path)
    os.close(open_target(path)())
    if not there:  # a run that is refused after all leaves nothing behind
        with suppress(OSError):
            os.unlink(path)  # noqa: PTH108  # see _is_fifo


def open_target(path: str) -> Opener:
    """Open a file to append to; a named pipe only when it is written to.

    Raises:
        UsageError: it cannot be written; says why.
    """
    try:
        if path == STDOUT:
            descriptor = os.dup(sys.stdout.fileno())
        elif _is_fifo(path):
            return lambda: os.open(path, os.O_WRONLY)
        else:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOCTTY, 0o666)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(f"cannot write events to {plain(path)}: {reason}", code="L005") from error
    return lambda: descriptor


def unfinished(path: str) -> bool:
    """Whether the file ends in the middle of a line, because a writer was killed."""
    try:
        # Looked at before it is opened: opening a named pipe to read waits for somebody who writes.
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116  # see _is_fifo
            return False
        with Path(path).open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"
    except OSError:  # not there, empty, or not to be read
        return False


def _is_fifo(path: str) -> bool:
    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)  # noqa: PTH116  # a path that cannot be one is no FIFO
    except (OSError, ValueError):
        return False


class EventStream:
    """Writes the events of a run as lines. A teller.

    Args:
        lines: what the lines say.
        opener: where they go.
        torn: what is there ends in the middle of a line.
        now: wall time, seconds since the epoch.
        capacity: lines that wait for the reader.
    """

    def __init__(
        self,
        lines: EventLines,
        opener: Opener,
        *,
        torn: bool = False,
        now: Callable[[], float] = time.time,
        capacity: int = CAPACITY,
    ) -> None:
        self._lines = lines
        self._now = now
        self._writer = _Writer(opener, self._marker, torn=torn)
        self._mailbox: Mailbox[Iterable[Line]] = Mailbox("launcher-events", self._writer.write, capacity)
        self._mailbox.put([*lines.opening()])
        self._mailbox.put(lines.announcement())

    def on_event(self, event: Watched) -> None:
        """Queue one event, unless there is no room."""
        if isinstance(event, RunClosed):
            return  # told by `close`, with totals
        if self._mailbox.full:
            self._lines.skip()
        else:
            self._mailbox.put((self._lines.line(event),))

    def close(self) -> None:
        """Queue the last line."""
        self._mailbox.put_last((self._lines.closing(self._now()),))
        self._mailbox.close()

    def wait(self, seconds: float) -> str | None:
        """Wait for the reader."""
        in_time = self._mailbox.wait(seconds)
        missing = self._lines.numbered - self._writer.written
        if in_time:
            self._writer.close()
        if not missing:
            return None
        return f"{missing:,} of {self._lines.numbered:,} lines were not written: {self._why()}"

    def _why(self) -> str:
        if self._writer.trouble is not None:
            return self._writer.trouble
        error = self._mailbox.trouble
        return "the reader was too slow" if error is None else defect(error)

    def _marker(self, last: int, count: int) -> str:
        return self._lines.dropped(self._now(), last, count)


class _Writer:
    """Lines onto a descriptor, in the mailbox's thread."""

    def __init__(self, opener: Opener, marker: Callable[[int, int], str], *, torn: bool) -> None:
        self._opener = opener
        self._marker = marker
        self._descriptor: int | None = None
        self._torn = torn
        self._gone = False
        self._expected = 0
        self.written = 0
        """Lines of events, without those that say how many were dropped."""
        self.trouble: str | None = None
        """Why the first line was lost."""

    def write(self, lines: Iterable[Line]) -> None:
        for seq, text in lines:
            if self._gone:
                return
            try:
                self._write_line(seq, text)
            except OSError as error:
                self._gone = error.errno in _GONE
                self.trouble = self.trouble or (error.strerror or type(error).__name__)

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)

    def _write_line(self, seq: int, text: str) -> None:
        for piece in self._with_marker(seq, text):
            self._write_all(piece.encode())
        self.written += 1
        self._expected = seq + 1

    def _with_marker(self, seq: int, text: str) -> Iterator[str]:
        if seq > self._expected:
            yield self._marker(seq - 1, seq - self._expected)
            self._expected = seq  # the marker is there, also when the line itself then is not
        yield text

    def _write_all(self, data: bytes) -> None:
        if self._descriptor is None:
            self._descriptor = self._opener()
        if self._torn:
            data = b"\n" + data
        while data:
            done = os.write(self._descriptor, data)
            data = data[done:]
            self._torn = bool(data)  # if the next write fails, the line was cut off here
