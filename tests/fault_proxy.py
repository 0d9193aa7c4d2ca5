"""Proxies on loopback that break off: a TCP proxy that cuts at chosen bytes, an HTTP proxy that dies."""

import re
import select
import socket
import struct
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass

START = re.compile(rb"^POST \S*/campaign/([^/?\s]+)\?\S*trigger=play")


@dataclass(frozen=True)
class Cut:
    """Break off after so many bytes of the request (`up`), or else of the reply; with a reset or a FIN."""

    up: bool
    at: int
    reset: bool


class Proxy:
    """Listens on loopback; the `handle` of those that inherit this has a thread for each connection."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.connections = 0

    @contextmanager
    def serving(self):
        thread = threading.Thread(target=self._accept, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.die()
            thread.join()

    def die(self):
        """Listen no more."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection):
        with connection, suppress(OSError):
            connection.settimeout(60)
            self.handle(connection)


class CuttingProxy(Proxy):
    """Passes bytes on to a port; the first start of a campaign that `cuts` names is cut there.

    The server behind must close every connection after its reply, so that a connection is a request.
    """

    def __init__(self, port):
        super().__init__()
        self.cuts = {}
        self._port = port

    def handle(self, connection):
        first = connection.recv(1 << 16)
        found = START.match(first)
        cut = self.cuts.pop(found[1].decode(), None) if found else None
        if cut is not None and cut.up and cut.at == 0:
            _end(connection, reset=cut.reset)
            return
        with socket.create_connection(("127.0.0.1", self._port)) as upstream:
            upstream.sendall(first[: cut.at] if cut and cut.up else first)
            if cut is not None and cut.up:
                # The server closes when it is done with it: no later read can overtake a start.
                upstream.shutdown(socket.SHUT_WR)
                while upstream.recv(1 << 16):
                    pass
            else:
                _relay(connection, upstream, cut.at if cut else None)
            if cut is not None:
                _end(connection, reset=cut.reset)


class HttpProxy(Proxy):
    """Forwards plain requests and tunnels; after `lifetime` of them it is dead, in the middle of the next."""

    def __init__(self, lifetime, *, breaks):
        super().__init__()
        self._lifetime = lifetime
        self._breaks = breaks
        self._lock = threading.Lock()
        self.names = []
        """What was asked for, in order."""

    def handle(self, connection):
        first = connection.recv(1 << 16)
        method, target, _ = first.split(b" ", 2)
        with self._lock:
            self.names.append(target.decode())
            alive = len(self.names) <= self._lifetime
        if not alive:
            self.die()
            if self._breaks == "before":
                _end(connection, reset=True)
                return
        host, _, port = target.removeprefix(b"http://").partition(b"/")[0].partition(b":")
        with socket.create_connection((host.decode(), int(port))) as upstream:
            if method == b"CONNECT":
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                upstream.sendall(first)
            # Of a reply that is broken off, nothing is passed on: the server has had the request by then.
            _relay(connection, upstream, None if alive else 0)
            if not alive:
                _end(connection, reset=True)


def _relay(client, server, limit):
    """Pass bytes both ways until one side closes, or `limit` bytes came back."""
    back = 0
    while True:
        for ready in select.select([client, server], [], [], 60)[0]:
            received = ready.recv(1 << 16)
            if not received:
                return
            if ready is client:
                server.sendall(received)
                continue
            allowed = received if limit is None else received[: limit - back]
            client.sendall(allowed)
            back += len(allowed)
            if limit is not None and back >= limit:
                return


def _end(connection, *, reset):
    if reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
