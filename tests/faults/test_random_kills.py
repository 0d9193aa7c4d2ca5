"""SIGKILL at random moments over 90-campaign runs whose server misbehaves."""

import signal
import time
from random import Random

import pytest
from fault_audit import audit
from fault_manifest import ids
from fault_process import until

ACCOUNTS = ("a", "b", "c")
EACH = 30
FAULTS = ("503", "reset", "close", "truncated", "cut", "garbage", "empty", "hang")
LIMIT, WINDOW = 40, 1.0
SETTINGS = {"concurrency": 12, "timeout": "400ms", "retry": {"attempts": 6, "backoff": "20ms..50ms"}}


def trouble(rng):
    """What the starts of one campaign meet: nothing, one fault, or two."""
    faults = [f"{rng.choice(FAULTS)}-before" for _ in range(rng.choice((0, 0, 1)))]
    return faults + rng.choice(([], [], [f"{rng.choice(FAULTS)}-after"], ["401"]))


def torment(launchers, server, manifest, rng, kills):
    """Kill runs of one key at random moments, and stop some with one signal or two; how many were killed."""
    killed = 0
    while killed < kills:
        launched = launchers.start("run", manifest, "--yes", "--key", "night")
        time.sleep(rng.uniform(0.0, 0.3))  # the moment is the point
        match rng.choice(("kill", "kill", "kill", "abort", "drain")):
            case "kill":
                killed += launched.send(signal.SIGKILL)
            case "drain":
                launched.send(signal.SIGTERM)
            case "abort":
                launched.send(signal.SIGINT)
                until(lambda it=launched: it.ended or "no further start" in it.err, "an answer")
                launched.send(signal.SIGINT)
        assert launched.wait().code in {0, 3, -9, -15, 130, 143}, launched.err
        server.settle()
    return killed


def run_the_night(launchers, serve, write_manifest, seed, kills):
    rng = Random(seed)
    server = serve(latency=0.01, limit=LIMIT, window=WINDOW)
    campaigns = {account: ids(EACH, f"{account}{seed}") for account in ACCOUNTS}
    every = [campaign for found in campaigns.values() for campaign in found]
    server.faults |= {campaign: trouble(rng) for campaign in every}
    budget = f"{LIMIT}/{WINDOW:g}s"
    manifest = write_manifest(server.url, campaigns, budget=budget, settings=SETTINGS)
    killed = torment(launchers, server, manifest, rng, kills)
    done = launchers.run("run", manifest, "--yes", "--json", "--key", "night")
    assert done.code == 0, done.err
    assert done.results == dict.fromkeys(every, "started")
    assert server.starts == dict.fromkeys(every, 1)
    assert server.throttled.total() == 0, "also what dead processes sent counts against the budget"
    audit(launchers.journal, server)
    return killed


def test_killed_at_random_moments_a_night_starts_every_campaign_once(launchers, serve, write_manifest):
    assert run_the_night(launchers, serve, write_manifest, seed=1, kills=8) >= 6


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 14))
def test_a_hundred_random_kills_start_every_campaign_once(launchers, serve, write_manifest, seed):
    assert run_the_night(launchers, serve, write_manifest, seed=seed, kills=12) >= 10
