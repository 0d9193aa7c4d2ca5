"""`launcher plan --live`: every kind of state by its name, a dozen requests, nothing started."""

import json
import re
import subprocess
import sys
from contextlib import contextmanager

import pytest
import yaml

KINDS = {
    "Ready": "will_start",
    "Active": "already_active",
    "Preparing": "already_active",
    "Completed": "completed",
    "Stopped": "stopped",
    "Paused": "paused",
    "Scheduled": "scheduled",
    "Rescheduled": "scheduled",
    "Emergency": "other_state",
}


@pytest.fixture
def server(serve):
    return serve()


def enlist(server, manifest, lists=None):
    """Let the server know all campaigns of a manifest."""
    for each in yaml.safe_load(manifest.read_text())["campaigns"]:
        entry = {"id": each["campaign"], "type": each.get("channel", "sms")}
        entry["lists"] = (lists or {}).get(each["campaign"], [])
        server.listed[each["stream"]].append(entry)


def found(done):
    return {each["campaign_id"][-3:]: each["finding"] for each in json.loads(done.out)["launches"]}


def test_every_state_is_named_and_nothing_is_started(launcher, server, write_manifest):
    manifest = write_manifest(server.url, {"a": len(KINDS)})
    enlist(server, manifest)
    for number, state in enumerate(KINDS):
        server.state[f"cd-a-{number:03}"] = state
    done = launcher("plan", manifest, "--live", "--json")
    assert done.code == 0, done.err
    assert list(found(done).values()) == list(KINDS.values())
    assert json.loads(done.out)["live"]["requests"] == len(server.requests) == 1
    assert server.starts == {}
    table = launcher("plan", manifest, "--live", env={"COLUMNS": "160"})
    for words in ("will start", "already active", "a start messages everybody again", "unfamiliar state"):
        assert words in table.out


def test_500_campaigns_in_5_streams_cost_a_dozen_requests(launcher, server, write_manifest):
    manifest = write_manifest(server.url, dict.fromkeys("abcde", 100), budget="60/60s")
    enlist(server, manifest)
    done = launcher("plan", manifest, "--live", "--json")
    assert set(found(done).values()) == {"will_start"}
    assert len(json.loads(done.out)["launches"]) == 500
    assert len(server.requests) == 10
    assert all("trigger" not in request["path"] for request in server.requests)


def test_names_lists_and_missing_campaigns(launcher, server, write_manifest):
    campaigns = [
        {"account": "a", "stream": "st-a", "campaign": f"cd-a-{number:03}", "name": "Renewal"}
        for number in range(4)
    ]
    campaigns.append({"account": "a", "stream": "st-a", "campaign": "cd-a-004", "channel": "voice"})
    manifest = write_manifest(server.url, {"a": 0}, campaigns=campaigns)
    shared = {"cd-a-001": ["everybody"], "cd-a-002": ["everybody"]}
    enlist(server, manifest, shared)
    listed = server.listed["st-a"]
    for entry in listed:
        entry["name"] = "Renewal"
    listed[0]["name"] = "Another"
    del listed[3]
    server.faults["cd-a-003"] = ["404"]
    done = launcher("plan", manifest, "--live", "--json", "--detailed-exitcode")
    assert done.code == 5
    assert found(done) == {
        "000": "wrong_name",
        "001": "shared_list",
        "002": "shared_list",
        "003": "not_found",
        "004": "will_start",
    }


def test_a_stream_that_cannot_be_read_is_told_and_not_fatal(launcher, server, write_manifest):
    manifest = write_manifest(server.url, {"a": 2, "b": 2})
    enlist(server, manifest)
    server.faults["getAllCampaignDetails"] = ["403"]
    done = launcher("plan", manifest, "--live", "--json")
    assert done.code == 0
    told = json.loads(done.out)["live"]
    assert told["findings"] == {"unreadable": 2, "will_start": 2}
    assert "403" in told["unreadable_streams"][0]["reason"]


@pytest.mark.parametrize(("state", "code"), [("Ready", 10), ("Active", 0), ("Scheduled", 5)])
def test_the_detailed_exit_code(launcher, server, write_manifest, state, code):
    manifest = write_manifest(server.url, {"a": 1})
    enlist(server, manifest)
    server.state["cd-a-000"] = state
    assert launcher("plan", manifest, "--live", "--detailed-exitcode").code == code
    assert launcher("plan", manifest, "--live").code == 0


def test_what_was_started_lately_is_inside_the_cooldown(launcher, server, write_manifest, tmp_path):
    manifest = write_manifest(server.url, {"a": 2})
    enlist(server, manifest)
    assert launcher("run", manifest, "--yes", "--key", "k", "--select", "campaign:*0").code == 0
    server.state["cd-a-000"] = "Completed"
    other = launcher("plan", manifest, "--live", "--json", "--key", "other")
    assert found(other) == {"000": "cooldown", "001": "will_start"}
    assert json.loads(other.out)["totals"]["requests"] == 1
    assert "under run key 'k'" in json.loads(other.out)["launches"][0]["notes"][0]
    same = launcher("plan", manifest, "--live", "--json", "--key", "k")
    assert "in this run already" in json.loads(same.out)["launches"][0]["notes"][0]


def test_the_budget_that_was_used_up_a_moment_ago_counts(launcher, serve, write_manifest):
    server = serve(limit=3, window=3.0)
    manifest = write_manifest(server.url, {"a": 3}, budget="3/3s")
    enlist(server, manifest)
    assert launcher("run", manifest, "--yes").code == 0
    assert launcher("plan", manifest, "--live", "--json").code == 0
    assert server.throttled == {"id-a": 0}


def test_a_run_after_a_look_counts_its_requests(launcher, serve, write_manifest):
    limit, window = 4, 2.0
    server = serve(limit=limit, window=window)
    manifest = write_manifest(server.url, {"a": 5}, budget=f"{limit}/{window:g}s")
    enlist(server, manifest)
    assert launcher("plan", manifest, "--live", "--json").code == 0
    assert launcher("plan", manifest, "--live", "--json").code == 0
    assert launcher("run", manifest, "--yes").code == 0
    assert server.throttled == {"id-a": 0}
    assert set(server.starts.values()) == {1}


def test_a_look_waits_for_what_others_use_of_the_budget(launcher, serve, write_manifest):
    server = serve(limit=1, window=2.0)
    manifest = write_manifest(server.url, {"a": 1}, budget="1/2s")
    enlist(server, manifest)
    for _ in range(3):
        assert launcher("plan", manifest, "--live", "--json").code == 0
    assert server.throttled == {"id-a": 0}


def test_what_does_not_fit_into_the_deadline_blocks(launcher, server, write_manifest):
    manifest = write_manifest(server.url, {"a": 70}, budget="60/60s", settings={"deadline": "30s"})
    enlist(server, manifest)
    done = launcher("plan", manifest, "--live", "--json", "--detailed-exitcode")
    assert done.code == 5
    (late,) = json.loads(done.out)["live"]["late"]
    assert late == {"account": "a", "launches": 10, "of": 70, "limit": "the deadline of 30 s"}


def test_a_look_at_the_sandbox_shows_all_kinds_and_needs_no_secret(launcher, write_manifest, tmp_path):
    manifest = write_manifest("https://platform.kore.ai", {"a": 32})
    done = launcher("plan", manifest, "--live", "--sandbox", "--json", env={"SECRET": ""})
    assert done.code == 0, done.err
    kinds = set(json.loads(done.out)["live"]["findings"])
    assert kinds >= set(KINDS.values()) - {"other_state"} | {"not_found", "shared_list"}
    assert not (tmp_path / "j.sqlite3").exists()


@pytest.mark.parametrize("option", ["--sandbox", "--detailed-exitcode"])
def test_options_that_need_live_say_so(launcher, write_manifest, option):
    done = launcher("plan", option, write_manifest("https://platform.kore.ai", {"a": 1}))
    assert (done.code, f"{option} tells nothing without --live" in done.err) == (2, True)


def test_no_secret_is_shown(launcher, server, write_manifest):
    manifest = write_manifest(server.url, {"a": 1})
    done = launcher("plan", manifest, "--live", "--json")
    assert "canary" not in done.out + done.err


@pytest.mark.parametrize(("knows", "requests"), [(True, 1), (False, 7)])
def test_a_sandbox_of_ones_own_invents_no_names(launcher, write_manifest, knows, requests):
    """With `--manifest` it has them; without it whatever is asked for is nameless."""
    named = [
        {"account": "a", "stream": "st-a", "campaign": f"cd-a-{number:03}", "name": f"Renewal {number}"}
        for number in range(6)
    ]
    manifest = write_manifest("http://127.0.0.1:1", {"a": 0}, campaigns=named)
    with serving_sandbox(*(["--manifest", str(manifest)] if knows else [])) as url:
        manifest = write_manifest(url, {"a": 0}, campaigns=named)
        done = launcher("plan", manifest, "--live", "--json")
        assert done.code == 0, done.err
        assert set(found(done).values()) == {"will_start"}
        assert json.loads(done.out)["live"]["requests"] == requests
        named[2]["name"] = "Another"
        misnamed = launcher("plan", write_manifest(url, {"a": 0}, campaigns=named), "--live", "--json")
    assert (found(misnamed)["002"] == "wrong_name") == knows


@contextmanager
def serving_sandbox(*options):
    command = [sys.executable, "-m", "launcher", "sandbox", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield re.search(r"http://\S+", process.stderr.readline())[0]
        finally:
            process.terminate()
