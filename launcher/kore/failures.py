"""What an exception of the HTTP client meant: whether the request may have left, and a sentence for a person.

Read from aiohttp 3.14: everything in `CONNECT_ONLY` is raised before `ClientRequest.send`; all other types
(`ServerDisconnectedError`, `ClientOSError`, the bare `TimeoutError` of `ClientTimeout.total`, …) come from
both sides of it, so that the phase decides.
"""

import errno
import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp

from launcher.kore.reply import TransportFailure
from launcher.kore.wording import clean, sentence

CONNECT_ONLY = (
    aiohttp.ClientConnectorError,  # with its children for DNS, TLS, certificates and proxies
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ServerFingerprintMismatch,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)
_NO_MORE_FILES = (errno.EMFILE, errno.ENFILE)


@dataclass(slots=True)
class Phase:
    """How far a request came, as the connector tells. A reply is no matter of this."""

    observed: bool = False
    """The connector was asked for a connection. If it never was, nothing is known of one."""
    connected: bool = False
    """It was given a connection, new or kept alive: from here on bytes may have left."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request was going, for the sentence."""

    host: str
    """With its port when that is not the usual one."""
    proxy: str | None
    """`host:port` of the proxy, without user info."""
    connect_timeout: float
    timeout: float

    @property
    def path(self) -> str:
        """The host, and the proxy on the way to it: either may have failed."""
        return f"{self.host} through the proxy {self.proxy}" if self.proxy else self.host


def failure(exc: Exception, phase: Phase, target: Target) -> TransportFailure:
    """Judge `exc`: unsent only on certainty, that is when no connection was handed to the request."""
    certain = phase.observed or isinstance(exc, CONNECT_ONLY)
    sent = phase.connected or not certain
    describe = next(text for kind, text in _TABLE if isinstance(exc, kind))
    return TransportFailure(sent, clean(describe(exc, target, sent)))


def _address(_exc: Any, target: Target, _sent: bool) -> str:
    return sentence(f"the address of {target.host} is not usable", advice="correct `host`")


def _dns(exc: Any, target: Target, _sent: bool) -> str:
    """Via a proxy the name that could not be resolved is the proxy's."""
    host = exc.host if exc.host == target.host.partition(":")[0] else f"the proxy {exc.host}"
    return _out_of_files(exc) or sentence(
        f"cannot resolve {host}", _strerror(exc.os_error), "check the name and the network"
    )


def _certificate(exc: Any, target: Target, _sent: bool) -> str:
    error = exc.certificate_error
    said = getattr(error, "verify_message", "") or str(error)
    return sentence(f"the certificate of {target.host} is not accepted", said, _certificate_advice(said))


def _certificate_advice(said: str) -> str:
    if "expired" in said or "not yet valid" in said:
        return "it must be renewed, or this machine's clock is wrong"
    if "mismatch" in said or "not valid for" in said:
        return "correct `host`"
    return "if it is right, name the CA in SSL_CERT_FILE"


def _tls(exc: Any, target: Target, _sent: bool) -> str:
    reason = getattr(exc.os_error, "reason", None)
    said = str(reason).replace("_", " ").lower() if reason else _strerror(exc.os_error)
    return sentence(f"no TLS connection to {target.host}", said, "check that it speaks https")


def _proxy_connect(exc: Any, target: Target, _sent: bool) -> str:
    where = f"cannot connect to the proxy {target.proxy}"
    return _out_of_files(exc) or sentence(where, _strerror(exc.os_error), "check HTTPS_PROXY and HTTP_PROXY")


def _proxy_answer(exc: Any, target: Target, _sent: bool) -> str:
    where = f"the proxy {target.proxy} does not connect to {target.host}"
    advice = "it wants a user and password in its URL" if exc.status == 407 else ""  # noqa: PLR2004 - HTTP 407
    return sentence(where, f"HTTP {exc.status} {exc.message}", advice)


def _connect(exc: Any, target: Target, _sent: bool) -> str:
    return _out_of_files(exc) or sentence(f"cannot connect to {target.host}", _strerror(exc.os_error))


def _connect_timeout(_exc: Any, target: Target, _sent: bool) -> str:
    return f"no connection to {target.path} within {target.connect_timeout:g} s"


def _timeout(exc: Any, target: Target, sent: bool) -> str:
    return (
        f"no answer from {target.path} within {target.timeout:g} s"
        if sent
        else _connect_timeout(exc, target, sent)
    )


def _disconnected(_exc: Any, target: Target, sent: bool) -> str:
    who = target.path if sent or not target.proxy else f"the proxy {target.proxy}"
    return f"{who} closed the connection without an answer"


def _not_http(exc: Any, target: Target, _sent: bool) -> str:
    """The parser's complaint without the bytes that it quotes: they may echo the token."""
    said = str(exc.message).partition("\n")[0].partition("b'")[0].partition('b"')[0]
    return sentence(f"{target.host} did not answer in proper HTTP", clean(said).rstrip(" :"))


def _broken(exc: Any, target: Target, sent: bool) -> str:
    before = "before an answer came" if sent else "while it was made"
    return _out_of_files(exc) or sentence(f"the connection to {target.path} broke {before}", _strerror(exc))


def _other(exc: Any, target: Target, _sent: bool) -> str:
    """Only the kind: the text of an exception nobody thought of may hold anything."""
    return f"the request to {target.host} failed ({type(exc).__name__})"


_TABLE: tuple[tuple[type[Exception], Callable[[Any, Target, bool], str]], ...] = (
    # The first that fits: children stand before their parents.
    (aiohttp.InvalidURL, _address),
    (aiohttp.NonHttpUrlClientError, _address),
    (aiohttp.ClientConnectorDNSError, _dns),
    (aiohttp.ClientConnectorCertificateError, _certificate),
    (aiohttp.ClientConnectorSSLError, _tls),
    (aiohttp.ClientProxyConnectionError, _proxy_connect),
    (aiohttp.ClientConnectorError, _connect),
    (aiohttp.ClientHttpProxyError, _proxy_answer),
    (aiohttp.ConnectionTimeoutError, _connect_timeout),
    (TimeoutError, _timeout),
    (aiohttp.ServerDisconnectedError, _disconnected),
    (aiohttp.ClientResponseError, _not_http),
    (ssl.SSLError, _broken),
    (OSError, _broken),
    (Exception, _other),
)


def _out_of_files(exc: OSError) -> str:
    if exc.errno in _NO_MORE_FILES:
        return "too many open files; raise `ulimit -n` or lower the concurrency"
    return ""


def _strerror(error: OSError) -> str:
    """The system's words for an error; asyncio's own (`Connect call failed ('127.0.0.1', 1)`) are noise."""
    if error.errno is not None and error.errno in errno.errorcode and not isinstance(error, ssl.SSLError):
        return os.strerror(error.errno)
    # A resolver's or OpenSSL's words; aiohttp's own, without a strerror, quote the whole URL.
    return clean(str(error.strerror or "")) or "connection lost"
