"""The plan as JSON, schema `launcher.plan/1`."""

import json

from launcher.engine.forecast import forecast
from launcher.report.plan_json import plan_json, plan_json_text


def test_a_plan_is_told_whole(make_plan):
    plan = make_plan({"acme": 61}, bot="billing", tags=("a", "b"), name="Renewal", concurrency=60)

    told = plan_json(plan, forecast(plan))

    assert list(told) == ["schema", "plan", "totals", "accounts", "launches"]
    assert told["schema"] == "launcher.plan/1"
    assert told["totals"] == {"launches": 61, "requests": 61, "makespan": 60.62, "assumed_latency": 0.3}
    assert told["accounts"] == [
        {
            "account": "acme",
            "account_id": "id-acme",
            "launches": 61,
            "requests": 61,
            "budget": "60/60s",
            "earliest_finish": 60.62,
        }
    ]
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

    text = "".join(plan_json_text(plan, forecast(plan)))

    assert json.loads(text) == plan_json(plan, forecast(plan))
    assert "canary" not in text
