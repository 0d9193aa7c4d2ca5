"""The campaigns as TAP (Test Anything Protocol) version 14: a line a launch, a YAML block where it is not ok.

`ok` is started or already active, `not ok` rejected, failed or unknown, `ok … # SKIP` not attempted. Pure.
"""

import json
from collections.abc import Iterator

from launcher.outcome import Result
from launcher.report.advice import advise
from launcher.report.plain import plain
from launcher.report.summary import Row, Summary

_NOT_OK = {Result.REJECTED, Result.FAILED, Result.UNKNOWN}


def tap_report_text(summary: Summary) -> Iterator[str]:
    """The lines, in pieces.

    Raises:
        CountsError: the summary contradicts itself; before the first piece.
    """
    planned = summary.totals().planned
    yield "TAP version 14\n"
    yield f"1..{planned}\n" if planned else "1..0 # SKIP no launch was planned\n"
    for number, row in enumerate(summary.rows(), 1):
        yield _point(number, row)


def _point(number: int, row: Row) -> str:
    description = _escaped(" ".join(_description(row)))
    if row.result is Result.NOT_ATTEMPTED:
        return f"ok {number} - {description} # SKIP {_escaped(row.reason or '')}\n"
    if row.result not in _NOT_OK:
        return f"ok {number} - {description}\n"
    return f"not ok {number} - {description}\n{_diagnosis(row)}"


def _description(row: Row) -> list[str]:
    parts = [row.account, row.bot or row.stream_id, row.campaign_id]
    return [*parts, f"({row.name})"] if row.name else parts


def _diagnosis(row: Row) -> str:
    """A YAML block of JSON values, which are YAML too: nothing in them can end the block."""
    told = {
        "result": row.result.value,
        "reason": None if row.reason is None else plain(row.reason),
        "http_status": row.http_status,
        "attempts": row.attempts,
        "evidence": None if row.evidence is None else plain(row.evidence),
        "advice": advise(row.result, row.reason, row.http_status) or None,
    }
    lines = "".join(f"  {key}: {json.dumps(value)}\n" for key, value in told.items() if value is not None)
    return f"  ---\n{lines}  ...\n"


def _escaped(text: str) -> str:
    return plain(text).replace("\\", "\\\\").replace("#", "\\#")
