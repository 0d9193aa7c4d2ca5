"""A connection to the journal's file, and whether that file is still where it was."""

import sqlite3
from pathlib import Path

from launcher.journal.faults import in_words, journal_error
from launcher.journal.schema import identify, migrate, use_wal


def connect(path: Path, patience: float) -> sqlite3.Connection:
    """Open the journal at `path`, which `location.prepare` gave; its tables are of the latest version then.

    `patience`: seconds to wait for a lock that another process holds. Transactions are the caller's business.

    Raises:
        JournalError: it is foreign, newer, damaged, read-only, locked, gone.
    """
    with in_words(path):
        # `rw` and not the default, which would make a file that vanished anew, for everybody to read.
        connection = sqlite3.connect(
            f"{path.as_uri()}?mode=rw",
            uri=True,
            timeout=patience,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            identify(connection, path)
            use_wal(connection, path, patience)
            migrate(connection)
        except BaseException:
            connection.close()
            raise
    return connection


class Files:
    """The files that a writer relies on: the journal, its log and index, the run's lock.

    SQLite goes on writing to a file that somebody deleted or replaced; what it calls durable then is lost.
    """

    def __init__(self, journal: Path, lock: Path) -> None:
        self._journal = journal
        log, index = (journal.with_name(journal.name + ending) for ending in ("-wal", "-shm"))
        self._seen = {path: _inode(path) for path in (journal, log, index, lock)}

    def check(self) -> None:
        """Make sure that each is the file it was.

        Raises:
            JournalError: one was deleted or replaced.
        """
        for path, inode in self._seen.items():
            if inode is None or _inode(path) != inode:
                what = "was deleted or replaced" if path == self._journal else f"lost its file {path.name}"
                raise journal_error(
                    path=self._journal, what=f"{what} while in use; restore it, then run again"
                )


def _inode(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
