"""`launcher run M`: start the campaigns of a manifest; the same run key again continues the run."""

import argparse
import gc
import sys
import time
from typing import TYPE_CHECKING

from launcher.cli import before_run, hints, options, selection, telemetry, who
from launcher.cli.asking import confirm, introduce, remind
from launcher.cli.exit_codes import ExitCode
from launcher.cli.output import display, say, sends, silence_stdout, talk, unwritable
from launcher.cli.stopping import Signals
from launcher.cli.targets import check_targets
from launcher.errors import JournalError, UsageError, coded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from launcher.journal.port import PastRequest
    from launcher.plan.model import Plan
    from launcher.report.background import Background
    from launcher.report.conclusion import Commands
    from launcher.report.progress import Progress
    from launcher.session import Options, Report, Session

_EXAMPLES = """\
examples:
  launcher run campaigns.yaml --dry-run            what would be sent; nothing is
  launcher run campaigns.yaml --sandbox            rehearse; add =faults for a nasty rehearsal
  launcher run campaigns.yaml --report out.json    start; the same again continues and starts nothing twice
  launcher run campaigns.yaml --key evening-2      a run of its own

The first Ctrl-C (or SIGTERM) sends nothing more and waits for what is in flight, the second ends at once.
"""


def add_parser(verbs: options.Verbs) -> None:
    """Add the verb."""
    parser = options.add_verb(
        verbs, "run", run, "start the campaigns; the same run key again continues, never repeats", _EXAMPLES
    )
    options.add_manifest(parser)
    parser.add_argument(
        "--key", type=options.named, help="the run key (default: manifest name and local date)"
    )
    options.add_journal(parser)
    _add_safety(parser)
    parser.add_argument(
        "--report",
        metavar="FILE",
        type=options.named,
        action="append",
        default=[],
        help="write the report, format by suffix (.json, .html, .csv, .md, .xml, .tap); may be repeated",
    )
    parser.add_argument(
        "--concurrency", metavar="N", type=options.positive, help="requests in flight over all accounts"
    )
    parser.add_argument(
        "--sandbox",
        metavar="SCENARIO",
        nargs="?",
        help="send everything to the built-in stand-in; =demo, =faults or a fault's name makes it misbehave",
    )
    parser.add_argument(
        "--share",
        metavar="N%",
        type=options.percent,
        default=1.0,
        help="use only this part of every budget, when launchers on other machines use the rest",
    )
    parser.add_argument("--dry-run", action="store_true", help="show the plan and send nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask before sending")
    telemetry.add_options(parser)
    options.add_json(parser, "the report")
    options.add_verbosity(parser)


def _add_safety(parser: argparse.ArgumentParser) -> None:
    selection.add_options(parser)
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        choices=("failed", "unknown", "not-attempted"),
        help="on a rerun, leave all other launches as they are; may be repeated",
    )
    parser.add_argument(
        "--allow-restart",
        metavar="ID",
        type=options.named,
        action="append",
        default=[],
        help="start this campaign in spite of the cooldown; needs --reason",
    )
    parser.add_argument(
        "--continue",
        dest="go_on",
        action="store_true",
        help="a person looked: open the gate that holds the run, or go on with a run that `launcher stop` "
        "stopped (needs --reason)",
    )
    who.add_mandate(parser)


def run(arguments: argparse.Namespace) -> int:
    """Load, plan, confirm, launch, report."""
    check_targets(arguments)
    telemetry.check_options(arguments)
    if arguments.allow_restart and not arguments.reason:
        raise UsageError("--allow-restart needs --reason TEXT, for the record")
    _spare_the_collector()
    prepared = before_run.prepare(arguments)
    if arguments.dry_run:
        return _dry_run(prepared.plan, arguments)
    reminded = remind(prepared.plan, arguments)
    prepared = before_run.look(prepared, arguments)
    confirm(prepared.plan, arguments, reminded=reminded)
    return launch(prepared.plan, _options(arguments, prepared.past), arguments)


def _spare_the_collector() -> None:
    """Look for garbage cycles seldom: a run makes few, and to look through its launches costs a fifth."""
    gc.set_threshold(50_000, 20, 100)


def _options(arguments: argparse.Namespace, past: "Sequence[PastRequest]" = ()) -> "Options":
    from launcher.report.write import wants_timeline  # noqa: PLC0415  # see run
    from launcher.session import Options  # noqa: PLC0415  # sqlite3 comes with it

    return Options(
        key=arguments.key,
        journal=arguments.journal,
        sandbox=arguments.sandbox,
        concurrency=arguments.concurrency,
        share=arguments.share,
        only=arguments.only,
        allow_restart=dict.fromkeys(arguments.allow_restart, arguments.reason),
        by=who.mandate(arguments),
        go_on=arguments.go_on,
        timeline=wants_timeline(arguments.report),
        past_requests=past,
    )


def _dry_run(plan: "Plan", arguments: argparse.Namespace) -> int:
    from launcher.cli.plan import show  # noqa: PLC0415  # only here
    from launcher.engine.forecast import forecast  # noqa: PLC0415  # only here
    from launcher.session import adapted  # noqa: PLC0415  # see _options

    plan = adapted(plan, _options(arguments))
    show(plan, forecast(plan, now=time.time()), as_json=arguments.json)
    talk("dry run: nothing was sent")
    return ExitCode.OK


def launch(plan: "Plan", options: "Options", arguments: argparse.Namespace) -> int:
    """Run a session with progress, logs and signals, and say what became of it."""
    import anyio  # noqa: PLC0415  # the event loop, only when something is sent

    # Now, not when it is printed: nothing that may be missing then must be needed after something was sent.
    from launcher.report import table  # noqa: F401, PLC0415  # see above

    if options.sandbox is not None:
        from launcher.sandbox import serve  # noqa: F401, PLC0415  # see above

    with Signals() as signals:
        report = anyio.run(_execute, plan, options, arguments, signals)
        with telemetry.table_beside_events(arguments):
            _tell(report, arguments)
    return report.exit_code


async def _execute(
    plan: "Plan", options: "Options", arguments: argparse.Namespace, signals: Signals
) -> "Report":
    import anyio  # noqa: PLC0415  # see launch

    from launcher.session import open_session  # noqa: PLC0415  # see _options

    async with open_session(plan, options) as session:
        progress = _watch(session, arguments)
        signals.stop(session)
        sends(arguments)
        introduce(session, arguments)
        try:
            with telemetry.telling(arguments, session):
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(progress.run)
                    report = await session.execute()
                    signals.rest()
                    progress.close()
        finally:
            progress.close()
    return report


def _watch(session: "Session", arguments: argparse.Namespace) -> "Progress":
    from launcher.report.event_log import EventLog  # noqa: PLC0415  # see run
    from launcher.report.log import configure_logging  # noqa: PLC0415  # see run
    from launcher.report.progress import progress_for  # noqa: PLC0415  # see run

    configure_logging(arguments.verbose, arguments.log_format)
    session.watch(EventLog(session.summary))
    progress = progress_for(
        session.summary,
        session.plan,
        sys.stderr,
        time.time,
        ends=session.ends,
        as_records=arguments.log_format == "json",
    )
    session.watch(progress)
    return progress


def _tell(report: "Report", arguments: argparse.Namespace) -> None:
    """Say what became of it. Report files first: they matter more than a terminal that may be gone."""
    from launcher.report.background import Background  # noqa: PLC0415  # see run
    from launcher.report.write import ReportError, write_report  # noqa: PLC0415  # see run

    background = Background(
        timeline=report.timeline,
        commands=_commands(report, arguments),
        rehearsal=_is_rehearsal(report, arguments),
        stopped=report.stopped,
    )
    for target in arguments.report:
        try:
            write_report(report.summary, target, background=background)
        except ReportError as error:  # the exit code tells of the campaigns, which matter more
            talk(coded(f"launcher: {error}", error.code))
    if report.journal_trouble is not None:
        talk(coded(f"launcher: {report.journal_trouble}", JournalError.code))
    try:
        _print(report, arguments, background)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read it has enough
        silence_stdout()
    except OSError as error:
        talk(f"launcher: {unwritable(error) or error}")
        silence_stdout()
    except ReportError as error:
        talk(coded(f"launcher: {error}", error.code))
        silence_stdout()


def _print(report: "Report", arguments: argparse.Namespace, background: "Background") -> None:
    if arguments.json:
        from launcher.report.write import write_report  # noqa: PLC0415  # see run

        write_report(report.summary, "-", background=background)
    else:
        from launcher.report.table import run_table  # noqa: PLC0415  # rich, only for people

        rehearsal, commands = background.rehearsal, background.commands_for(report.summary)
        display(run_table(report.summary, commands, report.stopped, rehearsal=rehearsal))
    if report.ledger is not None:
        from launcher.sandbox.serve import totals_line  # noqa: PLC0415  # rehearsals only

        (talk if arguments.json else say)(totals_line(report.ledger))


def _is_rehearsal(report: "Report", arguments: argparse.Namespace) -> bool:
    """Whether it was one of which nothing is kept."""
    return report.ledger is not None and arguments.journal is None


def _commands(report: "Report", arguments: argparse.Namespace) -> "Commands":
    from launcher.report.conclusion import Commands  # noqa: PLC0415  # see _print

    key = report.summary.key
    if _in_sandbox(arguments) and arguments.journal is None:  # nothing of it was kept
        return Commands(rerun=hints.first_run(arguments.manifest, arguments))
    ordered = report.summary.ordered or (report.stopped is not None and report.stopped.in_force)
    return Commands(
        rerun=hints.continue_run(
            arguments, key, arguments.manifest, held=report.summary.held, ordered=ordered
        ),
        settle=None if _in_sandbox(arguments) else hints.of_run("reconcile", key, arguments),
        details=hints.of_run("report", key, arguments, "--json"),
    )


def _in_sandbox(arguments: argparse.Namespace) -> bool:
    return getattr(arguments, "sandbox", None) is not None  # `reconcile` has no such option
