"""`launcher explain [CODE]`: what an error code means and what to do."""

import argparse

from launcher.cli import options
from launcher.cli.exit_codes import ExitCode
from launcher.cli.output import say
from launcher.errors import UsageError

_EXAMPLES = """\
examples:
  launcher explain L031
  launcher explain          all codes, a line each

Every error line ends in such a code. docs/errors.md has the same texts on one page.

exit codes: 0 explained, 2 there is no such code
"""


def add_parser(verbs: options.Verbs) -> None:
    """Add the verb."""
    parser = options.add_verb(
        verbs, "explain", explain, "say what an error code means, and what to do", _EXAMPLES
    )
    parser.add_argument("code", metavar="CODE", nargs="?", type=options.named, help="such as L031")


def explain(arguments: argparse.Namespace) -> int:
    """Print a code's text, or the titles of all."""
    from launcher.error_codes import ENTRIES, find  # noqa: PLC0415  # only when used

    if arguments.code is None:
        for entry in ENTRIES:
            say(f"{entry.code}  {entry.title}")
        return ExitCode.OK
    found = find(arguments.code)
    if found is None:
        raise UsageError(f"there is no code '{arguments.code}'; `launcher explain` lists them")
    say(found.text())
    return ExitCode.OK
