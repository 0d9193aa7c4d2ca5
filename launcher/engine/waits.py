"""What the accounts wait for, told once; for whoever watches. Pure."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from launcher.engine.course import Course, Instant
from launcher.engine.gates import Gates
from launcher.engine.lane import Entry
from launcher.journal.events import LaneWaiting


@dataclass(frozen=True, slots=True)
class _Wait:
    account: str
    until: float
    """Loop time; infinity when nobody knows."""
    reason: str
    queued: int


class Waits:
    """Remembers what was told of whom."""

    def __init__(self, course: Course, gates: Gates) -> None:
        self._course = course
        self._gates = gates
        self._told: dict[str, tuple[float, str]] = {}

    def forget(self, account: str) -> None:
        """It sends: the next wait is a new one."""
        self._told.pop(account, None)

    def new(self, at: Instant) -> list[LaneWaiting]:
        """Accounts with work that began to wait since their last request."""
        waits: list[LaneWaiting] = []
        # One an account: what holds launches back lasts longer than what its lane waits for.
        latest = {wait.account: wait for wait in (*self._lanes(at.loop), *self._held_back())}
        for wait in latest.values():
            if wait.until <= at.loop or self._told.get(wait.account) == (wait.until, wait.reason):
                continue
            self._told[wait.account] = (wait.until, wait.reason)
            wall = at.wall + wait.until - at.loop if wait.until < math.inf else None
            waits.append(LaneWaiting(wait.account, at.wall, wall, wait.reason, wait.queued))
        return waits

    def _lanes(self, now: float) -> Iterator[_Wait]:
        for lane in self._course.scheduler.lanes:
            if lane.backlog and lane.ready_at(now) > now:
                yield _Wait(lane.account, *lane.waiting(now), lane.backlog)

    def _held_back(self) -> Iterator[_Wait]:
        """Launches that are in no lane."""
        if self._course.paused is not None:
            held = [*self._course.parked, *self._course.withheld]
            yield from _waits(held, math.inf, self._course.paused)
        elif self._gates.soaks_until is not None:
            reason = f"{self._gates.name} soaks"
            yield from _waits(self._course.withheld, self._gates.soaks_until, reason)


def _waits(entries: Iterable[Entry], until: float, reason: str) -> Iterator[_Wait]:
    for account, queued in Counter(entry.lane.account for entry in entries).items():
        yield _Wait(account, until, reason, queued)
