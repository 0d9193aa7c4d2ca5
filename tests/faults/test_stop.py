"""The emergency stop: from another process, whatever the launcher is at, and whatever happens to the stop."""

import json
import re
import signal
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
from fault_audit import audit, events_of
from fault_manifest import ids
from fault_process import until

from launcher.journal.events import AttemptIntended, RunHalted
from launcher.journal.orders import LEASE
from launcher.journal.store import Journal

RUN = ("--yes", "--json", "--key", "night")
STOP = ("stop", "night", "--yes", "--json", "--reason", "wrong list")


def stopped(result):
    """The fates by campaign, of a stop that ended."""
    return {row["campaign_id"]: row["fate"] for row in json.loads(result.out)["campaigns"]}


def all_stopped(server):
    return {campaign: server.state[campaign] for campaign in server.starts} == dict.fromkeys(
        server.starts, "Stopped"
    )


def starts_later_than(server, moment):
    return [seen.campaign for seen in server.seen if seen.is_start and seen.at > moment]


def midway(launchers, server, manifest, count=6):
    """A launcher in the middle of its run."""
    running = launchers.start("run", manifest, *RUN)
    until(lambda: len(server.starts) >= count, "some starts")
    return running


def test_a_stop_in_mid_run_stops_everything_and_nothing_starts_after_it(launchers, serve, write_manifest):
    server = serve(latency=0.05)
    manifest = write_manifest(server.url, ids(200), settings={"concurrency": 4})
    running = midway(launchers, server, manifest)
    done = launchers.run(*STOP, env={"LAUNCHER_OPERATOR": "ada"})
    returned = time.time()
    assert done.code == 0, done.err
    assert running.wait().code == 4, running.err
    assert running.report["run"]["halted"] == "stopped by `launcher stop` (ada: wrong list)"
    started = [campaign for campaign, result in running.results.items() if result == "started"]
    assert 0 < len(started) < 200
    assert {running.results[each] for each in ids(200)[-50:]} == {"not_attempted"}
    assert running.reasons["cd-199"] == "halted: stopped by `launcher stop` (ada: wrong list)"
    assert stopped(done) == dict.fromkeys(started, "stopped")
    assert server.stops == dict.fromkeys(started, 1)
    assert all_stopped(server)
    assert starts_later_than(server, returned) == []
    audit(launchers.journal, server)


def test_stops_go_out_newest_first(launchers, serve, write_manifest):
    server = serve()
    manifest = write_manifest(server.url, ids(8), settings={"concurrency": 1})
    assert launchers.run("run", manifest, *RUN).code == 0
    assert launchers.run(*STOP).code == 0
    assert [seen.campaign for seen in server.seen if seen.is_stop] == [*reversed(ids(8))]


def test_after_a_kill_it_works_at_once_and_stops_what_was_on_its_way(launchers, serve, write_manifest):
    server = serve(latency=0.1)
    manifest = write_manifest(server.url, ids(100), settings={"concurrency": 4})
    running = midway(launchers, server, manifest)
    running.send(signal.SIGKILL)
    running.wait()
    done = launchers.run(*STOP)
    assert done.code == 0, done.err
    assert "waiting for" not in done.err
    assert all_stopped(server)
    assert set(server.starts) <= set(stopped(done))
    assert set(stopped(done).values()) <= {"stopped", "not_running"}
    audit(launchers.journal, server)


def test_a_frozen_launcher_sends_nothing_more_when_it_wakes_up(launchers, serve, write_manifest):
    server = serve(latency=0.3)
    manifest = write_manifest(server.url, ids(100), settings={"concurrency": 4, "timeout": "500ms"})
    running = midway(launchers, server, manifest)
    until(lambda: server.answering == 4, "four starts on their way")
    time.sleep(0.05)  # and the next ones claimed, but none being handed to the network
    freeze(running, launchers.journal)
    done = launchers.run(*STOP)
    returned = time.time()
    assert done.code == 3, "somebody still works on the run"
    assert f"pid {running.pid} " in json.loads(done.out)["still_running"]
    assert re.search(r"did not end; it sends no further start.*kill -9", done.err)
    assert all_stopped(server)
    running.send(signal.SIGCONT)
    assert running.wait().code == 4, running.err
    assert starts_later_than(server, returned) == []
    again = launchers.run(*STOP)
    assert again.code == 0, again.err
    assert all_stopped(server)
    audit(launchers.journal, server)


def test_what_runs_already_is_stopped_before_a_launcher_that_waits_for_a_reply_ends(
    launchers, serve, write_manifest
):
    server = serve()
    server.faults["cd-005"] = ["hang-after"]
    manifest = write_manifest(server.url, ids(6), settings={"concurrency": 2, "timeout": "5s"})
    running = launchers.start("run", manifest, *RUN)
    until(lambda: len(server.starts) == 6, "the starts")
    began = time.time()
    done = launchers.run(*STOP)
    assert done.code == 0, done.err
    assert running.wait().code == 4, running.err
    assert running.results["cd-005"] == "unknown"
    assert stopped(done) == dict.fromkeys(ids(6), "stopped")
    first = {seen.campaign: seen.at - began for seen in reversed(server.seen) if seen.is_stop}
    assert max(first[each] for each in ids(5)) < 4.5, "while the launcher waits for the sixth"
    audit(launchers.journal, server)


def test_claimed_starts_are_withdrawn_after_a_freeze_even_without_an_answer_to_wait_for(
    launchers, serve, write_manifest
):
    """Frozen between the commit of the intents and the first byte."""
    server = serve()
    manifest = write_manifest(server.url, ids(20), settings={"concurrency": 4, "timeout": "500ms"})
    running = launchers.start(
        "run", manifest, *RUN, env={"KILLPOINT": "Conductor.granted/call#1", "KILLPOINT_SIGNAL": "SIGSTOP"}
    )
    until(lambda: frozen(running.pid), "a frozen launcher")
    done = launchers.run(*STOP)
    assert server.plays.total() == 0
    assert done.code == 3
    running.send(signal.SIGCONT)
    assert running.wait().code == 4, running.err
    assert server.plays.total() == 0, "claimed before the stop, and not sent after it"
    audit(launchers.journal, server)


def test_a_frozen_launcher_without_a_stop_looks_for_orders_and_goes_on(launchers, serve, write_manifest):
    server = serve()
    manifest = write_manifest(server.url, ids(6), settings={"concurrency": 2})
    running = launchers.start(
        "run", manifest, *RUN, env={"KILLPOINT": "Conductor.granted/call#1", "KILLPOINT_SIGNAL": "SIGSTOP"}
    )
    until(lambda: frozen(running.pid), "a frozen launcher")
    time.sleep(LEASE + 0.2)
    running.send(signal.SIGCONT)
    assert running.wait().code == 0, running.err
    assert server.starts == dict.fromkeys(ids(6), 1)
    audit(launchers.journal, server)


def test_a_stop_that_is_killed_is_repeated_and_does_the_rest_first(launchers, serve, write_manifest):
    server = serve()
    manifest = write_manifest(server.url, ids(30), settings={"concurrency": 2})
    assert launchers.run("run", manifest, *RUN).code == 0
    server.latency = 0.05
    first = launchers.start(*STOP)
    until(lambda: server.stops.total() >= 8, "some stops")
    first.send(signal.SIGKILL)
    first.wait()
    before = server.stops
    done = launchers.run(*STOP)
    assert done.code == 0, done.err
    assert stopped(done) == dict.fromkeys(ids(30), "stopped")
    assert all_stopped(server)
    again = [seen.campaign for seen in server.seen if seen.is_stop][before.total() :]
    assert set(ids(30)) - set(before) <= set(again)
    assert len(again) <= 30 - before.total() + 2, "what was confirmed is read and not stopped again"
    audit(launchers.journal, server)


def test_two_stops_at_once_share_the_budget(launchers, serve, write_manifest):
    server = serve(limit=20, window=1.0)
    manifest = write_manifest(server.url, ids(30), budget="20/1s", settings={"concurrency": 8})
    assert launchers.run("run", manifest, *RUN).code == 0
    both = [launchers.start(*STOP) for _ in range(2)]
    assert [each.wait().code for each in both] == [0, 0], both[0].err + both[1].err
    assert all_stopped(server)
    assert server.throttled.total() == 0
    assert server.busiest("id-a", 1.0) <= 20
    audit(launchers.journal, server)


def test_a_stop_goes_before_another_launcher_on_the_same_account(launchers, serve, write_manifest):
    server = serve(limit=10, window=1.0)
    first = write_manifest(server.url, ids(10), budget="10/1s")
    assert launchers.run("run", first, *RUN).code == 0
    other = write_manifest(server.url, ids(60, "other"), name="other.yaml", budget="10/1s")
    running = launchers.start("run", other, "--yes", "--json", "--key", "other")
    until(lambda: sum(each.startswith("other") for each in server.starts) >= 10, "the other's starts")
    done = launchers.run(*STOP)
    assert done.code == 0, done.err
    assert server.throttled.total() == 0
    stops = [seen.at for seen in server.seen if seen.is_stop]
    between = [seen for seen in server.seen if seen.is_start and stops[0] < seen.at < stops[-1]]
    assert len(between) <= 2
    running.send(signal.SIGTERM)
    running.wait()
    audit(launchers.journal, server)


@pytest.mark.parametrize("fault", ["503-before", "reset-before", "throttled", "503-after", "hang-before"])
def test_a_stop_without_a_clear_answer_is_sent_again(launchers, serve, write_manifest, fault):
    server = serve()
    manifest = write_manifest(server.url, ids(3), budget="100/1s", settings={"timeout": "400ms"})
    assert launchers.run("run", manifest, *RUN).code == 0
    server.stop_faults["cd-001"] = [fault, fault]
    done = launchers.run(*STOP)
    assert done.code == 0, done.err
    assert stopped(done) == dict.fromkeys(ids(3), "stopped")
    assert server.stops["cd-001"] == 3


def test_what_completed_meanwhile_and_what_cannot_be_stopped_is_told(launchers, serve, write_manifest):
    server = serve()
    manifest = write_manifest(server.url, ids(4))
    assert launchers.run("run", manifest, *RUN).code == 0
    server.state["cd-000"] = "Completed"
    server.stop_faults["cd-001"] = ["403-before"] * 20
    server.stop_faults["cd-002"] = ["403-before"] * 20
    server.unreadable = {"cd-002"}
    done = launchers.run(*STOP)
    assert done.code == 3
    fates = {"cd-000": "not_running", "cd-001": "active", "cd-002": "unknown", "cd-003": "stopped"}
    assert stopped(done) == fates
    table = launchers.run("stop", "night", "--yes")
    assert table.code == 3
    assert re.search(r"cd-001 .* still active +Active +.*Not permitted", table.out)
    assert "1 stopped · 1 not running · 0 not stopped · 1 unknown · 1 still active" in table.out


def test_what_left_the_manifest_is_stopped_too_and_what_has_no_credentials_is_listed(
    launchers, serve, write_manifest
):
    server = serve()
    both = {"a": ["cd-000", "cd-001"], "b": ["cd-002"]}
    assert launchers.run("run", write_manifest(server.url, both), *RUN).code == 0
    write_manifest(server.url, {"a": ["cd-001"]})
    done = launchers.run(*STOP)
    assert done.code == 3
    assert stopped(done) == {"cd-000": "stopped", "cd-001": "stopped", "cd-002": "not_stopped"}
    assert "has no account id-b on" in done.out
    elsewhere = write_manifest(server.url, {"b": ["x"]}, name="elsewhere.yaml")
    (launchers.folder / "campaigns.yaml").unlink()
    lost = launchers.run(*STOP)
    assert lost.code == 3
    assert set(stopped(lost).values()) == {"not_stopped"}
    assert "name another with --manifest" in lost.out
    found = launchers.run(*STOP, "--manifest", elsewhere)
    assert stopped(found)["cd-002"] == "stopped"
    secretless = launchers.run("stop", "night", "--manifest", elsewhere, env={"SECRET": ""})
    assert secretless.code == 3
    assert "SECRET" in secretless.out


def test_a_stopped_run_is_refused_until_it_is_continued_on_purpose(launchers, serve, write_manifest):
    server = serve(latency=0.05)
    manifest = write_manifest(server.url, ids(60), settings={"concurrency": 2})
    running = midway(launchers, server, manifest)
    assert launchers.run(*STOP, env={"LAUNCHER_OPERATOR": "ada"}).code == 0
    assert running.wait().code == 4
    before = server.plays
    refused = launchers.run("run", manifest, *RUN)
    assert refused.code == 5
    assert re.search(
        r"run 'night' was stopped \S+ by ada \(wrong list\).*--continue --reason TEXT", refused.err
    )
    assert launchers.run("run", manifest, *RUN, "--continue").code == 5, "without a reason"
    assert server.plays == before
    server.latency = 0.0
    rest = launchers.run("run", manifest, *RUN, "--continue", "--reason", "list mended")
    assert rest.code == 0, rest.err
    assert server.plays == dict.fromkeys(ids(60), 1), "what was stopped is not started again"
    assert launchers.run("run", manifest, *RUN).code == 0, "the stop is over"
    with Journal.open(launchers.journal) as journal:
        assert [order.kind.value for order in journal.orders("night")] == ["stop", "continue"]
    told = rest.report["run"]["stopped"]
    assert (told["by"], told["reason"], told["campaigns"]) == ("ada", "wrong list", len(server.stops))
    shown = launchers.run("report", "night")
    assert f"60 of 60 launches started ({len(server.stops)} stopped since)" in shown.out
    assert "by ada: wrong list" in shown.out
    audit(launchers.journal, server)


def test_a_new_run_of_the_same_manifest_is_told_of_the_stop_and_goes_on(launchers, serve, write_manifest):
    server = serve()
    manifest = write_manifest(server.url, ids(2), settings={"cooldown": "0s"})
    assert launchers.run("run", manifest, *RUN).code == 0
    assert launchers.run(*STOP, env={"LAUNCHER_OPERATOR": "ada"}).code == 0
    other = launchers.run("run", manifest, "--yes", "--json", "--key", "next")
    assert other.code == 0, other.err
    assert re.search(r"^launcher: the latest run.*'night', was stopped \S+ by ada \(wrong list\)", other.err)
    again = launchers.run("run", manifest, "--yes", "--json", "--key", "next")
    assert "the latest run" not in again.err, "it is not a new one any more"


def test_a_run_that_was_stopped_between_its_opening_and_its_first_claim_starts_nothing(
    launchers, serve, write_manifest
):
    server = serve()
    manifest = write_manifest(server.url, ids(3), settings={"timeout": "500ms"})
    running = launchers.start(
        "run", manifest, *RUN, env={"KILLPOINT": "open_run/return#1", "KILLPOINT_SIGNAL": "SIGSTOP"}
    )
    until(lambda: frozen(running.pid), "a frozen launcher")
    done = launchers.run(*STOP)
    assert done.code == 3, done.err
    running.send(signal.SIGCONT)
    assert running.wait().code == 4, running.err
    assert server.seen == []
    events = events_of(launchers.journal, "night")
    assert not any(isinstance(event, AttemptIntended) for event in events)
    assert sum(isinstance(event, RunHalted) for event in events) == 1


def test_a_launcher_that_is_frozen_within_a_commit_has_to_be_killed_first(launchers, serve, write_manifest):
    server = serve()
    manifest = write_manifest(server.url, ids(20), settings={"concurrency": 2, "timeout": "500ms"})
    running = launchers.start(
        "run", manifest, *RUN, env={"KILLPOINT": "Session.commit/call#6", "KILLPOINT_SIGNAL": "SIGSTOP"}
    )
    until(lambda: frozen(running.pid), "a frozen launcher")
    done = launchers.run(*STOP)
    assert done.code == 5
    assert re.search(rf"nothing was stopped, .*; end pid {running.pid} .* \(kill -9\), then stop", done.err)
    assert server.stops.total() == 0
    running.send(signal.SIGKILL)
    running.wait()
    assert launchers.run(*STOP).code == 0
    assert all_stopped(server)
    audit(launchers.journal, server)


def freeze(running, journal):
    """Freeze the launcher, but not in the middle of a commit."""
    while True:
        running.send(signal.SIGSTOP)
        until(lambda: frozen(running.pid), "a frozen launcher")
        connect = sqlite3.connect(journal, timeout=0.0, isolation_level=None)
        with closing(connect) as connection, suppress(sqlite3.OperationalError):
            connection.execute("BEGIN IMMEDIATE")
            return
        running.send(signal.SIGCONT)


def frozen(pid):
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T"
