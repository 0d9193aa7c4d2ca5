"""The campaigns as JUnit XML, for CI servers: a suite an account, a case a launch. Pure.

Rejected and failed are failures, unknown is an error, not attempted is skipped. The form is the one that
Jenkins's schema has, and Ant's but for the message of what was skipped. It is ASCII, with references for all
other characters.
"""

import html
from collections.abc import Iterable, Iterator, Mapping

from launcher.outcome import Result
from launcher.report.advice import advise
from launcher.report.plain import plain
from launcher.report.standing import words
from launcher.report.summary import Row, Summary
from launcher.report.tally import Tally
from launcher.report.times import iso_utc

_ELEMENTS = {
    Result.REJECTED: "failure",
    Result.FAILED: "failure",
    Result.UNKNOWN: "error",
    Result.NOT_ATTEMPTED: "skipped",
}
_NO_TIME = "1970-01-01T00:00:00"
"""Ant's schema asks for a time even where there is none."""


def junit_report_text(summary: Summary) -> Iterator[str]:
    """The document in pieces.

    Raises:
        CountsError: the summary contradicts itself; before the first piece.
    """
    summary.totals()
    times = _times(summary.rows())
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n'
    for number, (tally, rows) in enumerate(summary.rows_by_account()):
        yield from _suite(number, tally, rows, times.get((tally.account, tally.account_id), 0.0), summary)
    yield "</testsuites>\n"


def _suite(number: int, tally: Tally, rows: Iterable[Row], took: float, summary: Summary) -> Iterator[str]:
    counts = tally.results
    begun = summary.run.started_at
    attributes = {
        "name": tally.account or "-",
        "package": tally.account_id,
        "id": number,
        "hostname": "localhost",
        "timestamp": _NO_TIME if begun is None else iso_utc(begun)[:19],
        "time": f"{took:.3f}",
        "tests": tally.planned,
        "failures": counts[Result.REJECTED] + counts[Result.FAILED],
        "errors": counts[Result.UNKNOWN],
        "skipped": counts[Result.NOT_ATTEMPTED],
    }
    yield f"<testsuite{_attributes(attributes)}>\n{_properties(summary)}"
    yield from map(_case, rows)
    yield f"<system-out>{tally.requests} requests, {tally.throttled} throttled</system-out>\n"
    yield "<system-err></system-err>\n</testsuite>\n"


def _properties(summary: Summary) -> str:
    run = summary.run
    told = {
        "run": summary.key,
        "manifest": run.manifest,
        "manifest_sha256": run.manifest_sha256,
        "launcher_version": run.launcher_version,
        "exit_code": "" if run.exit_code is None else run.exit_code,
        "halted": run.halted or "",
    }
    lines = "".join(
        f"<property{_attributes({'name': name, 'value': value})}/>\n" for name, value in told.items()
    )
    return f"<properties>\n{lines}</properties>\n"


def _case(row: Row) -> str:
    attributes = {
        "classname": f"{row.account}.{row.bot or row.stream_id}",
        "name": f"{row.campaign_id} {row.name}" if row.name else row.campaign_id,
        "time": f"{_seconds(row):.3f}",
    }
    element = _ELEMENTS.get(row.result)
    if element is None:
        return f"<testcase{_attributes(attributes)}/>\n"
    why = {"message": row.reason or words(row.result), "type": row.result.value}
    return (
        f"<testcase{_attributes(attributes)}><{element}{_attributes(why)}>"
        f"{_text(_details(row))}</{element}></testcase>\n"
    )


def _details(row: Row) -> str:
    told = [
        row.reason,
        advise(row.result, row.reason, row.http_status),
        None if row.http_status is None else f"HTTP status: {row.http_status}",
        row.evidence and f"evidence: {row.evidence}",
        f"starts sent: {row.attempts}",
        row.first_sent_at and f"first start sent: {iso_utc(row.first_sent_at)}",
    ]
    return "\n".join(plain(each) for each in told if each)


def _seconds(row: Row) -> float:
    if row.first_sent_at is None or row.finished_at is None:
        return 0.0
    return max(row.finished_at - row.first_sent_at, 0.0)


def _times(rows: Iterable[Row]) -> dict[tuple[str, str], float]:
    """Seconds from the first request of each account to its last result: its launches overlap."""
    begun: dict[tuple[str, str], float] = {}
    ended: dict[tuple[str, str], float] = {}
    for row in rows:
        account = row.account, row.account_id
        if row.first_sent_at is not None:
            begun[account] = min(row.first_sent_at, begun.get(account, row.first_sent_at))
        if row.finished_at is not None:
            ended[account] = max(row.finished_at, ended.get(account, row.finished_at))
    return {account: max(ended[account] - at, 0.0) for account, at in begun.items() if account in ended}


def _attributes(values: Mapping[str, object]) -> str:
    return "".join(f' {name}="{_text(plain(str(value)))}"' for name, value in values.items())


def _text(value: str) -> str:
    # What XML 1.0 forbids even as a reference, `plain` made visible text. XML knows all that `html` writes.
    return html.escape(value).encode("ascii", "xmlcharrefreplace").decode("ascii")
