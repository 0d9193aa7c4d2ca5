"""`launcher runs show KEY`: one run: its processes, who gave which order, what became of its launches."""

import argparse
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from launcher.cli.exit_codes import ExitCode
from launcher.cli.output import say
from launcher.report.plain import plain, redact
from launcher.report.times import iso_utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from launcher.journal.events import Event
    from launcher.journal.orders import Order
    from launcher.journal.store import Journal


def show(arguments: argparse.Namespace, journal: "Journal") -> ExitCode:
    """Tell the run."""
    told = described(journal, arguments.key)
    if arguments.json:
        say(json.dumps(told, indent=2))
    else:
        for line in _lines(told):
            say(line)
    return ExitCode.OK


def described(journal: "Journal", key: str) -> dict[str, Any]:
    """The run as JSON has it."""
    from launcher.journal.orders import pause_in_force  # noqa: PLC0415  # sqlite3 comes with it
    from launcher.report.summary import Summary  # noqa: PLC0415  # sqlite3 comes with the journal

    summary = Summary.of(journal.events(key), key)
    run, totals, owner, orders = summary.run, summary.totals(), journal.owner(key), journal.orders(key)
    paused = owner is not None and pause_in_force(orders, run.opened_at or 0.0) is not None
    return {
        "key": key,
        "manifest": run.manifest,
        "manifest_sha256": run.manifest_sha256,
        "owner": owner,
        "paused": paused,
        "totals": {"planned": totals.planned}
        | {result.value: count for result, count in totals.results.items()},
        "requests": {"run": totals.requests, "throttled": totals.throttled, **journal.requests_sent(key)},
        "processes": _processes(journal.events(key)),
        "orders": _orders(orders),
    }


def _processes(events: "Iterable[Event]") -> list[dict[str, Any]]:
    """One for each time that somebody took the run up."""
    from launcher.journal.events import AttemptIntended, RunClosed, RunHalted, RunOpened  # noqa: PLC0415  # see above

    found: list[dict[str, Any]] = []
    starts: Counter[int] = Counter()
    for event in events:
        match event:
            case RunOpened():
                opened = {"opened_at": iso_utc(event.at), "closed_at": None, "exit_code": None}
                by = {"operator": event.operator, "reason": _clean(event.reason), "ticket": event.ticket}
                found.append({**opened, "halted": None, **by, "launcher_version": event.launcher_version})
            case RunHalted(reason=reason):
                found[-1]["halted"] = redact(reason)
            case RunClosed(at=at, exit_code=code):
                found[-1] |= {"closed_at": iso_utc(at), "exit_code": code}
            case AttemptIntended():
                starts[len(found) - 1] += 1
    return [{**each, "starts": starts[index]} for index, each in enumerate(found)]


def _orders(orders: "Sequence[Order]") -> list[dict[str, Any]]:
    return [
        {
            "at": iso_utc(order.at),
            "order": order.kind.value,
            "operator": order.by.operator,
            "reason": _clean(order.by.reason),
            "ticket": order.by.ticket,
        }
        for order in orders
    ]


def _clean(words: str | None) -> str | None:
    return None if words is None else redact(words)


def _lines(told: dict[str, Any]) -> "Iterable[str]":
    yield f"run       {plain(told['key'])}"
    yield f"manifest  {plain(told['manifest'])} ({told['manifest_sha256'][:12]})"
    yield f"now       {told['owner'] or 'nobody works on it'}{', paused' if told['paused'] else ''}"
    counts = [f"{count} {name.replace('_', ' ')}" for name, count in told["totals"].items() if count]
    yield f"launches  {' · '.join(counts)}"
    sent = [f"{count} {name}" for name, count in told["requests"].items() if count]
    yield f"requests  {' · '.join(sent) or 'none'}"
    for number, each in enumerate(told["processes"], 1):
        works = told["owner"] is not None and number == len(told["processes"])
        ended = _ended(each, works=works)
        yield f"process   {each['opened_at']}  {ended} · {each['starts']} starts{_by(each)}"
    for each in told["orders"]:
        yield f"order     {each['at']}  {each['order']}{_by(each)}"


def _ended(process: dict[str, Any], *, works: bool) -> str:
    if process["closed_at"] is None:
        return "works on it now" if works else "was killed, or lost its journal"
    halted = f", halted: {plain(process['halted'])}" if process["halted"] else ""
    return f"ended {process['closed_at']} with exit code {process['exit_code']}{halted}"


def _by(each: dict[str, Any]) -> str:
    words = ": ".join(plain(word) for word in (each["operator"], each["reason"]) if word)
    return (f" · {words}" if words else "") + (f" [{plain(each['ticket'])}]" if each["ticket"] else "")
