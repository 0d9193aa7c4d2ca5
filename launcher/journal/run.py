"""A run of the SQLite journal, owned by this process until it is closed."""

import contextlib
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import anyio
import anyio.to_thread

from launcher.errors import JournalError
from launcher.journal.events import Event, Intent
from launcher.journal.lifecycle import LaunchRecord
from launcher.journal.lock import RunLock
from launcher.journal.orders import Orders
from launcher.journal.port import PastRequest, Verdict
from launcher.journal.writer import Writer


class SqliteRunJournal:
    """Implements `launcher.journal.port.RunJournal`; a context manager that closes itself."""

    def __init__(
        self,
        key: str,
        records: Sequence[LaunchRecord],
        past_requests: Sequence[PastRequest],
        writer: Writer,
        lock: RunLock,
        *,
        first_events: Sequence[Event] | None = None,
    ) -> None:
        self._key = key
        self._records = records
        self._past_requests = past_requests
        self._writer = writer
        self._lock = lock
        self._closed = False
        self.first_events = first_events
        """All events up to this opening, if it is the run's first: nobody need read them back."""

    @property
    def key(self) -> str:
        """The run key."""
        return self._key

    @property
    def records(self) -> Sequence[LaunchRecord]:
        """The launches of the plan in its order, as the opening found them; the caller owns them."""
        return self._records

    @property
    def past_requests(self) -> Sequence[PastRequest]:
        """Requests of any run before this opening that may still count against a budget of the plan."""
        return self._past_requests

    @property
    def orders(self) -> Orders:
        """What an operator orders of this run while it is open."""
        return self._writer.orders

    async def claim(self, intents: Sequence[Intent]) -> Sequence[Verdict]:
        """See the port."""
        return await self._writer.claim(intents)

    def append(self, events: Sequence[Event]) -> None:
        """See the port."""
        if events:
            self._writer.append(events)

    async def flush(self) -> None:
        """See the port."""
        await self._writer.flush()

    def close(self) -> None:
        """Make durable what was appended, and let go of the run; a second time does nothing.

        Raises:
            JournalError: appended events are lost, and neither `claim` nor `flush` said so yet.
        """
        if self._closed:
            return
        self._closed = True
        try:
            self._writer.close()
        finally:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # What goes wrong on the way out must not hide why it is left.
        with contextlib.suppress(*([JournalError] if exc is not None else [])):
            self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # In a thread: the last commit may wait for a slow disk, and signals are still to be heard.
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self.__exit__, exc_type, exc, traceback)
