"""The SQLite journal: runs, their events, and the way into a run."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from launcher.journal import opener, read
from launcher.journal.connection import connect
from launcher.journal.events import Event
from launcher.journal.faults import damaged, in_words
from launcher.journal.lifecycle import IllegalEventError, LaunchRecord
from launcher.journal.location import prepare
from launcher.journal.lock import RunLocks
from launcher.journal.looks import Looks
from launcher.journal.orders import NOBODY, Mandate, Order, OrderKind, give, orders_of
from launcher.journal.places import Lane, quotas_of
from launcher.journal.replay import History
from launcher.journal.requests import Latest, Requests, latest_requests, requests_sent, stopped_launches
from launcher.journal.rows import RowError
from launcher.journal.run import SqliteRunJournal
from launcher.manifest.model import Identity, Quota
from launcher.plan.model import Plan

__all__ = ["PATIENCE", "Journal", "SqliteRunJournal"]

_Told = TypeVar("_Told")

PATIENCE = 90.0
"""Seconds to wait while another process writes: one that is stopped in the middle (SIGSTOP) takes long."""


class Journal:
    """An open journal; a context manager. Not to be shared between threads."""

    def __init__(self, path: Path, connection: sqlite3.Connection, patience: float) -> None:
        """Use `open`."""
        self.path = path
        """Absolute, symbolic links followed."""
        self._connection = connection
        self._patience = patience
        self._locks = RunLocks(path)

    @classmethod
    def open(cls, path: Path, *, must_exist: bool = False, patience: float = PATIENCE) -> Self:
        """Open the journal at `path`; an absent or empty file becomes a new one unless `must_exist`.

        Raises:
            JournalError: it is absent, foreign, newer, damaged, read-only, locked for `patience` seconds.
        """
        path = prepare(path, must_exist=must_exist)
        return cls(path, connect(path, patience), patience)

    def runs(self) -> list[read.RunRow]:
        """All runs, the one that was opened last at the end.

        Raises:
            JournalError: the journal cannot be read.
        """
        with in_words(self.path):
            return read.all_runs(self._connection)

    def check_key(self, key: str) -> None:
        """Make sure that there is a run with this key.

        Raises:
            UsageError: there is none; the sentence names the keys that come nearest.
            JournalError: the journal cannot be read.
        """
        self._number(key)

    def owner(self, key: str) -> str | None:
        """Who works on the run now, in words; None when nobody does.

        Raises:
            UsageError: there is no such run.
            JournalError: the journal cannot be read.
        """
        return self._locks.owner(self._number(key))

    def events(self, key: str) -> Iterator[Event]:
        """The run's events up to now, in order; a lost process's last intents have no outcome among them.

        Raises:
            UsageError: there is no such run (at the call).
            JournalError: the journal cannot be read, or is damaged (also while iterating).
        """
        return self._events(key, self._number(key))

    def records(self, key: str) -> list[LaunchRecord]:
        """All launches that the run ever had, as its events up to now leave them.

        Raises:
            UsageError: there is no such run.
            JournalError: the journal cannot be read, or is damaged.
        """
        try:
            return History.of(self.events(key)).records
        except IllegalEventError as error:
            raise damaged(self.path, f"run '{key}': {error}") from error

    def open_run(
        self,
        key: str,
        plan: Plan,
        *,
        launcher_version: str,
        clock: Callable[[], float] = time.time,
        cooldown: float | None = None,
        allow_restart: Mapping[Identity, str] | None = None,
        by: Mandate | None = None,
        go_on: bool = False,
        starts: bool = True,
    ) -> SqliteRunJournal:
        """Take the run with this key over, for the first time or to continue it.

        What the process before this one could not record any more is recorded now: an intent without an
        outcome is in doubt, an accepted start is started. Launches are matched by identity.

        Args:
            key: the run key.
            plan: its settings' timeout and its accounts' budgets count too; no launch may stand in it twice.
            launcher_version: for the record.
            clock: seconds since the epoch.
            cooldown: seconds in which a campaign started under any run key is not started again, 0 for none;
                the plan's when None.
            allow_restart: the operator's reason per campaign that may be started in spite of the cooldown.
            by: who does it, and why.
            go_on: take a run up that was stopped; needs a reason.
            starts: False when nothing is to be started; a run that was stopped may be opened then.

        Raises:
            RefusedError: another process, or another part of this one, owns the run; or it was stopped.
            UsageError: the key is no printable text.
            JournalError: the journal is damaged, or cannot be read or written.
        """
        within = plan.settings.cooldown if cooldown is None else cooldown
        request = opener.Request(
            key, plan, launcher_version, clock, within, allow_restart or {}, by or NOBODY, go_on, starts
        )
        return opener.open_run(self.path, self._patience, request)

    def order(self, key: str, kind: OrderKind, by: Mandate, clock: Callable[[], float] = time.time) -> Order:
        """Give an order to whoever works on the run, now or later; durable when this returns.

        Raises:
            UsageError: there is no such run.
            JournalError: the journal cannot be written, or stays locked.
        """
        run = self._number(key)
        with in_words(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                order = give(self._connection, run, kind, clock(), by)
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.rollback()
                raise
        return order

    def orders(self, key: str) -> list[Order]:
        """All orders to the run, the first one first.

        Raises:
            UsageError: there is no such run.
            JournalError: the journal cannot be read.
        """
        return self._about(key, orders_of)

    def latest_requests(self, key: str) -> dict[int, Latest]:
        """The latest request that another verb than `run` sent about each launch, by its number.

        Raises:
            UsageError: there is no such run.
            JournalError: the journal cannot be read.
        """
        return self._about(key, latest_requests)

    def stopped_launches(self, key: str) -> dict[int, float]:
        """When `launcher stop` stopped each launch of the run, by its number; only those that it did.

        Raises:
            UsageError: there is no such run.
            JournalError: the journal cannot be read.
        """
        return self._about(key, stopped_launches)

    def requests_sent(self, key: str) -> dict[str, int]:
        """How many requests other verbs than `run` sent about the run, by their kind.

        Raises:
            UsageError: there is no such run.
            JournalError: the journal cannot be read.
        """
        return self._about(key, requests_sent)

    def requests(
        self, key: str, quotas: Mapping[Lane, Sequence[Quota]], timeout: float, *, urgent: bool
    ) -> Requests:
        """What sends requests about the run without owning it, inside `quotas`; to be closed.

        Raises:
            UsageError: there is no such run.
            JournalError: the journal cannot be used.
        """
        run = self._number(key)
        return Requests(
            self.path, run, quotas=quotas, timeout=timeout, urgent=urgent, patience=self._patience
        )

    def looks(self, plan: Plan) -> Looks:
        """What looks at the plan's campaigns without a run, inside their accounts' budgets; to be closed.

        Raises:
            JournalError: the journal cannot be used.
        """
        return Looks(
            self.path, quotas=quotas_of(plan), timeout=plan.settings.timeout, patience=self._patience
        )

    def close(self) -> None:
        """Let go of the file; runs that were opened stay open."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _about(self, key: str, read_it: Callable[[sqlite3.Connection, int], _Told]) -> _Told:
        number = self._number(key)
        with in_words(self.path):
            return read_it(self._connection, number)

    def _number(self, key: str) -> int:
        with in_words(self.path):
            number = read.find_run(self._connection, key)
        if number is None:
            raise read.no_such_run(self.path, key, [run.key for run in self.runs()])
        return number

    def _events(self, key: str, number: int) -> Iterator[Event]:
        with in_words(self.path):
            try:
                identities = read.identities_of(self._connection, number)
                for _, event in read.events_of(self._connection, number, identities):
                    yield event
            except RowError as error:
                raise damaged(self.path, f"run '{key}': {error}") from error
