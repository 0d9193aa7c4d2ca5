"""A campaign API with latency and limits, a process of its own: `campaigns.py --help`.

Shares nothing with the launcher or its sandbox. A request is counted at a random moment of its latency: the
way there and the way back are each a part of it. GET /bench/record tells what happened, as JSON.
"""

import argparse
import asyncio
import json
import random
import signal
import sys
from collections import defaultdict, deque
from dataclasses import dataclass, field

ACTIVE = b'{"status":"Active","message":"Campaign Started","updatedAt":"2025-12-05T12:05:23.765Z"}'
THROTTLED = (
    b'{"errors":[{"msg":"You\'ve exceeded the per-minute rate limit. '
    b'Please wait for sometime before retrying.","code":429}]}'
)


@dataclass
class Record:
    """What happened, times in seconds since the first request."""

    first: float | None = None
    throttled: int = 0
    starts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    counted: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Per account, when its accepted requests were counted."""
    replied: dict[str, float] = field(default_factory=dict)
    """Per account, when the last accepting reply left."""


class Limits:
    """So many requests per window and account: rolling, or fixed from the account's first request on."""

    def __init__(self, limit: int, window: float, *, fixed: bool) -> None:
        self._limit = limit
        self._window = window
        self._fixed = fixed
        self._seen: dict[str, deque[float]] = defaultdict(deque)

    def allow(self, account: str, now: float) -> bool:
        """Count the request unless it is one too many."""
        seen = self._seen[account]
        if self._fixed:
            if seen and now - seen[0] >= self._window:
                seen.clear()
        else:
            while seen and seen[0] <= now - self._window:
                seen.popleft()
        if self._limit and len(seen) >= self._limit:
            return False
        seen.append(now)
        return True


@dataclass
class Latencies:
    """Uniform from and to, some of them slow, in seconds."""

    usual: tuple[float, float]
    outliers: float
    """The part that is slow."""
    slow: tuple[float, float]
    rng: random.Random

    def draw(self) -> tuple[float, float]:
        """A request's latency, and how much of it passes before it is counted."""
        is_slow = self.outliers and self.rng.random() < self.outliers
        latency = self.rng.uniform(*(self.slow if is_slow else self.usual))
        return latency, latency * self.rng.random()


class Api:
    """Decides what a request is answered."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.loop = asyncio.get_running_loop()
        self.record = Record()
        self._limits = Limits(options.limit, options.window, fixed=options.fixed)
        self._latencies = Latencies(
            options.latency, options.outliers, options.slow, random.Random(options.seed)
        )
        self._keeps_record = options.limit > 0

    def handle(self, connection: "Connection", head: bytes) -> None:
        """Answer later."""
        latency, there = self._latencies.draw()
        if not self._keeps_record:
            self.loop.call_later(latency, connection.reply, b"200 OK", ACTIVE)
            return
        if self.record.first is None:
            self.record.first = self.loop.time()
        self.loop.call_later(there, self._decide, connection, head, latency - there)

    def _decide(self, connection: "Connection", head: bytes, back: float) -> None:
        now = self.loop.time()
        account = _header(head, b"accountid")
        if not self._limits.allow(account, now):
            self.record.throttled += 1
            self.loop.call_later(back, connection.reply, b"429 Too Many Requests", THROTTLED)
            return
        campaign = head.split(b"?", 1)[0].rsplit(b"/", 1)[1].decode()
        self.record.starts[campaign] += 1
        self.record.counted[account].append(now - (self.record.first or 0.0))
        self.loop.call_later(back, self._accept, connection, account)

    def _accept(self, connection: "Connection", account: str) -> None:
        self.record.replied[account] = self.loop.time() - (self.record.first or 0.0)
        connection.reply(b"200 OK", ACTIVE)


class Connection(asyncio.Protocol):
    """HTTP/1.1 as far as it is needed: one request at a time, bodies with a length."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(_header(head, b"content-length") or 0)
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        if head.startswith(b"GET /bench/record"):
            self.reply(b"200 OK", json.dumps(vars(self._api.record)).encode())
        else:
            self._api.handle(self, head)

    def reply(self, status: bytes, body: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        length = str(len(body)).encode()
        self._transport.write(
            b"HTTP/1.1 "
            + status
            + b"\r\nContent-Type: application/json\r\nContent-Length: "
            + length
            + b"\r\n\r\n"
            + body
        )


def _header(head: bytes, name: bytes) -> str:
    """The value of a header, empty without it."""
    start = head.lower().find(b"\r\n" + name + b":")
    if start < 0:
        return ""
    start += len(name) + 3
    end = head.find(b"\r\n", start)
    return head[start : None if end < 0 else end].strip().decode()


def _span(text: str) -> tuple[float, float]:
    low, _, high = text.partition("..")
    return float(low), float(high or low)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--latency", type=_span, default=(0.0, 0.0), help="seconds, 0.05 or 0.1..0.5")
    parser.add_argument("--outliers", type=float, default=0.0, help="part of the requests that are slow")
    parser.add_argument("--slow", type=_span, default=(1.0, 3.0), help="latency of those")
    parser.add_argument("--limit", type=int, default=0, help="requests per window and account; 0: none")
    parser.add_argument("--window", type=float, default=60.0, help="seconds")
    parser.add_argument("--fixed", action="store_true", help="fixed windows instead of rolling ones")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


async def serve(options: argparse.Namespace) -> None:
    """Serve until SIGTERM."""
    loop = asyncio.get_running_loop()
    api = Api(options)
    server = await loop.create_server(lambda: Connection(api), "127.0.0.1", options.port, backlog=4096)
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    async with server:
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(serve(_parse()))
    sys.exit(0)
