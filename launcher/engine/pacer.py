"""The request budget of one account: never more than the limit in any window, fixed or rolling.

A request holds its place from the moment it is claimed until *window seconds after its reply* (after its
timeout, if none came). The server counts it at some moment between sending and reply, so two requests that
use the same place one after the other are always counted a whole window apart, whatever the latency. A
token bucket, or a log by send time, does not have this property.

Pure: `now` is an argument, in seconds of any monotonic clock.
"""

import math
from collections import deque
from collections.abc import Iterable, Sequence

from launcher.manifest.model import Quota

CLOCK_MARGIN = 0.02
"""Seconds added to every window: our clock and the server's do not tick alike, and servers round."""


class _Window:
    __slots__ = ("_freed", "_in_flight", "_limit", "seconds")

    def __init__(self, quota: Quota) -> None:
        self.seconds = quota.seconds + CLOCK_MARGIN
        self._limit = quota.limit
        self._in_flight = 0
        self._freed: deque[float] = deque()  # when places with a reply become free, soonest first

    def free_at(self, now: float) -> float:
        freed = self._freed
        while freed and freed[0] <= now:
            freed.popleft()
        excess = self._in_flight + len(freed) - self._limit
        if excess < 0:
            return now
        return freed[excess] if excess < len(freed) else math.inf

    def take(self) -> None:
        self._in_flight += 1

    def release(self, now: float) -> None:
        self._in_flight -= 1
        self._freed.append(now + self.seconds)

    def give_back(self) -> None:
        self._in_flight -= 1

    def occupy(self, until: Iterable[float]) -> None:
        self._freed = deque(sorted([*self._freed, *until]))


class Pacer:
    """Places in all windows of one account's budget at once."""

    __slots__ = ("_windows",)

    def __init__(self, quotas: Sequence[Quota]) -> None:
        self._windows = tuple(_Window(quota) for quota in quotas)

    def free_at(self, now: float) -> float:
        """When the next place is free: `now`, a later time, or infinity (only a reply can tell)."""
        free_at = now
        for window in self._windows:  # a generator for `max` would cost more than all the rest
            free_at = max(free_at, window.free_at(now))
        return free_at

    def take(self) -> None:
        """Hold a place. Only when `free_at(now) <= now`."""
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

    def remember(self, replied_at: Iterable[float]) -> None:
        """Count requests of earlier processes, by the times of their replies (`now` for those without)."""
        times = list(replied_at)
        for window in self._windows:
            window.occupy(time + window.seconds for time in times)
