"""Data goes to stdout, talk to stderr."""

import sys
from contextlib import suppress


def say(line: str) -> None:
    """Print data."""
    sys.stdout.write(line + "\n")


def talk(line: str) -> None:
    """Print what is not data; never fails, a closed stderr must not end a run."""
    with suppress(OSError, ValueError):
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
