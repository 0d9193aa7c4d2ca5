"""`--select` and `--exclude`: a part of a manifest's launches."""

import argparse
import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from launcher.cli import options
from launcher.cli.output import talk
from launcher.errors import RefusedError

if TYPE_CHECKING:
    from launcher.journal.store import Journal
    from launcher.manifest.model import Identity
    from launcher.outcome import Result
    from launcher.plan.model import Plan
    from launcher.plan.selection import Results

LAST = "last"
"""As `launcher.plan.selection` has it."""
_HELP = (
    "only launches that match: account: bot: stream: campaign: tag: name: with a glob, or "
    "result:failed@last; comma is and, repeated is or"
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add both."""
    for option, text in (("--select", _HELP), ("--exclude", "leave out what matches, whatever selects it")):
        parser.add_argument(
            option, metavar="EXPR", type=options.named, action="append", default=[], help=text
        )


def narrow(plan: "Plan", arguments: argparse.Namespace) -> "Plan":
    """The plan as `--select` and `--exclude` leave it; says on stderr how much that is.

    Raises:
        UsageError: an expression is none, or names a run that is not there.
        RefusedError: nothing is left, or no run came before.
        JournalError: an expression asks for a result, and the journal cannot be read.
    """
    if not arguments.select and not arguments.exclude:
        return plan
    from launcher.plan.selection import Selection  # noqa: PLC0415  # only when asked for

    selection = Selection.read(arguments.select, arguments.exclude)
    results = _results(selection.runs, plan, arguments)
    narrowed = selection.narrow(plan, results)
    for sentence in selection.idle(plan, results):
        talk(f"launcher: {sentence}")
    talk(f"selected {len(narrowed.launches):,} of {len(plan.launches):,} launches")
    return narrowed


def _results(runs: Iterable[str], plan: "Plan", arguments: argparse.Namespace) -> "Results":
    if not runs:
        return {}
    from launcher.cli.journal_reading import open_journal  # noqa: PLC0415  # sqlite3, only when used

    rehearsed = getattr(arguments, "sandbox", None) is not None
    with open_journal(arguments) as journal:
        return {
            run: _latest(journal, plan, rehearsed=rehearsed) if run == LAST else _ends(journal, run)[1]
            for run in runs
        }


def _latest(journal: "Journal", plan: "Plan", *, rehearsed: bool) -> "dict[Identity, Result]":
    """The ends of the latest run of the same manifest: its run key is the default one, or its file the same.

    A rehearsal is not looked at when campaigns are started for real, nor the other way round.
    """
    path = os.path.realpath(plan.manifest_path)
    default_key = re.compile(re.escape(plan.name) + r"-\d{4}-\d\d-\d\d")
    for row in reversed(journal.runs()):
        if default_key.fullmatch(row.key) or os.path.realpath(row.manifest) == path:
            was_rehearsed, ends = _ends(journal, row.key)
            if was_rehearsed is rehearsed:
                return ends
    raise RefusedError(
        f"journal {journal.path} has no earlier run of '{plan.name}' for 'result:…@last'; nothing was sent",
        code="L033",
    )


def _ends(journal: "Journal", key: str) -> "tuple[bool, dict[Identity, Result]]":
    """Whether the run was a rehearsal, and where its launches ended, with the real hosts."""
    from launcher.journal.replay import History  # noqa: PLC0415  # see _results
    from launcher.plan.rehearsal import is_rehearsed, real  # noqa: PLC0415  # see _results
    from launcher.report.standing import result_now  # noqa: PLC0415  # see _results

    records = History.of(journal.events(key)).records
    rehearsed = any(is_rehearsed(record.planned.identity) for record in records)
    return rehearsed, {real(record.planned.identity): result_now(record) for record in records}
