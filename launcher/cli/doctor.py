"""`launcher doctor M`: everything a run needs, one line each with what to do; starts nothing."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.cli import options
from launcher.cli.exit_codes import ExitCode
from launcher.cli.loading import load_plan
from launcher.cli.output import say, sends
from launcher.errors import ManifestError
from launcher.report.plain import plain

if TYPE_CHECKING:
    from launcher.finding import Finding
    from launcher.plan.model import Plan

_EXAMPLES = """\
examples:
  launcher doctor campaigns.yaml              before the first run, and when a run went wrong
  launcher doctor campaigns.yaml --sandbox    the same against the built-in stand-in, without secrets
  launcher doctor campaigns.yaml --json | jq '.checks[] | select(.level != "ok")'

It looks at the manifest, the journal and what is left of each budget, disk space and open files; of every
host at proxy, name, certificate and clock; of all credentials whether the secret can be read and the token
is accepted. Each check takes at most 10 s, or the manifest's timeout if that is less.

It starts nothing and writes nothing. For each of the credentials it reads the status of one campaign: one
request of the account's budget, which the journal does not count.

exit codes: 0 all is well (warnings allowed), 1 at least one problem
"""


def add_parser(verbs: options.Verbs) -> None:
    """Add the verb."""
    parser = options.add_verb(
        verbs, "doctor", doctor, "check all that a run needs, and say what to do; starts nothing", _EXAMPLES
    )
    options.add_manifest(parser)
    options.add_journal(parser)
    parser.add_argument(
        "--sandbox",
        metavar="SCENARIO",
        nargs="?",
        help="ask the built-in stand-in instead of the hosts; =SCENARIO makes it misbehave",
    )
    options.add_json(parser, "the findings (schema launcher.doctor/1)")


def doctor(arguments: argparse.Namespace) -> int:
    """Print one line a check."""
    findings = _findings(arguments)
    bad = sum(each.level == "problem" for each in findings)
    if arguments.json:
        told = [asdict(each) for each in findings]
        say(json.dumps({"schema": "launcher.doctor/1", "healthy": not bad, "checks": told}, indent=2))
    else:
        for each in findings:
            say(plain(str(each)))
        warnings = sum(each.level == "warning" for each in findings)
        say(
            f"{_counted(bad, 'problem')}, {_counted(warnings, 'warning')}, {_counted(len(findings), 'check')}"
        )
    return ExitCode.SOME_FAILED if bad else ExitCode.OK


def _counted(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def _findings(arguments: argparse.Namespace) -> "list[Finding]":
    from launcher.finding import ok, problem  # noqa: PLC0415  # only when used

    try:
        plan, _ = load_plan(arguments.manifest)
    except ManifestError as error:
        advice = "correct it first; nothing else was looked at"
        return [
            *(problem("manifest", *_parted(str(each))) for each in error.problems[:-1]),
            problem("manifest", *_parted(str(error.problems[-1])), advice),
        ]
    accounts = len({launch.account.name for launch in plan.launches})
    told = f"valid, {_counted(len(plan.launches), 'campaign')} in {_counted(accounts, 'account')}"
    found = [ok("manifest", arguments.manifest, told)]
    if plan.unexpected is not None:
        found.append(problem("expect", arguments.manifest, plan.unexpected, "a run would be refused"))
    return found + _examined(plan, arguments)


def _parted(line: str) -> tuple[str, str]:
    """Position and message of a problem."""
    position, _, message = line.partition(": ")
    return position, message


def _examined(plan: "Plan", arguments: argparse.Namespace) -> "list[Finding]":
    import anyio  # noqa: PLC0415  # the event loop, only when something is asked

    from launcher.doctor import examine  # noqa: PLC0415  # aiohttp and sqlite3 come with it
    from launcher.errors import JournalError  # noqa: PLC0415  # only here
    from launcher.finding import problem  # noqa: PLC0415  # see above
    from launcher.journal.location import default_path  # noqa: PLC0415  # see above

    try:
        path = Path(arguments.journal) if arguments.journal else default_path()
    except JournalError as error:
        return [problem("journal", "its place", str(error))]
    sends(arguments, "; nothing was started")
    return anyio.run(examine, plan, path.absolute(), arguments.sandbox)
