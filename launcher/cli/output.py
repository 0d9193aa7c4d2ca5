"""Data goes to stdout, talk to stderr."""

import argparse
import errno
import io
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from launcher.report.plain import plain, redact


def sends(arguments: argparse.Namespace, what: str = "") -> None:
    """From here on the verb sends requests; `what`: no starts, only these words."""
    arguments.so_far = what


def so_far(arguments: argparse.Namespace) -> str:
    """What an interrupted verb has sent, as its line ends; nothing when nobody knows."""
    told: str = getattr(arguments, "so_far", "; nothing was sent")
    return told


def open_missing_streams() -> None:
    """Streams that were closed (`2>&-`) lead nowhere from here on; no file gets their numbers."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115  # not ours to close


def forgive_encodings() -> None:
    """Names and answers may have letters that the terminal's encoding has not; that must not end a run."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def buffer_stdout() -> None:
    """Undo PYTHONUNBUFFERED, usual in containers, for stdout.

    A text stream on a raw file drops what a write left over, without a word: a signal in the middle of a long
    report would cut it off.
    """
    stream = sys.stdout
    if isinstance(stream, io.TextIOWrapper) and isinstance(stream.buffer, io.RawIOBase):
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(stream.buffer), stream.encoding, stream.errors, line_buffering=stream.isatty()
        )


def silence_stdout() -> None:
    """Whoever read our output went away: let the interpreter's last flush succeed."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(line: str) -> None:
    """Print data."""
    sys.stdout.write(line + "\n")


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines of a plain table."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def display(renderable: object) -> None:
    """Print a table or the like for people."""
    from rich.console import Console  # noqa: PLC0415  # rich, only for people

    console = Console()
    # Captured: rich itself would end the process when whoever reads stdout goes away.
    with console.capture() as captured:
        console.print(renderable, crop=False)  # a command to be pasted may be longer than a line
    sys.stdout.write(captured.get())


_UNWRITABLE = {
    errno.ENOSPC: "free some space, then do it again",
    errno.EDQUOT: "free some space, then do it again",
    errno.EFBIG: "send it elsewhere",
    errno.EIO: "see to the disk, or send it elsewhere",
    errno.EBADF: "send it elsewhere",
}


def unwritable(error: OSError) -> str | None:
    """A sentence for output that did not get where it should; None when the error is about something else."""
    if error.errno not in _UNWRITABLE:
        return None
    where = error.filename or "standard output"
    return f"{where} cannot be written: {os.strerror(error.errno)}; {_UNWRITABLE[error.errno]}"


def talk(line: str) -> None:
    """Print what is not data, as one line that no terminal obeys: it may repeat what somebody typed.

    Never fails, a closed stderr must not end a run.
    """
    with suppress(OSError, ValueError):
        sys.stderr.write(plain(redact(line)) + "\n")
        sys.stderr.flush()


def warn(sentences: Iterable[str]) -> None:
    """Say what may be meant as it is, and be wrong."""
    for sentence in sentences:
        talk(f"launcher: warning: {sentence}")
