"""Options that several verbs share, said once."""

import argparse
from collections.abc import Callable
from typing import Any

Verbs = Any
"""argparse's sub-parser action, whose class has no public name."""


def add_verb(
    verbs: Verbs, name: str, verb: Callable[[argparse.Namespace], int], summary: str, epilog: str
) -> argparse.ArgumentParser:
    """A sub-parser for `verb`, with its one-line summary and examples."""
    parser: argparse.ArgumentParser = verbs.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(verb=verb)
    return parser


def add_manifest(parser: argparse.ArgumentParser) -> None:
    """The manifest, the first argument."""
    parser.add_argument("manifest", metavar="M", help="the manifest (YAML)")


def add_json(parser: argparse.ArgumentParser, what: str) -> None:
    """`--json`."""
    parser.add_argument("--json", action="store_true", help=f"print {what} as JSON")


def add_journal(parser: argparse.ArgumentParser) -> None:
    """`--journal`."""
    parser.add_argument(
        "--journal",
        metavar="FILE",
        help="the durable record (default: LAUNCHER_JOURNAL, else the platform's state directory)",
    )


def add_verbosity(parser: argparse.ArgumentParser) -> None:
    """`-v` and `--log-format`."""
    parser.add_argument(
        "-v",
        "--verbose",
        action="count",
        default=0,
        help="log results, retries and throttling; -vv logs every attempt and read",
    )
    parser.add_argument("--log-format", choices=("text", "json"), default="text", help="form of log lines")
