"""Before a run sends anything: which run it is, in which journal, and whether it is meant."""

import argparse
import sys
from typing import TYPE_CHECKING

from launcher.cli.output import talk
from launcher.errors import RefusedError

if TYPE_CHECKING:
    from launcher.plan.model import Plan
    from launcher.session import Session


def confirm(plan: "Plan", arguments: argparse.Namespace) -> None:
    """Ask on a terminal; off a terminal nobody is there to ask, and cron must not hang."""
    if arguments.yes or arguments.sandbox is not None or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    hosts = ", ".join(dict.fromkeys(launch.account.host for launch in plan.launches))
    count = sum(launch.barred is None for launch in plan.launches)
    talk(f"About to start {count} campaigns on {hosts}. Real messages go to real people.")
    talk(f"Run key {_key(plan, arguments)}, journal {_journal(arguments)}.")
    sys.stderr.write("Type the number of campaigns to go on: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != str(count):
        raise RefusedError("not confirmed; nothing was sent", code="L032")


def _key(plan: "Plan", arguments: argparse.Namespace) -> str:
    from launcher.session import default_key  # noqa: PLC0415  # sqlite3 comes with it

    return arguments.key or default_key(plan)


def _journal(arguments: argparse.Namespace) -> str:
    from launcher.journal.location import default_path  # noqa: PLC0415  # sqlite3 comes with it

    return arguments.journal or str(default_path())


def introduce(session: "Session", arguments: argparse.Namespace) -> None:
    """Name run and journal: who looks at another one than he thinks, must see it before he repeats it."""
    if getattr(arguments, "sandbox", None) is not None or arguments.log_format == "json":
        return
    run = session.summary.run
    verb = "begins" if run.started_at == run.opened_at else "goes on"
    talk(f"launcher: run {session.key} {verb}; journal {_journal(arguments)}")
