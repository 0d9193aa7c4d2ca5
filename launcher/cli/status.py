"""`launcher status KEY`: the states of the campaigns that a run started, as they are now."""

import argparse
import json
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from launcher.cli import options, reaching
from launcher.cli.exit_codes import ExitCode
from launcher.cli.output import aligned, say, sends, talk
from launcher.report.plain import plain, redact
from launcher.report.times import iso_utc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from launcher.drift import Watched
    from launcher.journal.lifecycle import LaunchRecord
    from launcher.journal.store import Journal
    from launcher.manifest.model import Settings

SCHEMA = "launcher.status/1"
_EVERY = 60.0
"""Seconds between two looks, unless told otherwise."""
_COLUMNS = ("campaign", "account", "name", "run", "now", "state", "why")
_WORDS = {
    "unreadable": "unreadable",
    "fell_back": "fell back",
    "active": "active",
    "completed": "completed",
}
"""Worst first; so the table is sorted."""


def add_parser(verbs: options.Verbs) -> None:
    """Add the verb."""
    parser = options.add_verb(
        verbs,
        "status",
        status,
        "read the states of the campaigns that a run started, and show which fell back",
        "examples:\n  launcher status nightly-2026-11-23\n"
        "  launcher status nightly-2026-11-23 --watch 300\n\n"
        "exit codes: 0 all active or completed, 1 some fell back, 3 some could not be read",
    )
    parser.add_argument(
        "key", metavar="KEY", type=options.named, help="the run key; `launcher runs` lists them"
    )
    parser.add_argument(
        "--watch",
        metavar="SECONDS",
        nargs="?",
        type=options.positive,
        const=int(_EVERY),
        help="look again every so many seconds (60), until nothing is active any more",
    )
    reaching.add_manifest(parser)
    options.add_journal(parser)
    options.add_json(parser, "the states (with --watch: a line for each look)")


def status(arguments: argparse.Namespace) -> int:
    """Read, tell, and again if watched."""
    import anyio  # noqa: PLC0415  # the event loop, only when something is sent

    from launcher.cli.journal_reading import open_journal  # noqa: PLC0415  # sqlite3, only when used
    from launcher.drift import watched_of  # noqa: PLC0415  # see above

    with open_journal(arguments) as journal:
        records = watched_of(journal.records(arguments.key))
        way = reaching.ways(arguments, journal)
        watched = [_watched(record, way) for record in records]
        if watched:
            sends(arguments, "; states were read at most")
            anyio.run(_look, journal, arguments, watched, way.settings)
        else:
            talk(f"launcher: run '{arguments.key}' started nothing that could be looked at")
            _tell(arguments, watched, None)
    return _code(watched)


def _watched(record: "LaunchRecord", way: reaching.Ways) -> "Watched":
    from launcher.drift import Watched  # noqa: PLC0415  # see status

    found = way.to(record)
    return Watched(record, None, reason=found) if isinstance(found, str) else Watched(record, found)


async def _look(
    journal: "Journal", arguments: argparse.Namespace, watched: "list[Watched]", settings: "Settings"
) -> None:
    import anyio.to_thread  # noqa: PLC0415  # see status

    from launcher.drift import Drift, Look  # noqa: PLC0415  # see status
    from launcher.errands import Waits  # noqa: PLC0415  # see status
    from launcher.kore.client import KoreClient  # noqa: PLC0415  # aiohttp, only when something is sent

    concurrency = max(1, min(settings.concurrency, len(watched)))
    async with KoreClient(timeout=settings.timeout, concurrency=concurrency, clock=time.time) as client:
        await anyio.to_thread.run_sync(reaching.drop_unusable, client, watched)
        budgets = reaching.quotas(watched)
        desk = journal.requests(arguments.key, budgets, settings.timeout, urgent=False)
        before, waits = None, Waits(reaching.tell_wait, time.time)
        try:
            while True:
                await Look(watched, settings, time.time, waits).run(client, desk)
                _tell(arguments, watched, before)
                if arguments.watch is None or all(each.drift is not Drift.ACTIVE for each in watched):
                    return
                before = [each.state for each in watched]
                await anyio.sleep(arguments.watch)
        finally:
            desk.close()


def _code(watched: "Sequence[Watched]") -> ExitCode:
    from launcher.drift import Drift  # noqa: PLC0415  # see status

    drifts = {each.drift for each in watched}
    if Drift.UNREADABLE in drifts:
        return ExitCode.UNKNOWN
    return ExitCode.SOME_FAILED if Drift.FELL_BACK in drifts else ExitCode.OK


def _tell(
    arguments: argparse.Namespace, watched: "Sequence[Watched]", before: "Sequence[str | None] | None"
) -> None:
    """The first look in full, the later ones of `--watch` as what changed since the one before."""
    if arguments.json:
        told = _json(arguments.key, watched)
        say(json.dumps(told, indent=None if arguments.watch else 2))
    elif before is None:
        _print_table(watched)
    else:
        _print_changes(watched, before)
    sys.stdout.flush()


def _print_table(watched: "Sequence[Watched]") -> None:
    if not watched:
        return
    order = list(_WORDS)
    rows = [_row(each) for each in sorted(watched, key=lambda each: order.index(each.drift))]
    for line in aligned([_COLUMNS, *rows]):
        say(line)
    say("")
    say(_counts(watched))


def _print_changes(watched: "Sequence[Watched]", before: "Sequence[str | None]") -> None:
    now = time.strftime("%H:%M:%S")
    for each, state in zip(watched, before, strict=True):
        if each.state != state:
            campaign = plain(each.record.planned.identity.campaign_id)
            why = f" ({plain(redact(each.reason))})" if each.reason else ""
            say(f"{now} {campaign}: {plain(state or 'unread')} -> {plain(each.state or 'unreadable')}{why}")
    say(f"{now} {_counts(watched)}")


def _counts(watched: "Sequence[Watched]") -> str:
    counts = Counter(each.drift.value for each in watched)
    return " · ".join(f"{counts[drift]} {word}" for drift, word in reversed(_WORDS.items()))


def _row(each: "Watched") -> tuple[str, ...]:
    planned = each.record.planned
    why = redact(each.reason) if each.reason else ""
    cells = (
        planned.identity.campaign_id,
        planned.account,
        planned.name or "-",
        each.record.state.value.replace("_", " "),
        _WORDS[each.drift.value],
        each.state or "-",
        why,
    )
    return tuple(plain(cell) for cell in cells)


def _json(key: str, watched: "Sequence[Watched]") -> dict[str, Any]:
    counts = Counter(each.drift.value for each in watched)
    return {
        "schema": SCHEMA,
        "run": key,
        "at": iso_utc(time.time()),
        "totals": {drift: counts[drift] for drift in reversed(_WORDS)},
        "campaigns": [_campaign(each) for each in watched],
    }


def _campaign(each: "Watched") -> dict[str, Any]:
    from launcher.report.json_report import planned_keys  # noqa: PLC0415  # only for JSON

    return {
        **planned_keys(each.record.planned),
        "launch": each.record.state.value,
        "now": each.drift.value,
        "state": each.state,
        "reason": redact(each.reason) if each.reason else None,
    }
