"""Which account sends next, and when: the lane with most windows left first, in turn among equals.

Serving the account that needs most windows first brings the makespan to its theoretical minimum; the turn
keeps equals fair. Two heaps, of lanes that can send and of lanes that sleep, so that a request costs
O(log lanes). Entries are outdated by `Lane.version` instead of being removed.

Pure: `now` is an argument, in seconds of any monotonic clock.
"""

import heapq
import math
from collections.abc import Iterable

from launcher.engine.lane import Job, Lane


class Scheduler:
    """All lanes of a run."""

    def __init__(self, lanes: Iterable[Lane], now: float) -> None:
        self.lanes = tuple(lanes)
        self._ready: list[tuple[float, int, int, int]] = []  # (-seconds left, turn, version, lane)
        self._asleep: list[tuple[float, int, int]] = []  # (ready at, version, lane)
        self._index = {id(lane): index for index, lane in enumerate(self.lanes)}
        self._turns = list(range(len(self.lanes)))
        self._turn = len(self.lanes)
        for lane in self.lanes:
            self.touch(lane, now)

    def take(self, now: float) -> Job | None:
        """The next request to send now, or None."""
        self._wake(now)
        while self._ready:
            _, _, version, index = heapq.heappop(self._ready)
            lane = self.lanes[index]
            if version != lane.version:
                continue
            if lane.ready_at(now) <= now:
                return self._serve(lane, index, now)
            self.touch(lane, now)
        return None

    def wake_at(self) -> float:
        """When `take` may have something without a reply in between; infinity when only a reply helps."""
        if self._ready:
            return -math.inf
        while self._asleep and self._asleep[0][1] != self.lanes[self._asleep[0][2]].version:
            heapq.heappop(self._asleep)
        return self._asleep[0][0] if self._asleep else math.inf

    def touch(self, lane: Lane, now: float) -> None:
        """Put the lane where it belongs; call after every change to it."""
        lane.version += 1
        index = self._index[id(lane)]
        ready_at = lane.ready_at(now)
        if ready_at <= now:
            heapq.heappush(self._ready, (-lane.seconds_left, self._turns[index], lane.version, index))
        elif ready_at < math.inf:
            heapq.heappush(self._asleep, (ready_at, lane.version, index))

    def _wake(self, now: float) -> None:
        while self._asleep and self._asleep[0][0] <= now:
            _, version, index = heapq.heappop(self._asleep)
            if version == self.lanes[index].version:
                self.touch(self.lanes[index], now)

    def _serve(self, lane: Lane, index: int, now: float) -> Job:
        self._turns[index] = self._turn
        self._turn += 1
        job = lane.take(now)
        self.touch(lane, now)
        return job
