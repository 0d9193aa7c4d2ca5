"""`launcher plan M`: what would be started, per account and one by one; sends nothing."""

import argparse
import sys
from typing import TYPE_CHECKING

from launcher.cli import options
from launcher.cli.exit_codes import ExitCode
from launcher.cli.output import display

LATENCY = 0.3
"""Seconds; `launcher.plan.forecast` has the same, and is not imported for a line of help."""

if TYPE_CHECKING:
    from launcher.plan.forecast import Forecast
    from launcher.plan.model import Plan


def add_parser(verbs: options.Verbs) -> None:
    """Add the verb."""
    parser = options.add_verb(
        verbs,
        "plan",
        plan,
        "show what would be started, in which order, and how long the budget makes it take",
        "examples:\n  launcher plan campaigns.yaml\n  launcher plan campaigns.yaml --json | jq .accounts",
    )
    options.add_manifest(parser)
    parser.add_argument(
        "--latency",
        metavar="TIME",
        type=options.latency,
        default=LATENCY,
        help=f"seconds or ms that a reply is assumed to take (default: {LATENCY:g}s)",
    )
    options.add_json(parser, "the plan (schema launcher.plan/1)")


def plan(arguments: argparse.Namespace) -> int:
    """Print the plan."""
    from launcher.manifest.load import load_manifest  # noqa: PLC0415  # yaml, only when used
    from launcher.plan.build import build_plan  # noqa: PLC0415  # see above
    from launcher.engine.forecast import forecast  # noqa: PLC0415  # see above

    built = build_plan(load_manifest(arguments.manifest))
    show(built, forecast(built, arguments.latency), as_json=arguments.json)
    return ExitCode.OK


def show(built: "Plan", predicted: "Forecast", *, as_json: bool) -> None:
    """Print a plan to stdout, as tables or as JSON."""
    if as_json:
        from launcher.report.plan_json import plan_json_text  # noqa: PLC0415  # one of two forms

        sys.stdout.writelines(plan_json_text(built, predicted))
        return
    from launcher.report.plan_table import plan_table  # noqa: PLC0415  # rich, only for people

    display(plan_table(built, predicted))
