"""The plan as JSON, schema `launcher.plan/1`."""

import json
from dataclasses import replace

from launcher.engine.forecast import forecast
from launcher.manifest.model import Threshold
from launcher.manifest.windows import windows
from launcher.plan.calendar import Calendar
from launcher.report.plan_json import plan_json, plan_json_text


def test_a_plan_is_told_whole(make_plan):
    plan = make_plan({"acme": 61}, bot="billing", tags=("a", "b"), name="Renewal", concurrency=60)

    told = plan_json(plan, forecast(plan, now=0.0))

    assert list(told) == ["schema", "plan", "totals", "accounts", "waves", "launches"]
    assert told["schema"] == "launcher.plan/1"
    assert told["totals"] == {
        "launches": 61,
        "requests": 61,
        "makespan": 60.62,
        "assumed_latency": 0.3,
        "outside_window": 0,
        "not_sent": {},
    }
    assert told["accounts"] == [
        {
            "account": "acme",
            "account_id": "id-acme",
            "launches": 61,
            "requests": 61,
            "budget": "60/60s",
            "earliest_finish": 60.62,
            "outside_window": 0,
            "not_sent": {},
            "windows_missed": [],
        }
    ]
    assert told["waves"] == []
    assert told["launches"][0] == {
        "account": "acme",
        "account_id": "id-acme",
        "host": "https://platform.kore.ai",
        "bot": "billing",
        "stream_id": "st-1",
        "campaign_id": "cd-00000000-3682-5e72-a839-af9e0711aaaa",
        "name": "Renewal",
        "channel": "sms",
        "tags": ["a", "b"],
    }


def test_the_text_is_the_same_plan(make_plan):
    plan = make_plan({"acme": 3, "beta": 2})

    text = "".join(plan_json_text(plan, forecast(plan, now=0.0)))

    assert json.loads(text) == plan_json(plan, forecast(plan, now=0.0))
    assert "canary" not in text


def test_windows_and_waves_are_told(make_plan, t0):
    calendar = Calendar(windows("daily 07:00-07:01 America/New_York; daily 09:00-20:00 America/New_York"))
    plan = make_plan({"acme": 100})
    plan = replace(
        plan,
        settings=replace(plan.settings, waves=(Threshold(1), None), soak=5.0),
        launches=tuple(replace(each, calendar=calendar) for each in plan.launches),
    )

    told = plan_json(plan, forecast(plan, now=t0))

    assert told["plan"]["begins_at"] == "2026-11-23T12:00:00.000Z"
    assert [told["plan"][name] for name in ("late", "soak", "gate")] == ["wait", 5.0, "auto"]
    assert told["totals"]["outside_window"] == told["accounts"][0]["outside_window"] == 41
    assert told["accounts"][0]["windows_missed"] == [
        {
            "launches": 41,
            "closed_at": "2026-11-23T12:01:00.000Z",
            "opens_at": "2026-11-23T14:00:00.000Z",
            "opens_at_local": "2026-11-23T09:00:00-05:00",
            "zone": "America/New_York",
        }
    ]
    assert told["waves"] == [
        {"wave": 1, "launches": 1, "begins": 0.0, "finish": 0.3, "held": False},
        {"wave": 2, "launches": 99, "begins": 5.6, "finish": 7200.9, "held": False},
    ]


def test_what_is_never_sent_has_no_finish(make_plan):
    plan = make_plan({"acme": 3})
    plan = replace(plan, settings=replace(plan.settings, waves=(Threshold(1), None), gate="ask"))

    told = plan_json(plan, forecast(plan, now=0.0))

    assert told["totals"]["not_sent"] == told["accounts"][0]["not_sent"] == {"gate": 2}
    assert told["waves"][1] == {"wave": 2, "launches": 2, "begins": None, "finish": None, "held": True}
