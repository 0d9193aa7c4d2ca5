"""What the engine needs of the world: the API, a wall clock, and somebody who watches."""

from collections.abc import Callable
from typing import Protocol

from launcher.journal.events import Watched
from launcher.journal.orders import Order
from launcher.outcome import Outcome, Reading
from launcher.plan.model import Launch


class Api(Protocol):
    """The campaign API. Every method sends at most one request and never raises for what the network does."""

    async def start(self, launch: Launch) -> Outcome:
        """Start the campaign: one POST, never repeated, redirects not followed."""

    async def stop(self, launch: Launch) -> Outcome:
        """Stop the campaign; `accepted` means that the reply says Stopped."""

    async def read_status(self, launch: Launch) -> Reading:
        """Read the campaign's state (the status endpoint)."""

    async def read_details(self, launch: Launch) -> Reading:
        """Read the campaign by id, with its `updatedAt`."""

    def renew_token(self, launch: Launch) -> None:
        """Drop the cached token after a 401; the next request mints one."""


class Orders(Protocol):
    """What an operator orders of the run from another process."""

    @property
    def may_send(self) -> bool:
        """Whether orders were looked for so lately that a claimed start may be sent, and forbade nothing."""

    def listen(self, told: Callable[[Order], None]) -> None:
        """Have every order told, in any thread; those since the run was opened too, and perhaps twice."""


class Clock(Protocol):
    """Wall time, for the journal and the report; the engine itself only ever asks the event loop's clock."""

    def now(self) -> float:
        """Seconds since the epoch."""


class Observer(Protocol):
    """Sees every event of the run after it was handed to the journal."""

    def on_event(self, event: Watched) -> None:
        """Called in the event loop; must return at once."""
