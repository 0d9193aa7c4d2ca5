"""Waves: a few launches first, then a look at what became of them, then the rest. Pure.

A wave ends when each of its launches has a result. Then it soaks, the state of what it started is read again,
and the gate opens, or the run stops there: closed by what went wrong, held when nobody can
tell or a person is to look. A run that was held goes on under the same key, at that gate. A person opens a
gate after a wave that was there to be seen; a wave of which nothing was started is only left aside: the next
process sends it first again.
"""

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from launcher.engine.course import Course, Instant
from launcher.engine.lane import Entry, Job, JobKind
from launcher.engine.reconcile import UNREADABLE_LIMIT
from launcher.journal.events import Event, GateOpened
from launcher.manifest.model import Settings, Threshold
from launcher.outcome import AT_GATE, HOLDS, NOTHING_TO_SEE, NotAttempted, Reading, Result

_GOOD_STATES = {"active", "preparing", "completed"}
_STARTED = {Result.STARTED, Result.ALREADY_ACTIVE}
_BAD = (Result.UNKNOWN, Result.FAILED, Result.REJECTED)
_TRIES = 20
"""Throttled or refused reads of one campaign after which its state counts as not to be had."""


class _Phase(Enum):
    SENDING = auto()
    SOAKING = auto()
    READING = auto()


@dataclass(frozen=True, slots=True)
class Itinerary:
    """The waves that a run still has before it, for whoever looks ahead."""

    current: Sequence[Entry] = ()
    """Launches of the wave under way that started, or may yet."""
    later: Sequence[Sequence[Entry]] = ()
    """Launches of the waves after it; none may be left in one."""
    soak: float = 0.0
    soaks_until: float | None = None
    """Loop time; None while the wave is not over."""
    looked: bool = False
    """Whether the states of the wave are being read, or were."""
    asks: bool = False
    """Whether a person opens the gates."""
    seen: bool = False
    """Whether a person opened the next one."""


class Gates:
    """The waves of one run. `passed` gates are open from the beginning; `go_on`: a person opens the next."""

    def __init__(self, course: Course, settings: Settings, *, passed: int = 0, go_on: bool = False) -> None:
        self._course = course
        self._settings = settings
        self._ends = wave_ends(settings.waves, len(course.entries))
        self._wave = min(passed, len(self._ends) - 1)
        self._go_on = go_on
        self._phase = _Phase.SENDING
        self._soaks_until = math.inf
        self._pending = 0
        self._tries: dict[int, int] = {}
        self._fallen: dict[str, list[Entry]] = {}
        self._unreadable: list[Entry] = []
        course.wave_end = self._ends[self._wave]
        self._seen = any(entry.record.result in _STARTED for entry in self._entries)
        """There was something to look at before this process began."""

    @property
    def wake_at(self) -> float:
        """Loop time at which `tick` has something to do; infinity when only a reply can tell."""
        if not self._wave_is_over:
            return math.inf
        if self._phase is _Phase.SOAKING:
            return self._soaks_until
        return math.inf if self._phase is _Phase.READING and self._pending else -math.inf

    def tick(self, at: Instant) -> list[Event]:
        """Go on from wave to gate to wave, as far as can be."""
        if not self._wave_is_over:
            return []
        if self._phase is _Phase.SENDING:
            self._phase = _Phase.SOAKING
            # What this process was the first to start, nobody can have looked at.
            started = self._started()
            self._go_on = self._go_on and (self._seen or not started)
            self._soaks_until = at.loop + (self._settings.soak if started and not self._go_on else 0.0)
        if self._phase is _Phase.SOAKING and at.loop >= self._soaks_until:
            if self._go_on:
                self._go_on = False
                return self._open("a person looked and continued", at) if self._seen else self._next(at)
            self._read_again(at)
        if self._phase is _Phase.READING and not self._pending:
            return self._decide(at)
        return []

    def read(self, job: Job, reading: Reading, at: Instant) -> None:
        """The state of a campaign of the wave, or that it could not be read."""
        position = job.entry.position
        tries = self._tries[position] = self._tries.get(position, 0) + 1
        again = reading.throttled or reading.unauthorized
        if reading.state is None and tries < (_TRIES if again else UNREADABLE_LIMIT):
            delay = 0.0 if again else self._settings.reconcile.interval * 2 ** (tries - 1)
            job.entry.lane.add(job, at.loop + delay)
            return
        self._pending -= 1
        if reading.state is None:
            self._unreadable.append(job.entry)
        elif reading.state.strip().casefold() not in _GOOD_STATES:
            self._fallen.setdefault(reading.state, []).append(job.entry)

    @property
    def soaks_until(self) -> float | None:
        """Loop time; None while the wave does not soak."""
        return self._soaks_until if self._phase is _Phase.SOAKING else None

    def ahead(self) -> Itinerary:
        """What is still to come."""
        later: list[list[Entry]] = [[] for _ in self._ends[self._wave + 1 :]]
        for entry in sorted(self._course.withheld, key=lambda entry: entry.position):
            later[bisect_right(self._ends, entry.position) - self._wave - 1].append(entry)
        return Itinerary(
            [entry for entry in self._entries if entry.record.result in {None, *_STARTED}] if later else (),
            later,
            self._settings.soak,
            self.soaks_until,
            self._phase is _Phase.READING,
            self._settings.gate == "ask",
            self._go_on and self._seen,
        )

    @property
    def _wave_is_over(self) -> bool:
        course = self._course
        return bool(course.withheld) and course.open == len(course.withheld) and course.stopped is None

    @property
    def _entries(self) -> Iterator[Entry]:
        begin = self._ends[self._wave - 1] if self._wave else 0
        return map(self._course.entries.__getitem__, range(begin, self._ends[self._wave]))

    def _read_again(self, at: Instant) -> None:
        self._phase = _Phase.READING
        self._tries, self._fallen, self._unreadable = {}, {}, []
        started = self._started()
        self._pending = len(started)
        for entry in started:
            entry.lane.add(Job(JobKind.READ, entry, gate=True), at.loop)
            self._course.scheduler.touch(entry.lane, at.loop)

    def _decide(self, at: Instant) -> list[Event]:
        results = [entry.record.result for entry in self._entries]
        bad: dict[str, list[Entry]]
        bad = {kind: [entry for entry in self._entries if entry.record.result is kind] for kind in _BAD}
        bad |= {f"fell back to {state}": self._fallen[state] for state in sorted(self._fallen)}
        if told := ", ".join(f"{len(entries)} {what}" for what, entries in bad.items() if entries):
            guilty = [entry for entries in bad.values() for entry in entries]
            return self._stop(f" closed: {told}", at, guilty)
        if self._unreadable:
            why = f"the state of {len(self._unreadable)} could not be read"
            return self._stop(HOLDS + why, at, self._unreadable)
        if not any(result in _STARTED for result in results):
            return self._stop(f"{HOLDS}{NOTHING_TO_SEE}, so it shows nothing", at)
        if self._settings.gate == "ask":
            return self._stop(f"{HOLDS}a person is to look at it", at)
        return self._open(f"{len(results)} looked at, none failed, unknown or fallen back", at)

    def _stop(self, why: str, at: Instant, guilty: Sequence[Entry] = ()) -> list[Event]:
        """Stop here because of the `guilty`; every launch that is left repeats the reason without them."""
        reason = f"{AT_GATE}{self.name}{why}"
        return self._course.stop(NotAttempted.GATE, reason, at, details=_named(guilty))

    def _open(self, why: str, at: Instant) -> list[Event]:
        opened = GateOpened(at.wall, f"{self.name}: {why}")
        return [opened, *self._next(at)]

    def _next(self, at: Instant) -> list[Event]:
        self._wave += 1
        self._phase, self._soaks_until = _Phase.SENDING, math.inf
        return self._course.release(self._ends[self._wave], at)

    def _started(self) -> list[Entry]:
        """What the wave under way started."""
        return [entry for entry in self._entries if entry.record.result in _STARTED]

    @property
    def name(self) -> str:
        """The wave under way."""
        return f"wave {self._wave + 1} of {len(self._ends)}"


_NAMED = 5
"""Campaigns that the reason of a halt names at most."""
_LONGEST_NAME = 60


def _named(entries: Sequence[Entry]) -> str:
    """` (cd-1 'Renewal due', cd-2 and 3 more)`; nothing for none."""
    told = ", ".join(map(_name, entries[:_NAMED]))
    more = f" and {len(entries) - _NAMED} more" if len(entries) > _NAMED else ""
    return f" ({told}{more})" if told else ""


def _name(entry: Entry) -> str:
    # Without its colons no name reads as HOLDS, which decides what is said of the halt.
    name = (entry.launch.name or "").replace(":", "")
    short = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
    return f"{entry.launch.identity.campaign_id} '{short}'" if short else entry.launch.identity.campaign_id


def wave_ends(waves: Sequence[Threshold | None], planned: int) -> list[int]:
    """Up to which launch of the plan each wave goes; the last one always to the end."""
    ends: list[int] = []
    end = 0
    for size in waves:
        if size is None:
            break
        count = math.ceil(size.value * planned / 100) if size.percent else int(size.value)
        end += count
        if end >= planned:
            break
        ends.append(end)
    return [*ends, planned]
