"""Certificates and proxies on real sockets: what is trusted and used, and that nothing leaves otherwise."""

import ssl
from pathlib import Path

import pytest
from fakes.launches import make_launch
from fakes.wire import OK, WireServer, answering, http

from launcher.kore import endpoints
from launcher.kore.reply import RawReply, TransportFailure
from launcher.kore.transport import Transport

CERTS = Path(__file__).parents[2] / "certs"
REQUEST = endpoints.start(make_launch("https://campaigns.invalid"))
PLAIN_REQUEST = endpoints.start(make_launch("http://campaigns.invalid"))


def serving(name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTS / f"{name}.pem")
    return context


@pytest.fixture
def trusted(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTS / "ca.pem"))


async def send(request, seconds=5.0, **options):
    async with Transport(timeout=seconds, concurrency=2, **options) as transport:
        return await transport.exchange(request, "token-1")


async def test_a_certificate_of_the_ca_in_ssl_cert_file_is_trusted(trusted):
    async with WireServer(answering(http()), ssl=serving("server")) as server:
        reply = await send(endpoints.start(make_launch(server.url)))
    assert isinstance(reply, RawReply)
    assert (reply.body, len(server.requests)) == (OK, 1)


@pytest.mark.parametrize(
    ("certificate", "reason"),
    [
        ("expired", "certificate has expired; it must be renewed, or this machine's clock is wrong"),
        ("elsewhere", "certificate is not valid for '127.0.0.1'.; correct `host`"),
        ("self-signed", "self-signed certificate; if it is right, name the CA in SSL_CERT_FILE"),
    ],
)
async def test_a_bad_certificate_leaves_the_request_unsent(trusted, certificate, reason):
    async with WireServer(answering(http()), ssl=serving(certificate)) as server:
        failure = await send(endpoints.start(make_launch(server.url)))
    assert isinstance(failure, TransportFailure)
    assert not failure.sent
    assert reason in failure.reason
    assert server.requests == []


async def test_an_unknown_ca_leaves_the_request_unsent():
    async with WireServer(answering(http()), ssl=serving("server")) as server:
        failure = await send(endpoints.start(make_launch(server.url)))
    assert isinstance(failure, TransportFailure)
    assert not failure.sent
    assert "unable to get local issuer certificate" in failure.reason
    assert server.requests == []


async def hang(connection):
    await connection.hang()


async def speak_plain_http(connection):
    await connection.send(http())


async def close(_connection):
    pass


@pytest.mark.parametrize("behave", [hang, speak_plain_http, close])
async def test_a_handshake_that_fails_leaves_the_request_unsent(behave):
    async with WireServer(behave) as server:
        failure = await send(endpoints.start(make_launch(server.url.replace("http", "https"))), seconds=0.2)
    assert isinstance(failure, TransportFailure)
    assert not failure.sent
    assert "127.0.0.1" in failure.reason


def use_proxy(monkeypatch, server, user=""):
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://{user}127.0.0.1:{server.port}")


async def test_https_goes_through_a_tunnel_in_which_the_proxy_sees_no_token(monkeypatch, trusted):
    async with WireServer(answering(http()), ssl=serving("server")) as server:

        async def tunnel(connection):
            await connection.request()
            await connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await connection.tunnel(server.port)

        async with WireServer(tunnel) as proxy:
            use_proxy(monkeypatch, proxy, "user:p%40ss@")
            reply = await send(endpoints.start(make_launch(server.url)))
    assert isinstance(reply, RawReply)
    assert reply.body == OK
    assert len(server.requests) == 1
    assert proxy.requests[0].startswith(f"CONNECT 127.0.0.1:{server.port} HTTP/1.1\r\n".encode())
    assert b"Proxy-Authorization: Basic dXNlcjpwQHNz\r\n" in proxy.requests[0]
    assert b"token-1" not in proxy.requests[0]
    assert b"Proxy-Authorization" not in server.requests[0]


async def test_plain_http_is_handed_to_the_proxy_with_its_full_address(monkeypatch):
    async with WireServer(answering(http())) as proxy:
        use_proxy(monkeypatch, proxy)
        reply = await send(endpoints.stop(make_launch("http://campaigns.invalid")))
    assert isinstance(reply, RawReply)
    assert proxy.requests[0].startswith(b"POST http://campaigns.invalid/campaign/api/v2/public/st-")
    assert b"/campaign//trigger/cd-" in proxy.requests[0]


async def refuse(connection):
    await connection.request()
    await connection.send(http(b"", "502 Bad Gateway"))


async def ask_for_a_password(connection):
    await connection.request()
    await connection.send(http(b"", "407 Proxy Authentication Required"))


async def drop(connection):
    await connection.request()


async def reset(connection):
    await connection.request()
    connection.reset()


@pytest.mark.parametrize(
    ("behave", "reason"),
    [
        (refuse, "does not connect to campaigns.invalid: HTTP 502 Bad Gateway"),
        (ask_for_a_password, "it wants a user and password in its URL"),
        (drop, "closed the connection without an answer"),
        (reset, "broke while it was made"),
        (hang, "no connection to campaigns.invalid through the proxy 127.0.0.1"),
    ],
)
async def test_a_proxy_that_makes_no_tunnel_leaves_the_request_unsent(monkeypatch, behave, reason):
    async with WireServer(behave) as proxy:
        use_proxy(monkeypatch, proxy, "user:canary@")
        failure = await send(REQUEST, seconds=0.2)
    assert isinstance(failure, TransportFailure)
    assert not failure.sent
    assert reason in failure.reason
    assert "canary" not in failure.reason


@pytest.mark.parametrize("behave", [drop, reset, hang])
async def test_a_proxy_that_was_given_the_request_may_have_passed_it_on(monkeypatch, behave):
    async with WireServer(behave) as proxy:
        use_proxy(monkeypatch, proxy)
        failure = await send(PLAIN_REQUEST, seconds=0.2)
    assert isinstance(failure, TransportFailure)
    assert failure.sent


async def test_a_proxys_502_to_plain_http_is_a_reply_like_any_other(monkeypatch):
    async with WireServer(refuse) as proxy:
        use_proxy(monkeypatch, proxy)
        reply = await send(PLAIN_REQUEST)
    assert isinstance(reply, RawReply)
    assert reply.status == 502


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://127.0.0.1:1", "cannot connect to the proxy 127.0.0.1:1: Connection refused"),
        ("http://proxy.invalid:3128", "cannot resolve the proxy proxy.invalid"),
        ("socks5://127.0.0.1:1", "the environment's proxy is of kind socks5, only http is supported"),
    ],
)
async def test_a_proxy_that_is_not_there_leaves_the_request_unsent(monkeypatch, address, reason):
    monkeypatch.setenv("HTTPS_PROXY", address)
    failure = await send(REQUEST)
    assert isinstance(failure, TransportFailure)
    assert not failure.sent
    assert reason in failure.reason


async def test_no_proxy_and_a_transport_without_proxies_connect_directly(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with WireServer(answering(http())) as server:
        request = endpoints.start(make_launch(server.url))
        assert isinstance(await send(request), TransportFailure)
        assert isinstance(await send(request, proxies=False), RawReply)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert isinstance(await send(request), RawReply)
