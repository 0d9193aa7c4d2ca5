"""One HTTP exchange over aiohttp: a request goes out once, a `Reply` comes back, whatever the network does.

Never repeated (aiohttp would repeat a GET, not a POST), redirects never followed (the `auth` header must
not travel), certificates always verified, cookies never kept.
"""

import math
import ssl
import string
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import quote

import aiohttp
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from yarl import URL

from launcher.kore.endpoints import ApiRequest
from launcher.kore.failures import Phase, Target, failure
from launcher.kore.proxies import proxy_for
from launcher.kore.reply import RawReply, Reply, TransportFailure
from launcher.kore.wording import clean, sentence
from launcher.version import __version__

MAX_BODY = 1024 * 1024
"""Bytes, decompressed; replies are a few hundred. What is longer counts as incomplete."""
MAX_HEADER = 65536
"""Bytes of one header: Kore services repeat the body in one."""
MAX_CONNECT = 10.0
"""Seconds to get a connection, or half of the timeout if that is less."""
# Servers drop idle connections after as little as 5 s (Node's default). A request that meets such a drop is
# in doubt, and settling that costs more than a handshake: so idle connections are dropped here first.
KEEPALIVE = 4.0


class Transport:
    """An HTTP session as an async context manager.

    `timeout`: seconds for one exchange, connecting included. `proxies`: whether the environment's are used.
    """

    def __init__(self, *, timeout: float, concurrency: int, proxies: bool = True) -> None:
        self._timeout = aiohttp.ClientTimeout(
            total=timeout,
            connect=min(MAX_CONNECT, timeout / 2),
            ceil_threshold=math.inf,  # or aiohttp would round timeouts above 5 s up to whole loop seconds
        )
        self._concurrency = concurrency
        self._proxies = proxies
        self._session: aiohttp.ClientSession | None = None
        self._routes: dict[str, _Route] = {}
        self._tls: ssl.SSLContext | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=_Connector(
                limit=self._concurrency,  # aiohttp's own limit of 100 would cap silently
                keepalive_timeout=KEEPALIVE,
                resolver=aiohttp.ThreadedResolver(),  # the system's: /etc/hosts, search domains, split DNS
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": f"kore-campaign-launcher/{__version__}", "Accept-Encoding": "identity"},
            timeout=self._timeout,
            max_line_size=MAX_HEADER,
            max_field_size=MAX_HEADER,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def exchange(self, request: ApiRequest, token: str, confidential: tuple[str, ...] = ()) -> Reply:
        """Send the request once, with `token` in its `auth` header.

        A reply of which the status line was read is a `RawReply`, however its body fared.
        """
        if self._session is None:
            raise RuntimeError("the transport is used outside of its `async with`")
        origin, path = _split(request.url)
        try:
            route = self._route(origin)
        except (ValueError, OSError) as error:
            reason = sentence(f"{clean(origin)} cannot be reached", clean(str(error)))
            return TransportFailure(sent=False, reason=reason)
        phase = Phase()
        _PHASE.set(phase)
        try:
            async with self._session.request(
                request.method,
                route.url(path),
                data=request.body,
                headers={"auth": token, **request.headers},
                allow_redirects=False,
                proxy=route.proxy,
                ssl=route.tls,
            ) as response:
                body, complete = await _read(response)
                return RawReply(response.status, response.headers, body, complete, confidential)
        except Exception as error:  # noqa: BLE001 - whatever aiohttp or a codec raises: the phase says what is certain
            return failure(error, phase, route.target)

    def _route(self, origin: str) -> "_Route":
        """How to reach `origin`; found out once for each.

        Raises:
            ValueError: the origin, or its proxy's address, is malformed.
            OSError: the trusted CAs cannot be loaded.
        """
        route = self._routes.get(origin)
        if route is None:
            url, proxy = URL(origin), _proxy(origin) if self._proxies else None
            target = Target(
                host=_host_of(url),
                proxy=None if proxy is None else _host_of(proxy),
                connect_timeout=self._timeout.connect or 0.0,
                timeout=self._timeout.total or 0.0,
            )
            tls = self._trusted() if url.scheme == "https" else True
            route = self._routes[origin] = _Route(url.scheme, url.origin().raw_authority, target, proxy, tls)
        return route

    def _trusted(self) -> ssl.SSLContext:
        """What verifies certificates; loading the CAs (the system's, or SSL_CERT_FILE's) takes 20 ms."""
        if self._tls is None:
            self._tls = ssl.create_default_context()
        return self._tls


@dataclass(frozen=True, slots=True)
class _Route:
    scheme: str
    authority: str
    """Host and port as they go over the wire (lower case, IDNA)."""
    target: Target
    proxy: URL | None = field(repr=False)
    """May hold a password."""
    tls: ssl.SSLContext | bool
    """Verifying, always; True for plain http, where it is not looked at."""

    def url(self, rest: str) -> URL:
        """Where `rest`, path and query, is; `encoded`, or yarl would fold `//` and quote anew."""
        path, _, query = rest.partition("?")
        return URL.build(
            scheme=self.scheme, authority=self.authority, path=path, query_string=query, encoded=True
        )


def _split(url: str) -> tuple[str, str]:
    """Origin and the rest of an absolute URL, the rest in ASCII: a base path may be written in any script."""
    scheme, _, authority, rest = url.split("/", 3)
    path = rest if rest.isascii() else quote(rest, safe=string.printable)
    return f"{scheme}//{authority}", f"/{path}"


def _proxy(origin: str) -> URL | None:
    proxy = proxy_for(origin)
    try:
        return None if proxy is None else URL(proxy)
    except ValueError:
        raise ValueError("the environment's proxy has no usable address") from None  # it may hold a password


def _host_of(url: URL) -> str:
    host = url.host or ""
    return host if url.is_default_port() else f"{host}:{url.port}"


async def _read(response: aiohttp.ClientResponse) -> tuple[bytes, bool]:
    """The body, and whether it came in full. What broke off after the status line is still a reply."""
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in response.content.iter_any():
            chunks.append(chunk)
            size += len(chunk)
            if size > MAX_BODY:
                return b"".join(chunks)[:MAX_BODY], False
    except Exception:  # noqa: BLE001 - a reset, a timeout, a broken encoding: all the same to an incomplete body
        return b"".join(chunks), False
    return b"".join(chunks), True


_PHASE: ContextVar[Phase] = ContextVar("phase")
"""Of the request that the current task is at: a worker sends one at a time."""


class _Connector(aiohttp.TCPConnector):
    """Marks in the request's `Phase` how far it came.

    aiohttp's trace signals tell the same and cost a sixth of a request, whoever listens.
    """

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109  # the signature is aiohttp's
    ) -> Connection:
        """Give the request a connection; a second one for the same exchange is refused.

        aiohttp sends a GET again on a dropped connection: that would be one more of the budget.
        """
        phase = _PHASE.get()
        if phase.observed:
            raise aiohttp.ServerDisconnectedError
        phase.observed = True
        connection = await super().connect(req, traces, timeout)
        phase.connected = True
        return connection
