"""The main job, end to end."""

import json
import re
import time

import jwt
import pytest

COUNTS = {"a": 30, "b": 15, "c": 10, "d": 5}


def test_sixty_campaigns_over_four_accounts_are_started_once_each(launcher, serve, write_manifest):
    server = serve(latency=0.01)
    manifest = write_manifest(server.url, COUNTS, settings={"concurrency": 7})
    done = launcher("run", manifest, "--yes", "--json", anew=True)
    assert done.code == 0, done.err
    assert len(server.starts) == 60
    assert set(server.starts.values()) == {1}
    assert server.most_in_flight <= 7
    assert [row["campaign_id"] for row in done.report["campaigns"]] == [
        f"cd-{account}-{number:03}" for account, count in COUNTS.items() for number in range(count)
    ]
    again = launcher("run", manifest, "--yes", "--json")
    assert again.code == 0
    assert again.report["totals"]["started"] == 60
    assert len(server.requests) == 60, "the same key again sends nothing"


def test_the_request_is_exactly_the_documented_one(launcher, serve, write_manifest):
    server = serve()
    assert launcher("run", write_manifest(server.url, {"a": 1}), "--yes").code == 0
    (request,) = server.requests
    assert request["method"] == "POST"
    assert request["path"] == ("/campaign/api/v2/public/st-a/campaign/cd-a-000?campaignType=sms&trigger=play")
    assert request["body"] == b"{}"
    headers = {name.lower(): value for name, value in request["headers"].items()}
    assert headers["content-type"] == "application/json"
    assert headers["iid"] == "st-a"
    assert headers["accountid"] == "id-a"
    claims = jwt.decode(headers["auth"], "canary-9f8e7d6c5b4a-do-not-show-to-anybody", algorithms=["HS256"])
    assert claims["appId"] == "cs-a"


@pytest.mark.parametrize("fixed", [False, True], ids=["rolling", "fixed"])
def test_no_429_and_the_theoretical_pace(launcher, serve, write_manifest, fixed):
    server = serve(latency=0.1, limit=20, window=3.0, fixed=fixed)
    manifest = write_manifest(server.url, {"big": 70, "small": 10, "other": 10}, budget="20/3s")
    done = launcher("run", manifest, "--yes", "--json")
    assert done.code == 0, done.err
    assert sum(server.throttled.values()) == 0
    assert set(server.starts.values()) == {1}
    first = min(request["at"] for request in server.requests)
    finish = {
        account: max(r["at"] for r in server.requests if r["account"] == f"id-{account}") - first
        for account in ("big", "small", "other")
    }
    # Three whole windows must pass; that the small ones are not held up is a matter of order, not of speed.
    assert finish["big"] >= 9.0
    assert finish["small"] < 3.0
    assert finish["other"] < 3.0


def test_an_account_used_up_by_others_recovers_while_the_rest_finish(launcher, serve, write_manifest):
    server = serve(latency=0.02)
    server.busy_until["id-busy"] = time.monotonic() + 4.0
    manifest = write_manifest(server.url, {"busy": 10, "free": 20}, budget="20/3s")
    done = launcher("run", manifest, "--yes", "--json")
    assert done.code == 0, done.err
    assert set(server.starts.values()) == {1}
    assert server.throttled["id-busy"] < 12, "a closed lane is probed, not hammered"
    last_free = max(r["at"] for r in server.requests if r["account"] == "id-free")
    first_busy = min(r["at"] for r in server.requests if r["account"] == "id-busy" and server.starts)
    assert last_free - first_busy < 3.0
    busy = next(account for account in done.report["accounts"] if account["account"] == "busy")
    assert busy["throttled"] == server.throttled["id-busy"]


def test_doubts_are_settled_by_reading_and_never_by_starting_again(launcher, serve, write_manifest):
    server = serve()
    server.faults.update(
        {
            "cd-a-000": ["5xx-before"],
            "cd-a-001": ["5xx-after"],
            "cd-a-002": ["reset-before"],
            "cd-a-003": ["reset-after"],
            "cd-a-004": ["404"],
            "cd-a-005": ["reset-after", "5xx", "5xx", "5xx", "5xx", "5xx"],
        }
    )
    done = launcher("run", write_manifest(server.url, {"a": 7}), "--yes", "--json")
    results = [row["result"] for row in done.report["campaigns"]]
    assert results == ["started"] * 4 + ["rejected", "unknown", "started"]
    assert done.code == 3
    assert max(server.starts.values()) == 1
    assert done.report["totals"]["planned"] == 7


def test_refused_credentials_stop_the_account_after_three(launcher, serve, write_manifest):
    server = serve()
    for number in range(40):
        server.faults[f"cd-a-{number:03}"] = ["401"] * 10
    manifest = write_manifest(server.url, {"a": 40, "b": 5}, settings={"concurrency": 4})
    done = launcher("run", manifest, "--yes", "--json")
    assert done.code == 4
    accounts = {account["account"]: account for account in done.report["accounts"]}
    assert accounts["b"]["started"] == 5
    assert accounts["a"]["rejected"] + accounts["a"]["not_attempted"] == 40
    assert accounts["a"]["requests"] <= 12, "not hundreds of campaigns one by one"


def test_a_rerun_sends_only_what_has_not_started(launcher, serve, write_manifest):
    server = serve()
    server.faults["cd-a-001"] = ["400"]
    manifest = write_manifest(server.url, {"a": 3})
    assert launcher("run", manifest, "--yes").code == 1
    before = len(server.requests)
    assert launcher("run", manifest, "--yes").code == 0
    assert [request["campaign"] for request in server.requests[before:]] == ["cd-a-001"]


def test_secrets_are_nowhere(launcher, serve, write_manifest, tmp_path):
    server = serve()
    server.faults["cd-a-000"] = ["5xx-before"]
    server.faults["cd-a-001"] = ["401", "401"]
    manifest = write_manifest(server.url, {"a": 3})
    done = launcher("run", manifest, "--yes", "-vv", "--log-format", "json", "--report", "r.json")
    tokens = {request["headers"].get("auth") for request in server.requests}
    everything = done.out + done.err
    everything += "".join(
        path.read_bytes().decode("latin-1")
        for path in tmp_path.rglob("*")
        if path.is_file() and path != manifest
    )
    assert "canary-9f8e" not in everything
    assert not re.search(r"eyJ[\w-]+\.[\w-]+\.", everything)
    assert all(token and token not in everything for token in tokens)
    assert any(json.loads(line).get("campaign_id") for line in done.err.splitlines() if line.startswith("{"))


def test_a_dry_run_sends_nothing_and_leaves_no_journal(launcher, serve, write_manifest, tmp_path):
    server = serve()
    done = launcher("run", write_manifest(server.url, {"a": 3}), "--dry-run")
    assert done.code == 0
    assert "cd-a-002" in done.out
    assert server.requests == []
    assert not (tmp_path / "j.sqlite3").exists()
