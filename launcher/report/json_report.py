"""The report as JSON, schema `launcher.report/1`. Pure.

Order of `campaigns` is the order of the plan. Times are ISO 8601 UTC. `reason` is null exactly for `started`,
`finished_at` for what has no result yet. A row of a launch that was since removed from the manifest carries
`"removed": true` after the other keys; no other row has that key. `run.stopped` is there only when somebody
stopped the run with `launcher stop`.
"""

from collections.abc import Iterator
from typing import Any

from launcher.journal.events import LaunchPlanned
from launcher.report.background import NOTHING, Background
from launcher.report.json_stream import document
from launcher.report.stopped import Stopped
from launcher.report.summary import Row, Summary
from launcher.report.tally import Tally
from launcher.report.times import iso_utc

SCHEMA = "launcher.report/1"


def json_report(summary: Summary, background: Background = NOTHING) -> dict[str, Any]:
    """The whole report.

    Raises:
        CountsError: the summary contradicts itself.
    """
    return {**_head(summary, background.stopped), "campaigns": [_campaign(row) for row in summary.rows()]}


def json_report_text(summary: Summary, background: Background = NOTHING) -> Iterator[str]:
    """The same as text, in pieces.

    Raises:
        CountsError: the summary contradicts itself; before the first piece.
    """
    return document(_head(summary, background.stopped), "campaigns", map(_campaign, summary.rows()))


def _head(summary: Summary, stopped: Stopped | None) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "run": _run(summary) | ({} if stopped is None else {"stopped": _stopped(stopped)}),
        "totals": _results(summary.totals()),
        "accounts": [_account(tally) for tally in summary.accounts()],
    }


def _run(summary: Summary) -> dict[str, Any]:
    run = summary.run
    return {
        "key": summary.key,
        "manifest": run.manifest,
        "manifest_sha256": run.manifest_sha256,
        "started_at": _time(run.started_at),
        "finished_at": _time(run.finished_at),
        "exit_code": run.exit_code,
        "halted": run.halted,
        "launcher_version": run.launcher_version,
        "operator": run.operator,
        "reason": run.reason,
        "ticket": run.ticket,
    }


def _stopped(stopped: Stopped) -> dict[str, Any]:
    return {
        "at": iso_utc(stopped.at),
        "by": stopped.by,
        "reason": stopped.reason,
        "ticket": stopped.ticket,
        "campaigns": stopped.campaigns,
        "continued_at": _time(stopped.continued_at),
    }


def _results(tally: Tally) -> dict[str, int]:
    return {"planned": tally.planned, **{result.value: count for result, count in tally.results.items()}}


def _account(tally: Tally) -> dict[str, Any]:
    return {
        "account": tally.account,
        "account_id": tally.account_id,
        **_results(tally),
        "requests": tally.requests,
        "throttled": tally.throttled,
    }


def _campaign(row: Row) -> dict[str, Any]:
    campaign: dict[str, Any] = {
        "account": row.account,
        "account_id": row.account_id,
        "bot": row.bot,
        "stream_id": row.stream_id,
        "campaign_id": row.campaign_id,
        "name": row.name,
        "channel": row.channel,
        "result": row.result.value,
        "reason": row.reason,
        "attempts": row.attempts,
        "http_status": row.http_status,
        "first_sent_at": _time(row.first_sent_at),
        "finished_at": _time(row.finished_at),
        "evidence": row.evidence,
    }
    return campaign | {"removed": True} if row.removed else campaign


def planned_keys(planned: LaunchPlanned) -> dict[str, Any]:
    """Which campaign it is, by the keys that every JSON of the launcher uses."""
    return {
        "account": planned.account,
        "account_id": planned.identity.account_id,
        "bot": planned.bot,
        "stream_id": planned.identity.stream_id,
        "campaign_id": planned.identity.campaign_id,
        "name": planned.name,
        "channel": planned.identity.channel,
    }


def _time(at: float | None) -> str | None:
    return None if at is None else iso_utc(at)
