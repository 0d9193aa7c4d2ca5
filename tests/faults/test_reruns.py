"""Run it again and it continues: by identity, whatever became of the manifest in between."""

import signal

import pytest
from fault_audit import audit
from fault_manifest import ids
from fault_process import until

KEY = ("--yes", "--json", "--key", "night")


def test_an_edited_manifest_goes_on_by_identity_and_never_by_position(launchers, serve, write_manifest):
    server = serve()
    one = ids(10)
    stopped = launchers.start("run", write_manifest(server.url, one, budget="4/1h"), *KEY)
    until(lambda: len(server.starts) == 4, "all starts of the budget")
    stopped.send(signal.SIGTERM)
    assert stopped.wait().code == 143
    # Turned round, two new ones in the middle, the first two and one that was not started yet taken out.
    edited = [*reversed(one[2:9])]
    edited[3:3] = ["new-1", "new-2"]
    done = launchers.run("run", write_manifest(server.url, edited), *KEY)
    assert done.code == 0, done.err
    rows = done.report["campaigns"]
    assert [row["campaign_id"] for row in rows if not row.get("removed")] == edited
    removed = {row["campaign_id"]: row["result"] for row in rows if row.get("removed")}
    assert removed == {"cd-000": "started", "cd-001": "started", "cd-009": "not_attempted"}
    assert server.starts == dict.fromkeys([*one[:9], "new-1", "new-2"], 1)
    assert sum(done.report["totals"].values()) == 2 * done.report["totals"]["planned"]
    back = launchers.run("run", write_manifest(server.url, one), *KEY)
    assert back.code == 0, back.err
    assert server.starts == dict.fromkeys([*one, "new-1", "new-2"], 1)
    audit(launchers.journal, server)


def test_a_launch_that_is_taken_out_while_in_doubt_stays_unknown_until_it_is_back(
    launchers, serve, write_manifest
):
    server = serve()
    server.faults["cd-000"] = ["hang-after"]
    manifest = write_manifest(server.url, ids(2), settings={"concurrency": 1, "timeout": "20s"})
    killed = launchers.start("run", manifest, *KEY)
    until(lambda: server.answering, "a start on its way")
    killed.send(signal.SIGKILL)
    killed.wait()
    without = launchers.run("run", write_manifest(server.url, ["cd-001"]), *KEY)
    assert without.results == {"cd-001": "started", "cd-000": "unknown"}
    assert without.code == 3
    back = launchers.run("run", write_manifest(server.url, ids(2)), *KEY)
    assert (back.code, [*back.results.values()]) == (0, ["started", "started"])
    assert server.plays == dict.fromkeys(ids(2), 1)
    audit(launchers.journal, server)


def test_the_resumption_of_a_resumption_of_a_resumption_still_knows(launchers, serve, write_manifest):
    server = serve(latency=0.05)
    manifest = write_manifest(server.url, ids(20), settings={"concurrency": 2})
    for stop in (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL, signal.SIGINT):
        before = len(server.starts)
        stopped = launchers.start("run", manifest, *KEY)
        until(lambda before=before: len(server.starts) >= before + 3, "some more starts")
        stopped.send(stop)
        stopped.wait()
        server.settle()
    done = launchers.run("run", manifest, *KEY)
    assert done.code == 0, done.err
    assert server.starts == dict.fromkeys(ids(20), 1)
    assert done.report["totals"]["started"] == 20
    audit(launchers.journal, server)


@pytest.fixture
def mixed(launchers, serve, write_manifest):
    """A run that ended with one launch of every kind."""
    server = serve()
    server.faults |= {
        "rejected": ["404"],
        "failed": ["503-before", "503-before"],
        "unknown": ["reset-after"],
    }
    server.unreadable.add("unknown")
    other = write_manifest(server.url, ["elsewhere"], name="other.yaml")
    assert launchers.run("run", other, "--yes", "--key", "other").code == 0
    campaigns = ["started", "rejected", "failed", "unknown", "elsewhere"]
    settings = {"retry": {"attempts": 2, "backoff": "1ms..2ms"}, "cooldown": "1h"}
    manifest = write_manifest(server.url, campaigns, settings=settings)
    first = launchers.run("run", manifest, *KEY)
    assert first.code == 3
    assert [*first.results.values()] == [*campaigns[:4], "not_attempted"]
    server.seen.clear()
    return server, manifest


def touched(server):
    return {seen.campaign for seen in server.seen}


@pytest.mark.parametrize(
    ("only", "expected", "reached"),
    [
        (["failed"], ["started", "started", "started", "unknown", "not_attempted"], {"rejected", "failed"}),
        (["unknown"], ["started", "rejected", "failed", "started", "not_attempted"], {"unknown"}),
        (["not-attempted"], ["started", "rejected", "failed", "unknown", "not_attempted"], set()),
        (
            ["failed", "unknown"],
            ["started", "started", "started", "started", "not_attempted"],
            {"rejected", "failed", "unknown"},
        ),
        (
            [],
            ["started", "started", "started", "started", "not_attempted"],
            {"rejected", "failed", "unknown"},
        ),
    ],
    ids=lambda it: "+".join(it) if isinstance(it, list) and len(it) < 3 else "",
)
def test_a_rerun_is_narrowed_to_what_it_is_told(launchers, mixed, only, expected, reached):
    server, manifest = mixed
    server.unreadable.clear()
    narrowed = [word for name in only for word in ("--only", name)]
    done = launchers.run("run", manifest, *KEY, *narrowed)
    assert [*done.results.values()] == expected
    assert touched(server) == reached
    assert done.code == (3 if "unknown" in expected else 7)
    audit(launchers.journal, server)


def test_reconcile_settles_the_unknown_and_starts_nothing(launchers, mixed):
    server, _ = mixed
    still = launchers.run("reconcile", "night", "--json")
    assert still.code == 3
    assert still.results["unknown"] == "unknown"
    server.unreadable.clear()
    done = launchers.run("reconcile", "night", "--json")
    assert [*done.results.values()] == ["started", "rejected", "failed", "started", "not_attempted"]
    assert done.code == 7
    assert touched(server) == {"unknown"}
    assert server.plays.total() == 0
    again = launchers.run("reconcile", "night", "--json")
    assert again.results == done.results
    audit(launchers.journal, server)


def test_reconcile_after_a_kill_tells_what_started_and_leaves_the_rest_unstarted(
    launchers, serve, write_manifest
):
    server = serve()
    server.faults |= {"cd-000": ["hang-after"], "cd-001": ["hang-before"]}
    manifest = write_manifest(server.url, ids(5), settings={"concurrency": 2, "timeout": "20s"})
    killed = launchers.start("run", manifest, *KEY)
    until(lambda: server.answering == 2, "two starts on their way")
    killed.send(signal.SIGKILL)
    killed.wait()
    server.settle()
    done = launchers.run("reconcile", "night", "--json")
    assert done.results["cd-000"] == "started"
    assert done.results["cd-001"] in {"failed", "not_attempted"}
    assert server.plays.total() == 2
    rest = launchers.run("run", manifest, *KEY)
    assert rest.code == 0, rest.err
    assert server.starts == dict.fromkeys(ids(5), 1)
    audit(launchers.journal, server)


def test_reconcile_of_a_run_that_is_not_there_says_so(launchers, mixed):
    done = launchers.run("reconcile", "morning")
    assert done.code == 2
    assert "has no run 'morning'" in done.err
