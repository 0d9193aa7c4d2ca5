"""`launcher pause KEY` and `launcher resume KEY`: orders to the launcher that works on a run."""

import argparse
from typing import TYPE_CHECKING

from launcher.cli import options, who
from launcher.cli.exit_codes import ExitCode
from launcher.cli.output import talk
from launcher.errors import RefusedError

if TYPE_CHECKING:
    from launcher.journal.orders import OrderKind


def add_options(parser: argparse.ArgumentParser) -> None:
    """What both take."""
    parser.add_argument(
        "key", metavar="KEY", type=options.named, help="the run key; `launcher runs` lists them"
    )
    who.add_mandate(parser)
    options.add_journal(parser)


def order(arguments: argparse.Namespace, kind: "OrderKind", effect: str) -> int:
    """Give the order; `effect` says what it does, after who obeys.

    Raises:
        RefusedError: nobody works on the run.
    """
    from launcher.cli.journal_reading import open_journal  # noqa: PLC0415  # sqlite3, only when used

    with open_journal(arguments) as journal:
        owner = journal.owner(arguments.key)
        if owner is None:
            raise RefusedError(
                f"nobody works on run '{arguments.key}' now; there is nothing to {kind}", code="L037"
            )
        journal.order(arguments.key, kind, who.mandate(arguments))
    talk(f"launcher: {owner} {effect}")
    return ExitCode.OK
