"""When a run will be done: its own scheduler, on virtual time. Pure.

What is simulated is what runs (lanes, pacers, who is next), with a constant latency and no trouble: so the
numbers are what the run takes when nothing goes wrong, not a formula that could drift away from it.
"""

import heapq
import math
from collections.abc import Iterable, Mapping

from launcher.engine.course import Course
from launcher.engine.lane import Lane
from launcher.engine.scheduler import Scheduler
from launcher.journal.events import LaunchPlanned
from launcher.journal.lifecycle import LaunchRecord
from launcher.plan.forecast import LATENCY, AccountForecast, Forecast, budget_text
from launcher.plan.model import Launch, Plan

LaneKey = tuple[str, str]
"""`Account.lane`: what shares one budget."""


def forecast(plan: Plan, latency: float = LATENCY) -> Forecast:
    """How long `plan` takes, if every reply takes `latency` seconds and every start is accepted."""
    records = [
        LaunchRecord(LaunchPlanned(number, number, each.identity, each.account.name, None, None))
        for number, each in enumerate(plan.launches)
    ]
    course = Course(plan.launches, records, plan.settings, (), now=0.0)
    for entry in course.entries:
        entry.lane.fresh.append(entry)
    ends = finish_times(course.lanes, concurrency=plan.settings.concurrency, latency=latency, now=0.0)
    return Forecast(
        accounts=_accounts(plan, ends),
        launches=len(plan.launches),
        requests=len(plan.launches),
        makespan=max(ends.values(), default=0.0),
        latency=latency,
    )


def finish_times(
    lanes: Mapping[LaneKey, Lane], *, concurrency: int, latency: float, now: float, most: float = math.inf
) -> dict[LaneKey, float]:
    """When each lane that has something to do gets its last reply, on the clock of `now`.

    The lanes are left as they are. A lane of which only a reply could tell, or that waits
    for a send window, is not among them. Of more than
    `most` launches a part is simulated, and the time that takes drawn out.
    """
    scale = max(1.0, sum(lane.backlog for lane in lanes.values()) / most)
    ends = _Simulation(lanes.values(), latency, now, scale).run(concurrency)
    return {
        key: now + (ends[index] - now) * scale
        for index, (key, lane) in enumerate(lanes.items())
        if index in ends and not lane.waits_for_window()
    }


class _Simulation:
    def __init__(self, lanes: Iterable[Lane], latency: float, now: float, scale: float) -> None:
        self._latency = latency
        self._now = now
        originals = tuple(lanes)
        self._scheduler = Scheduler([lane.copy(scale) for lane in originals], now)
        # A job names the lane that its entry is queued in, which is the original.
        self._index = {id(lane): index for index, lane in enumerate(originals)}
        # What is on its way already is answered after one latency more, at the latest.
        self._replies = [
            (now + latency, index)
            for index, lane in enumerate(self._scheduler.lanes)
            for _ in range(lane.in_flight)
        ]
        self._ends: dict[int, float] = {}

    def run(self, concurrency: int) -> dict[int, float]:
        """The last reply by the lane's number."""
        while self._send(concurrency):
            wake = self._scheduler.wake_at() if len(self._replies) < concurrency else math.inf
            self._now = max(self._now, min(self._replies[0][0] if self._replies else math.inf, wake))
            self._receive()
        return self._ends

    def _send(self, concurrency: int) -> bool:
        """Send what may be sent now; whether anything is left to wait for."""
        while len(self._replies) < concurrency and (job := self._scheduler.take(self._now)) is not None:
            heapq.heappush(self._replies, (self._now + self._latency, self._index[id(job.entry.lane)]))
        return bool(self._replies) or self._scheduler.wake_at() < math.inf

    def _receive(self) -> None:
        while self._replies and self._replies[0][0] <= self._now:
            _, index = heapq.heappop(self._replies)
            lane = self._scheduler.lanes[index]
            lane.replied(self._now)
            self._scheduler.touch(lane, self._now)
            self._ends[index] = self._now


def _accounts(plan: Plan, ends: Mapping[LaneKey, float]) -> tuple[AccountForecast, ...]:
    counts: dict[str, int] = {}
    firsts: dict[str, Launch] = {}
    for launch in plan.launches:
        counts[launch.account.name] = counts.get(launch.account.name, 0) + 1
        firsts.setdefault(launch.account.name, launch)
    return tuple(
        AccountForecast(
            account=name,
            account_id=first.account.id,
            launches=counts[name],
            requests=counts[name],
            budget=budget_text(first.account.budget),
            finish=ends[first.account.lane],
        )
        for name, first in firsts.items()
    )
