"""`--metrics`: a file of metrics, whole at every moment, written every few seconds by a thread of its own."""

import os
import secrets
import stat
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from launcher.errors import UsageError
from launcher.journal.events import Watched
from launcher.report.plain import plain
from launcher.telemetry.metrics_text import Observed, exposition, last_successes, metrics
from launcher.telemetry.teller import defect

INTERVAL = 15.0
"""Seconds between two writes; scrapes are seldom more frequent."""


def check_metrics(path: str) -> None:
    """Make sure, before the run, that the file can be written; raises UsageError."""
    try:
        target = _resolved(path)
        with suppress(FileNotFoundError):
            if not stat.S_ISREG(target.stat().st_mode):
                raise UsageError(
                    f"cannot write metrics to {plain(path)}: that is not a regular file", code="L005"
                )
        with _temporary(target.parent):
            pass
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot write metrics to {plain(path)}: {_reason(error)}", code="L005") from error


class MetricsFile:
    """Writes how the run stands into a file. A teller.

    Args:
        path: the file; node_exporter reads those that end with `.prom`.
        observed: the run.
        now: wall time, seconds since the epoch.
        interval: seconds between two writes.
    """

    def __init__(
        self,
        path: str,
        observed: Observed,
        now: Callable[[], float] = time.time,
        interval: float = INTERVAL,
    ) -> None:
        self._target = _resolved(path)
        self._observed = observed
        self._now = now
        self._interval = interval
        self._over = threading.Event()
        self._trouble: str | None = None
        self._thread = threading.Thread(target=self._work, name="launcher-metrics", daemon=True)
        self._thread.start()

    def on_event(self, event: Watched) -> None:
        """Nothing: the summary has it."""

    def close(self) -> None:
        """Have the last state written."""
        self._over.set()

    def wait(self, seconds: float) -> str | None:
        """Wait for the last write."""
        self._thread.join(seconds)
        if self._thread.is_alive():
            return "the last state was not written: the file system hangs"
        return self._trouble

    def _work(self) -> None:
        before = self._before()
        while True:
            over = self._over.is_set()
            self._write(before, over=over)
            if over:
                return
            self._over.wait(self._interval)

    def _before(self) -> dict[str, float]:
        """The file holds when the plan last succeeded; that must outlive a run that fails."""
        try:
            return last_successes(self._target.read_text("utf-8", "replace"))
        except OSError:
            return {}

    def _write(self, before: Mapping[str, float], *, over: bool) -> None:
        try:
            text = exposition(metrics(self._observed, self._now(), before, over=over))
            _replace(self._target, text)
            self._trouble = None
        except OSError as error:
            self._trouble = f"the last state was not written: {_reason(error)}"
        except Exception as error:  # noqa: BLE001 - the next state may be written
            self._trouble = f"the last state was not written: {defect(error)}"


def _replace(target: Path, text: str) -> None:
    with _temporary(target.parent) as (descriptor, temporary):
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n", closefd=False) as file:
            file.write(text)
        temporary.replace(target)


def _resolved(path: str) -> Path:
    # Renaming onto a symbolic link would replace the link and leave the file behind it as it was.
    return Path(os.path.realpath(path))


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return "its directory does not exist; create it first"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


@contextmanager
def _temporary(directory: Path) -> Iterator[tuple[int, Path]]:
    """A new file in `directory`, with the mode that the umask gives; gone at the end.

    Its name does not end in `.prom`: the collector reads all that do, also half written ones.
    """
    temporary = directory / f".launcher-metrics-{secrets.token_hex(8)}.tmp"
    # Not `tempfile`: its files are 0600, and the collector is another user.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        yield descriptor, temporary
    finally:
        os.close(descriptor)
        with suppress(OSError):  # renamed already, or gone with its directory
            temporary.unlink()
