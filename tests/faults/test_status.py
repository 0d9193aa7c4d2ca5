"""What became of the campaigns after the launch, read by another process."""

import json
import re
import signal

from fault_audit import audit
from fault_manifest import ids
from fault_process import until

RUN = ("--yes", "--json", "--key", "night")
STATUS = ("status", "night", "--json")


def standing(done):
    return {row["campaign_id"]: row["now"] for row in json.loads(done.out)["campaigns"]}


def test_all_active_or_completed_is_well(launchers, serve, write_manifest):
    server = serve()
    assert launchers.run("run", write_manifest(server.url, ids(3)), *RUN).code == 0
    server.state["cd-001"] = "Completed"
    done = launchers.run(*STATUS)
    assert done.code == 0, done.err
    assert standing(done) == {"cd-000": "active", "cd-001": "completed", "cd-002": "active"}
    assert server.plays.total() == 3, "it only reads"
    audit(launchers.journal, server)


def test_what_fell_back_is_told_and_what_cannot_be_read_outranks_it(launchers, serve, write_manifest):
    server = serve()
    assert launchers.run("run", write_manifest(server.url, ids(4)), *RUN).code == 0
    server.state |= {"cd-001": "Ready", "cd-002": "Paused"}
    fell = launchers.run("status", "night")
    assert fell.code == 1
    assert re.search(r"cd-002 +a +- +started +fell back +Paused", fell.out)
    assert "0 unreadable" in fell.out
    assert "2 fell back" in fell.out
    server.unreadable = {"cd-003"}
    unreadable = launchers.run(*STATUS)
    assert unreadable.code == 3
    assert standing(unreadable)["cd-003"] == "unreadable"
    assert json.loads(unreadable.out)["totals"] == {
        "completed": 0,
        "active": 1,
        "fell_back": 2,
        "unreadable": 1,
    }


def test_what_was_not_started_is_not_looked_at(launchers, serve, write_manifest):
    server = serve()
    server.faults["cd-001"] = ["403-before"]
    server.faults["cd-002"] = ["failed-before"]
    assert launchers.run("run", write_manifest(server.url, ids(3)), *RUN).code == 1
    assert standing(launchers.run(*STATUS)) == {"cd-000": "active"}


def test_it_reads_beside_a_running_launcher_inside_the_budget(launchers, serve, write_manifest):
    server = serve(limit=10, window=1.0)
    manifest = write_manifest(server.url, ids(30), budget="10/1s")
    running = launchers.start("run", manifest, *RUN)
    until(lambda: len(server.starts) >= 5, "some starts")
    for _ in range(2):
        assert launchers.run(*STATUS).code == 0
    assert running.wait().code == 0, running.err
    assert server.throttled.total() == 0
    assert server.busiest("id-a", 1.0) <= 10
    audit(launchers.journal, server)


def test_watching_tells_what_changed_and_ends_when_nothing_is_active(launchers, serve, write_manifest):
    server = serve()
    assert launchers.run("run", write_manifest(server.url, ids(2)), *RUN).code == 0
    watching = launchers.start("status", "night", "--watch", "1")
    until(lambda: "2 active" in watching.out, "the first look")
    server.state["cd-001"] = "Completed"
    until(lambda: "cd-001: Active -> Completed" in watching.out, "the change")
    server.state["cd-000"] = "Stopped"
    assert watching.wait().code == 1
    assert "cd-000: Active -> Stopped" in watching.out
    assert watching.out.count("campaign ") == 1, "the table once"


def test_a_watch_is_ended_by_the_keyboard(launchers, serve, write_manifest):
    assert launchers.run("run", write_manifest(serve().url, ids(1)), *RUN).code == 0
    watching = launchers.start(*STATUS, "--watch")
    until(lambda: watching.out.endswith("\n"), "the first look")
    assert json.loads(watching.out)["totals"]["active"] == 1
    watching.send(signal.SIGINT)
    assert watching.wait().code == 130
    assert "Traceback" not in watching.err
