"""`launcher resume KEY`: let a paused launcher go on."""

import argparse

from launcher.cli import options, ordering


def add_parser(verbs: options.Verbs) -> None:
    """Add the verb."""
    parser = options.add_verb(
        verbs,
        "resume",
        resume,
        "let the launcher that works on a paused run go on",
        "examples:\n  launcher resume nightly-2026-11-23",
    )
    ordering.add_options(parser)


def resume(arguments: argparse.Namespace) -> int:
    """Give the order."""
    from launcher.journal.orders import OrderKind  # noqa: PLC0415  # sqlite3, only when used

    return ordering.order(arguments, OrderKind.RESUME, "goes on")
