"""Orders from outside, heard in the run's own event loop, between two of its decisions."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from launcher.engine.conductor import Conductor
from launcher.engine.course import Instant
from launcher.engine.ports import Orders
from launcher.journal.events import Event
from launcher.journal.orders import Order, OrderKind


class Obedience:
    """What a run has to do with orders; nothing, when there are none to be had."""

    def __init__(self, orders: Orders | None) -> None:
        self._orders = orders

    def listen(self, obey: Callable[[Order], None]) -> None:
        """From here on have every order obeyed; called in the running event loop."""
        if self._orders is None:
            return
        loop = asyncio.get_running_loop()

        def hear(order: Order) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is gone: the run is over
                loop.call_soon_threadsafe(obey, order)

        self._orders.listen(hear)

    @property
    def forbids(self) -> bool:
        """Whether no start may be sent: it was just forbidden, or this process may have been frozen."""
        return self._orders is not None and not self._orders.may_send

    async def look_again(self, flush: Callable[[], Awaitable[None]]) -> None:
        """Wait for a commit: it looks at orders."""
        if self.forbids:
            await flush()


def follow(order: Order, conductor: Conductor, at: Instant) -> list[Event]:
    """What an order changes."""
    match order.kind:
        case OrderKind.STOP:
            return conductor.leave(str(order), at)
        case OrderKind.PAUSE:
            conductor.pause(str(order), at)
        case OrderKind.RESUME:
            return conductor.resume(at)
    return []
