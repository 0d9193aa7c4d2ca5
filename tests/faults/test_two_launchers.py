"""Two launchers at once on one journal: one owner per run key, each campaign once, one budget."""

import re
import signal
import subprocess
import time

import pytest
from fault_audit import audit, events_of
from fault_manifest import ids
from fault_process import until

from launcher.journal.events import AttemptIntended

AFTER_COMMIT = "SQL in commit/return"


def test_the_same_key_at_the_same_time_is_refused_with_the_owner_by_name(launchers, serve, write_manifest):
    server = serve(latency=0.3)
    manifest = write_manifest(server.url, ids(6), settings={"concurrency": 2})
    first = launchers.start("run", manifest, "--yes", "--json", "--key", "night")
    until(lambda: server.seen, "the first request")
    second = launchers.run("run", manifest, "--yes", "--json", "--key", "night")
    assert second.code == 5
    assert second.out == ""
    assert re.fullmatch(
        rf".*run 'night' is being executed by pid {first.pid} on \S+ since \S+; wait for it or stop it "
        r"\[L031\]\n",
        second.err,
    )
    assert first.wait().code == 0, first.err
    assert server.starts == dict.fromkeys(ids(6), 1)
    assert launchers.run("run", manifest, "--yes", "--key", "night").code == 0, "the lock went with its owner"
    assert server.plays.total() == 6
    audit(launchers.journal, server)


def test_a_stopped_owner_is_alive_and_a_killed_one_is_not(launchers, serve, write_manifest):
    server = serve(latency=0.2)
    command = ("run", write_manifest(server.url, ids(4)), "--yes", "--json", "--key", "night")
    owner = launchers.start(*command)
    until(lambda: server.seen, "the first request")
    owner.send(signal.SIGSTOP)
    assert launchers.run(*command).code == 5
    owner.send(signal.SIGKILL)
    owner.wait()
    server.settle()
    done = launchers.run(*command)
    assert done.code == 0, done.err
    assert server.starts == dict.fromkeys(ids(4), 1)
    audit(launchers.journal, server)


@pytest.mark.parametrize(
    "point",
    [
        "SQL in _pragma/return#1",
        "SQL in _pragma/return#2",
        "SQL in use_wal/return#1",
        "SQL in migrate/return#1",
        "SQL in _insert_run/return#1",
        "RunLocks.acquire/return#1",
        "open_run/return#1",
    ],
)
def test_one_that_is_stopped_while_it_makes_the_journal_is_no_trouble(
    launchers, serve, write_manifest, point
):
    server = serve()
    command = ("run", write_manifest(server.url, ids(3)), "--yes", "--json", "--key")
    frozen = launchers.start(*command, "one", env={"KILLPOINT": point, "KILLPOINT_SIGNAL": "SIGSTOP"})
    until(lambda: stopped(frozen.pid), "a stopped launcher")
    other = launchers.start(*command, "two")
    time.sleep(0.2)  # it gets as far as it can
    frozen.send(signal.SIGCONT)
    assert {frozen.wait().code, other.wait().code} <= {0, 7}, frozen.err + other.err
    assert server.plays == dict.fromkeys(ids(3), 1)
    audit(launchers.journal, server)


@pytest.mark.parametrize("place", ["SQL in write/return", "Session.commit/call", AFTER_COMMIT])
def test_one_that_is_stopped_in_the_middle_of_a_write_is_waited_for(launchers, serve, write_manifest, place):
    server = serve()
    command = ("run", write_manifest(server.url, ids(6)), "--yes", "--json", "--key")
    stop = {"KILLPOINT": f"{place}#4", "KILLPOINT_SIGNAL": "SIGSTOP"}
    frozen = launchers.start(*command, "one", env=stop)
    until(lambda: stopped(frozen.pid), "a stopped launcher")
    sent = server.plays
    other = launchers.start(*command, "two")
    if place == AFTER_COMMIT:
        other.wait()
    else:
        time.sleep(0.3)  # more than it needs to come to the journal's lock
        assert not other.ended, (other.code, other.err)
        assert server.plays == sent
    frozen.send(signal.SIGCONT)
    assert frozen.wait().code in {0, 7}
    assert other.wait().code in {0, 7}
    assert server.plays == dict.fromkeys(ids(6), 1)
    audit(launchers.journal, server)


def stopped(pid):
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return state.stdout.startswith("T")


def test_many_launchers_with_one_key_at_the_same_instant_have_one_winner(launchers, serve, write_manifest):
    server = serve(latency=0.5)
    command = ("run", write_manifest(server.url, ids(3)), "--yes", "--key", "night")
    crowd = [launchers.start(*command) for _ in range(6)]
    assert sorted(each.wait().code for each in crowd) == [0, 5, 5, 5, 5, 5]
    assert not any("Traceback" in each.err or "internal" in each.err for each in crowd)
    assert server.plays == dict.fromkeys(ids(3), 1)
    audit(launchers.journal, server)


def test_different_keys_at_the_same_instant_start_each_campaign_once(launchers, serve, write_manifest):
    server = serve(latency=0.02)
    command = ("run", write_manifest(server.url, ids(40)), "--yes", "--json")
    one, two = (launchers.start(*command, "--key", key) for key in ("one", "two"))
    one.wait()
    two.wait()
    assert server.plays == dict.fromkeys(ids(40), 1)
    for campaign in ids(40):
        results = {one.results[campaign], two.results[campaign]}
        assert results == {"started", "not_attempted"}, campaign
    losers = [each for each in (one, two) if "not_attempted" in each.results.values()]
    for loser in losers:
        skipped = [reason for reason in loser.reasons.values() if reason]
        assert all(reason.startswith("cooldown: ") for reason in skipped)
        assert loser.code == 7
    assert losers
    audit(launchers.journal, server)


def test_a_loser_says_who_started_it_and_sends_nothing(launchers, serve, write_manifest):
    server = serve()
    manifest = write_manifest(server.url, ids(2))
    assert launchers.run("run", manifest, "--yes", "--key", "nightly 1").code == 0
    late = launchers.run("run", manifest, "--yes", "--json", "--key", "by hand")
    assert late.code == 7
    assert set(late.results.values()) == {"not_attempted"}
    assert all(
        re.fullmatch(r"cooldown: started \S+ under run key 'nightly 1'", reason)
        for reason in late.reasons.values()
    )
    assert server.plays.total() == 2
    assert not any(isinstance(event, AttemptIntended) for event in events_of(launchers.journal, "by hand"))


def test_three_launchers_share_one_budget_through_the_journal(launchers, serve, write_manifest):
    limit, window = 12, 0.8
    server = serve(latency=0.03, limit=limit, window=window)
    runs = []
    for name in ("one", "two", "three"):
        manifest = write_manifest(
            server.url, ids(12, name), name=f"{name}.yaml", budget=f"{limit}/{window:g}s"
        )
        runs.append(launchers.start("run", manifest, "--yes", "--json", "--key", name))
    assert [each.wait().code for each in runs] == [0, 0, 0]
    assert server.throttled.total() == 0
    assert server.busiest("id-a", window) <= limit
    assert len(server.starts) == 36
    assert server.double_starts == {}
    audit(launchers.journal, server)


def test_a_budget_stays_used_up_when_the_launcher_that_used_it_was_killed(launchers, serve, write_manifest):
    limit, window = 5, 1.0
    server = serve(latency=0.1, limit=limit, window=window)
    budget = f"{limit}/{window:g}s"
    quick = {"budget": budget, "settings": {"timeout": "300ms"}}
    first = write_manifest(server.url, ids(8, "first"), name="first.yaml", **quick)
    second = write_manifest(server.url, ids(3, "second"), name="second.yaml", **quick)
    killed = launchers.start("run", first, "--yes", "--key", "first")
    until(lambda: len(server.seen) == limit, "a used up budget")
    killed.send(signal.SIGKILL)
    killed.wait()
    done = launchers.run("run", second, "--yes", "--json", "--key", "second")
    assert done.code == 0, done.err
    assert server.throttled.total() == 0
    assert server.busiest("id-a", window) <= limit


def test_one_that_waits_for_the_other_ones_start_never_starts_it_too(launchers, serve, write_manifest):
    """The first one's start hangs, then is in doubt: nothing is known of it for a while."""
    server = serve()
    server.faults["cd"] = ["hang-after"]
    manifest = write_manifest(server.url, ["cd"], settings={"reconcile": {"settle": "600ms"}})
    first = launchers.start("run", manifest, "--yes", "--json", "--key", "one")
    until(lambda: server.seen, "the first request")
    second = launchers.run("run", manifest, "--yes", "--json", "--key", "two")
    assert second.reasons == {"cd": "cooldown: run 'one' is starting it right now"}
    first.send(signal.SIGKILL)
    first.wait()
    third = launchers.run("run", manifest, "--yes", "--json", "--key", "three")
    assert third.results == {"cd": "not_attempted"}
    assert "run 'one' may have started it" in third.reasons["cd"]
    assert "launcher reconcile one" in third.reasons["cd"]
    assert server.plays == {"cd": 1}
    settled = launchers.run("run", manifest, "--yes", "--json", "--key", "one")
    assert (settled.code, settled.results) == (0, {"cd": "started"})
    assert server.plays == {"cd": 1}
    audit(launchers.journal, server)
