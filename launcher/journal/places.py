"""Places in the accounts' budgets, as all launchers on one journal use them up. Pure.

A request holds its place from the moment of its intent until the window's seconds after its reply. Without a
reply it holds it as long as its process lives, and of a dead process until the window's seconds after its
timeout. Times are seconds on one monotonic clock of the caller.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from launcher.journal.events import (
    AttemptFinished,
    AttemptIntended,
    AttemptWithdrawn,
    Event,
    ReadFinished,
    ReadIntended,
    RunOpened,
)
from launcher.journal.port import PastRequest
from launcher.manifest.model import Quota
from launcher.outcome import CUT_OFF
from launcher.plan.model import Plan

Lane = tuple[str, str]

CLOCK_MARGIN = 0.02
"""Seconds added to every window: our clock and the server's do not tick alike, and servers round."""
POLL = 1.0
"""Seconds to wait when only the reply to another launcher's request can free a place."""


@dataclass(slots=True)
class Place:
    """One request."""

    run: int
    sent: float
    replied: float | None = None
    orphaned: bool = False
    """A process of this run took over after the one that sent it."""


def with_margin(quotas: Sequence[Quota]) -> list[Quota]:
    """The quotas as they are kept to, here and by the engine's pacer."""
    return [Quota(quota.limit, quota.seconds + CLOCK_MARGIN) for quota in quotas]


def quotas_of(plan: Plan) -> dict[Lane, Sequence[Quota]]:
    """The budgets of the plan's lanes, as they are kept to; of two names for one account the first."""
    quotas: dict[Lane, Sequence[Quota]] = {}
    for launch in plan.launches:
        lane = launch.identity[:2]
        if lane not in quotas:
            quotas[lane] = with_margin(launch.account.budget)
    return quotas


class Places:
    """The requests that may still count against the budget of a lane in `quotas`."""

    def __init__(self, quotas: Mapping[Lane, Sequence[Quota]], timeout: float) -> None:
        self._quotas = quotas
        self._timeout = timeout
        self._held: dict[Lane, list[Place]] = {lane: [] for lane in quotas}
        self._open: dict[tuple[int, int, bool], Place] = {}

    @property
    def horizon(self) -> float:
        """Seconds after which a request of a dead process counts no more."""
        windows = (quota.seconds for quotas in self._quotas.values() for quota in quotas)
        return self._timeout + max(windows, default=0.0)

    def clear(self) -> None:
        """Forget all requests."""
        for places in self._held.values():
            places.clear()
        self._open.clear()

    def apply(self, run: int, event: Event, lane: Lane | None, at: float) -> None:
        """Go on by an event of run number `run`, of a launch in `lane`, that happened at `at`."""
        match event:
            case RunOpened():
                self.orphan(run)
            case AttemptIntended(launch=launch) | ReadIntended(launch=launch) if lane in self._held:
                place = self._open[run, launch, isinstance(event, ReadIntended)] = Place(run, at)
                self._held[lane].append(place)
            case AttemptFinished(reason=str(reason)) if reason.endswith(CUT_OFF):
                pass  # nobody knows when it arrives: it counts as a dead process's
            case AttemptFinished(launch=launch) | ReadFinished(launch=launch) if lane in self._held:
                self._replied((run, launch, isinstance(event, ReadFinished)), lane, at)
            case AttemptWithdrawn(launch=launch) if (run, launch, False) in self._open:
                self._open.pop((run, launch, False)).replied = -math.inf

    def beside(self, lane: Lane, sent: float) -> Place:
        """Hold a place for a request that belongs to no run: unanswered, it counts as a dead process's."""
        place = Place(0, sent, orphaned=True)
        if lane in self._held:
            self._held[lane].append(place)
        return place

    def _replied(self, key: tuple[int, int, bool], lane: Lane, at: float) -> None:
        place = self._open.pop(key, None)
        if place is None:  # sent before the time that was looked at
            place = Place(key[0], at)
            self._held[lane].append(place)
        place.replied = at

    def orphan(self, run: int) -> None:
        """Another process took the run over: the one before it is dead."""
        for key in [key for key in self._open if key[0] == run]:
            self._open.pop(key).orphaned = True

    def wait(self, lane: Lane, now: float, alive: Callable[[int], bool]) -> float:
        """Seconds until the lane has a free place in every window, 0 when it has one."""
        waits = (self._wait(quota, lane, now, alive) for quota in self._quotas.get(lane, ()))
        return max(waits, default=0.0)

    def _wait(self, quota: Quota, lane: Lane, now: float, alive: Callable[[int], bool]) -> float:
        ends = (self._end(place, quota.seconds, alive) for place in self._held[lane])
        held = sorted(end for end in ends if end > now)
        if len(held) < quota.limit:
            return 0.0
        end = held[len(held) - quota.limit]
        return POLL if math.isinf(end) else end - now

    def _end(self, place: Place, seconds: float, alive: Callable[[int], bool]) -> float:
        if place.replied is not None:
            return place.replied + seconds
        if not place.orphaned and alive(place.run):
            return math.inf
        return place.sent + self._timeout + seconds

    def drop_expired(self, now: float, alive: Callable[[int], bool]) -> None:
        """Forget the requests that hold no place in any window any more."""
        for lane, places in self._held.items():
            longest = max(quota.seconds for quota in self._quotas[lane])
            places[:] = [place for place in places if self._end(place, longest, alive) > now]

    def past(self, now: float) -> list[PastRequest]:
        """The requests as an engine's pacer wants to know them when it begins."""
        return [
            PastRequest(
                lane,
                max(0.0, now - (place.sent if place.replied is None else place.replied)),
                place.replied is not None,
            )
            for lane, places in self._held.items()
            for place in places
        ]
