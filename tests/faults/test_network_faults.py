"""Names that do not resolve, certificates that are wrong, proxies that die, connections cut at any byte."""

import signal
from contextlib import ExitStack
from pathlib import Path

import pytest
from fault_audit import audit
from fault_manifest import ids
from fault_process import until
from fault_proxy import Cut, CuttingProxy, HttpProxy

TESTS = Path(__file__).parents[1]
CERTS = TESTS / "certs"
REQUEST, REPLY = 900, 230
"""Bytes, at least, of a start request and of its reply; cuts beyond them cut nothing."""


@pytest.fixture
def between():
    """Put a proxy in between for the length of the test."""
    with ExitStack() as stack:
        yield lambda proxy: stack.enter_context(proxy.serving())


def start_through_cuts(launchers, server, proxy, write_manifest, cuts):
    proxy.cuts = {f"cd-{number:04}": cut for number, cut in enumerate(cuts)}
    campaigns = [*proxy.cuts]
    quick = {"retry": {"backoff": "1ms..5ms"}}
    manifest = write_manifest(proxy.url, campaigns, budget="100000/60s", settings=quick)
    done = launchers.run("run", manifest, "--yes", "--json")
    assert done.code == 0, done.err
    assert proxy.cuts == {}, "every cut was made"
    assert server.starts == dict.fromkeys(campaigns, 1)
    audit(launchers.journal, server)
    return done


def every(step):
    up = [Cut(up=True, at=at, reset=reset) for at in range(0, REQUEST, step) for reset in (True, False)]
    back = [Cut(up=False, at=at, reset=reset) for at in range(0, REPLY, step) for reset in (True, False)]
    return up + back


def test_connections_cut_at_many_bytes_of_request_and_reply_start_every_campaign_once(
    launchers, serve, between, write_manifest
):
    server = serve(keep_alive=False)
    proxy = between(CuttingProxy(server.port))
    done = start_through_cuts(launchers, server, proxy, write_manifest, every(step=37))
    attempts = [row["attempts"] for row in done.report["campaigns"]]
    assert max(attempts) == 2, "a request that was cut short is sent again"
    assert min(attempts) == 1, "one whose reply was cut is not"


@pytest.mark.soak
@pytest.mark.parametrize("offset", range(0, REQUEST, 100))
def test_connections_cut_at_every_byte_start_every_campaign_once(
    launchers, serve, between, write_manifest, offset
):
    server = serve(keep_alive=False)
    proxy = between(CuttingProxy(server.port))
    cuts = [cut for cut in every(step=1) if offset <= cut.at < offset + 100]
    start_through_cuts(launchers, server, proxy, write_manifest, cuts)


def test_a_name_that_does_not_resolve_leaves_everything_unsent(launchers, write_manifest):
    quick = {"timeout": "2s", "retry": {"attempts": 2, "backoff": "1ms..2ms"}}
    manifest = write_manifest("https://campaigns.invalid", ids(3), settings=quick)
    done = launchers.run("run", manifest, "--yes", "--json")
    assert done.code == 1
    assert set(done.results.values()) == {"failed"}
    assert all("campaigns.invalid" in reason for reason in done.reasons.values())
    assert "Traceback" not in done.err


@pytest.mark.parametrize("certificate", ["expired", "elsewhere", "self-signed"])
def test_a_bad_certificate_leaves_everything_unsent_until_it_is_mended(
    launchers, serve, write_manifest, certificate
):
    server = serve(certificate=CERTS / f"{certificate}.pem")
    quick = {"retry": {"attempts": 2, "backoff": "1ms..2ms"}}
    command = ("run", write_manifest(server.url, ids(7), settings=quick), "--yes", "--json", "--key", "k")
    trust = {"SSL_CERT_FILE": str(CERTS / "ca.pem")}
    done = launchers.run(*command, env=trust)
    assert done.code == 1
    assert set(done.results.values()) == {"failed"}
    assert all("certificate" in reason for reason in done.reasons.values())
    assert server.seen == []
    server.change_certificate(CERTS / "server.pem")
    mended = launchers.run(*command, env=trust)
    assert mended.code == 0, mended.err
    assert server.starts == dict.fromkeys(ids(7), 1)
    audit(launchers.journal, server)


def test_a_server_that_is_down_leaves_everything_unsent_until_it_is_up(launchers, serve, write_manifest):
    down = CuttingProxy(0)
    down.die()
    quick = {"retry": {"attempts": 2, "backoff": "1ms..2ms"}}
    command = ("run", write_manifest(down.url, ids(12), settings=quick), "--yes", "--json", "--key", "k")
    done = launchers.run(*command)
    assert done.code == 1
    assert set(done.results.values()) == {"failed"}
    assert all("Connection refused" in reason for reason in done.reasons.values())


@pytest.mark.parametrize("way", ["http before", "http after", "https before", "https after"])
def test_a_proxy_that_dies_in_the_middle_starts_nothing_twice(launchers, serve, between, write_manifest, way):
    secure, breaks = way.startswith("https"), way.split()[1]
    server = serve(latency=0.02, keep_alive=False, certificate=CERTS / "server.pem" if secure else None)
    proxy = between(HttpProxy(8, breaks=breaks))
    settings = {"concurrency": 4, "retry": {"attempts": 2, "backoff": "1ms..2ms"}}
    command = ("run", write_manifest(server.url, ids(20), settings=settings), "--yes", "--json", "--key", "k")
    trust = {"SSL_CERT_FILE": str(CERTS / "ca.pem")}
    done = launchers.run(*command, env={**trust, "HTTP_PROXY": proxy.url, "HTTPS_PROXY": proxy.url})
    assert "Traceback" not in done.err
    assert len(proxy.names) > 8
    totals = done.report["totals"]
    assert totals["started"] >= 4
    assert totals["started"] < 20
    assert done.code == (4 if totals["not_attempted"] else 3 if totals["unknown"] else 1)
    started = {campaign for campaign, result in done.results.items() if result == "started"}
    assert started <= server.starts.keys()
    assert server.starts.keys() - started <= {
        campaign for campaign, result in done.results.items() if result == "unknown"
    }
    server.settle()
    rest = launchers.run(*command, env=trust)
    assert rest.code == 0, rest.err
    assert server.starts == dict.fromkeys(ids(20), 1)
    audit(launchers.journal, server)


@pytest.mark.parametrize("jump", [172_800.0, -172_800.0], ids=["forward", "back"])
def test_a_wall_clock_that_jumps_by_days_changes_neither_pace_nor_starts(
    launchers, serve, write_manifest, jump
):
    limit, window = 12, 0.4
    server = serve(latency=0.02, limit=limit, window=window)
    server.faults |= {"cd-004": ["reset-after"], "cd-006": ["503-before"], "cd-015": ["503-after"]}
    manifest = write_manifest(server.url, ids(25), budget=f"{limit}/{window:g}s")
    command = ("run", manifest, "--yes", "--json", "--key")
    jumping = launchers.start_anew(
        *command, "k", script=[TESTS / "fault_clock.py"], env={"CLOCK_JUMP": str(jump)}
    )
    until(lambda: len(server.starts) >= 5, "some starts")
    jumping.send(signal.SIGUSR1)
    assert jumping.wait().code == 0, jumping.err
    assert server.starts == dict.fromkeys(ids(25), 1)
    assert server.throttled.total() == 0
    audit(launchers.journal, server)
    sent = server.plays
    assert launchers.run(*command, "k").code == 0, "the clock is right again"
    assert server.plays == sent
