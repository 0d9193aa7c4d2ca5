"""What all ways of telling others have in common: they never hold up a run, and never fail it."""

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from queue import SimpleQueue
from typing import Generic, Protocol, TypeVar

from launcher.journal.events import Watched

CAPACITY = 65_536
"""Items that wait for a slow reader; what comes then is dropped."""

FLUSH_SECONDS = 5.0
"""How long the end of a run may wait for all of them together."""

T = TypeVar("T")


def defect(error: Exception) -> str:
    """What to say of an error that should not be: only its kind, as its text may quote a password."""
    return f"a defect of the launcher ({type(error).__name__})"


class Teller(Protocol):
    """Tells somebody of the events of a run."""

    def on_event(self, event: Watched) -> None:
        """Take one event in; returns at once."""

    def close(self) -> None:
        """The run is over, and the summary says how; returns at once."""

    def wait(self, seconds: float) -> str | None:
        """Wait until all is told, at most so long; what went wrong, as a sentence without secrets."""


class Tellers:
    """Several tellers as one observer; a defect of one of them ends that one and nothing else.

    Args:
        tellers: each with the option that asked for it, for messages.
    """

    def __init__(self, tellers: Sequence[tuple[str, Teller]]) -> None:
        self._tellers = list(tellers)
        self._live = list(tellers)
        self._defects: dict[str, str] = {}

    def on_event(self, event: Watched) -> None:
        """Take one event in; an observer of the engine."""
        for option, teller in self._live:
            try:
                teller.on_event(event)
            except Exception as error:  # noqa: BLE001 - telling others must not end a run
                self._fail(option, error)

    def finish(self, seconds: float = FLUSH_SECONDS) -> list[str]:
        """End all of them, waiting at most so long for all together; what went wrong, a sentence each."""
        end = time.monotonic() + seconds
        for option, teller in self._tellers:
            try:
                teller.close()
            except Exception as error:  # noqa: BLE001 - see on_event
                self._fail(option, error)
        return [
            f"{option}: {trouble}"
            for option, teller in self._tellers
            if (trouble := self._wait(option, teller, end)) is not None
        ]

    def _wait(self, option: str, teller: Teller, end: float) -> str | None:
        try:
            trouble = teller.wait(max(0.0, end - time.monotonic()))
        except Exception as error:  # noqa: BLE001 - see on_event
            self._fail(option, error)
            trouble = None
        return self._defects.get(option, trouble)

    def _fail(self, option: str, error: Exception) -> None:
        self._defects.setdefault(option, f"it ended early, {defect(error)}")
        self._live = [(name, teller) for name, teller in self._live if name != option]


class Mailbox(Generic[T]):
    """A bounded queue and the thread that empties it. One thread puts; nothing ever blocks it.

    The thread is a daemon: one that hangs in a write does not keep the process from ending.

    Args:
        name: of the thread.
        take: handles an item, in the thread; what it raises is remembered and goes no further.
        capacity: items that may wait.
        finish: called in the thread after the last item.
    """

    def __init__(
        self,
        name: str,
        take: Callable[[T], None],
        capacity: int = CAPACITY,
        finish: Callable[[], None] | None = None,
    ) -> None:
        self._take = take
        self._finish = finish
        self._capacity = capacity
        self._items: SimpleQueue[T | None] = SimpleQueue()
        self.trouble: Exception | None = None
        """What handling an item raised last."""
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    @property
    def full(self) -> bool:
        """Whether the next item would be dropped."""
        return self._items.qsize() >= self._capacity

    @property
    def waiting(self) -> int:
        """Items not handled yet; the one in the thread's hands is not among them."""
        return self._items.qsize()

    def put(self, item: T) -> bool:
        """Hand over an item; False when there is no room, and it is dropped."""
        if self.full:
            return False
        self._items.put(item)
        return True

    def put_last(self, item: T) -> None:
        """Hand over an item for which there is always room: the last one."""
        self._items.put(item)

    def close(self) -> None:
        """No item follows."""
        self._items.put(None)

    def wait(self, seconds: float) -> bool:
        """Wait, at most so long, until all is handled after `close`; whether it is."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (item := self._items.get()) is not None:
            self._guarded(partial(self._take, item))
        if self._finish is not None:
            self._guarded(self._finish)

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as error:  # noqa: BLE001 - the next item may succeed
            self.trouble = error
