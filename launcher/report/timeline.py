"""When each account sent, was throttled and paused: a fold over a run's events. Pure.

Its size does not grow with the run: requests are counted in slots of time, and an account that fills more
than `MOST_SLOTS` of them gets slots of twice the length.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from launcher.journal.events import (
    AttemptFinished,
    AttemptIntended,
    AttemptWithdrawn,
    Event,
    GateOpened,
    LaneClosed,
    LaneWaiting,
    LaunchPlanned,
    ReadFinished,
    ReadIntended,
    RunClosed,
    RunHalted,
    RunOpened,
    Watched,
)
from launcher.outcome import AT_GATE, OutcomeKind
from launcher.report.launches import room

FIRST_WIDTH = 0.125
"""Seconds; a slot's length before any doubling, a power of two so that slots halve exactly."""
MOST_SLOTS = 512
"""Slots with something in them, an account."""
MOST_PAUSES = 256
"""Pauses of an account that are kept apart."""


@dataclass(slots=True)
class Slot:
    """Requests of one stretch of time."""

    starts: int = 0
    """First start requests of launches."""
    retries: int = 0
    reads: int = 0
    throttled: int = 0
    """Replies that said too many requests."""

    @property
    def sent(self) -> int:
        """Requests of all kinds."""
        return self.starts + self.retries + self.reads

    def add(self, other: "Slot") -> None:
        """Count what `other` counted."""
        self.starts += other.starts
        self.retries += other.retries
        self.reads += other.reads
        self.throttled += other.throttled


@dataclass(slots=True)
class Pause:
    """An account sent nothing from `since` to `until` (seconds since the epoch); None: for good."""

    since: float
    until: float | None


@dataclass(frozen=True, slots=True)
class GateMark:
    """A gate between two waves opened, and the next wave began; or it did not, and the run halted there."""

    at: float
    """Seconds since the epoch."""
    opened: bool
    reason: str
    """In the engine's words."""
    passed_at: float | None = None
    """When a process took the run up that started the rest without this gate: its waves had gone."""


@dataclass(slots=True)
class Episode:
    """From when a process took the run up to the last that is known of it. Seconds since the epoch."""

    since: float
    until: float
    closed: bool = False
    halted_at: float | None = None
    starts: int = 0
    """First starts of launches in it."""


@dataclass(slots=True)
class Track:
    """One account's requests over time."""

    account: str
    account_id: str
    width: float = FIRST_WIDTH
    """Seconds a slot."""
    slots: dict[int, Slot] = field(default_factory=dict)
    """By the number of the stretch of `width` seconds since the epoch."""
    pauses: list[Pause] = field(default_factory=list)
    """In the order in which they began; none touches the next."""

    def slot(self, at: float) -> Slot:
        """The slot that holds `at`, which may make all slots longer."""
        number = int(at // self.width)
        found = self.slots.get(number)
        if found is not None:
            return found
        while len(self.slots) >= MOST_SLOTS:
            self._double()
            number = int(at // self.width)
        return self.slots.setdefault(number, Slot())

    def pause(self, since: float, until: float | None) -> None:
        """Sent nothing from `since` on; a pause that goes on is one pause."""
        last = self.pauses[-1] if self.pauses else None
        if last is not None and (last.until is None or since <= last.until):
            if last.until is not None:
                last.until = None if until is None else max(last.until, until)
            return
        self.pauses.append(Pause(since, until))
        if len(self.pauses) > MOST_PAUSES:
            self._join_closest()

    def resume(self, at: float) -> None:
        """A new process took the run up: what was stopped for good is so no more."""
        if self.pauses and (self.pauses[-1].until is None or self.pauses[-1].until > at):
            self.pauses[-1].until = max(at, self.pauses[-1].since)

    def totals(self) -> Slot:
        """All slots together."""
        whole = Slot()
        for slot in self.slots.values():
            whole.add(slot)
        return whole

    def _double(self) -> None:
        self.width *= 2
        before, self.slots = self.slots, {}
        for number, slot in before.items():
            self.slots.setdefault(number // 2, Slot()).add(slot)

    def _join_closest(self) -> None:
        pairs = range(1, len(self.pauses))
        gap = {place: self.pauses[place].since - (self.pauses[place - 1].until or 0.0) for place in pairs}
        place = min(pairs, key=gap.__getitem__)
        self.pauses[place - 1].until = self.pauses.pop(place).until


class Timeline:
    """Tracks of all accounts, and when processes worked on the run."""

    def __init__(self) -> None:
        self.episodes: list[Episode] = []
        self.gates: list[GateMark] = []
        """In the order of time; of one that stayed closed again and again, the latest time."""
        self._tracks: dict[tuple[str, str], Track] = {}
        self._of_launch: list[Track | None] = []
        """By launch number."""
        self._on_their_way: dict[int, AttemptIntended] = {}

    @classmethod
    def of(cls, events: Iterable[Event]) -> "Timeline":
        """The timeline of events in their order, as the journal replays them."""
        timeline = cls()
        for event in events:
            timeline.apply(event)
        return timeline

    def passing(self, events: Iterable[Event]) -> Iterator[Event]:
        """The same events, each taken in on its way to somebody else."""
        for event in events:
            self.apply(event)
            yield event

    @property
    def tracks(self) -> list[Track]:
        """Accounts that sent anything or were stopped, in the order in which they were planned."""
        return [track for track in self._tracks.values() if track.slots or track.pauses]

    def apply(self, event: Watched) -> None:
        """Take one more event in; what is not about time changes nothing."""
        match event:
            case AttemptIntended() | AttemptFinished() | AttemptWithdrawn() | ReadIntended() | ReadFinished():
                self._count(event)
            case LaunchPlanned():
                self._plan(event)
                return
            case LaneClosed(account=account, at=at, until=until):
                for track in self._tracks.values():
                    if track.account == account:
                        track.pause(at, until)
            case RunOpened() | RunHalted() | RunClosed():
                self._run(event)
                return
            case GateOpened(at=at, reason=reason):
                self._gate(GateMark(at, True, reason))
            case LaneWaiting():
                return
        self._reach(event.at)

    on_event = apply
    """The live timeline is an observer of the engine."""

    def _plan(self, event: LaunchPlanned) -> None:
        key = event.account, event.identity.account_id
        track = self._tracks.get(key)
        if track is None:
            track = self._tracks[key] = Track(*key)
        self._of_launch.extend([None] * room(event.launch, self._of_launch))
        self._of_launch[event.launch] = track

    def _count(
        self, event: AttemptIntended | AttemptFinished | AttemptWithdrawn | ReadIntended | ReadFinished
    ) -> None:
        track = self._of_launch[event.launch] if 0 <= event.launch < len(self._of_launch) else None
        if track is None:
            return
        match event:
            case AttemptIntended(launch=launch):
                self._on_their_way[launch] = event
                if self.episodes and event.attempt == 1:
                    self.episodes[-1].starts += 1
                _count_start(track, event, 1)
            case ReadIntended(at=at):
                track.slot(at).reads += 1
            case AttemptFinished(launch=launch, at=at, outcome=outcome):
                self._on_their_way.pop(launch, None)
                if outcome is OutcomeKind.THROTTLED:
                    track.slot(at).throttled += 1
            case ReadFinished(at=at, throttled=True):
                track.slot(at).throttled += 1
            case AttemptWithdrawn(launch=launch):
                if (intended := self._on_their_way.pop(launch, None)) is not None:
                    _count_start(track, intended, -1)

    def _run(self, event: RunOpened | RunHalted | RunClosed) -> None:
        if isinstance(event, RunOpened) or not self.episodes:
            self.episodes.append(Episode(event.at, event.at))
            for track in self._tracks.values():
                track.resume(event.at)
        self._reach(event.at)
        if isinstance(event, RunHalted) and self.episodes[-1].halted_at is None:
            self.episodes[-1].halted_at = event.at
            if event.reason.startswith(AT_GATE):
                self._gate(GateMark(event.at, False, event.reason))
        elif isinstance(event, RunClosed):
            self.episodes[-1].closed = True
            self._pass_gate(self.episodes[-1])

    def _pass_gate(self, episode: Episode) -> None:
        """A later process came to its end by itself, and started something: no closed gate held it."""
        last = self.gates[-1] if self.gates else None
        held = episode.halted_at is not None or not episode.starts
        if last is not None and not last.opened and episode.since > last.at and not held:
            self.gates[-1] = replace(last, passed_at=episode.since)

    def _gate(self, mark: GateMark) -> None:
        if self.gates and not (self.gates[-1].opened or mark.opened):
            self.gates.pop()
        self.gates.append(mark)

    def _reach(self, at: float) -> None:
        if self.episodes:
            episode = self.episodes[-1]
            episode.until = max(episode.until, at)
            episode.since = min(episode.since, at)


def _count_start(track: Track, event: AttemptIntended, change: int) -> None:
    slot = track.slot(event.at)
    if event.attempt > 1:
        slot.retries += change
    else:
        slot.starts += change
