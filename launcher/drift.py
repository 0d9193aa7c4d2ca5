"""What became of the campaigns after the launch: their states, read now, beside what the run made of them."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from launcher.engine.ports import Api
from launcher.errands import READ, Desk, Errand, Errands
from launcher.journal.lifecycle import LaunchRecord, State
from launcher.manifest.model import Settings
from launcher.outcome import Outcome, Reading
from launcher.plan.model import Launch
from launcher.plan.rehearsal import is_rehearsed

WATCHED = frozenset(
    {State.SENDING, State.ACCEPTED, State.DOUBT, State.STARTED, State.UNKNOWN, State.ALREADY_ACTIVE}
)
"""Launches that were started, may have been, or were active already."""
_TRIES = 4
"""Reads without an answer until the state counts as unreadable; throttled ones have as many of their own."""
_BACKOFF = (1.0, 15.0)
"""Seconds before the second read, which doubles, and at most; less where the manifest says so."""


class Drift(StrEnum):
    """Where a campaign stands now."""

    ACTIVE = "active"
    COMPLETED = "completed"
    FELL_BACK = "fell_back"
    """Neither: Ready, Stopped, Paused and the like."""
    UNREADABLE = "unreadable"


_STANDING = {"active": Drift.ACTIVE, "preparing": Drift.ACTIVE, "completed": Drift.COMPLETED}


@dataclass(slots=True)
class Watched:
    """A launch whose campaign is looked at."""

    record: LaunchRecord
    launch: Launch | None
    """None when there is no way to it."""
    drift: Drift = Drift.UNREADABLE
    state: str | None = None
    reason: str | None = "it was not read"
    tries: int = 0
    throttled: int = 0
    renewed: bool = False


def watched_of(records: Iterable[LaunchRecord]) -> list[LaunchRecord]:
    """What there is to look at, in the order of the plan; nothing of a rehearsal."""
    found = [each for each in records if each.state in WATCHED and not is_rehearsed(each.planned.identity)]
    return sorted(found, key=lambda each: each.planned.position)


@dataclass(slots=True)
class Look:
    """One look at all of them."""

    watched: list[Watched]
    settings: Settings
    clock: Callable[[], float]
    """Seconds since the epoch."""
    _by_number: dict[int, Watched] = field(default_factory=dict)
    _errands: Errands | None = None

    async def run(self, api: Api, desk: Desk) -> None:
        """Read every state.

        Raises:
            JournalError: the journal cannot be written.
        """
        concurrency = max(1, self.settings.concurrency)
        self._errands = Errands(api, desk, concurrency, self.clock, _no_outcome, self._on_reading)
        for turn, each in enumerate(self.watched):
            self._by_number[each.record.planned.launch] = each
            each.tries = each.throttled = 0
            each.renewed = False
            self._read(each, turn, 0.0)
        await self._errands.run()

    def _read(self, each: Watched, turn: int, seconds: float) -> None:
        if self._errands is not None and each.launch is not None:
            at = asyncio.get_running_loop().time() + seconds
            self._errands.add(Errand(READ, each.launch, each.record.planned.launch, turn, at))

    def _on_reading(self, errand: Errand, reading: Reading) -> None:
        each = self._by_number[errand.number]
        if reading.state is not None:
            each.state, each.reason = reading.state, None
            each.drift = _STANDING.get(reading.state.strip().casefold(), Drift.FELL_BACK)
        elif reading.throttled and each.throttled < _TRIES:
            each.throttled += 1
            self._read(each, errand.turn, 0.0)
        elif reading.unauthorized and not each.renewed:
            each.renewed = True
            self._read(each, errand.turn, 0.0)
        elif each.tries + 1 < _TRIES and not (reading.unauthorized or reading.throttled):
            each.tries += 1
            self._read(each, errand.turn, self._pause(each.tries))
        else:
            each.drift, each.state, each.reason = Drift.UNREADABLE, None, reading.reason

    def _pause(self, tries: int) -> float:
        retry = self.settings.retry
        first, longest = min(_BACKOFF[0], retry.backoff_min), min(_BACKOFF[1], retry.backoff_max)
        return min(first * 2.0 ** (tries - 1), longest)


def _no_outcome(_errand: Errand, _outcome: Outcome) -> None:
    """Nothing is stopped here."""
