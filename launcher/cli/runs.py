"""`launcher runs`: what the journal knows, and whether it can be trusted."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from launcher.cli import options
from launcher.cli.exit_codes import ExitCode
from launcher.cli.output import say, talk
from launcher.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from launcher.journal.check import Verdict
    from launcher.journal.orders import Order
    from launcher.journal.store import Journal
    from launcher.report.summary import Summary

_ACTIONS = ("list", "show", "diff", "check")
_COLUMNS = ("opened", "started", "state", "key")


def add_parser(verbs: options.Verbs) -> None:
    """Add the verb and its own verbs."""
    parser = options.add_verb(
        verbs,
        "runs",
        runs,
        "list, show and compare the runs in the journal, or check that it can be trusted",
        "examples:\n  launcher runs                             the newest first, by their first opening\n"
        "  launcher runs --json\n  launcher runs list nightly-2026-11-23\n"
        "  launcher runs show nightly-2026-11-23\n"
        "  launcher runs diff nightly-2026-11-22 nightly-2026-11-23\n"
        "  launcher runs check\n  launcher runs check nightly-2026-11-23\n\n"
        "exit codes of check: 0 sound, 1 something is wrong, 5 the journal cannot be read at all\n"
        "exit codes of diff: 0 the same, 1 not the same",
    )
    parser.add_argument(
        "action", nargs="?", metavar="ACTION", default="list", help="list (the default), show, diff or check"
    )
    parser.add_argument("key", nargs="?", metavar="KEY", type=options.named, help="only this run")
    parser.add_argument(
        "other", nargs="?", metavar="KEY", type=options.named, help="the run that `diff` compares it with"
    )
    options.add_journal(parser)
    options.add_json(parser, "the runs, or the findings")


def runs(arguments: argparse.Namespace) -> int:
    """Print one line a run, or what is wrong with the journal."""
    wanted = {"show": 1, "diff": 2}.get(arguments.action)
    given = [key for key in (arguments.key, arguments.other) if key is not None]
    if arguments.action not in _ACTIONS:
        raise UsageError(_unknown_action(arguments.action))
    if wanted not in {None, len(given)} or (wanted is None and arguments.other is not None):
        least = {1: "the key of a run", 2: "the keys of two runs"}.get(wanted or 0, "at most one key")
        raise UsageError(f"`launcher runs {arguments.action}` takes {least}; `launcher runs` lists them")
    if arguments.action == "check":
        return _check(arguments)
    return _list(arguments) if wanted is None else _told(arguments, given)


def _told(arguments: argparse.Namespace, keys: list[str]) -> int:
    """What `show` and `diff` tell."""
    from launcher.cli.journal_reading import open_journal  # noqa: PLC0415  # sqlite3, only when used
    from launcher.cli.runs_diff import diff  # noqa: PLC0415  # only here
    from launcher.cli.runs_show import show  # noqa: PLC0415  # only here

    with open_journal(arguments) as journal:
        for key in keys:
            journal.check_key(key)
        return (show if arguments.action == "show" else diff)(arguments, journal)


def _unknown_action(word: str) -> str:
    import difflib  # noqa: PLC0415  # only for this sentence

    near = difflib.get_close_matches(word, _ACTIONS, n=1)
    if near:
        return f"`launcher runs` cannot '{word}'; did you mean `launcher runs {near[0]}`?"
    return (
        f"`launcher runs` cannot '{word}': it can list, show, diff and check; "
        f"for the run of that key: `launcher runs show {word}`"
    )


def _list(arguments: argparse.Namespace) -> int:
    from launcher.cli.journal_reading import open_journal  # noqa: PLC0415  # sqlite3, only when used

    with open_journal(arguments) as journal:
        found = _described(journal, arguments.key)
        path = journal.path
    if arguments.json:
        say(json.dumps(found, indent=2))
    elif not found:
        talk(f"journal {path} holds no run yet")
    else:
        _print_table([_row(run) for run in found])
    return ExitCode.OK


def _described(journal: "Journal", key: str | None) -> list[dict[str, Any]]:
    """The runs, or the one with this key; the one that was opened last, for the first time, comes first."""
    from launcher.report.summary import Summary  # noqa: PLC0415  # see _list

    if key is not None:
        journal.check_key(key)
    # By the moment that is shown: who continues or reconciles an old run does not make it the newest.
    newest_first = sorted(journal.runs(), key=lambda run: (run.created_at, run.number), reverse=True)
    keys = [run.key for run in newest_first]
    return [
        _describe(Summary.of(journal.events(one), one), journal.owner(one), journal.orders(one))
        for one in keys
        if key in {None, one}
    ]


def _describe(summary: "Summary", owner: str | None, orders: "Sequence[Order]") -> dict[str, Any]:
    from launcher.journal.orders import pause_in_force, stop_in_force  # noqa: PLC0415  # see _list
    from launcher.outcome import Result  # noqa: PLC0415  # see _list
    from launcher.report.times import iso_utc  # noqa: PLC0415  # see _list

    totals, run = summary.totals(), summary.run
    state = "not finished" if run.exit_code is None else f"exit code {run.exit_code}"
    if owner is not None:
        state = "running" if pause_in_force(orders, run.opened_at or 0.0) is None else "paused"
    stop = stop_in_force(orders)
    return {
        "key": summary.key,
        "manifest": run.manifest,
        "started_at": None if run.started_at is None else iso_utc(run.started_at),
        "planned": totals.planned,
        "started": totals.results[Result.STARTED],
        "unknown": totals.results[Result.UNKNOWN] if owner is None else totals.settled[Result.UNKNOWN],
        "exit_code": run.exit_code,
        "owner": owner,
        "state": state,
        "stopped_at": None if stop is None else iso_utc(stop.at),
    }


def _row(run: dict[str, Any]) -> tuple[str, ...]:
    state = run["state"] if run["stopped_at"] is None else f"{run['state']}, stopped"
    unknown = f", {run['unknown']} unknown" if run["unknown"] else ""
    return (_local(run["started_at"]), f"{run['started']} of {run['planned']}{unknown}", state, run["key"])


def _local(iso: str | None) -> str:
    """`2026-11-23 13:03:05+01:00`, as the clock on the wall says; the offset, for nights when it changes."""
    from datetime import datetime  # noqa: PLC0415  # see _list

    return "-" if iso is None else datetime.fromisoformat(iso).astimezone().isoformat(" ", "seconds")


def _print_table(rows: "Iterable[tuple[str, ...]]") -> None:
    table = [_COLUMNS, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(_COLUMNS))]
    for row in table:
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _check(arguments: argparse.Namespace) -> int:
    """Findings go to stdout; the exit code says whether there are any."""
    from pathlib import Path  # noqa: PLC0415  # see _list

    from launcher.journal.check import examine  # noqa: PLC0415  # sqlite3, only when used
    from launcher.journal.location import default_path  # noqa: PLC0415  # see _list

    path = (Path(arguments.journal) if arguments.journal else default_path()).absolute()
    verdict = examine(path, arguments.key)
    if arguments.json:
        told = {"journal": str(path), "findings": list(verdict.findings), "sound": list(verdict.sound)}
        say(json.dumps(told | {"damaged": verdict.damaged}, indent=2))
    else:
        _tell(path, verdict)
    for line in (_what_to_do(path) if verdict.damaged else _DISTRUST) if verdict.findings else ():
        talk(line)
    return ExitCode.SOME_FAILED if verdict.findings else ExitCode.OK


def _tell(path: "Path", verdict: "Verdict") -> None:
    for finding in verdict.findings:
        say(finding)
    if verdict.findings:
        named = ", ".join(f"'{key}'" for key in verdict.sound)
        say(f"read in full, with nothing wrong: {named}" if named else "no run can be trusted")
    elif verdict.sound:
        say(f"{path}: sound; every history is legal and the totals add up, of {_counted(len(verdict.sound))}")
    else:
        say(f"{path}: sound, but holds no run")


def _counted(number: int) -> str:
    return "1 run" if number == 1 else f"{number} runs"


_DISTRUST = (
    "launcher: what to do:",
    "  1. keep a copy of the journal",
    "  2. look at the campaigns of these runs in the console before you start them under another key",
)


def _what_to_do(path: "Path") -> tuple[str, ...]:
    import shlex  # noqa: PLC0415  # only for these sentences

    old, new = shlex.quote(str(path)), shlex.quote(f"{path}.recovered")
    return (
        "launcher: what to do:",
        "  1. start nothing of these runs with another journal: it would start again what was started",
        f"  2. copy {old} aside, with {path.name}-wal if there is one",
        f"  3. restore a backup, or save what is readable: sqlite3 {old} .recover | sqlite3 {new}",
        f"  4. before {new} is used, `launcher runs check --journal {new}` must count all of your runs",
    )
