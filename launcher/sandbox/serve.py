"""Runs a sandbox for the command `launcher sandbox` until it is told to stop."""

from collections.abc import Callable
from typing import Protocol

from launcher.sandbox.config import SandboxConfig
from launcher.sandbox.ledger import Ledger
from launcher.sandbox.server import Sandbox


class Stop(Protocol):
    """What ends the serving; `anyio.Event` and `asyncio.Event` are such."""

    async def wait(self) -> object:
        """Return when it is time to stop."""


async def serve(config: SandboxConfig, port: int, announce: Callable[[str], None], stop: Stop) -> Ledger:
    """Serve on loopback until `stop`; say the address at once and the ledger's totals at the end.

    The totals are announced after a cancellation, too.

    Raises:
        UsageError: the port cannot be had.
    """
    async with Sandbox(config, port=port) as sandbox:
        announce(f"sandbox on {sandbox.url} (what really happened: {sandbox.url}/ledger)")
        try:
            await stop.wait()
        finally:
            announce(totals_line(sandbox.ledger()))
    return sandbox.ledger()


def totals_line(ledger: Ledger) -> str:
    """Return the ledger's totals as one line for a person."""
    return (
        f"sandbox: {_count(ledger.starts, 'start')}, {_count(ledger.double_starts, 'double start')}; "
        f"{_count(ledger.requests, 'request')}, {ledger.throttled} over the budget"
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
