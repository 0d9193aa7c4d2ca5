"""Probing on real sockets: what is told of a host, and that no token goes there."""

import ssl
import time
from email.utils import formatdate
from pathlib import Path

import pytest
from fakes.wire import WireServer, answering, http

from launcher.kore import probe
from launcher.kore.probe import Peer

CERTS = Path(__file__).parents[2] / "certs"
END_OF_SERVER = 4733510400.0
"""2120-01-01, as the certificate says."""


def serving(name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTS / f"{name}.pem")
    return context


@pytest.fixture
def trusted(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTS / "ca.pem"))


async def hang(connection):
    await connection.hang()


async def test_any_reply_is_an_answer_and_its_date_tells_the_clock():
    reply = http(b"", "404 Not Found", Date=formatdate(time.time() + 300, usegmt=True))
    async with WireServer(answering(reply)) as server:
        answer = await probe.answer(f"{server.url}/base/path", 5.0)
    assert (answer.status, answer.reason) == (404, None)
    assert 298 < answer.skew < 302
    (request,) = server.requests
    assert request.startswith(b"GET / HTTP/1.1\r\n")


async def test_no_token_goes_to_the_root():
    async with WireServer(answering(http())) as server:
        await probe.answer(server.url, 5.0)
    assert [line for line in server.requests[0].split(b"\r\n") if line.lower().startswith(b"auth")] in (
        [],
        [b"auth: "],
    )


async def test_a_host_without_a_clock_tells_no_skew():
    async with WireServer(answering(http())) as server:
        assert (await probe.answer(server.url, 5.0)).skew is None


async def test_a_host_that_does_not_answer_is_a_reason():
    async with WireServer(hang) as server:
        answer = await probe.answer(server.url, 0.1)
    assert answer.status is None
    assert "no answer from 127.0.0.1" in answer.reason


async def test_a_certificate_tells_its_end(trusted):
    async with WireServer(hang, ssl=serving("server")) as server:
        assert await probe.certificate_end(server.url) == END_OF_SERVER


async def test_a_certificate_that_is_not_accepted_is_an_error(trusted):
    async with WireServer(hang, ssl=serving("expired")) as server:
        with pytest.raises(ssl.SSLError):
            await probe.certificate_end(server.url)


async def test_a_certificate_is_read_through_a_proxy(trusted, monkeypatch):
    async with WireServer(hang, ssl=serving("server")) as server:

        async def tunnel(connection):
            await connection.request()
            await connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await connection.tunnel(server.port)

        async with WireServer(tunnel) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", f"http://user:p%40ss@127.0.0.1:{proxy.port}")
            assert probe.proxy_of(server.url) == Peer("127.0.0.1", proxy.port)
            assert await probe.certificate_end(server.url) == END_OF_SERVER
    assert proxy.requests[0].startswith(f"CONNECT 127.0.0.1:{server.port} HTTP/1.1\r\n".encode())
    assert b"Proxy-Authorization: Basic dXNlcjpwQHNz\r\n" in proxy.requests[0]


async def drop(connection):
    await connection.request()


@pytest.mark.parametrize(
    ("behave", "said"),
    [(answering(http(b"", "407 Password Needed")), "407 Password Needed"), (drop, "nothing")],
)
async def test_a_proxy_that_makes_no_tunnel_is_told_without_its_password(monkeypatch, behave, said):
    async with WireServer(behave) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:canary@127.0.0.1:{proxy.port}")
        with pytest.raises(ValueError, match=said) as caught:
            await probe.certificate_end("https://kore.invalid")
    assert "canary" not in str(caught.value)


async def test_names_are_resolved_as_the_system_does():
    assert await probe.addresses(Peer("127.0.0.1", 80)) == ["127.0.0.1"]
    with pytest.raises(OSError, match="not known"):
        await probe.addresses(Peer("kore.invalid", 443))


@pytest.mark.parametrize(
    ("url", "peer"),
    [
        ("https://kore.example/base", Peer("kore.example", 443)),
        ("http://[::1]:8080", Peer("::1", 8080)),
        ("http://kore.example", Peer("kore.example", 80)),
    ],
)
def test_a_peer_is_host_and_port(url, peer):
    assert probe.peer_of(url) == peer
