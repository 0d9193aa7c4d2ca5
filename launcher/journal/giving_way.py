"""How the event loop's thread lets the writer's thread have the interpreter's lock.

Whoever waits for that lock is woken when it is let go. A busy event loop lets go of it at every read and
write of a socket, for some microseconds: by the time the writer is awake, the loop has it again. Nor does the
switch interval help, which begins anew with every such wake. So the writer waited through two thirds of a
commit, and then the workers for the commit. A nap now and then costs less (docs/performance.md).
"""

import enum
import time
from collections.abc import Callable

_NAP = 1e-6
"""Seconds asked for. It takes as long as the system makes it: 70 µs on Linux, what a thread needs to wake."""


class Need(enum.IntEnum):
    """How much the writer needs the lock: naps are so many times as far apart as the last one was long."""

    NONE = 0
    """It waits for something to do."""
    LATER = 9
    """It waits for a disk or for another process, and can be back at any moment."""
    NOW = 2
    """It works."""


class GivingWay:
    """The writer sets `need`, the event loop gives way.

    Args:
        clock: seconds.
        sleep: lets go of the interpreter's lock for some seconds.
    """

    def __init__(
        self, clock: Callable[[], float] = time.perf_counter, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.need = Need.NONE
        self._clock = clock
        self._sleep = sleep
        self._woke_at = 0.0
        self._napped = 0.0
        """Seconds that the last nap took, with the wait for the lock."""

    def give(self) -> None:
        """Nap if the writer needs it and the last nap is long enough ago."""
        need = self.need
        if need is Need.NONE or (now := self._clock()) < self._woke_at + self._napped * need:
            return
        self._sleep(_NAP)
        self._woke_at = self._clock()
        self._napped = self._woke_at - now
