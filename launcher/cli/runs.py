"""`launcher runs`: what the journal knows."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from launcher.cli import options
from launcher.cli.exit_codes import ExitCode
from launcher.cli.output import say

if TYPE_CHECKING:
    from launcher.report.summary import Summary


def add_parser(verbs: options.Verbs) -> None:
    """Add the verb and its own verbs."""
    parser = options.add_verb(
        verbs,
        "runs",
        list_runs,
        "list the runs in the journal, newest first",
        "examples:\n  launcher runs\n  launcher runs --json",
    )
    options.add_journal(parser)
    options.add_json(parser, "the runs")


def list_runs(arguments: argparse.Namespace) -> int:
    """Print one line a run."""
    from launcher.cli.journal_reading import open_journal  # noqa: PLC0415  # sqlite3, only when used
    from launcher.report.summary import Summary  # noqa: PLC0415  # see above

    with open_journal(arguments) as journal:
        runs = [_describe(Summary.of(journal.events(run.key), run.key)) for run in reversed(journal.runs())]
    if arguments.json:
        say(json.dumps(runs, indent=2))
        return ExitCode.OK
    for run in runs:
        say("{started_at}  {started:>6} of {planned:<6} started  {state:<12} {key}".format(**run))
    return ExitCode.OK


def _describe(summary: "Summary") -> dict[str, Any]:
    from launcher.outcome import Result  # noqa: PLC0415  # see list_runs
    from launcher.report.times import iso_utc  # noqa: PLC0415  # see list_runs

    totals, run = summary.totals(), summary.run
    return {
        "key": summary.key,
        "manifest": run.manifest,
        "started_at": None if run.started_at is None else iso_utc(run.started_at),
        "planned": totals.planned,
        "started": totals.results[Result.STARTED],
        "exit_code": run.exit_code,
        "state": "not finished" if run.exit_code is None else f"exit code {run.exit_code}",
    }
