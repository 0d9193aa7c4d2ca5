"""`launcher runs`: what the journal knows, and whether it can be trusted."""

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
        "list the runs in the journal, or check that it can be trusted",
        "examples:\n  launcher runs\n  launcher runs --json\n  launcher runs check\n"
        "  launcher runs check nightly-2026-11-23",
    )
    parser.add_argument("action", nargs="?", choices=("list", "check"), default="list", help="default: list")
    parser.add_argument("key", nargs="?", metavar="KEY", help="only this run")
    options.add_journal(parser)
    options.add_json(parser, "the runs, or the findings")


def list_runs(arguments: argparse.Namespace) -> int:
    """Print one line a run, or what is wrong with the journal."""
    from launcher.cli.journal_reading import open_journal  # noqa: PLC0415  # sqlite3, only when used
    from launcher.report.summary import Summary  # noqa: PLC0415  # see above

    if arguments.action == "check":
        return _check(arguments)
    with open_journal(arguments) as journal:
        keys = [run.key for run in reversed(journal.runs()) if arguments.key in {None, run.key}]
        runs = [_describe(Summary.of(journal.events(key), key), journal.owner(key)) for key in keys]
    if arguments.json:
        say(json.dumps(runs, indent=2))
        return ExitCode.OK
    for run in runs:
        say("{started_at}  {started:>6} of {planned:<6} started  {state:<12}  {key}".format(**run))
    return ExitCode.OK


def _check(arguments: argparse.Namespace) -> int:
    """Findings go to stdout; the exit code says whether there are any."""
    from launcher.cli.journal_reading import open_journal  # noqa: PLC0415  # sqlite3, only when used
    from launcher.journal.check import check  # noqa: PLC0415  # see above

    with open_journal(arguments) as journal:
        findings = check(journal, arguments.key)
        checked = journal.path
    if arguments.json:
        say(json.dumps({"journal": str(checked), "findings": findings}, indent=2))
    else:
        for finding in findings or [f"{checked}: sound; every history is legal and the totals add up"]:
            say(finding)
    return ExitCode.SOME_FAILED if findings else ExitCode.OK


def _describe(summary: "Summary", owner: str | None) -> dict[str, Any]:
    from launcher.outcome import Result  # noqa: PLC0415  # see list_runs
    from launcher.report.times import iso_utc  # noqa: PLC0415  # see list_runs

    totals, run = summary.totals(), summary.run
    ended = "not finished" if run.exit_code is None else f"exit code {run.exit_code}"
    return {
        "key": summary.key,
        "manifest": run.manifest,
        "started_at": None if run.started_at is None else iso_utc(run.started_at),
        "planned": totals.planned,
        "started": totals.results[Result.STARTED],
        "exit_code": run.exit_code,
        "owner": owner,
        "state": ended if owner is None else "running",
    }
