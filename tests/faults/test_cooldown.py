"""Across runs: what one key started, another does not start again within the cooldown."""

import re

import pytest
from fault_audit import audit, events_of
from fault_manifest import ids
from fault_process import until

from launcher.journal.events import RestartAllowed


def test_nightly_and_a_rerun_by_hand_start_each_campaign_once(launchers, serve, write_manifest):
    server = serve()
    server.faults["cd-001"] = ["400"]
    server.faults["cd-002"] = ["503-after"]
    server.unreadable.add("cd-002")
    manifest = write_manifest(server.url, ids(4))
    nightly = launchers.run("run", manifest, "--yes", "--json", "--key", "nightly")
    assert [*nightly.results.values()] == ["started", "rejected", "unknown", "started"]
    by_hand = launchers.run("run", manifest, "--yes", "--json", "--key", "by hand")
    assert [*by_hand.results.values()] == ["not_attempted", "started", "not_attempted", "not_attempted"]
    assert by_hand.code == 7
    assert re.match(r"cooldown: started \S+ under run key 'nightly'$", by_hand.reasons["cd-000"])
    assert "cooldown: run 'nightly' may have started it" in by_hand.reasons["cd-002"]
    assert "launcher reconcile nightly" in by_hand.reasons["cd-002"]
    assert server.starts == dict.fromkeys(ids(4), 1)
    audit(launchers.journal, server)


def test_the_same_campaign_in_two_manifests_starts_once(launchers, serve, write_manifest):
    server = serve()
    one = write_manifest(server.url, ["shared", "one"], name="one.yaml")
    # The same host in another spelling, the other way round.
    two = write_manifest(f"{server.url}/".replace("http:", "HTTP:"), ["two", "shared"], name="two.yaml")
    assert launchers.run("run", one, "--yes", "--key", "one").code == 0
    second = launchers.run("run", two, "--yes", "--json", "--key", "two")
    assert second.results == {"two": "started", "shared": "not_attempted"}
    assert server.starts == {"shared": 1, "one": 1, "two": 1}
    audit(launchers.journal, server)


def test_an_override_starts_the_named_campaign_again_and_is_on_record(launchers, serve, write_manifest):
    server = serve()
    manifest = write_manifest(server.url, ids(3))
    assert launchers.run("run", manifest, "--yes", "--key", "one").code == 0
    again = ("run", manifest, "--yes", "--json", "--key", "two", "--allow-restart", "cd-001")
    refused = launchers.run(*again)
    assert (refused.code, refused.out) == (2, "")
    assert "--reason" in refused.err
    stranger = launchers.run(*again[:-1], "cd-999", "--reason", "x")
    assert stranger.code == 2
    assert "cd-999" in stranger.err
    assert server.starts == dict.fromkeys(ids(3), 1)
    reason = "the list was empty the first time"
    done = launchers.run(*again, "--reason", reason)
    assert [*done.results.values()] == ["not_attempted", "started", "not_attempted"]
    assert server.starts == {"cd-000": 1, "cd-001": 2, "cd-002": 1}
    allowed = [event for event in events_of(launchers.journal, "two") if isinstance(event, RestartAllowed)]
    assert [(event.launch, event.reason) for event in allowed] == [(1, reason)]
    assert launchers.run(*again, "--reason", reason).report["totals"]["started"] == 1
    assert server.starts["cd-001"] == 2, "allowed once is started once"
    third = launchers.run("run", manifest, "--yes", "--json", "--key", "three")
    assert set(third.results.values()) == {"not_attempted"}, "the override was for its run only"


def test_an_override_does_not_reach_what_another_launcher_is_starting_right_now(
    launchers, serve, write_manifest
):
    server = serve(latency=0.6)
    manifest = write_manifest(server.url, ["cd"])
    first = launchers.start("run", manifest, "--yes", "--key", "one")
    until(lambda: server.answering, "a start on its way")
    override = ("--allow-restart", "cd", "--reason", "impatience")
    second = launchers.run("run", manifest, "--yes", "--json", "--key", "two", *override)
    assert second.reasons == {"cd": "cooldown: run 'one' is starting it right now"}
    assert first.wait().code == 0
    assert server.plays == {"cd": 1}


@pytest.mark.parametrize("cooldown", ["400ms", "0s"])
def test_after_the_cooldown_another_run_may_start_it_again(launchers, serve, write_manifest, cooldown):
    server = serve()
    manifest = write_manifest(server.url, ids(2), settings={"cooldown": cooldown})
    assert launchers.run("run", manifest, "--yes", "--key", "one").code == 0

    def started_again():
        done = launchers.run("run", manifest, "--yes", "--json", "--key", f"after {len(server.seen)}")
        return done.code == 0

    until(started_again, "the end of the cooldown", seconds=10)
    assert server.starts == dict.fromkeys(ids(2), 2)
    same = launchers.run("run", manifest, "--yes", "--json", "--key", "one")
    assert set(same.results.values()) == {"started"}
    assert server.starts == dict.fromkeys(ids(2), 2), "the same key never starts again"
