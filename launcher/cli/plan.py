"""`launcher plan M`: what would be started, per account and one by one; sends nothing."""

import argparse
import sys
import time
from typing import TYPE_CHECKING

from launcher.cli import options, plan_file, selection
from launcher.cli.before_run import tell_wait
from launcher.cli.exit_codes import ExitCode
from launcher.cli.loading import load_plan
from launcher.cli.output import display, sends, talk, warn
from launcher.errors import RefusedError, UsageError

LATENCY = 0.3
"""Seconds; `launcher.plan.forecast` has the same, and is not imported for a line of help."""

WORK_TO_DO = 10
"""Exit code of `--detailed-exitcode`; not one of a run, so not in their table."""
_EXAMPLES = """\
examples:
  launcher plan campaigns.yaml
  launcher plan campaigns.yaml --select tag:renewals --json | jq .accounts
  launcher plan campaigns.yaml --live                what a start of each campaign would do now
  launcher plan campaigns.yaml --live --sandbox      the same of the built-in stand-in
  launcher plan campaigns.yaml --live --out p.json   then `launcher run p.json` starts exactly that

exit codes with --live --detailed-exitcode:
  0 nothing to do    10 work to do    5 blocked: a person has to look first
"""

if TYPE_CHECKING:
    from launcher.plan.forecast import Forecast
    from launcher.plan.live import LivePlan
    from launcher.plan.model import Plan


def add_parser(verbs: options.Verbs) -> None:
    """Add the verb."""
    parser = options.add_verb(
        verbs,
        "plan",
        plan,
        "show what would be started, in which order, and how long the budget makes it take",
        _EXAMPLES,
    )
    options.add_manifest(parser)
    selection.add_options(parser)
    options.add_journal(parser)
    parser.add_argument(
        "--latency",
        metavar="TIME",
        type=options.latency,
        default=LATENCY,
        help=f"seconds or ms that a reply is assumed to take (default: {LATENCY:g}s)",
    )
    _add_live(parser)
    options.add_json(parser, "the plan (schema launcher.plan/1)")


def _add_live(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--live",
        action="store_true",
        help="read the state of every campaign and say what a start of each would do; starts nothing",
    )
    parser.add_argument(
        "--key", type=options.named, help="the run key that the run will have (default: as of `run`)"
    )
    parser.add_argument(
        "--sandbox",
        metavar="SCENARIO",
        nargs="?",
        help="with --live: look at the built-in stand-in, whose campaigns are in all kinds of states",
    )
    parser.add_argument(
        "--out",
        metavar="FILE",
        type=options.named,
        help="save the plan for `launcher run FILE`; with --live only launches worth a start",
    )
    parser.add_argument(
        "--detailed-exitcode",
        action="store_true",
        help="with --live: 0 nothing to do, 10 work to do, 5 blocked",
    )


def plan(arguments: argparse.Namespace) -> int:
    """Print the plan."""
    from launcher.engine.forecast import forecast  # noqa: PLC0415  # see above
    from launcher.manifest.lookalikes import lookalikes  # noqa: PLC0415  # see above

    _check(arguments)
    whole, manifest = load_plan(arguments.manifest)
    warn(lookalikes(manifest))
    if whole.unexpected is not None and arguments.out:
        raise RefusedError(f"{whole.unexpected}; no plan was saved", code="L038")
    built = selection.narrow(whole, arguments)
    if built.unexpected is not None:
        talk(f"launcher: {built.unexpected}; a run would be refused")
    if arguments.live:
        return _live(built, arguments, refused=built.unexpected is not None)
    show(built, forecast(built, arguments.latency, now=time.time()), as_json=arguments.json)
    if arguments.out:
        plan_file.write(built, None, _key(built, arguments), arguments)
    return ExitCode.OK


def _check(arguments: argparse.Namespace) -> None:
    for option in ("sandbox", "detailed_exitcode"):
        if not arguments.live and getattr(arguments, option) not in (None, False):
            raise UsageError(f"--{option.replace('_', '-')} tells nothing without --live")
    plan_file.check_out(arguments)


def _live(built: "Plan", arguments: argparse.Namespace, *, refused: bool) -> int:
    import anyio  # noqa: PLC0415  # the event loop, only when something is read

    from launcher.live import LiveOptions, live_plan  # noqa: PLC0415  # see above

    chosen = LiveOptions(
        key=_key(built, arguments),
        journal=arguments.journal,
        sandbox=arguments.sandbox,
        latency=arguments.latency,
    )
    sends(arguments, "; states were read at most")
    live = anyio.run(live_plan, built, chosen, tell_wait)
    show_live(live, as_json=arguments.json)
    if arguments.out:
        plan_file.write(built, live, chosen.key, arguments)
    if not arguments.detailed_exitcode:
        return ExitCode.OK
    if live.blocked or refused:
        return ExitCode.REFUSED
    return WORK_TO_DO if live.has_work else ExitCode.OK


def _key(built: "Plan", arguments: argparse.Namespace) -> str:
    from launcher.session import default_key  # noqa: PLC0415  # sqlite3 comes with it

    return arguments.key or default_key(built)


def show_live(live: "LivePlan", *, as_json: bool) -> None:
    """Print a plan with what was found, as tables or as JSON."""
    if as_json:
        from launcher.report.plan_live_json import live_plan_json_text  # noqa: PLC0415  # one of two forms

        sys.stdout.writelines(live_plan_json_text(live))
        return
    from launcher.report.plan_live_table import live_plan_table  # noqa: PLC0415  # rich, only for people

    display(live_plan_table(live))


def show(built: "Plan", predicted: "Forecast", *, as_json: bool) -> None:
    """Print a plan to stdout, as tables or as JSON."""
    if as_json:
        from launcher.report.plan_json import plan_json_text  # noqa: PLC0415  # one of two forms

        sys.stdout.writelines(plan_json_text(built, predicted))
        return
    from launcher.report.plan_table import plan_table  # noqa: PLC0415  # rich, only for people

    display(plan_table(built, predicted))
