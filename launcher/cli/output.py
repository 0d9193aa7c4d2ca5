"""Data goes to stdout, talk to stderr."""

import io
import os
import sys
from contextlib import suppress


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


def talk(line: str) -> None:
    """Print what is not data; never fails, a closed stderr must not end a run."""
    with suppress(OSError, ValueError):
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
