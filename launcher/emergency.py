"""Stopping what a run started: one stop for each, newest first, again until its state says that it stopped.

A stop may be repeated without harm, so whatever has no clear answer is sent again; the states that are read
afterwards decide what is told.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from launcher.engine.ports import Api
from launcher.errands import READ, STOP, Desk, Errand, Errands, Waits
from launcher.journal.lifecycle import LaunchRecord, State
from launcher.journal.requests import Latest
from launcher.manifest.model import ReconcileSettings, Settings
from launcher.outcome import Outcome, OutcomeKind, Reading
from launcher.plan.model import Launch
from launcher.plan.rehearsal import is_rehearsed

MAY_RUN = frozenset({State.SENDING, State.ACCEPTED, State.DOUBT, State.STARTED, State.UNKNOWN})
"""Launches that the run started or may have started."""
RUNNING = frozenset({"active", "preparing", "scheduled", "rescheduled"})
"""States in which a campaign sends messages or will by itself; in lower case."""
_DOUBTFUL = frozenset({State.SENDING, State.DOUBT, State.UNKNOWN})
_SETTLED = frozenset({"stopped", "completed"})
_TRIES = 8
"""Stops, or reads, that have no clear answer and are sent again."""
_ROUNDS = 4
"""Times that a campaign is found running after a stop, until it counts as one that cannot be stopped."""
_BACKOFF = (0.5, 15.0)
"""Seconds before the first repetition, which doubles, and at most; less where the manifest says so."""


class Fate(StrEnum):
    """What became of a campaign."""

    ACTIVE = "active"
    """It still runs, or will."""
    UNKNOWN = "unknown"
    NOT_STOPPED = "not_stopped"
    """No stop could be sent."""
    NOT_RUNNING = "not_running"
    """It ran no more, or never did."""
    STOPPED = "stopped"


GONE = frozenset({Fate.STOPPED, Fate.NOT_RUNNING})


@dataclass(slots=True)
class Target:
    """A launch that is to be stopped."""

    record: LaunchRecord
    launch: Launch | None
    """None when there is no way to it."""
    fate: Fate = Fate.UNKNOWN
    state: str | None = None
    """As it was last read."""
    reason: str | None = None
    stops: int = 0
    """Stop requests that were sent."""
    confirmed: bool = False
    """A reply said that it is stopped."""
    settled: bool = False
    tries: int = 0
    rounds: int = 0
    quiet: int = 0
    renewed: bool = False

    @property
    def number(self) -> int:
        """The launch's number in its run."""
        return self.record.planned.launch


def targets_of(records: Iterable[LaunchRecord]) -> list[LaunchRecord]:
    """What the run started or may have started, the newest first; nothing of a rehearsal."""
    found = [each for each in records if each.state in MAY_RUN and not is_rehearsed(each.planned.identity)]
    return sorted(found, key=lambda each: (each.last_sent_at or 0.0, each.planned.launch), reverse=True)


@dataclass(slots=True)
class Emergency:
    """One stop of one run."""

    targets: list[Target]
    settings: Settings
    clock: Callable[[], float]
    """Seconds since the epoch."""
    waits: Waits | None = None
    _by_number: dict[int, Target] = field(default_factory=dict)
    _errands: Errands | None = None

    async def run(self, api: Api, desk: Desk, earlier: Mapping[int, Latest]) -> None:
        """Stop all that can be; afterwards every target has its fate.

        `earlier`: the latest request about each launch, of a stop before this one.

        Raises:
            JournalError: the journal cannot be written; what is settled by then has its fate.
        """
        self._errands = Errands(
            api,
            desk,
            max(1, self.settings.concurrency),
            self.clock,
            self._on_outcome,
            self._on_reading,
            waits=self.waits,
        )
        for turn, target in enumerate(self.targets):
            self._by_number[target.number] = target
            if target.launch is None:
                target.fate, target.settled = Fate.NOT_STOPPED, True
            elif _was_stopped(earlier.get(target.number), target.record):
                self._add(READ, target, turn, 0.0)
            else:
                self._add(STOP, target, turn, 0.0)
        await self._errands.run()

    def _add(self, kind: str, target: Target, turn: int, seconds: float) -> None:
        if self._errands is not None and target.launch is not None:
            at = asyncio.get_running_loop().time() + seconds
            self._errands.add(Errand(kind, target.launch, target.number, turn, at))

    def _on_outcome(self, errand: Errand, outcome: Outcome) -> None:
        target = self._by_number[errand.number]
        target.stops += 1
        target.reason = outcome.reason
        match outcome.kind:
            case OutcomeKind.THROTTLED:
                self._add(STOP, target, errand.turn, 0.0)
            case OutcomeKind.UNSENT | OutcomeKind.IN_DOUBT if target.tries < _TRIES:
                self._again(STOP, target, errand.turn)
            case OutcomeKind.REFUSED if outcome.unauthorized and not target.renewed:
                target.renewed = True
                self._add(STOP, target, errand.turn, 0.0)
            case _:
                target.confirmed = target.confirmed or outcome.kind is OutcomeKind.ACCEPTED
                target.tries = 0
                self._add(READ, target, errand.turn, self._settling(target))

    def _on_reading(self, errand: Errand, reading: Reading) -> None:
        target = self._by_number[errand.number]
        if reading.state is not None:
            self._judge(target, errand.turn, reading.state)
        elif reading.throttled:
            self._add(READ, target, errand.turn, 0.0)
        elif reading.unauthorized and not target.renewed:
            target.renewed = True
            self._add(READ, target, errand.turn, 0.0)
        elif target.tries < _TRIES:
            self._again(READ, target, errand.turn)
        elif target.stops == 0:  # what an earlier stop was told proves nothing about now
            target.tries = 0
            self._add(STOP, target, errand.turn, 0.0)
        else:
            why = "its state could not be read"
            why += f": {reading.reason}" if reading.reason not in {None, target.reason} else ""
            target.reason = f"{target.reason}; {why}" if target.reason else why
            _settle(target, Fate.STOPPED if target.confirmed else Fate.UNKNOWN)

    def _judge(self, target: Target, turn: int, state: str) -> None:
        target.state, word = state, state.strip().casefold()
        reconcile: ReconcileSettings = self.settings.reconcile
        if word in RUNNING:
            target.rounds += 1
            target.confirmed, target.quiet = False, 0
            if target.rounds < _ROUNDS:
                self._add(STOP, target, turn, self._pause(target.rounds))
            else:
                _settle(target, Fate.ACTIVE)
        elif word in _SETTLED:
            target.reason = None
            _settle(target, Fate.STOPPED if word == "stopped" else Fate.NOT_RUNNING)
        elif target.record.state in _DOUBTFUL and target.quiet + 1 < reconcile.reads:
            # A start that is still on its way may take effect after the stop.
            target.quiet += 1
            self._add(READ, target, turn, reconcile.interval)
        else:
            _settle(target, Fate.NOT_RUNNING)

    def _settling(self, target: Target) -> float:
        """Seconds to wait before the state is read: none when the start was answered long ago."""
        if target.record.state not in _DOUBTFUL:
            return 0.0
        sent_at = target.record.last_sent_at or 0.0
        return min(max(0.0, sent_at + self.settings.reconcile.settle - self.clock()), 60.0)

    def _again(self, kind: str, target: Target, turn: int) -> None:
        target.tries += 1
        self._add(kind, target, turn, self._pause(target.tries))

    def _pause(self, tries: int) -> float:
        retry = self.settings.retry
        first, longest = min(_BACKOFF[0], retry.backoff_min), min(_BACKOFF[1], retry.backoff_max)
        return min(first * 2.0 ** (tries - 1), longest)


def _settle(target: Target, fate: Fate) -> None:
    target.fate, target.settled = fate, True


def _was_stopped(latest: Latest | None, record: LaunchRecord) -> bool:
    """Whether an earlier stop was answered well, after the launch's last start: then reading comes first."""
    if latest is None or latest.sent_at < (record.last_sent_at or 0.0):
        return False
    read = (latest.state or "").strip().casefold()
    return latest.outcome == OutcomeKind.ACCEPTED.value or read in _SETTLED
