"""Who gives the command, and why: for the journal and the report."""

import argparse
import os
from typing import TYPE_CHECKING

from launcher.cli import options

if TYPE_CHECKING:
    from launcher.journal.orders import Mandate


def add_ticket(parser: argparse.ArgumentParser) -> None:
    """`--ticket`."""
    parser.add_argument(
        "--ticket", metavar="ID", type=options.named, help="what it belongs to, for the record"
    )


def add_mandate(parser: argparse.ArgumentParser) -> None:
    """`--reason` and `--ticket`."""
    parser.add_argument("--reason", metavar="TEXT", type=options.named, help="why, for the record")
    add_ticket(parser)


def mandate(arguments: argparse.Namespace) -> "Mandate":
    """Who it is (LAUNCHER_OPERATOR, else the login name), with the words of the command line."""
    from launcher.journal.orders import Mandate  # noqa: PLC0415  # sqlite3, only when used

    return Mandate(_operator(), getattr(arguments, "reason", None), getattr(arguments, "ticket", None))


def _operator() -> str | None:
    if named := os.environ.get("LAUNCHER_OPERATOR", "").strip():
        return named
    import getpass  # noqa: PLC0415  # seldom needed

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user may have no name
        return None
