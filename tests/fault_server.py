"""A campaign API on raw sockets that fails in every way it is told to, and keeps books of real starts.

Written from the issue's words and the API's documentation; it shares nothing with the launcher, its sandbox
or `foreign_server`. A start takes effect as soon as its last byte was read, and a start of an active campaign
messages everybody again: nothing here forgives.
"""

import json
import socket
import ssl
import struct
import threading
import time
from collections import Counter, defaultdict, deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass

STOPPED = {"status": "Stopped", "message": "Campaign Stopped", "updatedAt": "2025-12-05T12:07:54.100Z"}
STARTED = {"status": "Active", "message": "Campaign Started", "updatedAt": "2025-12-05T12:05:23.765Z"}
REFUSALS = {
    "400": ("400 Bad Request", {"errors": [{"msg": "Invalid campaign", "code": 400}]}),
    "401": ("401 Unauthorized", {"errors": [{"msg": "Invalid token", "code": 401}]}),
    "403": ("403 Forbidden", {"errors": [{"msg": "Not permitted", "code": 403}]}),
    "404": ("404 Not Found", {"errors": [{"msg": "Campaign not found", "code": 404}]}),
    "409": ("409 Conflict", {"errors": [{"msg": "Campaign is locked", "code": 409}]}),
    "failed": ("200 OK", {"status": "Failed", "message": "Contact list is empty"}),
    "throttled": (
        "429 Too Many Requests",
        {"errors": [{"msg": "You've exceeded the per-minute rate limit."}]},
    ),
    "redirect": ("307 Temporary Redirect", {}),
}
"""Faults that start nothing and say so."""
DOWN = ("503 Service Unavailable", b"<html><title>503 Service Unavailable</title></html>")


@dataclass(frozen=True)
class Seen:
    """A request that arrived in full."""

    at: float
    """Seconds since the epoch."""
    account: str
    campaign: str
    is_start: bool
    head: bytes
    is_stop: bool = False


class FaultServer:
    """Serves until its `serving` ends; every connection has a thread.

    `limit` requests in any `window` seconds and account; `latency` seconds before every reply.
    """

    def __init__(self, *, latency=0.0, limit=None, window=3.0, certificate=None, keep_alive=True):
        self.latency = latency
        self.limit = limit
        self.window = window
        self.keep_alive = keep_alive
        self.lock = threading.Lock()
        self.seen = []
        self.starts = Counter()
        """By campaign, starts that took effect."""
        self.faults = defaultdict(list)
        """By campaign, what happens to its next starts, `-before` or `-after` they take effect."""
        self.stop_faults = defaultdict(list)
        """By campaign, what happens to its next stops, `-before` or `-after` they take effect."""
        self.unreadable = set()
        """Campaigns whose state cannot be read."""
        self.state = defaultdict(lambda: "Ready")
        self.throttled = Counter()
        self.answering = 0
        self.connected = 0
        self.redirects_followed = 0
        self._times = defaultdict(deque)
        self._tls = None
        if certificate is not None:
            self.change_certificate(certificate)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self._listener.getsockname()[1]

    @property
    def url(self):
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def plays(self):
        """By campaign, start requests that arrived."""
        with self.lock:
            return Counter(seen.campaign for seen in self.seen if seen.is_start)

    @property
    def stops(self):
        """By campaign, stop requests that arrived."""
        with self.lock:
            return Counter(seen.campaign for seen in self.seen if seen.is_stop)

    @property
    def double_starts(self):
        with self.lock:
            return {campaign: count for campaign, count in self.starts.items() if count > 1}

    def change_certificate(self, certificate):
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate)

    @contextmanager
    def serving(self):
        thread = threading.Thread(target=self._accept, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            thread.join()

    def settle(self):
        """Wait until all that clients sent so far has taken effect, also clients that are dead by now."""
        with socket.create_connection(("127.0.0.1", self.port)) as probe:
            # Connections are accepted in their order: when this one is at an end, the others were taken up.
            probe.shutdown(socket.SHUT_WR)
            with suppress(OSError):
                probe.recv(1)
        deadline = time.monotonic() + 20
        while self.connected > 0:
            assert time.monotonic() < deadline, "connections stay open"
            time.sleep(0.002)

    def busiest(self, account, seconds):
        """The most requests of the account in any window of so many seconds."""
        with self.lock:
            times = sorted(seen.at for seen in self.seen if seen.account == account)
        return max(
            (sum(1 for other in times[index:] if other < time + seconds) for index, time in enumerate(times)),
            default=0,
        )

    # -- one thread a connection ----------------------------------------------------------------------------

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self.lock:
                self.connected += 1
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection):
        try:
            with connection, suppress(OSError):
                connection.settimeout(60)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self._tls is not None:
                    connection = self._tls.wrap_socket(connection, server_side=True)
                with connection, connection.makefile("rb") as stream:
                    while self._exchange(connection, stream):
                        pass
        finally:
            with self.lock:
                self.connected -= 1

    def _exchange(self, connection, stream):
        """Answer one request; whether another may come."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = stream.readline()
            if not line.endswith(b"\n"):
                return False
            head += line
        fields = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:] if line)
        length = int(fields.get(b"content-length", 0))
        if len(stream.read(length)) < length:
            return False
        with self.lock:
            self.answering += 1
        try:
            return self._answer(connection, head)
        finally:
            with self.lock:
                self.answering -= 1

    def _answer(self, connection, head):
        path = head.split(b" ", 2)[1].decode()
        parts = path.partition("?")[0].split("/")
        campaign = parts[-2] if parts[-1] == "status" else parts[-1]
        account = _field(head, "accountid") or path.partition("accountId=")[2].partition("&")[0]
        is_start, is_stop = "trigger=play" in path, "trigger=stop" in path
        with self.lock:
            self.seen.append(Seen(time.time(), account, campaign, is_start, head, is_stop))
            self.redirects_followed += parts[1] == "elsewhere"
            faults = self.faults if is_start else self.stop_faults if is_stop else {}
            fault = self._judge(account, faults.get(campaign))
            if is_start and (fault is None or fault.endswith("-after")):
                self.starts[campaign] += 1
                self.state[campaign] = "Active"
            if (
                is_stop
                and (fault is None or fault.endswith("-after"))
                and self.state[campaign] != "Completed"
            ):
                self.state[campaign] = "Stopped"
            state = self.state[campaign]
        time.sleep(self.latency)
        if fault is not None:
            return self._fail(connection, fault.rpartition("-")[0] or fault)
        if is_start:
            return self._reply(connection, "200 OK", STARTED)
        if is_stop:
            return self._reply(connection, "200 OK", STOPPED)
        if campaign in self.unreadable:
            return self._reply(connection, *DOWN)
        return self._reply(
            connection, "200 OK", {"status": "success", "data": {"status": state, "name": "x"}}
        )

    def _judge(self, account, faults):
        if self.limit is not None:
            now, times = time.monotonic(), self._times[account]
            while times and times[0] <= now - self.window:
                times.popleft()
            if len(times) >= self.limit:
                self.throttled[account] += 1
                return "throttled"
            times.append(now)
        return faults.pop(0) if faults else None

    def _fail(self, connection, kind):
        if kind in REFUSALS:
            return self._reply(connection, *REFUSALS[kind])
        match kind:
            case "500" | "502" | "503":
                return self._reply(connection, f"{kind} Trouble", DOWN[1])
            case "garbage":
                return self._reply(connection, "200 OK", b"<html>Please log in</html>")
            case "empty":
                return self._reply(connection, "200 OK", b"")
            case "truncated":
                connection.sendall(_http("200 OK", json.dumps(STARTED).encode(), b"")[:-20])
            case "cut":
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Ty")
            case "hang":
                connection.recv(1)  # until the client gives up, or is dead
            case "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            case "close":
                pass
            case _:
                raise AssertionError(f"no such fault: {kind}")
        return False

    def _reply(self, connection, status, body):
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        extra = b"" if self.keep_alive else b"Connection: close\r\n"
        if status.startswith("307"):
            extra += f"Location: {self.url}/elsewhere/x?trigger=play\r\n".encode()
        connection.sendall(_http(status, payload, extra))
        return self.keep_alive


def _http(status, payload, extra):
    kind = "application/json" if payload.startswith(b"{") else "text/html"
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(payload)}\r\n"
    return head.encode() + extra + b"\r\n" + payload


def _field(head, name):
    for line in head.decode("latin-1").split("\r\n")[1:]:
        key, _, value = line.partition(": ")
        if key.lower() == name:
            return value
    return ""
