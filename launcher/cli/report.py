"""`launcher report KEY`: render a run's report again, from the journal alone."""

import argparse
from typing import TYPE_CHECKING

from launcher.cli import hints, options
from launcher.cli.exit_codes import ExitCode
from launcher.cli.output import display
from launcher.cli.targets import check_targets
from launcher.errors import UsageError

if TYPE_CHECKING:
    from launcher.report.conclusion import Commands
    from launcher.report.stopped import Stopped
    from launcher.report.summary import Summary

FORMATS = ("json", "csv", "junit", "md", "html", "tap")
"""What `--format` prints; spelled out, for `--help` imports no renderer."""


def add_parser(verbs: options.Verbs) -> None:
    """Add the verb."""
    parser = options.add_verb(
        verbs,
        "report",
        report,
        "show a run's report again, from the journal alone",
        "examples:\n  launcher report nightly-2026-11-23\n  launcher report nightly-2026-11-23 --format md\n"
        "  launcher report nightly-2026-11-23 --report nightly.html --report nightly.csv",
    )
    parser.add_argument(
        "key", metavar="KEY", type=options.named, help="the run key; `launcher runs` lists them"
    )
    options.add_journal(parser)
    parser.add_argument(
        "--report",
        metavar="FILE",
        type=options.named,
        action="append",
        default=[],
        help="write it to FILE, format by suffix; may be repeated",
    )
    parser.add_argument("--format", choices=FORMATS, help="print it in this form instead of as a table")
    options.add_json(parser, "the report")


def report(arguments: argparse.Namespace) -> int:
    """Render the run as the journal has it now."""
    from launcher.cli.journal_reading import open_journal  # noqa: PLC0415  # sqlite3, only when used
    from launcher.report.background import Background  # noqa: PLC0415  # see above
    from launcher.report.stopped import Stopped  # noqa: PLC0415  # see above
    from launcher.report.summary import Summary  # noqa: PLC0415  # see above
    from launcher.report.timeline import Timeline  # noqa: PLC0415  # see above
    from launcher.report.write import print_report, write_report  # noqa: PLC0415  # see above

    printed = _printed(arguments)
    check_targets(arguments)
    timeline = Timeline()
    with open_journal(arguments) as journal:
        events = timeline.passing(journal.events(arguments.key))
        summary = Summary.of(events, arguments.key)
        stopped = Stopped.in_journal(journal, summary)
    commands = _commands(summary, stopped, arguments)
    background = Background(timeline=timeline, commands=commands, stopped=stopped)
    for target in arguments.report:
        write_report(summary, target, background=background)
    if printed:
        print_report(summary, printed, background=background)
    elif not arguments.report:
        from launcher.report.table import run_table  # noqa: PLC0415  # rich, only for people

        display(run_table(summary, commands, stopped))
    return ExitCode.OK


def _printed(arguments: argparse.Namespace) -> str | None:
    if arguments.json and arguments.format not in {None, "json"}:
        raise UsageError(f"--json and --format {arguments.format}: give one of them")
    return "json" if arguments.json else arguments.format


def _commands(summary: "Summary", stopped: "Stopped | None", arguments: argparse.Namespace) -> "Commands":
    from launcher.report.conclusion import Commands  # noqa: PLC0415  # see report

    in_force = stopped is not None and stopped.in_force
    arguments.sandbox = "" if summary.rehearsed else None
    return Commands(
        rerun=hints.continue_run(
            arguments, summary.key, summary.run.manifest, held=summary.held, ordered=in_force
        ),
        settle=None if summary.rehearsed else hints.of_run("reconcile", summary.key, arguments),
        details=hints.of_run("report", summary.key, arguments, "--json"),
    )
