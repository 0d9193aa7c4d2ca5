"""The sandbox as a server on loopback, for use in-process or behind `launcher sandbox`."""

import asyncio
import logging
from collections.abc import Callable, MutableMapping
from types import TracebackType
from typing import Any, Self

import anyio
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from launcher.errors import UsageError
from launcher.sandbox.config import SandboxConfig
from launcher.sandbox.control import answer_control
from launcher.sandbox.delivery import deliver
from launcher.sandbox.ledger import Ledger
from launcher.sandbox.messages import Message
from launcher.sandbox.service import Service

LOOPBACK = "127.0.0.1"
_BACKLOG = 1024
_SHUTDOWN_SECONDS = 1.0


class Sandbox:
    """A stand-in for the campaign API: `async with Sandbox(SandboxConfig()) as sandbox: … sandbox.url`.

    It listens on 127.0.0.1 only. `port` 0 takes a free one. Each `async with` begins with empty books, which
    can still be read after it.

    Raises:
        UsageError: the port cannot be had.
    """

    def __init__(self, config: SandboxConfig | None = None, *, port: int = 0) -> None:
        self._config = config or SandboxConfig()
        self._wanted_port = port
        self._port: int | None = None
        self._service = Service(self._config, self._defer)
        self._later: set[asyncio.Task[None]] = set()
        self._handlers: set[asyncio.Task[Any]] = set()
        self._runner: web.ServerRunner | None = None

    @property
    def url(self) -> str:
        """`http://127.0.0.1:<port>`, without a slash at the end; raises `RuntimeError` when not running."""
        if self._port is None:
            raise RuntimeError("the sandbox has no address before it is entered or after it is left")
        return f"http://{LOOPBACK}:{self._port}"

    def ledger(self) -> Ledger:
        """Return the books as they are now."""
        return self._service.ledger()

    def reset(self) -> None:
        """Forget all that happened and all that was changed; begin again with the configuration."""
        _cancel(self._later)
        self._service = Service(self._config, self._defer)

    async def __aenter__(self) -> Self:
        self.reset()
        # Cancelled with its connection, so that a hang ends when its client has given up. What a request
        # does is done without an await in between, and cannot be cut in two.
        server = web.Server(self._handle, handler_cancellation=True, access_log=None, logger=_Log())
        self._runner = web.ServerRunner(server, shutdown_timeout=_SHUTDOWN_SECONDS)
        await self._runner.setup()
        site = web.TCPSite(self._runner, LOOPBACK, self._wanted_port, backlog=_BACKLOG)
        try:
            await site.start()
        except (OSError, OverflowError) as error:
            await self._runner.cleanup()
            raise UsageError(_port_message(self._wanted_port, error), code="L004") from error
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._port = None
        # Shielded, for a scope that is cancelled would cancel every await in here, and leave the socket open.
        with anyio.CancelScope(shield=True):
            await _ended(self._later | self._handlers)
            if self._runner is not None:
                await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        task = asyncio.current_task()
        if task is not None:
            self._handlers.add(task)
            task.add_done_callback(self._handlers.discard)
        message = await _read(request)
        reply = answer_control(message, self._service, self.reset)
        if reply is not None:
            return await deliver(request, reply, self._config.clock)
        service = self._service
        service.enter()
        try:
            return await deliver(request, service.answer(message), self._config.clock)
        finally:
            service.leave()

    def _defer(self, seconds: float, action: Callable[[], object]) -> None:
        task = asyncio.get_running_loop().create_task(self._act_later(seconds, action))
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _act_later(self, seconds: float, action: Callable[[], object]) -> None:
        await self._config.clock.sleep(seconds)
        action()


class _Log(logging.LoggerAdapter[logging.Logger]):
    """Keeps a client's malformed request out of the log: it may hold a token, and a trace helps nobody."""

    def __init__(self) -> None:
        super().__init__(logging.getLogger("launcher.sandbox"), {})

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        if isinstance(kwargs.get("exc_info"), HttpProcessingError):
            kwargs["exc_info"] = None
        return msg, kwargs


async def _read(request: web.BaseRequest) -> Message:
    names = {name.lower() for name in request.headers}
    return Message(
        method=request.method,
        path=request.rel_url.raw_path,
        query={name: request.query.getall(name) for name in request.query},
        headers={name: ", ".join(request.headers.getall(name)) for name in names},
        body=await request.read(),
        query_string=request.rel_url.raw_query_string,
    )


def _cancel(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()


async def _ended(tasks: set[asyncio.Task[Any]]) -> None:
    _cancel(tasks)
    await asyncio.gather(*tasks, return_exceptions=True)


def _port_message(port: int, error: Exception) -> str:
    reason = getattr(error, "strerror", None) or str(error)
    return (
        f"the sandbox cannot listen on {LOOPBACK} port {port}: {reason}; choose another, or 0 for a free one"
    )
