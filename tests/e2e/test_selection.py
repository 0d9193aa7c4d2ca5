"""A selected part of a manifest is run, reported, settled and continued as such."""

import pytest


@pytest.fixture
def server(serve):
    return serve()


def test_only_what_is_selected_is_started(launcher, server, write_manifest):
    manifest = write_manifest(server.url, {"a": 3, "b": 3})
    done = launcher("run", manifest, "--yes", "--json", "--select", "account:b", "--exclude", "campaign:*1")
    assert (done.code, done.report["totals"]["planned"]) == (0, 2)
    assert sorted(server.starts) == ["cd-b-000", "cd-b-002"]
    assert "selected 2 of 6 launches" in done.err


def test_what_an_earlier_selection_started_stays_in_the_report_and_is_not_repeated(
    launcher, server, write_manifest
):
    manifest = write_manifest(server.url, {"a": 2})
    launcher("run", manifest, "--yes", "--key", "k", "--select", "campaign:*0")
    done = launcher("run", manifest, "--yes", "--key", "k", "--select", "campaign:*1")
    assert done.code == 0
    assert "No longer in the manifest or not selected, but part of this run: 1" in done.out
    assert set(server.starts.values()) == {1}


def test_an_earlier_result_selects_what_to_do_again(launcher, server, write_manifest):
    manifest = write_manifest(server.url, {"a": 3})
    server.faults["cd-a-001"] = ["400"]
    assert launcher("run", manifest, "--yes", "--key", "first").code == 1
    again = launcher(
        "run", manifest, "--yes", "--json", "--key", "second", "--select", "result:rejected@last"
    )
    assert (again.code, again.report["totals"]["planned"]) == (0, 1)
    assert server.starts == dict.fromkeys(("cd-a-000", "cd-a-001", "cd-a-002"), 1)


def test_to_settle_a_selected_run_does_not_make_it_larger(launcher, server, write_manifest):
    manifest = write_manifest(server.url, {"a": 5}, settings={"on_unknown": "hold"})
    server.faults["cd-a-000"] = ["5xx-after"]
    assert launcher("run", manifest, "--yes", "--key", "k", "--select", "campaign:*0").code == 3
    settled = launcher("reconcile", "k", "--json")
    assert settled.code == 0, settled.err
    assert settled.report["totals"]["planned"] == settled.report["totals"]["started"] == 1


def test_an_empty_selection_sends_nothing(launcher, server, write_manifest):
    done = launcher("run", write_manifest(server.url, {"a": 1}), "--yes", "--select", "tag:none")
    assert (done.code, server.requests) == (5, [])
