"""`launcher stop KEY`: stop all that a run started, and let it start nothing more."""

import argparse
import json
import sys
import time
from typing import TYPE_CHECKING, Any

from launcher.cli import options, reaching, who
from launcher.cli.exit_codes import ExitCode
from launcher.cli.output import say, sends, talk
from launcher.errors import JournalError, RefusedError

if TYPE_CHECKING:
    from launcher.emergency import Target
    from launcher.errands import Waits
    from launcher.journal.lifecycle import LaunchRecord
    from launcher.journal.store import Journal
    from launcher.manifest.model import Settings

_PATIENCE = 10.0
"""Seconds to wait for a locked journal: a commit may be slow, that of a frozen process never ends."""
_SOON = 1.5
"""Seconds in which a launcher ends that waits for nothing."""
_GRACE = 5.0
"""Seconds that a launcher gets to end, on top of its timeout and of what a look at orders counts."""
_EVERY = 5.0
"""Seconds between two lines of progress."""


def add_parser(verbs: options.Verbs) -> None:
    """Add the verb."""
    parser = options.add_verb(
        verbs,
        "stop",
        stop,
        "stop everything that a run started or may have started; it starts nothing more",
        "examples:\n  launcher stop nightly-2026-11-23\n"
        '  launcher stop nightly-2026-11-23 --yes --reason "wrong audience"\n\n'
        "A launcher that works on the run sends no further start and ends with exit code 4.\n"
        "May be repeated.\n"
        "exit codes: 0 nothing is active any more, 3 something is, or nobody knows",
    )
    parser.add_argument(
        "key", metavar="KEY", type=options.named, help="the run key; `launcher runs` lists them"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask before stopping")
    who.add_mandate(parser)
    reaching.add_manifest(parser)
    options.add_journal(parser)
    options.add_json(parser, "what became of each campaign")


def stop(arguments: argparse.Namespace) -> int:
    """Order, wait for whoever works on the run, stop what it started, tell."""
    from launcher.cli.journal_reading import open_journal  # noqa: PLC0415  # sqlite3, only when used
    from launcher.emergency import targets_of  # noqa: PLC0415  # see above
    from launcher.errands import Waits  # noqa: PLC0415  # see above
    from launcher.journal.orders import LEASE, OrderKind  # noqa: PLC0415  # see above

    with open_journal(arguments, patience=_PATIENCE) as journal:
        _confirm(arguments, targets_of(journal.records(arguments.key)))
        sends(arguments, "; the order to start nothing more may stand, stop again to go on")
        _order(journal, arguments, OrderKind.STOP)
        way = reaching.ways(arguments, journal)
        left, waits = _wait_for_owner(journal, arguments.key, _SOON), Waits(reaching.tell_wait, time.time)
        targets = _targets(journal, arguments.key, way, [])
        # A launcher may take as long as its timeout to end; what runs already is not to wait for that.
        trouble = _stop_all(journal, arguments.key, targets, way.settings, waits)
        if left is not None and trouble is None:
            left = _wait_for_owner(journal, arguments.key, way.settings.timeout + LEASE + _GRACE)
            targets = _targets(journal, arguments.key, way, targets)
            trouble = _stop_all(journal, arguments.key, targets, way.settings, waits)
    _tell_left(left)
    _tell(arguments, targets, left, trouble)
    code = _code(targets, left, trouble)
    if code is not ExitCode.OK:
        talk("launcher: not all of it is surely stopped; stop again, or look into the Kore.ai console")
    return code


def _confirm(arguments: argparse.Namespace, records: "list[LaunchRecord]") -> None:
    """Ask on a terminal only."""
    if arguments.yes or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    hosts = ", ".join(dict.fromkeys(record.planned.identity.host for record in records)) or "no host"
    talk(f"About to stop the run {arguments.key} and {len(records)} campaigns that it started, on {hosts}.")
    talk("A stopped campaign that is started again messages everybody again.")
    sys.stderr.write("Type `stop` to go on: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().strip("`").lower() != "stop":
        raise RefusedError("not confirmed; nothing was stopped", code="L032")


def _order(journal: "Journal", arguments: argparse.Namespace, kind: Any) -> None:
    try:
        journal.order(arguments.key, kind, who.mandate(arguments))
    except JournalError as error:
        owner = journal.owner(arguments.key)
        end = f"; end {owner} (kill -9), then stop again" if owner else "; stop again"
        raise JournalError(f"nothing was stopped, the order cannot be written: {error}{end}") from error
    talk(f"launcher: run '{arguments.key}' is ordered to start nothing more")


def _wait_for_owner(journal: "Journal", key: str, seconds: float) -> str | None:
    """Wait until nobody works on the run; who still does after so many seconds."""
    owner, deadline = journal.owner(key), time.monotonic() + seconds
    if owner is not None:
        talk(f"launcher: waiting for {owner} to end (at most {seconds:.0f} s)")
    while owner is not None and time.monotonic() < deadline:
        time.sleep(0.05)
        owner = journal.owner(key)
    return owner


def _tell_left(left: str | None) -> None:
    if left is not None:
        talk(
            f"launcher: {left} did not end; it sends no further start, but what it was sending may still "
            "start. End it (kill -9), then stop again"
        )


def _targets(journal: "Journal", key: str, way: reaching.Ways, before: "list[Target]") -> "list[Target]":
    """What is to be stopped, the newest first; of `before`, those that are gone and not touched since."""
    from launcher.emergency import GONE, targets_of  # noqa: PLC0415  # see stop

    gone = {(each.number, each.record.state): each for each in before if each.fate in GONE}
    records = targets_of(journal.records(key))
    return [gone.get((each.planned.launch, each.state)) or _target(each, way) for each in records]


def _target(record: "LaunchRecord", way: reaching.Ways) -> "Target":
    from launcher.emergency import Target  # noqa: PLC0415  # see stop

    found = way.to(record)
    return Target(record, None, reason=found) if isinstance(found, str) else Target(record, found)


def _stop_all(
    journal: "Journal", key: str, targets: "list[Target]", settings: "Settings", waits: "Waits"
) -> str | None:
    """Send the stops; why they could not all be recorded, if they could not."""
    import anyio  # noqa: PLC0415  # the event loop, only when something is sent

    open_targets = [target for target in targets if not target.settled]
    if not open_targets:
        return None
    try:
        anyio.run(_send, journal, key, open_targets, settings, waits)
    except JournalError as error:
        return str(error)
    except KeyboardInterrupt:
        return "interrupted; stop again to go on"
    return None


async def _send(
    journal: "Journal", key: str, targets: "list[Target]", settings: "Settings", waits: "Waits"
) -> None:
    import asyncio  # noqa: PLC0415  # see _stop_all

    import anyio.to_thread  # noqa: PLC0415  # see _stop_all

    from launcher.emergency import Emergency  # noqa: PLC0415  # see stop
    from launcher.kore.client import KoreClient  # noqa: PLC0415  # aiohttp, only when something is sent

    concurrency = min(settings.concurrency, len(targets))
    async with KoreClient(timeout=settings.timeout, concurrency=concurrency, clock=time.time) as client:
        await anyio.to_thread.run_sync(reaching.drop_unusable, client, targets)
        desk = journal.requests(key, reaching.quotas(targets), settings.timeout, urgent=True)
        telling = asyncio.create_task(_tell_progress(targets))
        try:
            emergency = Emergency(targets, settings, time.time, waits)
            await emergency.run(client, desk, journal.latest_requests(key))
        finally:
            telling.cancel()
            desk.close()


async def _tell_progress(targets: "list[Target]") -> None:
    """A line now and then: the stop of a large run takes minutes, most of it waiting for the budget."""
    import anyio  # noqa: PLC0415  # see _stop_all

    while True:
        await anyio.sleep(_EVERY)
        sent = sum(target.stops > 0 for target in targets)
        done = sum(target.settled for target in targets)
        talk(f"launcher: {sent} of {len(targets)} were sent a stop, {done} are settled, inside the budget")


def _code(targets: "list[Target]", left: str | None, trouble: str | None) -> ExitCode:
    from launcher.emergency import GONE  # noqa: PLC0415  # see stop

    gone = all(target.fate in GONE for target in targets)
    return ExitCode.OK if gone and left is None and trouble is None else ExitCode.UNKNOWN


def _tell(
    arguments: argparse.Namespace, targets: "list[Target]", left: str | None, trouble: str | None
) -> None:
    from launcher.cli.fates import fates_json, fates_table  # noqa: PLC0415  # see stop

    if trouble is not None:
        talk(f"launcher: {trouble}")
    if arguments.json:
        say(json.dumps(fates_json(arguments.key, targets, left), indent=2))
        return
    for line in fates_table(targets):
        say(line)
    if not targets:
        talk(f"launcher: run '{arguments.key}' started nothing that could be stopped")
