"""What lies between this machine and a host: name, proxy, certificate, clock. Sends no token."""

import asyncio
import base64
import socket
import ssl
import time
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

import anyio.to_thread

from launcher.kore.endpoints import ApiRequest
from launcher.kore.proxies import proxy_for
from launcher.kore.reply import TransportFailure
from launcher.kore.transport import Transport
from launcher.kore.wire_time import http_date
from launcher.kore.wording import clean

_PORTS = {"https": 443, "http": 80}
_MAX_ANSWER = 65536
"""Bytes of a proxy's answer to CONNECT."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Whom we connect to: the host itself, or the proxy on the way to it."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host said to a plain GET of its root."""

    status: int | None
    """None when it did not answer."""
    skew: float | None = None
    """Its clock minus ours in seconds; None when it tells no time."""
    reason: str | None = None
    """Why it did not answer, a sentence for a person."""


def proxy_of(url: str) -> Peer | None:
    """The proxy that the environment names for `url`; None to connect directly.

    Raises:
        ValueError: the environment names something that is not an http proxy; never quotes it.
    """
    proxy = proxy_for(url)
    return None if proxy is None else _peer(urlsplit(proxy))


def peer_of(url: str) -> Peer:
    """The host of `url` itself."""
    return _peer(urlsplit(url))


async def addresses(peer: Peer) -> list[str]:
    """The addresses of a peer's name, as the system resolves it; OSError when it cannot.

    In a thread that is given up when the caller stops waiting: resolvers may hang for half a minute.
    """
    found = await anyio.to_thread.run_sync(_resolve, peer, abandon_on_cancel=True)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _resolve(peer: Peer) -> list[tuple[object, object, object, object, tuple[object, ...]]]:
    return [*socket.getaddrinfo(peer.host, peer.port, type=socket.SOCK_STREAM)]


async def answer(url: str, timeout: float) -> Answer:  # noqa: ASYNC109  # seconds, for the sentence too
    """Ask the host at `url` for its root, as a run would reach it: proxy, trusted CAs, no redirects."""
    parts = urlsplit(url)
    request = ApiRequest("GET", f"{parts.scheme}://{parts.netloc}/", {}, None)
    async with Transport(timeout=timeout, concurrency=1) as transport:
        sent = time.time()
        reply = await transport.exchange(request, "")
        now = (sent + time.time()) / 2
    if isinstance(reply, TransportFailure):
        return Answer(None, reason=reply.reason)
    told = http_date(reply.header("date"))
    # Its seconds are whole: half a second on average was cut off.
    return Answer(reply.status, None if told is None else told + 0.5 - now)


async def certificate_end(url: str) -> float:
    """When the certificate of the https host at `url` ends, in seconds since the epoch.

    Raises:
        OSError: no connection, or the certificate is not accepted (`ssl.SSLError`).
        ValueError: the proxy does not let us through.
    """
    target = peer_of(url)
    trusted = ssl.create_default_context()
    proxy = proxy_for(url)
    if proxy is None:
        _, writer = await asyncio.open_connection(target.host, target.port, ssl=trusted)
    else:
        writer = await _through(urlsplit(proxy), target)
        await writer.start_tls(trusted, server_hostname=target.host)
    try:
        return ssl.cert_time_to_seconds(writer.get_extra_info("peercert")["notAfter"])
    finally:
        writer.transport.abort()


async def _through(proxy: SplitResult, target: Peer) -> asyncio.StreamWriter:
    """A connection to `target` through an http proxy (RFC 9110, section 9.3.6)."""
    peer = _peer(proxy)
    tls = ssl.create_default_context() if proxy.scheme == "https" else None
    reader, writer = await asyncio.open_connection(peer.host, peer.port, ssl=tls, limit=_MAX_ANSWER)
    name = f"[{target.host}]" if ":" in target.host else target.host
    lines = [f"CONNECT {name}:{target.port} HTTP/1.1", f"Host: {name}:{target.port}"]
    if proxy.username is not None:
        user = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(user.encode()).decode()}")
    writer.write("\r\n".join((*lines, "", "")).encode())
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        head = b""
    status = head.partition(b"\r\n")[0].split(b" ")
    if status[1:2] != [b"200"]:
        writer.transport.abort()
        said = clean(b" ".join(status).decode("latin-1")) or "nothing"
        raise ValueError(f"the proxy {peer} said: {said}")
    return writer


def _peer(parts: SplitResult) -> Peer:
    return Peer(parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 80))
