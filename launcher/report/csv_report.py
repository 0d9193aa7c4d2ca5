"""The campaigns as CSV, for spreadsheets and data tools: UTF-8, one line a campaign, order of the plan. Pure.

Columns and values are those of the JSON report. A text that a spreadsheet would take for a formula gets an
apostrophe before it, as spreadsheets themselves write it: names and messages come from others.
"""

import csv
import io
from collections.abc import Iterator

from launcher.report.plain import plain
from launcher.report.summary import Row, Summary
from launcher.report.times import iso_utc

COLUMNS = (
    "account",
    "account_id",
    "bot",
    "stream_id",
    "campaign_id",
    "name",
    "channel",
    "result",
    "reason",
    "attempts",
    "http_status",
    "first_sent_at",
    "finished_at",
    "evidence",
    "removed",
)
BATCH = 500
"""Campaigns in one piece of text."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The last four are full-width `=+-@`, which some spreadsheets take for the others."""


def csv_report_text(summary: Summary) -> Iterator[str]:
    """The table in pieces, its header first.

    Raises:
        CountsError: the summary contradicts itself; before the first piece.
    """
    summary.totals()
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for number, row in enumerate(summary.rows(), 1):
        writer.writerow(_values(row))
        if number % BATCH == 0:
            yield _taken(out)
    yield _taken(out)


def _taken(out: io.StringIO) -> str:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text


def _values(row: Row) -> list[object]:
    return [
        harmless(row.account),
        harmless(row.account_id),
        harmless(row.bot),
        harmless(row.stream_id),
        harmless(row.campaign_id),
        harmless(row.name),
        harmless(row.channel),
        row.result.value,
        harmless(row.reason),
        row.attempts,
        row.http_status,
        _time(row.first_sent_at),
        _time(row.finished_at),
        harmless(row.evidence),
        "true" if row.removed else "",
    ]


def harmless(text: str | None) -> str:
    """`text` on one line, and never a formula; empty for None."""
    if not text:
        return ""
    # Some programs cut spaces off before they look; control characters are white space to them, too.
    risky = text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA)
    return f"'{plain(text)}" if risky else plain(text)


def _time(at: float | None) -> str:
    return "" if at is None else iso_utc(at)
