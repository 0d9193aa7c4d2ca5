"""Puts a reply on the wire, whole or mangled as it says."""

import socket
import struct
from asyncio import Transport
from email.utils import formatdate
from http import HTTPStatus

from aiohttp import web
from multidict import CIMultiDict

from launcher.sandbox.clock import Clock
from launcher.sandbox.replies import Delivery, Reply


async def deliver(request: web.BaseRequest, reply: Reply, clock: Clock) -> web.StreamResponse:
    """Send `reply` after its delay; after a cut connection, what is returned can no longer be written."""
    if reply.delay > 0:
        await clock.sleep(reply.delay)
    headers = CIMultiDict(reply.headers)
    headers["Content-Type"] = reply.content_type
    headers["Date"] = formatdate(clock.wall(), usegmt=True)
    transport = request.transport
    if reply.delivery is Delivery.WHOLE or not isinstance(transport, Transport):
        return web.Response(status=reply.status, body=reply.body, headers=headers)
    if reply.delivery is Delivery.DRIP:
        return await _drip(request, reply, headers, clock)
    _cut(transport, reply, headers)
    return web.Response()


async def _drip(
    request: web.BaseRequest, reply: Reply, headers: CIMultiDict[str], clock: Clock
) -> web.StreamResponse:
    response = web.StreamResponse(status=reply.status, headers=headers)
    response.content_length = len(reply.body)
    await response.prepare(request)
    pause = reply.drip_seconds / max(len(reply.body), 1)
    for byte in reply.body:
        await response.write(bytes((byte,)))
        await clock.sleep(pause)
    return response


def _cut(transport: Transport, reply: Reply, headers: CIMultiDict[str]) -> None:
    """Write past the web framework, which could not send half a response, and end the connection."""
    if reply.delivery is Delivery.RESET:
        # Closing with a linger of zero makes the kernel send RST instead of FIN.
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
        return
    head = _head(reply, headers)
    if reply.delivery is Delivery.TRUNCATED:
        transport.write(head + reply.body[: len(reply.body) // 2])
    elif reply.delivery is Delivery.HEADER_CUT:
        transport.write(head[: len(head) // 2])
    transport.close()


def _head(reply: Reply, headers: CIMultiDict[str]) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(reply.body)}", "", ""]
    return "\r\n".join(lines).encode()
