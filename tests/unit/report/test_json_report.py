"""The report as JSON, schema `launcher.report/1`."""

import json

from launcher.journal.events import RunHalted
from launcher.report.json_report import json_report, json_report_text


def test_a_run_is_told_whole(mixed_story):
    report = json_report(mixed_story.summary)

    assert list(report) == ["schema", "run", "totals", "accounts", "campaigns"]
    assert report["schema"] == "launcher.report/1"
    assert report["run"] == {
        "key": "nightly-2026-11-23",
        "manifest": "campaigns.yaml",
        "manifest_sha256": "ab" * 32,
        "started_at": "2026-11-23T12:00:00.000Z",
        "finished_at": "2026-11-23T12:00:49.000Z",
        "exit_code": 3,
        "halted": None,
        "launcher_version": "0.1.0",
        "operator": None,
        "reason": None,
        "ticket": None,
    }
    assert report["totals"] == {
        "planned": 12,
        "started": 5,
        "already_active": 1,
        "rejected": 2,
        "failed": 1,
        "unknown": 1,
        "not_attempted": 2,
    }


def test_accounts_tell_their_counts_in_plan_order(mixed_story):
    acme, globex, initech = json_report(mixed_story.summary)["accounts"]

    assert acme == {
        "account": "acme",
        "account_id": "id-acme",
        "planned": 6,
        "started": 4,
        "already_active": 1,
        "rejected": 0,
        "failed": 0,
        "unknown": 1,
        "not_attempted": 0,
        "requests": 8,
        "throttled": 1,
    }
    assert [globex["account"], initech["account"]] == ["globex", "initech-emea"]


def test_a_campaign_is_told_whole(story):
    story.plan(0, name="Renewal due", bot="billing").start(0)

    assert json_report(story.summary)["campaigns"] == [
        {
            "account": "acme",
            "account_id": "id-acme",
            "bot": "billing",
            "stream_id": "st-1",
            "campaign_id": "cd-0",
            "name": "Renewal due",
            "channel": "sms",
            "result": "started",
            "reason": None,
            "attempts": 1,
            "http_status": 200,
            "first_sent_at": "2026-11-23T12:00:02.000Z",
            "finished_at": "2026-11-23T12:00:04.000Z",
            "evidence": "status Active",
        }
    ]


def test_what_was_never_sent_has_no_times(story):
    (campaign,) = json_report(story.plan(0).summary)["campaigns"]

    assert (campaign["first_sent_at"], campaign["finished_at"], campaign["http_status"]) == (None, None, None)
    assert (campaign["result"], campaign["attempts"]) == ("not_attempted", 0)
    assert campaign["reason"].startswith("cancelled: ")


def test_a_run_that_did_not_end_says_so(story):
    run = json_report(story.plan(0).tell(RunHalted(story.now, "5 unknown")).summary)["run"]

    assert (run["finished_at"], run["exit_code"], run["halted"]) == (None, None, "5 unknown")


def test_only_a_launch_that_left_the_manifest_is_marked(story):
    story.plan(0).plan(1).start(0).open().plan(1, 0)

    kept, removed = json_report(story.summary)["campaigns"]

    assert "removed" not in kept
    assert removed["removed"] is True


def test_the_text_is_the_same_report_and_the_same_every_time(mixed_story):
    text = "".join(json_report_text(mixed_story.summary))

    assert json.loads(text) == json_report(mixed_story.summary)
    assert text == "".join(json_report_text(mixed_story.summary))


def test_a_run_without_any_event_can_be_reported():
    from launcher.report.summary import Summary  # noqa: PLC0415 - only here

    report = json_report(Summary("key"))

    assert (report["totals"]["planned"], report["accounts"], report["campaigns"]) == (0, [], [])
