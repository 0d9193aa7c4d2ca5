"""Pausing a launcher from another process, and letting it go on."""

import signal
import time

from fault_audit import audit
from fault_manifest import ids
from fault_process import until

RUN = ("--yes", "--json", "--key", "night")


def midway(launchers, server, manifest, count=6):
    running = launchers.start("run", manifest, *RUN)
    until(lambda: len(server.starts) >= count, "some starts")
    return running


def settled(server):
    """The number of starts, once it stays the same."""
    seen = -1
    while seen != len(server.starts):
        seen = len(server.starts)
        time.sleep(0.6)
    return seen


def test_a_paused_launcher_starts_nothing_until_it_is_resumed(launchers, serve, write_manifest):
    server = serve(latency=0.05)
    manifest = write_manifest(server.url, ids(80), settings={"concurrency": 2})
    running = midway(launchers, server, manifest)
    paused = launchers.run("pause", "night", "--reason", "full", env={"LAUNCHER_OPERATOR": "ada"})
    assert paused.code == 0
    assert f"pid {running.pid} " in paused.err
    before = settled(server)
    assert 6 <= before < 80
    until(lambda: "paused by `launcher pause` (ada: full)" in running.err, "a word about it")
    assert not running.ended
    assert launchers.run("resume", "night").code == 0
    assert running.wait().code == 0, running.err
    assert server.plays == dict.fromkeys(ids(80), 1)
    audit(launchers.journal, server)


def test_doubts_are_settled_during_a_pause(launchers, serve, write_manifest):
    server = serve(latency=0.1)
    server.faults["cd-000"] = ["hang-after"]
    manifest = write_manifest(server.url, ids(40), settings={"concurrency": 2, "timeout": "1s"})
    running = midway(launchers, server, manifest, 3)
    assert launchers.run("pause", "night").code == 0
    until(lambda: any("/cd-000/status" in str(seen.head) for seen in server.seen), "a read")
    assert settled(server) < 40
    assert launchers.run("resume", "night").code == 0
    assert running.wait().code == 0, running.err
    assert running.results["cd-000"] == "started"
    audit(launchers.journal, server)


def test_the_deadline_keeps_running(launchers, serve, write_manifest):
    server = serve(latency=0.05)
    manifest = write_manifest(server.url, ids(80), settings={"concurrency": 2, "deadline": "2s"})
    running = midway(launchers, server, manifest)
    assert launchers.run("pause", "night").code == 0
    assert running.wait().code == 7, running.err
    assert "deadline" in running.reasons["cd-079"]


def test_a_paused_launcher_can_be_stopped_and_interrupted(launchers, serve, write_manifest):
    server = serve(latency=0.05)
    manifest = write_manifest(server.url, ids(80), settings={"concurrency": 2})
    running = midway(launchers, server, manifest)
    assert launchers.run("pause", "night").code == 0
    settled(server)
    running.send(signal.SIGTERM)
    assert running.wait().code == 143
    assert launchers.run("pause", "night").code == 5, "nobody is there"
    again = launchers.start("run", manifest, *RUN)
    until(lambda: again.ended or len(server.starts) > 20, "a pause ends with its process")
    assert launchers.run("pause", "night").code == 0
    assert launchers.run("stop", "night", "--yes").code == 0
    assert again.wait().code == 4, again.err
    assert {server.state[each] for each in server.starts} == {"Stopped"}
    audit(launchers.journal, server)
