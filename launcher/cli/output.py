"""Data goes to stdout, talk to stderr."""

import io
import os
import sys
from contextlib import suppress


def open_missing_streams() -> None:
    """Streams that were closed (`2>&-`) lead nowhere from here on; no file gets their numbers."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115  # not ours to close


def forgive_encodings() -> None:
    """Names may have letters that the terminal's encoding has not; that must not end a run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def silence_stdout() -> None:
    """Whoever read our output went away: let the interpreter's last flush succeed."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(line: str) -> None:
    """Print data."""
    sys.stdout.write(line + "\n")


def display(renderable: object) -> None:
    """Print a table or the like for people."""
    from rich.console import Console  # noqa: PLC0415  # rich, only for people

    console = Console()
    # Captured: rich itself would end the process when whoever reads stdout goes away.
    with console.capture() as captured:
        console.print(renderable)
    sys.stdout.write(captured.get())


def talk(line: str) -> None:
    """Print what is not data; never fails, a closed stderr must not end a run."""
    with suppress(OSError, ValueError):
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
