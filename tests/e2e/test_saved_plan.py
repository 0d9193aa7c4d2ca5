"""`plan --out` and `run plan.json`: exactly that list, or nothing at all."""

import json

import pytest
import yaml

from launcher.journal.store import Journal


@pytest.fixture
def server(serve):
    return serve()


@pytest.fixture
def manifest(server, write_manifest):
    path = write_manifest(server.url, {"a": 4})
    for number in range(4):
        server.listed["st-a"].append({"id": f"cd-a-{number:03}"})
    return path


def started(server):
    return sorted(campaign[-3:] for campaign in server.starts)


def test_a_run_of_it_starts_exactly_that(launcher, server, manifest):
    server.state["cd-a-001"] = "Active"
    done = launcher("plan", manifest, "--live", "--out", "p.json")
    assert (done.code, done.err) == (0, "p.json: 3 launches; left out: 1\n")
    assert launcher("run", "p.json", "--yes").code == 0
    assert started(server) == ["000", "002", "003"]


def test_a_plan_without_a_look_needs_no_read(launcher, server, manifest):
    assert launcher("plan", manifest, "--out", "p.json", "--select", "campaign:*[12]").code == 0
    assert launcher("run", "p.json", "--yes").code == 0
    assert started(server) == ["001", "002"]
    assert len(server.requests) == 2


def test_the_same_plan_again_continues_its_run(launcher, server, manifest, tmp_path):
    launcher("plan", manifest, "--live", "--out", "p.json", "--key", "mine")
    assert launcher("run", "p.json", "--yes").code == 0
    again = launcher("run", "p.json", "--yes", "--json")
    assert (again.code, again.report["run"]["key"], again.report["totals"]["started"]) == (0, "mine", 4)
    assert set(server.starts.values()) == {1}
    with Journal.open(tmp_path / "j.sqlite3") as journal:
        assert [run.manifest for run in journal.runs()] == [str(manifest)]


@pytest.mark.parametrize("live", [[], ["--live"]])
def test_a_changed_manifest_is_refused(launcher, server, manifest, live):
    launcher("plan", manifest, "--out", "p.json", *live)
    reads = len(server.requests)
    manifest.write_text(manifest.read_text() + "# one more line\n")
    done = launcher("run", "p.json", "--yes")
    assert (done.code, len(server.requests)) == (5, reads)
    assert "campaigns.yaml or a list that it draws in has changed" in done.err


def test_a_changed_list_is_refused_too(launcher, server, write_manifest, tmp_path):
    (tmp_path / "more.csv").write_text("account,stream,campaign\na,st-a,cd-1\n")
    manifest = write_manifest(server.url, {"a": 0}, campaigns=[{"from": "more.csv"}])
    assert launcher("plan", manifest, "--out", "p.json").code == 0
    (tmp_path / "more.csv").write_text("account,stream,campaign\na,st-a,cd-2\n")
    done = launcher("run", "p.json", "--yes")
    assert (done.code, "no longer there (cd-1)" in done.err) == (5, True)
    assert server.requests == []


def test_a_state_that_drifted_is_refused_by_name_and_nothing_is_started(launcher, server, manifest):
    launcher("plan", manifest, "--live", "--out", "p.json")
    server.state["cd-a-002"] = "Active"
    done = launcher("run", "p.json", "--yes")
    assert done.code == 5
    assert "cd-a-002 was Ready, is Active" in done.err
    assert server.starts == {}


def test_the_look_before_the_run_counts_against_the_budget(launcher, serve, write_manifest):
    server = serve(limit=3, window=2.0)
    manifest = write_manifest(server.url, {"a": 5}, budget="3/2s")
    server.listed["st-a"] = [{"id": f"cd-a-{number:03}"} for number in range(5)]
    assert launcher("plan", manifest, "--live", "--out", "p.json").code == 0
    assert launcher("run", "p.json", "--yes").code == 0
    assert len(server.starts) == 5
    # The look of `plan` belongs to no run: what the run's own one sees is at most that one too many.
    assert server.throttled["id-a"] <= 1


def test_a_plan_of_the_sandbox_can_only_be_rehearsed(launcher, server, manifest):
    launcher("plan", manifest, "--live", "--sandbox", "--out", "p.json")
    assert launcher("run", "p.json", "--sandbox").code == 0
    done = launcher("run", "p.json", "--yes")
    assert (done.code, "make it again without --sandbox" in done.err) == (5, True)
    assert server.requests == []


def test_a_plan_with_nothing_to_do_is_written_and_refused(launcher, server, manifest):
    for number in range(4):
        server.state[f"cd-a-{number:03}"] = "Active"
    assert launcher("plan", manifest, "--live", "--out", "p.json", "--detailed-exitcode").code == 0
    done = launcher("run", "p.json", "--yes")
    assert (done.code, "nothing to start" in done.err) == (5, True)


def test_options_and_files_that_do_not_go_with_it(launcher, manifest, tmp_path):
    assert launcher("plan", manifest, "--out", manifest).code == 2
    launcher("plan", manifest, "--out", "p.json")
    done = launcher("run", "p.json", "--select", "tag:x")
    assert (done.code, "started as it is" in done.err) == (2, True)
    (tmp_path / "shown.json").write_text(launcher("plan", manifest, "--json").out)
    done = launcher("run", "shown.json")
    assert (done.code, "`plan --out FILE` writes" in done.err) == (2, True)
    assert launcher("plan", manifest, "--out", "no/such/folder/p.json").code != 0
    assert "canary" not in (tmp_path / "p.json").read_text()


def test_a_manifest_in_json_is_still_a_manifest(launcher, manifest, tmp_path):
    (tmp_path / "m.json").write_text(json.dumps(yaml.safe_load(manifest.read_text())))
    assert launcher("run", "m.json", "--dry-run").code == 0
