"""`launcher pause KEY`: let a running launcher start nothing until it is resumed."""

import argparse
import shlex

from launcher.cli import options, ordering


def add_parser(verbs: options.Verbs) -> None:
    """Add the verb."""
    parser = options.add_verb(
        verbs,
        "pause",
        pause,
        "let the launcher that works on a run send no further start until `resume`",
        'examples:\n  launcher pause nightly-2026-11-23 --reason "call centre is full"\n\n'
        "Reads of state go on, and so does the deadline. The order ends with the launcher's process.",
    )
    ordering.add_options(parser)


def pause(arguments: argparse.Namespace) -> int:
    """Give the order."""
    from launcher.journal.orders import LEASE, OrderKind  # noqa: PLC0415  # sqlite3, only when used

    again = f"`launcher resume {shlex.quote(arguments.key)}`"
    effect = f"sends no further start within {LEASE:g} s, until {again}"
    return ordering.order(arguments, OrderKind.PAUSE, effect)
