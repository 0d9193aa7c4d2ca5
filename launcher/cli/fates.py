"""What became of the campaigns of a stop: the table, and the same as JSON."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from launcher.cli.output import aligned
from launcher.emergency import Fate, Target
from launcher.report.json_report import planned_keys
from launcher.report.plain import plain, redact

SCHEMA = "launcher.stop/1"
_WORDS = {
    Fate.ACTIVE: "still active",
    Fate.UNKNOWN: "unknown",
    Fate.NOT_STOPPED: "not stopped",
    Fate.NOT_RUNNING: "not running",
    Fate.STOPPED: "stopped",
}
"""Worst first; so the table is sorted."""
_COLUMNS = ("campaign", "account", "name", "now", "state", "why")


def fates_table(targets: Sequence[Target]) -> Iterator[str]:
    """The lines of the table, what needs a person first; then how many of each."""
    if not targets:
        return
    order = list(_WORDS)
    rows = [_row(target) for target in sorted(targets, key=lambda target: order.index(target.fate))]
    yield from aligned([_COLUMNS, *rows])
    counts = Counter(target.fate for target in targets)
    yield ""
    yield " · ".join(f"{counts[fate]} {word}" for fate, word in reversed(_WORDS.items()))


def fates_json(key: str, targets: Sequence[Target], left: str | None) -> dict[str, Any]:
    """The same for programs; campaigns in the order in which they were stopped, the newest first."""
    counts = Counter(target.fate for target in targets)
    return {
        "schema": SCHEMA,
        "run": key,
        "still_running": left,
        "totals": {fate.value: counts[fate] for fate in reversed(_WORDS)},
        "campaigns": [_campaign(target) for target in targets],
    }


def _row(target: Target) -> tuple[str, ...]:
    planned = target.record.planned
    why = "" if target.fate in {Fate.STOPPED, Fate.NOT_RUNNING} else _why(target) or ""
    cells = (planned.identity.campaign_id, planned.account, planned.name or "-", _WORDS[target.fate])
    return tuple(plain(cell) for cell in (*cells, target.state or "-", why))


def _campaign(target: Target) -> dict[str, Any]:
    return {
        **planned_keys(target.record.planned),
        "fate": target.fate.value,
        "state": target.state,
        "reason": _why(target),
        "stop_requests": target.stops,
    }


def _why(target: Target) -> str | None:
    if target.reason is None and target.fate is Fate.UNKNOWN:
        return "its state was not read"
    return None if target.reason is None else redact(target.reason)
