"""`launcher report KEY`: render a run's report again, from the journal alone."""

import argparse
import shlex

from launcher.cli import options
from launcher.cli.exit_codes import ExitCode
from launcher.cli.output import display


def add_parser(verbs: options.Verbs) -> None:
    """Add the verb."""
    parser = options.add_verb(
        verbs,
        "report",
        report,
        "show a run's report again, from the journal alone",
        "examples:\n  launcher report nightly-2026-11-23\n  launcher report nightly-2026-11-23 --json",
    )
    parser.add_argument("key", metavar="KEY", help="the run key; `launcher runs` lists them")
    options.add_journal(parser)
    parser.add_argument(
        "--report", metavar="FILE", action="append", default=[], help="write it to FILE, format by suffix"
    )
    options.add_json(parser, "the report")


def report(arguments: argparse.Namespace) -> int:
    """Render the run as the journal has it now."""
    from launcher.cli.journal_reading import open_journal  # noqa: PLC0415  # sqlite3, only when used
    from launcher.report.summary import Summary  # noqa: PLC0415  # see above
    from launcher.report.write import check_target, write_report  # noqa: PLC0415  # see above

    for target in arguments.report:
        check_target(target)
    with open_journal(arguments) as journal:
        summary = Summary.of(journal.events(arguments.key), arguments.key)
    for target in arguments.report:
        write_report(summary, target)
    if arguments.json:
        write_report(summary, "-")
    elif not arguments.report:
        from launcher.report.table import rerun_command, run_table  # noqa: PLC0415  # rich, only for people

        # Without its journal the command would begin anew, and start everything again.
        where = f" --journal {shlex.quote(arguments.journal)}" if arguments.journal else ""
        display(run_table(summary, rerun_command(summary) + where))
    return ExitCode.OK
