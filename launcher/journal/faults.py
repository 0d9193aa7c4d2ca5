"""What SQLite and the file system say, as sentences for an operator: what, where, what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from launcher.errors import JournalError

ELSEWHERE = "name another place with --journal or LAUNCHER_JOURNAL"

_LOCKED = "is kept locked by another process; end that one, or wait, then run the same key again"
_DAMAGED = "; nothing was changed, and `launcher runs check` says what can be trusted and what to do"
_SENTENCES: dict[int, str] = {
    sqlite3.SQLITE_FULL: "cannot be written: the disk is full; free some space, then run the same key again",
    sqlite3.SQLITE_IOERR: "cannot be used: {detail}; see to the disk, then run the same key again",
    sqlite3.SQLITE_READONLY: f"is read-only; make it and its folder writable, or {ELSEWHERE}",
    sqlite3.SQLITE_PERM: f"is not permitted; make it and its folder writable, or {ELSEWHERE}",
    sqlite3.SQLITE_CANTOPEN: f"cannot be opened; see to it and its folder, or {ELSEWHERE}",
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_NOTADB: f"is no journal, or its beginning is damaged; nothing was changed, {ELSEWHERE}",
    sqlite3.SQLITE_NOMEM: "cannot be used: memory is full; free some, then run the same key again",
}


class DamagedError(JournalError):
    """The content of the journal's file is damaged."""

    code = "L041"


def journal_error(path: Path, what: str) -> JournalError:
    """A journal error that says where; `what` goes on the sentence with a verb."""
    return JournalError(f"journal {path} {what}")


def damaged(path: Path, finding: str) -> JournalError:
    """The error for a journal whose content is wrong."""
    return DamagedError(f"journal {path} is damaged ({' '.join(finding.split())}){_DAMAGED}")


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """Turn what goes wrong with the journal's file inside into a `JournalError` of one line."""
    try:
        yield
    except sqlite3.Error as error:
        if _class_of(error) == sqlite3.SQLITE_CORRUPT:
            raise damaged(path, str(error)) from error
        raise journal_error(path, _of_sqlite(error)) from error
    except OSError as error:
        raise journal_error(path, _of_system(error)) from error


def _of_sqlite(error: sqlite3.Error) -> str:
    detail = " ".join(str(error).split())
    return _SENTENCES.get(_class_of(error), "cannot be used: {detail}").format(detail=detail)


def _class_of(error: sqlite3.Error) -> int:
    """The low byte of the error's code; the rest tells variants apart."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


def _of_system(error: OSError) -> str:
    return f"cannot be used: {error.strerror or error}; see to it, or {ELSEWHERE}"
