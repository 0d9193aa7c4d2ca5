"""The request budget of one account: never more than the limit in any window, fixed or rolling.

A request holds its place from the moment it is claimed until *window seconds after its reply* (after its
timeout, if none came). The server counts it at some moment between sending and reply, so two requests that
use the same place one after the other are always counted a whole window apart, whatever the latency. A
token bucket, or a log by send time, does not have this property.

Pure: `now` is an argument, in seconds of any monotonic clock.
"""

import math
from array import array
from collections.abc import Iterable, Sequence
from copy import deepcopy

from launcher.journal.places import CLOCK_MARGIN
from launcher.manifest.model import Quota

_GONE = 64
"""Free places that are kept at most, besides as many as are not free."""


class _Window:
    __slots__ = ("_freed", "_gone", "_in_flight", "_limit", "_most", "seconds")

    def __init__(self, quota: Quota) -> None:
        self.seconds = quota.seconds + CLOCK_MARGIN
        self._limit = self._most = quota.limit
        self._in_flight = 0
        # When places with a reply become free, soonest first; the first `_gone` of them are. A deque would
        # keep a number object for each, five times the size: an hour of 300 accounts has half a million.
        self._freed = array("d")
        self._gone = 0

    def free_at(self, now: float) -> float:
        freed, gone = self._freed, self._gone
        while gone < len(freed) and freed[gone] <= now:
            gone += 1
        if gone > max(_GONE, len(freed) // 2):
            del freed[:gone]
            gone = 0
        self._gone = gone
        # The place whose end makes room: as many as exceed the limit have ended then.
        ends = self._in_flight + len(freed) - self._limit
        if ends < gone:
            return now
        return freed[ends] if ends < len(freed) else math.inf

    def take(self) -> None:
        self._in_flight += 1

    def release(self, now: float) -> None:
        self._in_flight -= 1
        self._freed.append(now + self.seconds)

    def give_back(self) -> None:
        self._in_flight -= 1

    def held(self, now: float) -> int:
        """Places that are not free."""
        self.free_at(now)
        return self._in_flight + len(self._freed) - self._gone

    def allow(self, limit: int) -> int:
        """Hold at most so many places, never more than the quota's; the new limit."""
        self._limit = max(1, min(limit, self._most))
        return self._limit

    def grow(self) -> None:
        """A tenth of the quota more, up to all of it."""
        self.allow(self._limit + max(1, self._most // 10))

    def occupy(self, until: Iterable[float]) -> None:
        self._freed, self._gone = array("d", sorted([*self._freed[self._gone :], *until])), 0


class Pacer:
    """Places in all windows of one account's budget at once.

    With `even`, places are taken at equal distances instead of as soon as they are free.
    """

    __slots__ = ("_interval", "_next", "_windows")

    def __init__(self, quotas: Sequence[Quota], *, even: bool = False) -> None:
        self._windows = tuple(_Window(quota) for quota in quotas)
        self._interval = max((quota.seconds / quota.limit for quota in quotas), default=0.0) if even else 0.0
        self._next = -math.inf

    def free_at(self, now: float) -> float:
        """When the next place is free: `now`, a later time, or infinity (only a reply can tell)."""
        free_at = max(now, self._next)
        for window in self._windows:  # a generator for `max` would cost more than all the rest
            free_at = max(free_at, window.free_at(now))
        return free_at

    def take(self, now: float) -> None:
        """Hold a place. Only when `free_at(now) <= now`."""
        if self._interval:
            self._next = now + self._interval
        for window in self._windows:
            window.take()

    def release(self, now: float) -> None:
        """The reply came, or its timeout passed: the place is free one window from now."""
        for window in self._windows:
            window.release(now)

    def give_back(self) -> None:
        """The request was never sent: the place is free at once."""
        for window in self._windows:
            window.give_back()

    def held(self, now: float) -> int:
        """Places of the shortest window that are not free."""
        return self._shortest.held(now)

    def allow(self, limit: int) -> int:
        """Take at most so many places of the shortest window from here on; the new limit."""
        return self._shortest.allow(limit)

    def grow(self) -> None:
        """Take a tenth more places of the shortest window, up to its quota."""
        self._shortest.grow()

    def copy(self) -> "Pacer":
        """The same places, to be taken in a simulation."""
        return deepcopy(self)

    @property
    def _shortest(self) -> _Window:
        return min(self._windows, key=lambda window: window.seconds)

    def remember(self, replied_at: Iterable[float]) -> None:
        """Count requests of earlier processes, by the times of their replies (`now` for those without)."""
        times = list(replied_at)
        for window in self._windows:
            window.occupy(time + window.seconds for time in times)
