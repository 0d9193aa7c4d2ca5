"""Claiming places in the accounts' budgets without a run: a connection, and its transactions."""

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

from launcher.journal.connection import connect
from launcher.journal.faults import in_words
from launcher.journal.lock import Owners, RunLocks
from launcher.journal.places import Lane, Places
from launcher.journal.rivals import Rivals
from launcher.manifest.model import Quota

_NOBODY = 0
"""No run has this number."""


class Claiming:
    """One at a time, from any thread. A context manager that closes itself.

    Args:
        quotas: the lanes that are claimed from.
        timeout: seconds of a request.
        urgent: before all others, beside a frozen launcher too.
        patience: seconds to wait for a lock that another process holds.
        clock: seconds since the epoch.

    Raises:
        JournalError: the journal cannot be used.
    """

    def __init__(
        self,
        path: Path,
        *,
        quotas: Mapping[Lane, Sequence[Quota]],
        timeout: float,
        patience: float,
        urgent: bool = False,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = path
        self._clock = clock
        self._turn = threading.Lock()
        self._connection = connect(path, patience)
        self._owners = Owners(RunLocks(path))
        self._rivals = Rivals(
            self._connection,
            _NOBODY,
            Places(quotas, timeout),
            alive=self._owners.alive,
            clock=clock,
            monotonic=monotonic,
            urgent=urgent,
        )

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """One commit, or nothing; raises JournalError."""
        with self._turn, in_words(self._path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._owners.look_again()
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.rollback()
                raise

    def close(self) -> None:
        """Let go of the journal."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
