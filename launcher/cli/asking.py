"""Before a run sends anything: which run it is, in which journal, and whether it is meant."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.cli.output import talk, warn
from launcher.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from launcher.manifest.model import Identity
    from launcher.plan.model import Plan
    from launcher.session import Session


def remind(plan: "Plan", arguments: argparse.Namespace) -> bool:
    """Say, before anything is sent, what the journal knows that whoever begins a run may not.

    That its campaigns were started under another host; and, for a new run, that the latest one of this
    manifest was stopped: whether it was.

    Raises:
        JournalError: the journal cannot be used.
    """
    if arguments.sandbox is not None:
        return False
    from launcher.journal.location import default_path  # noqa: PLC0415  # sqlite3 comes with it
    from launcher.journal.lookup import look  # noqa: PLC0415  # see above
    from launcher.journal.orders import reminder  # noqa: PLC0415  # see above
    from launcher.journal.store import PATIENCE  # noqa: PLC0415  # see above

    path = Path(arguments.journal) if arguments.journal else default_path()
    with look(path, PATIENCE) as journal:
        manifest = os.path.abspath(plan.manifest_path)  # noqa: PTH100  # a name, as the journal has it
        found = journal and journal.stopped_before(manifest, plan.name, _key(plan, arguments))
        elsewhere = journal.under_another_host(plan) if journal else []
    if elsewhere:
        warn([_started_elsewhere(elsewhere)])
    if found:
        talk(f"launcher: {reminder(*found)}")
    return bool(found)


def _started_elsewhere(started: "Sequence[Identity]") -> str:
    hosts = ", ".join(dict.fromkeys(identity.host for identity in started))
    return (
        f"{len(started):,} of these campaigns, such as {started[0].campaign_id}, were started, or may have "
        f"been, within the cooldown on {hosts}; where that is the same host, they are started twice"
    )


def confirm(plan: "Plan", arguments: argparse.Namespace, *, reminded: bool = False) -> None:
    """Ask on a terminal; off a terminal nobody is there to ask, and cron must not hang.

    `reminded`: of a stop, which then has to be answered too.

    Raises:
        RefusedError: it was not confirmed.
    """
    if arguments.yes or arguments.sandbox is not None or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    if reminded:
        _ask("Type `new run` to begin a new one all the same: ", "new run")
    hosts = ", ".join(dict.fromkeys(launch.account.host for launch in plan.launches))
    count = sum(launch.barred is None for launch in plan.launches)
    talk(f"About to start {count} campaigns on {hosts}. Real messages go to real people.")
    talk(f"Run key {_key(plan, arguments)}, journal {_journal(arguments)}.")
    _ask("Type the number of campaigns to go on: ", str(count))


def _ask(question: str, answer: str) -> None:
    sys.stderr.write(question)
    sys.stderr.flush()
    if sys.stdin.readline().strip().strip("`").lower() != answer:
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
