"""A plan held against the live state, as JSON: the schema `launcher.plan/1` with what was found. Pure."""

from collections.abc import Iterator
from typing import Any

from launcher.plan.live import LiveLaunch, LivePlan
from launcher.report.json_stream import document
from launcher.report.plan_json import head_json, launch_json
from launcher.report.times import iso_utc


def live_plan_json(live: LivePlan) -> dict[str, Any]:
    """The whole of it."""
    return {**_head(live), "launches": [_launch(each) for each in live.launches]}


def live_plan_json_text(live: LivePlan) -> Iterator[str]:
    """The same as text, in pieces."""
    return document(_head(live), "launches", map(_launch, live.launches))


def _head(live: LivePlan) -> dict[str, Any]:
    head = head_json(live.plan, live.forecast)
    head["totals"]["launches"] = len(live.launches)
    return {
        **head,
        "live": {
            "read_at": iso_utc(live.read_at),
            "sandbox": live.rehearsed,
            "requests": live.requests,
            "verdict": verdict(live),
            "findings": {str(finding): count for finding, count in live.counts.items()},
            "unreadable_streams": [
                {"account": each.account, "stream_id": each.stream_id, "reason": each.reason}
                for each in live.troubles
            ],
            "late": [
                {"account": each.account, "launches": each.launches, "of": each.of, "limit": each.limit}
                for each in live.late
            ],
        },
    }


def verdict(live: LivePlan) -> str:
    """`blocked`, `work` or `nothing`: what `--detailed-exitcode` says as 5, 10 and 0."""
    if live.blocked:
        return "blocked"
    return "work" if live.has_work else "nothing"


def _launch(each: LiveLaunch) -> dict[str, Any]:
    return {
        **launch_json(each.launch),
        "finding": each.finding,
        "also": list(each.also),
        "state": each.state,
        "notes": list(each.notes),
    }
