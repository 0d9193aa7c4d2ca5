"""Where the journal is, and a file there that nobody else can read."""

import contextlib
import os
import stat
from pathlib import Path

import platformdirs

from launcher.errors import JournalError
from launcher.journal.faults import ELSEWHERE, in_words, journal_error

_HEADER = 100
"""Bytes that every SQLite database begins with."""


def default_path() -> Path:
    """`LAUNCHER_JOURNAL`, or `journal.sqlite3` in the platform's folder for the state of programs.

    Raises:
        JournalError: there is neither.
    """
    chosen = os.environ.get("LAUNCHER_JOURNAL", "")
    path = Path(chosen) if chosen else platformdirs.user_state_path("launcher") / "journal.sqlite3"
    # Without HOME a "~" stays as it is, and would become a folder of that name.
    with contextlib.suppress(RuntimeError):
        path = path.expanduser()
    if path.parts[:1] and path.parts[0].startswith("~"):
        raise JournalError(
            "there is no home directory for the journal; name a place with --journal", code="L042"
        )
    return path


def prepare(path: Path, *, must_exist: bool) -> Path:
    """The file at `path`, made (0600, its missing folders 0700) unless it is there; returned absolute.

    Symbolic links are followed, so that every launcher sees one name and the same locks.

    Raises:
        JournalError: it cannot be made, or is no file, or its log or locks were left without it.
    """
    with in_words(path):
        path = _real(path)
        found = _find(path)
        if found is None and must_exist:
            raise journal_error(path, f"does not exist; {ELSEWHERE}")
        if found is None:
            _make_folder(path.parent)
            _make_file(path)
        elif not stat.S_ISREG(found.st_mode):
            raise journal_error(path, f"is not a file; {ELSEWHERE}")
        elif found.st_size == 0:
            path.chmod(0o600)
        elif found.st_size < _HEADER:
            # SQLite takes a file of one byte for an empty one, and would overwrite it.
            raise journal_error(path, f"is no journal, or was truncated; nothing was changed, {ELSEWHERE}")
    return path


def _real(path: Path) -> Path:
    try:
        return path.resolve()
    except RuntimeError as error:  # Python 3.11 and 3.12 say so of a loop
        raise journal_error(
            path, f"cannot be found: its symbolic links lead in a circle; {ELSEWHERE}"
        ) from error


def _find(path: Path) -> os.stat_result | None:
    # What is left first: a launcher that makes the journal at this moment writes the file before all else.
    left = _left_behind(path)
    try:
        found = path.stat()
    except FileNotFoundError:
        found = None
    if left is not None and (found is None or found.st_size == 0):
        lost = "is gone" if found is None else "was emptied"
        what = f"{lost}, but {left} is there: what was started before is no longer known"
        raise journal_error(path, f"{what}; restore it, delete {left} to begin anew, or {ELSEWHERE}")
    return found


def _left_behind(path: Path) -> str | None:
    """The name of what only stands beside a journal that was used: its log, or the locks of its runs."""
    log, locks = (path.with_name(path.name + ending) for ending in ("-wal", ".locks"))
    if _size(log) > 0:
        return log.name
    return locks.name if locks.is_dir() else None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    _make_durable(folder.parent)


def _make_file(path: Path) -> None:
    """Before SQLite would: 0600 from the first instant, and its log and index inherit that.

    Only a file that is made here is opened and closed here: closing any descriptor of a database that this
    process has open elsewhere would silently drop SQLite's locks on it.
    """
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
        _make_durable(path.parent)


def _make_durable(folder: Path) -> None:
    """Write the folder's entries to the disk: a journal must not vanish with the power."""
    # Not every folder may be read, not every file system can do it: then the disk's own pace has to do.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
