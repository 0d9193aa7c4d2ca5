"""The campaigns of a run as an HTML table that a script can sort and filter. Pure.

Up to `MOST_ROWS` campaigns all rows are in the page, and the script only moves them. Of more, the page has
what did not start as rows, for readers without scripts, and everything as data from which the script makes
the rows that are looked at.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from launcher.outcome import Result
from launcher.report.html_markup import badge, data, foreign, text
from launcher.report.plain import plain
from launcher.report.standing import words
from launcher.report.summary import Row, Summary
from launcher.report.tally import Tally
from launcher.report.times import iso_utc

MOST_ROWS = 3_000
"""Rows of the table in the page."""
BATCH = 1_000
"""Campaigns of one script element with data."""

SEVERITY = (
    Result.UNKNOWN,
    Result.REJECTED,
    Result.FAILED,
    Result.NOT_ATTEMPTED,
    Result.ALREADY_ACTIVE,
    Result.STARTED,
)
"""The order in which the table sorts results; the script's numbers for them are places in it."""

_RANK = {result: rank for rank, result in enumerate(SEVERITY)}
_FINE = {Result.STARTED, Result.ALREADY_ACTIVE}
_COLUMNS = ("Result", "Campaign", "Account", "Reason and evidence", "Starts", "HTTP", "Sent (UTC)")
_NUMBERS = {4, 5}


def table_section(summary: Summary, totals: Tally) -> Iterator[str]:
    """Controls, table and data, in pieces."""
    whole = totals.planned <= MOST_ROWS
    yield _controls(summary, totals)
    if whole:
        yield _status(f"{totals.planned:,} campaigns, in the order of the plan")
    else:
        yield _status(
            f"Without a script, this table has only the first {MOST_ROWS:,} campaigns that did not start, of "
            f"{totals.planned:,}. The CSV report has all."
        )
    yield f'<table id="table">\n<thead><tr>{_header()}</tr></thead>\n<tbody>\n'
    rows = summary.rows() if whole else _not_started(summary.rows())
    yield from map(_row, rows)
    yield "</tbody>\n</table>\n"
    yield '<p class="more" id="more" hidden><button type="button">Show more</button></p>\n'
    if not whole:
        yield from _all_data(summary.rows())


def _not_started(rows: Iterable[Row]) -> Iterator[Row]:
    return islice((row for row in rows if row.result not in _FINE), MOST_ROWS)


def _status(told: str) -> str:
    return f'<p class="note" id="status" role="status">{told}</p>\n'


def _controls(summary: Summary, totals: Tally) -> str:
    results = "".join(
        f'<option value="{_RANK[result]}">{words(result)} ({totals.results[result]:,})</option>'
        for result in SEVERITY
        if totals.results[result]
    )
    names = dict.fromkeys(tally.account for tally in summary.accounts())
    accounts = "".join(f"<option>{text(name)}</option>" for name in names)
    return (
        '<form class="controls" id="controls" role="search" aria-label="Filter the campaigns" hidden>\n'
        '<label>Find <input type="search" id="find" autocomplete="off" spellcheck="false" '
        'placeholder="name, id, reason, evidence"></label>\n'
        f'<label>Result <select id="result"><option value="">all</option>{results}</select></label>\n'
        f'<label>Account <select id="account"><option value="">all</option>{accounts}</select></label>\n'
        '<button type="reset">Clear</button>\n</form>\n'
    )


def _header() -> str:
    return "".join(
        f'<th scope="col"{" class=number" if place in _NUMBERS else ""}>{name}</th>'
        for place, name in enumerate(_COLUMNS)
    )


def _row(row: Row) -> str:
    where = " &#183; ".join(text(part) for part in _where(row))
    name = f"<b>{foreign(row.name)}</b> " if row.name else ""
    evidence = f" <small>{text(row.evidence)}</small>" if row.evidence else ""
    return (
        f"<tr><td>{badge(row.result)}</td>"
        f'<th scope="row">{name}<code>{text(row.campaign_id)}</code> <small>{where}</small></th>'
        f"<td>{foreign(row.account)}</td>"
        f"<td>{text(row.reason or '')}{evidence}</td>"
        f'<td class="number">{row.attempts or ""}</td>'
        f'<td class="number">{"" if row.http_status is None else row.http_status}</td>'
        f"<td>{_time(row.first_sent_at)}</td></tr>\n"
    )


def _where(row: Row) -> list[str]:
    parts = [row.bot or row.stream_id, row.channel]
    return [*parts, "no longer in the manifest, or not selected"] if row.removed else parts


def _time(at: float | None) -> str:
    return "" if at is None else iso_utc(at)[:19].replace("T", " ")


def _all_data(rows: Iterator[Row]) -> Iterator[str]:
    while batch := [_values(row) for row in islice(rows, BATCH)]:
        yield f'<script type="application/json" class="rows">{data(batch)}</script>\n'


def _values(row: Row) -> list[object]:
    """What the script makes a row of; it knows these places."""
    texts = (row.name or "", row.campaign_id, " \u00b7 ".join(_where(row)), row.account)
    return [
        _RANK[row.result],
        *map(plain, texts),
        plain(row.reason or ""),
        plain(row.evidence or ""),
        row.attempts,
        row.http_status,
        _time(row.first_sent_at),
    ]
