"""`launcher reconcile KEY`: settle a run's unknown launches by reading state; starts nothing."""

import argparse
from typing import TYPE_CHECKING

from launcher.cli import options
from launcher.errors import UsageError

if TYPE_CHECKING:
    from launcher.plan.model import Plan


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
    parser.add_argument("key", metavar="KEY", help="the run key; `launcher runs` lists them")
    parser.add_argument(
        "--manifest", metavar="M", help="where accounts and credentials are (default: the run's own manifest)"
    )
    options.add_journal(parser)
    parser.add_argument("--report", metavar="FILE", action="append", default=[], help="write the report")
    options.add_json(parser, "the report")
    options.add_verbosity(parser)


def reconcile(arguments: argparse.Namespace) -> int:
    """Settle what can be settled; the exit code is the run's."""
    import anyio  # noqa: PLC0415  # the event loop, only when used

    from launcher.cli.run import execute, tell  # noqa: PLC0415  # see above
    from launcher.report.write import check_target  # noqa: PLC0415  # see above
    from launcher.session import Options  # noqa: PLC0415  # see above

    for target in arguments.report:
        check_target(target)
    plan = _plan(arguments)
    settings = Options(key=arguments.key, journal=arguments.journal, only=("unknown",), starts=False)
    report = anyio.run(execute, plan, settings, arguments)
    tell(report, arguments)
    return report.exit_code


def _plan(arguments: argparse.Namespace) -> "Plan":
    """The manifest's plan, which has the credentials; the journal has none."""
    from launcher.cli.journal_reading import open_journal  # noqa: PLC0415  # sqlite3, only when used
    from launcher.manifest.load import load_manifest  # noqa: PLC0415  # yaml, only when used
    from launcher.plan.build import build_plan  # noqa: PLC0415  # see above

    with open_journal(arguments) as journal:
        run = next((run for run in journal.runs() if run.key == arguments.key), None)
    if run is None:
        raise UsageError(f"there is no run '{arguments.key}'; `launcher runs` lists them")
    arguments.manifest = arguments.manifest or run.manifest
    return build_plan(load_manifest(arguments.manifest))
