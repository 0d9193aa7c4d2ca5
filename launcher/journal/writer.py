"""The thread that writes a run: everything posted while it is at work goes into the next commit.

A commit waits for the disk, so it happens in a thread of its own, and one commit serves every claim that
waits for it. The event loop's thread posts and the writer takes; what both touch is guarded by one lock.
"""

import asyncio
import contextlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launcher.errors import JournalError
from launcher.journal.connection import Files
from launcher.journal.events import AttemptIntended, AttemptWithdrawn, Event, Intent, ReadFinished
from launcher.journal.faults import in_words, journal_error
from launcher.journal.giving_way import GivingWay, Need
from launcher.journal.lifecycle import IllegalEventError
from launcher.journal.orders import POLL
from launcher.journal.port import Granted, Verdict
from launcher.journal.session import Session

_LINGER = 0.05
"""Seconds that appended events wait for a claim to share its commit; what a kill takes is in doubt."""
_UNSENT = "cancelled before it was handed to the network"


@dataclass(slots=True, eq=False)
class _Posted:
    """Something to write, and who waits for it, if anybody."""

    events: Sequence[Event] = ()
    intents: Sequence[Intent] = ()
    waiter: asyncio.Future[Sequence[Verdict]] | None = None
    verdicts: Sequence[Verdict] = ()
    error: IllegalEventError | None = None
    abandoned: bool = False
    """The claim was cancelled: nobody will send what it is granted."""
    settled: bool = False
    """It is durable, or failed."""

    def write(self, session: Session) -> None:
        session.put(self.events)
        try:
            self.verdicts = session.claim(self.intents) if self.intents else ()
        except IllegalEventError as error:
            self.error = error

    def withdrawal(self) -> list[Event]:
        """What takes the granted intents back."""
        granted = [
            intent
            for intent, verdict in zip(self.intents, self.verdicts, strict=False)
            if isinstance(verdict, Granted)
        ]
        return [_withdrawn(intent) for intent in granted]

    def answer(self, error: Exception | None = None) -> None:
        """Wake whoever waits, from the writer's thread."""
        if self.waiter is None:
            return
        error = error or self.error
        # The loop may be gone: a run that was given up does not wait for its journal.
        with contextlib.suppress(RuntimeError):
            self.waiter.get_loop().call_soon_threadsafe(_answer, self.waiter, self.verdicts, error)


class Writer:
    """Commits what is posted, in its order; after a failure it fails for good."""

    def __init__(self, session: Session, files: Files, path: Path, way: GivingWay | None = None) -> None:
        self._session = session
        self.orders = session.orders
        self._files = files
        self._path = path
        self._way = way or GivingWay()
        self._changed = threading.Condition()
        self._posted: list[_Posted] = []
        self._at_work: list[_Posted] = []
        self._urgent = False
        self._closing = False
        self._error: JournalError | None = None
        self._told = False
        """Somebody was told of the error."""
        # A daemon: a process that forgot to close its run can still end. What it did not commit was not sent.
        self._thread = threading.Thread(target=self._work, name="launcher-journal", daemon=True)
        self._thread.start()

    # -- the event loop's thread ----------------------------------------------------------------------------

    def append(self, events: Sequence[Event]) -> None:
        """Post events; nobody waits for them."""
        self._post(_Posted(events=tuple(events)), urgent=False)

    async def claim(self, intents: Sequence[Intent]) -> Sequence[Verdict]:
        """Post intents and wait until the granted ones are durable."""
        return await self._ask(_Posted(intents=tuple(intents)))

    async def flush(self) -> None:
        """Wait until everything posted is durable."""
        await self._ask(_Posted())

    def close(self) -> None:
        """Commit everything posted and end the thread.

        Raises:
            JournalError: appended events are lost, and nobody was told so yet.
        """
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()
        self._session.close()
        told, self._told = self._told, True
        if self._error is not None and not told:
            raise self._error

    async def _ask(self, posted: _Posted) -> Sequence[Verdict]:
        posted.waiter = asyncio.get_running_loop().create_future()
        if (error := self._post(posted, urgent=True)) is not None:
            self._told = True
            raise error
        try:
            return await posted.waiter
        except asyncio.CancelledError:
            self._abandon(posted)
            raise

    def _post(self, posted: _Posted, *, urgent: bool) -> JournalError | None:
        with self._changed:
            if self._error is not None or self._closing:
                return self._error or journal_error(self._path, "is closed for this run")
            self._posted.append(posted)
            idle = len(self._posted) == 1
            if urgent or idle:
                self._urgent = self._urgent or urgent
                self._changed.notify()
        self._way.give()
        return None

    def _abandon(self, posted: _Posted) -> None:
        """A waiting claim was cancelled: never write it, or take it back."""
        with self._changed:
            posted.abandoned = True
            settled = posted.settled
        if settled:
            self.append(posted.withdrawal())

    # -- the writer's thread --------------------------------------------------------------------------------

    def _work(self) -> None:
        try:
            while not self._at_end():
                with in_words(self._path):
                    if self._posted:
                        self._commit()
                    else:
                        self.orders.look()
        except JournalError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001  # a thread that died silently would leave every claim waiting
            self._fail(journal_error(self._path, f"cannot be written: {error!r}"))

    def _at_end(self) -> bool:
        """Wait for work, or for the next look at orders; whether there is none and there will be none."""
        with self._changed:
            if self._changed.wait_for(lambda: self._posted or self._closing, timeout=POLL):
                self._changed.wait_for(lambda: self._urgent or self._closing, timeout=_LINGER)
            return self._closing and not self._posted

    def _commit(self) -> None:
        self._way.need = Need.LATER
        self._session.begin()
        self._way.need = Need.NOW
        # Only now, since others may have kept the journal locked meanwhile: more to share the commit.
        self._take()
        for posted in self._at_work:
            posted.write(self._session)
        self._session.write()
        self._way.need = Need.LATER
        self._session.commit()
        self._files.check()
        self._settle()
        self._way.need = Need.NONE

    def _take(self) -> None:
        with self._changed:
            self._at_work = [posted for posted in self._posted if not posted.abandoned]
            self._posted = []
            self._urgent = False

    def _settle(self) -> None:
        done, self._at_work = self._at_work, []
        with self._changed:
            for posted in done:
                posted.settled = True
            # Before everything posted since: whoever cancelled the claim goes on from there.
            self._posted[:0] = [_Posted(posted.withdrawal()) for posted in done if posted.abandoned]
        for posted in done:
            posted.answer()

    def _fail(self, error: JournalError) -> None:
        with self._changed:
            self._error = error
            lost, self._posted, self._at_work = self._at_work + self._posted, [], []
            self._told = any(posted.waiter is not None for posted in lost)
        self._session.close()
        for posted in lost:
            posted.answer(error)


def _withdrawn(intent: Intent) -> Event:
    if isinstance(intent, AttemptIntended):
        return AttemptWithdrawn(intent.launch, intent.attempt, intent.at, _UNSENT)
    return ReadFinished(intent.launch, intent.at, None, reason=_UNSENT)


def _answer(waiter: asyncio.Future[Any], verdicts: Sequence[Verdict], error: Exception | None) -> None:
    if waiter.done():  # cancelled meanwhile
        return
    if error is not None:
        waiter.set_exception(error)
    else:
        waiter.set_result(verdicts)
