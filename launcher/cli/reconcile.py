"""`launcher reconcile KEY`: settle a run's unknown launches by reading state; starts nothing."""

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from launcher.cli import options, who
from launcher.cli.loading import load_plan
from launcher.cli.output import talk
from launcher.cli.targets import check_targets
from launcher.outcome import Result

if TYPE_CHECKING:
    from launcher.plan.model import Plan
    from launcher.report.stopped import Stopped
    from launcher.report.summary import Summary


def add_parser(verbs: options.Verbs) -> None:
    """Add the verb."""
    parser = options.add_verb(
        verbs,
        "reconcile",
        reconcile,
        "read the state of a run's unknown launches and settle them; starts nothing",
        "examples:\n  launcher reconcile nightly-2026-11-23\n"
        "  launcher reconcile nightly-2026-11-23 --manifest campaigns.yaml",
    )
    parser.add_argument(
        "key", metavar="KEY", type=options.named, help="the run key; `launcher runs` lists them"
    )
    parser.add_argument(
        "--manifest",
        metavar="MANIFEST",
        type=options.named,
        help="where accounts and credentials are (default: the run's own manifest)",
    )
    options.add_journal(parser)
    parser.add_argument(
        "--report", metavar="FILE", type=options.named, action="append", default=[], help="write the report"
    )
    options.add_json(parser, "the report")
    options.add_verbosity(parser)


def reconcile(arguments: argparse.Namespace) -> int:
    """Settle what can be settled; the exit code is the run's."""
    from launcher.cli.run import launch  # noqa: PLC0415  # see below
    from launcher.report.write import wants_timeline  # noqa: PLC0415  # see below
    from launcher.session import Options  # noqa: PLC0415  # sqlite3 comes with it

    summary, stopped = _recorded(arguments)
    arguments.manifest = arguments.manifest or summary.run.manifest
    check_targets(arguments)
    if not summary.totals().results[Result.UNKNOWN]:
        return _nothing_to_settle(summary, stopped, arguments)
    plan = _of_the_run(load_plan(arguments.manifest)[0], summary)  # it has the credentials
    settings = Options(
        key=arguments.key,
        journal=arguments.journal,
        only=("unknown",),
        starts=False,
        by=who.mandate(arguments),
        timeline=wants_timeline(arguments.report),
    )
    return launch(plan, settings, arguments)


def _of_the_run(plan: "Plan", summary: "Summary") -> "Plan":
    """Without what was not part of the run, perhaps left out by `--select`, and is none of its doubts."""
    rows = (row for row in summary.rows() if not row.removed or row.result is Result.UNKNOWN)
    known = {(row.account_id, row.stream_id, row.campaign_id, row.channel) for row in rows}
    return replace(plan, launches=tuple(launch for launch in plan.launches if launch.identity[1:] in known))


def _recorded(arguments: argparse.Namespace) -> "tuple[Summary, Stopped | None]":
    from launcher.cli.journal_reading import open_journal  # noqa: PLC0415  # sqlite3, only when used
    from launcher.report.stopped import Stopped  # noqa: PLC0415  # see above
    from launcher.report.summary import Summary  # noqa: PLC0415  # see above

    with open_journal(arguments) as journal:
        summary = Summary.of(journal.events(arguments.key), arguments.key)
        return summary, Stopped.in_journal(journal, summary)


def _nothing_to_settle(summary: "Summary", stopped: "Stopped | None", arguments: argparse.Namespace) -> int:
    """The journal stays as it is: a run that nobody worked on did not end once more."""
    from launcher.cli.exit_codes import of_summary  # noqa: PLC0415  # see reconcile
    from launcher.report.background import Background  # noqa: PLC0415  # only here
    from launcher.report.write import write_report  # noqa: PLC0415  # only here

    talk(f"no launch of {arguments.key} is unknown; nothing was read or changed")
    for target in [*arguments.report, *(["-"] if arguments.json else [])]:
        write_report(summary, target, background=Background(stopped=stopped))
    recorded = summary.run.exit_code
    return of_summary(summary) if recorded is None else recorded
