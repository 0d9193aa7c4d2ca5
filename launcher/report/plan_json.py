"""The plan as JSON, schema `launcher.plan/1`. Pure.

`earliest_finish`, `makespan` and the times of waves are seconds from the start of the run (`begins_at`), when
nothing goes wrong.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from launcher.outcome import NotAttempted
from launcher.plan.forecast import AccountForecast, Forecast, Missed, WaveForecast
from launcher.plan.model import Launch, Plan
from launcher.report.json_stream import document
from launcher.report.times import iso_utc, zoned_iso

SCHEMA = "launcher.plan/1"


def plan_json(plan: Plan, forecast: Forecast) -> dict[str, Any]:
    """The whole plan with its forecast."""
    return {**head_json(plan, forecast), "launches": [launch_json(launch) for launch in plan.launches]}


def plan_json_text(plan: Plan, forecast: Forecast) -> Iterator[str]:
    """The same as text, in pieces."""
    return document(head_json(plan, forecast), "launches", map(launch_json, plan.launches))


def head_json(plan: Plan, forecast: Forecast) -> dict[str, Any]:
    """All but the launches."""
    return {
        "schema": SCHEMA,
        "plan": {
            "name": plan.name,
            "manifest": plan.manifest_path,
            "manifest_sha256": plan.manifest_sha256,
            "concurrency": plan.settings.concurrency,
            "begins_at": iso_utc(forecast.begins_at),
            "late": plan.settings.late,
            "soak": plan.settings.soak,
            "gate": plan.settings.gate,
        },
        "totals": {
            "launches": forecast.launches,
            "requests": forecast.requests,
            "makespan": round(forecast.makespan, 3),
            "assumed_latency": forecast.latency,
            "outside_window": forecast.late,
            "not_sent": _counts(forecast.unsent),
        },
        "accounts": [_account(account) for account in forecast.accounts],
        "waves": [_wave(number, wave) for number, wave in enumerate(forecast.waves, 1)],
    }


def _account(account: AccountForecast) -> dict[str, Any]:
    return {
        "account": account.account,
        "account_id": account.account_id,
        "launches": account.launches,
        "requests": account.requests,
        "budget": account.budget,
        "earliest_finish": _seconds(account.finish),
        "outside_window": account.late,
        "not_sent": _counts(account.unsent),
        "windows_missed": [_missed(missed, count) for missed, count in account.missed],
    }


def _missed(missed: Missed, launches: int) -> dict[str, Any]:
    opens_at, zone = missed.opens_at, missed.zone
    return {
        "launches": launches,
        "closed_at": None if missed.closed_at is None else iso_utc(missed.closed_at),
        "opens_at": None if opens_at is None else iso_utc(opens_at),
        "opens_at_local": None if opens_at is None else zoned_iso(opens_at, zone),
        "zone": zone,
    }


def _wave(number: int, wave: WaveForecast) -> dict[str, Any]:
    return {
        "wave": number,
        "launches": wave.launches,
        "begins": _seconds(wave.begins),
        "finish": _seconds(wave.finish),
        "held": wave.held,
    }


def _counts(counts: Mapping[NotAttempted, int]) -> dict[str, int]:
    return {str(reason): count for reason, count in counts.items()}


def _seconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def launch_json(launch: Launch) -> dict[str, Any]:
    """One launch."""
    return {
        "account": launch.account.name,
        "account_id": launch.identity.account_id,
        "host": launch.account.host,
        "bot": None if launch.bot is None else launch.bot.name,
        "stream_id": launch.identity.stream_id,
        "campaign_id": launch.identity.campaign_id,
        "name": launch.name,
        "channel": launch.identity.channel,
        "tags": list(launch.tags),
    }
