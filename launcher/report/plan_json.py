"""The plan as JSON, schema `launcher.plan/1`. Pure.

`earliest_finish` and `makespan` are seconds from the start of the run, when nothing goes wrong.
"""

from collections.abc import Iterator
from typing import Any

from launcher.plan.forecast import AccountForecast, Forecast
from launcher.plan.model import Launch, Plan
from launcher.report.json_stream import document

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
        },
        "totals": {
            "launches": forecast.launches,
            "requests": forecast.requests,
            "makespan": round(forecast.makespan, 3),
            "assumed_latency": forecast.latency,
        },
        "accounts": [_account(account) for account in forecast.accounts],
    }


def _account(account: AccountForecast) -> dict[str, Any]:
    return {
        "account": account.account,
        "account_id": account.account_id,
        "launches": account.launches,
        "requests": account.requests,
        "budget": account.budget,
        "earliest_finish": round(account.finish, 3),
    }


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
