"""One owner per run: a file per run, locked by its owner for as long as it lives.

The kernel gives a lock up when its process ends, however it ends: a dead owner needs no guessing, a live one
is never broken. A lock belongs to the open file, not to the process: two owners in one process exclude each
other too. Lock files are never deleted: one process could hold a deleted file's lock, another a new one's.
"""

import contextlib
import fcntl
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from launcher.errors import RefusedError
from launcher.journal.faults import in_words
from launcher.journal.utc import stamp

_TRIES = 20
_PAUSE = 0.01
"""Seconds. A look at a lock (`alive`) holds it for an instant; an owner holds it for good."""


@dataclass(frozen=True, slots=True)
class RunLock:
    """A run's lock, held."""

    path: Path
    descriptor: int

    def release(self) -> None:
        """Give the run up to whoever wants it next."""
        os.close(self.descriptor)


class RunLocks:
    """The locks of a journal's runs."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._folder = journal.with_name(journal.name + ".locks")

    def acquire(self, run: int, key: str, clock: Callable[[], float]) -> RunLock:
        """Become the owner of run number `run`.

        Raises:
            RefusedError: somebody else is; the message says who.
            JournalError: the lock's file cannot be made or locked.
        """
        path = self._path(run)
        with in_words(self._journal):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                _lock(descriptor, key)
                _write(descriptor, f"{os.getpid()} {socket.gethostname()} {stamp(clock())}")
            except BaseException:
                os.close(descriptor)
                raise
        return RunLock(path, descriptor)

    def alive(self, run: int) -> bool:
        """Whether run number `run` has an owner now."""
        with in_words(self._journal):
            try:
                descriptor = os.open(self._path(run), os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return False
            try:
                fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            finally:
                os.close(descriptor)
        return False

    def owner(self, run: int) -> str | None:
        """Who owns run number `run` (`pid 4711 on HOST since …`); None when nobody does."""
        if not self.alive(run):
            return None
        with in_words(self._journal):
            return _owner(self._path(run).read_bytes())

    def _path(self, run: int) -> Path:
        return self._folder / f"{run}.lock"


class Owners:
    """Looks at locks, each at most once until `look_again`."""

    def __init__(self, locks: RunLocks) -> None:
        self._locks = locks
        self._alive: dict[int, bool] = {}

    def look_again(self) -> None:
        """Forget what was seen."""
        self._alive.clear()

    def alive(self, run: int) -> bool:
        """Whether run number `run` has an owner."""
        alive = self._alive.get(run)
        if alive is None:
            alive = self._alive[run] = self._locks.alive(run)
        return alive


def _lock(descriptor: int, key: str) -> None:
    for _ in range(_TRIES):
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        time.sleep(_PAUSE)
    owner = _owner(os.pread(descriptor, 1024, 0))
    raise RefusedError(f"run '{key}' is being executed by {owner}; wait for it or stop it", code="L031")


def _write(descriptor: int, text: str) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text.encode("utf-8", "backslashreplace"), 0)


def _owner(content: bytes) -> str:
    """Who a lock's file names; it may be half written, by an owner of this instant."""
    words = content.decode("utf-8", "replace").split()
    if len(words) != len(("pid", "host", "since")):
        return "another process"
    pid, host, since = words
    return f"pid {pid} on {host} since {since}"
