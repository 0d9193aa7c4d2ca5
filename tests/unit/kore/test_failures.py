"""The table from exception to meaning; test_transport.py and test_tls_and_proxies.py provoke most."""

import errno
import socket
import ssl
from types import SimpleNamespace

import aiohttp
import pytest

from launcher.kore.failures import CONNECT_ONLY, Phase, Target, failure

KEY = SimpleNamespace(host="kore.example", port=443, ssl=True, is_ssl=True)
DIRECT = Target("kore.example", None, 5.0, 30.0)
PROXIED = Target("kore.example", "proxy.corp:3128", 5.0, 30.0)
NEW, CONNECTING, CONNECTED = Phase(), Phase(observed=True), Phase(observed=True, connected=True)
REFUSED = ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('10.0.0.1', 443)")
RESET = aiohttp.ClientOSError(errno.ECONNRESET, "Connection reset by peer")


def response_error(kind, status, message):
    return kind(SimpleNamespace(real_url="https://canary"), (), status=status, message=message)


@pytest.mark.parametrize(
    ("error", "target", "reason"),
    [
        (
            aiohttp.ClientConnectorDNSError(KEY, socket.gaierror(-2, "Name or service not known")),
            DIRECT,
            "cannot resolve kore.example: Name or service not known; check the name and the network",
        ),
        (
            aiohttp.ClientConnectorDNSError(
                SimpleNamespace(host="proxy.corp"),
                socket.gaierror(-3, "Temporary failure in name resolution"),
            ),
            PROXIED,
            (
                "cannot resolve the proxy proxy.corp: Temporary failure in name resolution; "
                "check the name and the network"
            ),
        ),
        (
            aiohttp.ClientConnectorDNSError(KEY, OSError(errno.EMFILE, "Too many open files")),
            DIRECT,
            "too many open files; raise `ulimit -n` or lower the concurrency",
        ),
        (
            aiohttp.ClientConnectorError(KEY, REFUSED),
            DIRECT,
            "cannot connect to kore.example: Connection refused",
        ),
        (
            aiohttp.ClientConnectorError(KEY, OSError(errno.ENFILE, "x")),
            DIRECT,
            "too many open files; raise `ulimit -n` or lower the concurrency",
        ),
        (
            aiohttp.ClientProxyConnectionError(KEY, REFUSED),
            PROXIED,
            (
                "cannot connect to the proxy proxy.corp:3128: Connection refused; "
                "check HTTPS_PROXY and HTTP_PROXY"
            ),
        ),
        (
            response_error(aiohttp.ClientHttpProxyError, 403, "Forbidden"),
            PROXIED,
            "the proxy proxy.corp:3128 does not connect to kore.example: HTTP 403 Forbidden",
        ),
        (
            response_error(aiohttp.ClientHttpProxyError, 407, "Proxy Authentication Required"),
            PROXIED,
            (
                "the proxy proxy.corp:3128 does not connect to kore.example: "
                "HTTP 407 Proxy Authentication Required; it wants a user and password in its URL"
            ),
        ),
        (
            aiohttp.ClientConnectorSSLError(KEY, ssl.SSLError(1, "[SSL] wrong version number (_ssl.c:1)")),
            DIRECT,
            (
                "no TLS connection to kore.example: [SSL] wrong version number (_ssl.c:1); "
                "check that it speaks https"
            ),
        ),
        (
            aiohttp.ConnectionTimeoutError("Connection timeout"),
            DIRECT,
            "no connection to kore.example within 5 s",
        ),
        (
            aiohttp.InvalidURL("https://canary"),
            DIRECT,
            "the address of kore.example is not usable; correct `host`",
        ),
    ],
)
@pytest.mark.parametrize("phase", [NEW, CONNECTING], ids=["unobserved", "connecting"])
def test_what_only_connecting_raises_is_unsent_even_when_the_phase_is_not_known(phase, error, target, reason):
    told = failure(error, phase, target)
    assert (told.sent, told.reason) == (False, reason)


@pytest.mark.parametrize(
    ("error", "target", "sent", "unsent"),
    [
        (
            TimeoutError(),
            DIRECT,
            "no answer from kore.example within 30 s",
            "no connection to kore.example within 5 s",
        ),
        (
            aiohttp.ServerDisconnectedError(),
            PROXIED,
            "kore.example through the proxy proxy.corp:3128 closed the connection without an answer",
            "the proxy proxy.corp:3128 closed the connection without an answer",
        ),
        (
            RESET,
            DIRECT,
            "the connection to kore.example broke before an answer came: Connection reset by peer",
            "the connection to kore.example broke while it was made: Connection reset by peer",
        ),
        (
            aiohttp.ClientOSError("Can not write request body for https://canary"),
            DIRECT,
            "the connection to kore.example broke before an answer came: connection lost",
            "the connection to kore.example broke while it was made: connection lost",
        ),
        (
            response_error(aiohttp.ClientResponseError, 400, "Bad status line b'canary'"),
            DIRECT,
            "kore.example did not answer in proper HTTP: Bad status line",
            "kore.example did not answer in proper HTTP: Bad status line",
        ),
        (
            RuntimeError("canary"),
            DIRECT,
            "the request to kore.example failed (RuntimeError)",
            "the request to kore.example failed (RuntimeError)",
        ),
    ],
)
def test_what_both_phases_raise_is_unsent_only_when_no_connection_was_had(error, target, sent, unsent):
    assert (failure(error, CONNECTED, target).sent, failure(error, CONNECTED, target).reason) == (True, sent)
    assert (failure(error, CONNECTING, target).sent, failure(error, CONNECTING, target).reason) == (
        False,
        unsent,
    )
    assert failure(error, NEW, target).sent, "without trace signals nothing is certain"


def test_no_exception_makes_a_request_unsent_that_had_a_connection():
    errors = [
        RuntimeError(),
        TimeoutError(),
        RESET,
        aiohttp.ConnectionTimeoutError(),
        *map(_bare, CONNECT_ONLY),
    ]
    assert all(failure(error, CONNECTED, DIRECT).sent for error in errors)


def _bare(kind):
    if issubclass(kind, aiohttp.ClientResponseError):
        return response_error(kind, 502, "Bad Gateway")
    if issubclass(kind, aiohttp.ClientConnectorError):
        return kind(KEY, REFUSED)
    return kind(b"", b"", "kore.example", 443) if kind is aiohttp.ServerFingerprintMismatch else kind("x")


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("certificate has expired", "it must be renewed, or this machine's clock is wrong"),
        ("certificate is not yet valid", "it must be renewed, or this machine's clock is wrong"),
        ("Hostname mismatch, certificate is not valid for 'kore.example'.", "correct `host`"),
        ("self-signed certificate", "if it is right, name the CA in SSL_CERT_FILE"),
    ],
)
def test_a_bad_certificate_comes_with_what_to_do(said, advice):
    error = ssl.SSLCertVerificationError(1, "noise")
    error.verify_message = said
    told = failure(aiohttp.ClientConnectorCertificateError(KEY, error), CONNECTING, DIRECT)
    assert told.reason == f"the certificate of kore.example is not accepted: {said}; {advice}"
