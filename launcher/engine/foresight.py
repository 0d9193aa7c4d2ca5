"""A run ahead of itself, on virtual time: its own lanes and scheduler, one latency, no trouble. Pure.

Windows open and close on the wall clock, and waves wait for their gates, as in the run itself.
"""

import heapq
import math
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from launcher.engine.course import Instant
from launcher.engine.gates import Itinerary
from launcher.engine.lane import Entry, Job, JobKind, Lane
from launcher.engine.scheduler import Scheduler
from launcher.outcome import NotAttempted
from launcher.plan.forecast import Missed

_MOMENT = 1e-6
"""Seconds."""
_TURNS = 25
"""Moments at which something is sent or answered."""
_FAR = 366 * 86_400.0
"""Seconds: windows that open later are not waited for here. A slip of the pen in one would cost centuries."""


@dataclass(slots=True)
class WaveSpan:
    """When a wave was under way, loop time of the simulation; None when nothing of it was sent."""

    first_sent: float | None = None
    last_reply: float | None = None


@dataclass(slots=True)
class Prospect:
    """What will be."""

    ends: dict[int, float] = field(default_factory=dict)
    """The last reply to a start by the lane's number, loop time of the simulation."""
    waves: list[WaveSpan] = field(default_factory=lambda: [WaveSpan()])
    missed: Counter[tuple[str, Missed]] = field(default_factory=Counter)
    """How often launches of an account found their window closed."""
    late: Counter[str] = field(default_factory=Counter)
    """Launches that did, by account."""
    unsent: Counter[tuple[str, NotAttempted]] = field(default_factory=Counter)
    """Launches that are not sent, by account."""
    reads: Counter[str] = field(default_factory=Counter)
    """Reads of state at the gates, by account."""


class Foresight:
    """What is left of a run, run through once; the lanes it is given stay as they are.

    `ahead` are the waves still to come, `late` and `deadline` (seconds from `at`) the settings.
    """

    def __init__(
        self,
        lanes: Iterable[Lane],
        ahead: Itinerary,
        *,
        at: Instant,
        latency: float,
        late: str = "wait",
        deadline: float | None = None,
    ) -> None:
        self._at = at
        self._now = at.loop
        self._latency = latency
        self._late = late
        self._deadline = math.inf if deadline is None else at.loop + deadline
        originals = tuple(lanes)
        self._scheduler = Scheduler([lane.copy() for lane in originals], at.loop)
        for lane in self._scheduler.lanes:
            lane.breaker.close()  # the account answers: no probe ever would, here
        # A job names the lane that its entry is queued in, which is the original.
        self._index = {id(lane): index for index, lane in enumerate(originals)}
        # What is on its way already is answered after one latency more, at the latest.
        self._replies = [
            (at.loop + latency, index, True)
            for index, lane in enumerate(self._scheduler.lanes)
            for _ in range(lane.in_flight)
        ]
        self._waiting: dict[tuple[float, int], list[Entry]] = {}  # by when their window opens, and lane
        self._openings: list[tuple[float, int]] = []
        self._open_until: dict[int, float] = {}
        self._put_off_before: set[int] = set()  # lanes with nothing but launches that were late together
        self._members = ahead.current
        self._later = deque(ahead.later)
        self._ahead = ahead
        self._looked, self._asks = ahead.looked or ahead.seen, ahead.asks and not ahead.seen
        self._lost: set[int] = set()
        self._were_late: set[int] = set()
        self.seen = Prospect()
        """What happened so far."""

    def run(self, concurrency: int) -> Prospect:
        """Go through all of it."""
        while not self.go_on(concurrency):
            pass
        return self.seen

    def go_on(self, concurrency: int) -> bool:
        """Go through some of it, which takes milliseconds; whether that was the end."""
        for _ in range(_TURNS):
            self._send(concurrency)
            wake = self._scheduler.wake_at() if len(self._replies) < concurrency else math.inf
            wake = min(wake, *(queue[0][0] for queue in (self._replies, self._openings) if queue), math.inf)
            if wake == math.inf:
                if not self._pass_gate():
                    return True
                continue
            self._advance(wake)
            self._receive()
            self._open_windows()
        return False

    def _wall(self) -> float:
        return self._at.wall + self._now - self._at.loop

    def _advance(self, moment: float) -> None:
        """Wait until then, or until the deadline, at which all that was not sent is left."""
        if moment > self._deadline:
            self._now, self._deadline = max(self._now, self._deadline), math.inf
            self._stop(NotAttempted.DEADLINE)
        else:
            self._now = max(self._now, moment)

    # -- requests -------------------------------------------------------------------------------------------

    def _send(self, concurrency: int) -> None:
        """Send what may be sent now."""
        while len(self._replies) < concurrency and (job := self._scheduler.take(self._now)) is not None:
            index = self._index[id(job.entry.lane)]
            is_start = job.kind is JobKind.START
            if is_start and job.entry.launch.calendar is not None and self._is_late(job.entry):
                self._put_off(job.entry, self._scheduler.lanes[index], index)
                continue
            if is_start and self.seen.waves[-1].first_sent is None:
                self.seen.waves[-1].first_sent = self._now
            heapq.heappush(self._replies, (self._now + self._latency, index, is_start or not job.gate))

    def _receive(self) -> None:
        while self._replies and self._replies[0][0] <= self._now:
            _, index, counts = heapq.heappop(self._replies)
            lane = self._scheduler.lanes[index]
            lane.replied(self._now)
            self._scheduler.touch(lane, self._now)
            if counts:
                self.seen.ends[index] = self.seen.waves[-1].last_reply = self._now

    # -- windows --------------------------------------------------------------------------------------------

    def _is_late(self, entry: Entry) -> bool:
        calendar, wall = entry.launch.calendar, self._wall()
        if calendar is None or not calendar.is_open(wall):
            return calendar is not None
        self._open_until[id(calendar)] = calendar.closes_at(wall)
        return False

    def _put_off(self, entry: Entry, lane: Lane, index: int) -> None:
        """The launch's window is closed, and that of those right behind it with the same one."""
        lane.withdrawn()
        entries = self._together(entry, lane, index)
        opens = self._miss(entries, again=index in self._put_off_before)
        if opens is None or self._late == "skip":
            self._leave(entries, NotAttempted.WINDOW)
        elif self._late == "fail":
            self._leave(entries, NotAttempted.HALTED)
            self._stop(NotAttempted.HALTED)
        else:
            # A moment later: no rounding of the clocks may leave it closed then.
            key = self._at.loop + opens - self._at.wall + _MOMENT, index
            if key not in self._waiting:
                heapq.heappush(self._openings, key)
            self._waiting.setdefault(key, []).extend(entries)
        self._scheduler.touch(lane, self._now)

    def _together(self, entry: Entry, lane: Lane, index: int) -> list[Entry]:
        """The launch, and those behind it that wait for the same windows."""
        entries, calendar = [entry], entry.launch.calendar
        if index in self._put_off_before:
            entries += map(lane.entries.__getitem__, lane.fresh)
            lane.fresh.clear()
        while lane.fresh and (behind := lane.entries[lane.fresh[0]]).launch.calendar is calendar:
            entries.append(behind)
            lane.fresh.popleft()
        return entries

    def _miss(self, entries: Sequence[Entry], *, again: bool) -> float | None:
        """Note that these are late, `again` or for the first time; when their window opens."""
        calendar = entries[0].launch.calendar
        if calendar is None:
            return None
        opens = calendar.opens_at(self._wall())
        if opens is not None and opens > self._at.wall + _FAR:
            opens = None
        closed = self._open_until.get(id(calendar))
        missed = Missed(closed, opens, calendar.zone_at(self._wall() if opens is None else opens))
        for account, count in Counter(entry.launch.account.name for entry in entries).items():
            self.seen.missed[account, missed] += count
        if not again:
            fresh = [entry for entry in entries if entry.position not in self._were_late]
            self._were_late.update(entry.position for entry in fresh)
            self.seen.late.update(entry.launch.account.name for entry in fresh)
        return opens

    def _open_windows(self) -> None:
        while self._openings and self._openings[0][0] <= self._now:
            key = heapq.heappop(self._openings)
            lane = self._scheduler.lanes[key[1]]
            opened = self._waiting.pop(key)
            if lane.fresh or len({id(entry.launch.calendar) for entry in opened}) > 1:
                self._put_off_before.discard(key[1])
            else:
                self._put_off_before.add(key[1])
            lane.fresh = deque(sorted([*(entry.position for entry in opened), *lane.fresh]))
            self._scheduler.touch(lane, self._now)

    # -- waves ----------------------------------------------------------------------------------------------

    def _pass_gate(self) -> bool:
        """All of this wave is done: look at it, or begin the next one; False when there is nothing to do."""
        if not any(self._later):
            return False
        started = [entry for entry in self._members if entry.position not in self._lost]
        if (self._looked and self._asks) or not started:
            self._stop(NotAttempted.GATE)
        elif not self._looked:
            self._look_again(started)
        else:
            self._begin_wave()
        return True

    def _look_again(self, started: Sequence[Entry]) -> None:
        """Soak, then read the states of the wave again."""
        until = self._ahead.soaks_until
        soaked = self._now + self._ahead.soak
        if until is not None and len(self.seen.waves) == 1:  # of the gate that the run stands at
            soaked = until
        self._looked = True
        self._advance(soaked)
        for entry in started if self._later else ():
            lane = self._scheduler.lanes[self._index[id(entry.lane)]]
            lane.add(Job(JobKind.READ, entry, gate=True), self._now)
            self._scheduler.touch(lane, self._now)
            self.seen.reads[entry.launch.account.name] += 1

    def _begin_wave(self) -> None:
        self._members = self._later.popleft()
        self._looked, self._asks = False, self._ahead.asks
        self.seen.waves.append(WaveSpan())
        self._put_off_before.clear()
        for entry in self._members:
            self._scheduler.lanes[self._index[id(entry.lane)]].fresh.append(entry.position)
        for lane in self._scheduler.lanes:
            self._scheduler.touch(lane, self._now)

    # -- what is not sent -----------------------------------------------------------------------------------

    def _stop(self, why: NotAttempted) -> None:
        """Send no further start."""
        for lane in self._scheduler.lanes:
            self._leave(lane.remove(lambda job: job.kind is JobKind.START), why)
            self._scheduler.touch(lane, self._now)
        for entries in (*self._waiting.values(), *self._later):
            self._leave(entries, why)
        self._waiting, self._openings = {}, []
        self._later.clear()

    def _leave(self, entries: Iterable[Entry], why: NotAttempted) -> None:
        for entry in entries:
            self._lost.add(entry.position)
            self.seen.unsent[entry.launch.account.name, why] += 1
