"""Every verb but run, as a user types it."""

import contextlib
import json
import re
import shlex
import signal
import subprocess
import sys
import urllib.request

import pytest

from launcher.version import __version__


def test_version(launcher):
    assert launcher("--version").out == f"launcher {__version__}\n"


@pytest.mark.parametrize(
    "arguments", [["--help"], ["run", "--help"], ["validate", "--help"], ["runs", "--help"]]
)
def test_help_has_examples(launcher, arguments):
    done = launcher(*arguments)
    assert done.code == 0
    assert "example" in done.out


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["run"], ["run", "m.yaml", "--concurrency", "0"]])
def test_wrong_usage_is_exit_2_without_a_traceback(launcher, arguments):
    done = launcher(*arguments)
    assert done.code == 2
    assert "usage: launcher" in done.err
    assert "Traceback" not in done.err


def test_validate_names_every_problem_with_its_position(launcher, tmp_path):
    (tmp_path / "m.yaml").write_text(
        "version: 1\n"
        "accounts:\n"
        "  acme: {id: a1, host: 'http://kore.example', client_id: cs-1, client_secret: '${S}'}\n"
        "campaigns:\n"
        "  - {account: acme, stream: st-1, campain: cd-1}\n"
        "  - {account: acne, stream: st-1, campaign: cd-2}\n"
    )
    for verb in ("validate", "plan", "run"):
        done = launcher(verb, "m.yaml")
        assert done.code == 2
        *lines, last = done.err.splitlines()
        assert last == "launcher: the manifest is not valid; nothing was sent [L010]"
        assert re.match(r"m\.yaml:3:\d+: .*allow_http", lines[0])
        assert any(
            "unknown key 'campain' in campaigns[0]; did you mean 'campaign'?" in line for line in lines
        )
        assert any(re.match(r"m\.yaml:6:\d+: .*did you mean 'acme'\?", line) for line in lines)
        assert "Traceback" not in done.err
    as_json = launcher("validate", "m.yaml", "--json")
    assert as_json.code == 2
    assert json.loads(as_json.out)["problems"] == lines


def test_validate_says_what_it_checked(launcher, write_manifest):
    done = launcher("validate", write_manifest("http://127.0.0.1:9", {"a": 3, "b": 2}))
    assert (done.code, done.err) == (0, "")
    assert "5 campaigns, 2 accounts" in done.out


def test_plan_forecasts_from_the_budget(launcher, write_manifest):
    manifest = write_manifest("http://127.0.0.1:9", {"a": 121, "b": 2}, budget="60/60s")
    plan = json.loads(launcher("plan", manifest, "--json").out)
    assert plan["schema"] == "launcher.plan/1"
    assert len(plan["launches"]) == 123
    table = launcher("plan", manifest)
    assert table.code == 0
    assert "60/60s" in table.out


def test_schema_is_json(launcher):
    assert json.loads(launcher("schema").out)["$schema"].startswith("https://json-schema.org/")


def test_a_rehearsal_needs_no_secret_and_keeps_no_journal(launcher, write_manifest, tmp_path):
    manifest = write_manifest("https://platform.kore.ai", {"a": 3})
    done = launcher("run", "--sandbox", manifest, env={"SECRET": ""})
    assert done.code == 0, done.err
    assert "0 double starts" in done.out
    assert not (tmp_path / "j.sqlite3").exists()


def test_a_rehearsed_start_is_never_taken_for_a_real_one(launcher, serve, write_manifest):
    server = serve()
    manifest = write_manifest(server.url, {"a": 2})
    assert launcher("run", manifest, "--sandbox", "--journal", "j.sqlite3", "--key", "k").code == 0
    assert server.requests == []
    assert launcher("run", manifest, "--yes", "--journal", "j.sqlite3", "--key", "real").code == 0
    assert len(server.starts) == 2


def test_an_unknown_scenario_is_a_sentence(launcher, write_manifest):
    done = launcher("run", write_manifest("https://platform.kore.ai", {"a": 1}), "--sandbox=fautls")
    assert done.code == 2
    assert "did you mean 'faults'?" in done.err


def test_the_report_can_be_had_again_from_the_journal(launcher, serve, write_manifest):
    server = serve()
    manifest = write_manifest(server.url, {"a": 2})
    first = launcher("run", manifest, "--yes", "--key", "k", "--json").report
    again = launcher("report", "k", "--json").report
    assert again == first
    assert "2 of 2 launches started" in launcher("report", "k").out
    runs = json.loads(launcher("runs", "--json").out)
    assert [(run["key"], run["started"], run["exit_code"]) for run in runs] == [("k", 2, 0)]
    check = launcher("runs", "check")
    assert (check.code, "sound" in check.out) == (0, True)


def test_verbs_that_read_the_journal_make_none(launcher, tmp_path):
    for arguments in (["runs"], ["report", "k"], ["runs", "check"], ["reconcile", "k"]):
        done = launcher(*arguments)
        assert done.code == 5
        assert "Traceback" not in done.err
        assert list(tmp_path.iterdir()) == []


def test_a_report_target_is_checked_before_anything_is_sent(launcher, serve, write_manifest):
    server = serve()
    manifest = write_manifest(server.url, {"a": 1})
    for target in ("r.docx", "nowhere/r.json"):
        done = launcher("run", manifest, "--yes", "--report", target)
        assert done.code == 2
        assert target in done.err
    assert server.requests == []


def test_a_missing_secret_is_a_sentence_and_nothing_is_sent(launcher, serve, write_manifest):
    server = serve()
    done = launcher("run", write_manifest(server.url, {"a": 1}), "--yes", env={"SECRET": ""})
    assert done.code == 2
    assert "SECRET" in done.err
    assert "Traceback" not in done.err
    assert server.requests == []


def test_an_empty_manifest_is_refused(launcher, write_manifest):
    done = launcher("run", write_manifest("http://127.0.0.1:9", {"a": 0}), "--yes")
    assert done.code in {2, 5}
    assert "Traceback" not in done.err


def test_the_sandbox_serves_until_it_is_told_to_stop():
    command = [sys.executable, "-m", "launcher", "sandbox", "--faults", "none"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        url = re.search(r"http://127\.0\.0\.1:\d+", process.stderr.readline()).group()
        with contextlib.closing(urllib.request.urlopen(f"{url}/ledger", timeout=5)) as ledger:
            assert json.load(ledger)["totals"]["starts"] == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        assert "0 double starts" in process.stderr.read()
    finally:
        process.kill()
        process.stderr.close()
        process.wait()


def test_a_taken_port_is_a_sentence(serve, launcher):
    server = serve()
    done = launcher("sandbox", "--port", server.server_port)
    assert done.code == 2
    assert "Traceback" not in done.err
    assert str(server.server_port) in done.err


def hint(done, title):
    (line,) = [line for line in done.out.splitlines() if line.startswith(f"{title}: ")]
    return shlex.split(line.partition(": ")[2])[1:]


def test_every_printed_command_can_be_pasted_anywhere_and_starts_nothing_twice(
    launcher, serve, write_manifest, tmp_path
):
    server = serve()
    server.faults["cd-a-001"] = ["400"]
    manifest = write_manifest(server.url, {"a": 8})
    first = launcher(
        "run", manifest, "--yes", "--journal", "own.sqlite3", "--share", "50%", "--concurrency", "2"
    )
    assert first.code == 1, first.err
    command = hint(first, "Next")
    assert "--share 50%" in " ".join(command)
    assert command[-2:] == ["--concurrency", "2"]
    key = command[command.index("--key") + 1]
    shown = launcher("report", key, "--journal", "own.sqlite3")
    elsewhere = {"COLUMNS": "40", "LAUNCHER_JOURNAL": str(tmp_path / "another.sqlite3")}
    second = launcher(*hint(shown, "Next"), env=elsewhere)
    assert second.code == 0, second.err
    assert set(server.starts.values()) == {1}
    third = launcher(*command, env=elsewhere)
    assert third.code == 0, third.err
    assert set(server.starts.values()) == {1}
    assert len(server.starts) == 8


def test_the_report_of_a_rehearsal_never_leads_to_the_real_run(launcher, serve, write_manifest):
    server = serve()
    manifest = write_manifest(server.url, {"a": 3})
    rehearsed = launcher("run", manifest, "--sandbox=400", "--journal", "r.sqlite3", "--key", "k")
    assert rehearsed.code == 1, rehearsed.err
    again = launcher(*hint(launcher("report", "k", "--journal", "r.sqlite3"), "Next"))
    assert "sandbox: " in again.out
    assert not server.requests


@pytest.mark.parametrize("target", ["campaigns.yaml", "./campaigns.yaml", "own.json", "own.json-wal"])
def test_a_report_overwrites_neither_manifest_nor_journal(launcher, serve, write_manifest, tmp_path, target):
    server = serve()
    write_manifest(server.url, {"a": 1})
    (tmp_path / "link.yaml").symlink_to("campaigns.yaml")
    before = (tmp_path / "campaigns.yaml").read_bytes()
    for name in [target, "link.yaml"]:
        done = launcher("run", "campaigns.yaml", "--yes", "--journal", "own.json", "--report", name)
        assert done.code == 2
        assert "give the report a file of its own" in done.err
    assert (tmp_path / "campaigns.yaml").read_bytes() == before
    assert not server.requests


def test_a_dry_run_obeys_the_options_of_the_run(launcher, write_manifest):
    manifest = write_manifest("https://nowhere.example", {"a": 120}, budget="60/60s")

    def seconds(*options):
        return json.loads(launcher("run", manifest, "--dry-run", "--json", *options).out)["totals"]

    assert seconds() != seconds("--share", "50%")


def test_reconcile_with_nothing_unknown_changes_nothing(launcher, serve, write_manifest):
    server = serve()
    manifest = write_manifest(server.url, {"a": 2})
    launcher("run", manifest, "--yes", "--key", "k")
    before = launcher("report", "k", "--json").out
    done = launcher("reconcile", "k", "--json")
    assert (done.code, done.out) == (0, before)
    assert "no launch of k is unknown" in done.err
    assert launcher("report", "k", "--json").out == before


def test_json_logs_are_json_only(launcher, serve, write_manifest):
    manifest = write_manifest(serve().url, {"a": 2})
    done = launcher("run", manifest, "--yes", "--json", "--log-format", "json", "-vv")
    records = [json.loads(line) for line in done.err.splitlines()]
    assert any("2/2" in record["message"] for record in records)


def test_status_reads_lists_and_what_they_do_not_have(launcher, serve, write_manifest):
    server = serve()
    manifest = write_manifest(server.url, {"a": 120, "b": 2}, budget="1000/60s")
    assert launcher("run", manifest, "--yes", "--key", "k").code == 0
    for number in range(120):
        server.listed["st-a"].append({"id": f"cd-a-{number:03}", "type": "sms"})
    del server.listed["st-a"][7]
    server.state["cd-a-050"] = "Ready"
    before = len(server.requests)
    done = launcher("status", "k", "--json")
    assert done.code == 1, done.err
    assert json.loads(done.out)["totals"] == {"completed": 0, "active": 121, "fell_back": 1, "unreadable": 0}
    paths = [request["path"].rsplit("/", 1)[-1].partition("?")[0] for request in server.requests[before:]]
    assert paths.count("status") == 3, "one is not in its list, two are no list's worth"
    assert len(paths) <= 3 + 3


def test_what_runs_again_after_a_stop_is_not_told_as_stopped_when_a_list_says_so(
    launcher, serve, write_manifest
):
    server = serve()
    manifest = write_manifest(server.url, {"a": 12}, budget="1000/60s")
    assert launcher("run", manifest, "--yes", "--key", "k").code == 0
    for number in range(12):
        server.listed["st-a"].append({"id": f"cd-a-{number:03}", "type": "sms"})
        server.state[f"cd-a-{number:03}"] = "Stopped"
    assert launcher("stop", "k", "--yes", "--reason", "wrong list").code == 0
    assert "12 of its campaigns are known to be stopped" in launcher("report", "k", "--format", "md").out
    for number in range(6):
        server.state[f"cd-a-{number:03}"] = "Active"
    assert launcher("status", "k").code == 1
    page = launcher("report", "k", "--format", "md").out
    assert "6 of its campaigns are known to be stopped" in page
    assert "12 of 12 launches started (6 stopped since)" in page
