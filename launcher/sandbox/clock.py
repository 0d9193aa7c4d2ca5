"""The sandbox's time, as three callables, so that a test need not wait."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """Where the sandbox reads the time and how it waits."""

    monotonic: Callable[[], float] = time.monotonic
    """Seconds that never go back: the rate limit counts with them."""
    wall: Callable[[], float] = time.time
    """Seconds since the epoch: tokens, `updatedAt` and the `Date` header use them."""
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    """Waits so many seconds: latency, hangs, slow bodies and late starts."""


def iso_time(seconds: float) -> str:
    """Return `seconds` since the epoch as the API writes times: UTC, milliseconds, `Z`."""
    whole, milliseconds = divmod(int(seconds * 1000), 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole)) + f".{milliseconds:03d}Z"
