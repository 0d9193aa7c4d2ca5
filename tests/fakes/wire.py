"""A server that speaks bytes: it can do to a connection what no HTTP framework lets one do."""

import asyncio
import socket
import struct

OK = b'{"status":"Active","message":"Campaign Started","updatedAt":"2025-12-05T12:05:23.765Z"}'


def http(body=OK, status="200 OK", **headers):
    """Return a whole HTTP reply."""
    lines = {"Content-Type": "application/json", "Content-Length": str(len(body))} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value is not None)
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode("latin-1") + body


class Connection:
    """One accepted connection, in the hands of a test's behaviour."""

    def __init__(self, server, reader, writer):
        self._server, self._reader, self._writer = server, reader, writer

    async def request(self):
        """Read one request, head and body, and keep it in `server.requests`."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
        )
        raw = head + await self._reader.readexactly(length)
        self._server.requests.append(raw)
        return raw

    async def send(self, data):
        self._writer.write(data)
        await self._writer.drain()

    def reset(self):
        """Close with a TCP reset."""
        linger = struct.pack("ii", 1, 0)
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._writer.transport.abort()

    async def hang(self):
        """Keep the connection open until the other side gives up."""
        await self._reader.read()

    async def tunnel(self, port):
        """Pass bytes both ways to a port of this machine, as a proxy does after CONNECT."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            await asyncio.gather(_pump(self._reader, writer), _pump(reader, self._writer))
        finally:
            writer.close()


async def _pump(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


class WireServer:
    """Runs `behave(connection)` for each connection; an async context manager."""

    def __init__(self, behave, ssl=None):
        self.requests = []
        self.connections = 0
        self._behave, self._ssl = behave, ssl
        self._tasks = set()

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._ssl)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"{'https' if self._ssl else 'http'}://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *exc):
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader, writer):
        self.connections += 1
        task = asyncio.current_task()
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            await self._behave(Connection(self, reader, writer))
        except (OSError, EOFError, asyncio.CancelledError):
            pass  # the other side left, or the test is over
        finally:
            writer.close()


def answering(*replies):
    """Return a behaviour that answers one request after the other on a kept-alive connection."""

    async def behave(connection):
        for reply in replies:
            await connection.request()
            await connection.send(reply)

    return behave
