"""What became of the campaigns after the launch: their states, read now, beside what the run made of them."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from launcher.engine.ports import Api
from launcher.errands import READ, Desk, Errand, Errands, Pager, Part, Waits
from launcher.journal.lifecycle import LaunchRecord, State
from launcher.manifest.model import Settings
from launcher.outcome import Outcome, Reading
from launcher.plan.model import Launch
from launcher.plan.paging import Paging
from launcher.plan.rehearsal import is_rehearsed
from launcher.plan.states import Page

WATCHED = frozenset(
    {State.SENDING, State.ACCEPTED, State.DOUBT, State.STARTED, State.UNKNOWN, State.ALREADY_ACTIVE}
)
"""Launches that were started, may have been, or were active already."""
_FEW = 3
"""Campaigns of one stream that are read one by one; of more, the stream's list is read first."""
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


class Reader(Api, Pager, Protocol):
    """The API, with its lists."""


@dataclass(slots=True)
class _Stream:
    """What is looked at in one stream and channel, while its list is read."""

    watched: Sequence[Watched]
    turn: int
    paging: Paging
    throttled: int = 0
    renewed: bool = False


def watched_of(records: Iterable[LaunchRecord]) -> list[LaunchRecord]:
    """What there is to look at, in the order of the plan; nothing of a rehearsal."""
    found = [each for each in records if each.state in WATCHED and not is_rehearsed(each.planned.identity)]
    return sorted(found, key=lambda each: each.planned.position)


@dataclass(slots=True)
class Look:
    """One look at all of them: by list where a stream has more than a few, else one by one."""

    watched: list[Watched]
    settings: Settings
    clock: Callable[[], float]
    """Seconds since the epoch."""
    waits: Waits | None = None
    _by_number: dict[int, Watched] = field(default_factory=dict)
    _streams: dict[int, _Stream] = field(default_factory=dict)
    """By the number of the stream's first launch."""
    _errands: Errands | None = None

    async def run(self, api: Reader, desk: Desk) -> None:
        """Read every state.

        Raises:
            JournalError: the journal cannot be written.
        """
        concurrency = max(1, self.settings.concurrency)
        self._errands = Errands(
            api,
            desk,
            concurrency,
            self.clock,
            _no_outcome,
            self._on_reading,
            on_page=self._on_page,
            pager=api,
            waits=self.waits,
        )
        for turn, together in enumerate(_by_stream(self.watched)):
            self._begin(together, turn)
        await self._errands.run()

    def _begin(self, together: Sequence[Watched], turn: int) -> None:
        for each in together:
            self._by_number[each.record.planned.launch] = each
            each.tries = each.throttled = 0
            each.renewed = False
        ids = {each.record.planned.identity.campaign_id for each in together}
        # Of a list so long that it takes more pages than there are campaigns, the rest is read one by one.
        stream = _Stream(together, turn, Paging(ids, most=len(ids)))
        if len(ids) > _FEW:
            self._streams[together[0].record.planned.launch] = stream
            self._list(stream)
        else:
            self._read_rest(stream)

    def _list(self, stream: _Stream) -> None:
        first = stream.watched[0]
        if self._errands is not None and first.launch is not None:
            planned = [each.record.planned for each in stream.watched]
            numbers = {each.identity.campaign_id: each.launch for each in planned}
            asked = Part(stream.paging.skip, stream.paging.limit, numbers)
            self._errands.add(Errand(READ, first.launch, planned[0].launch, stream.turn, part=asked))

    def _on_page(self, errand: Errand, page: Page) -> None:
        stream = self._streams[errand.number]
        if page.throttled and stream.throttled < _TRIES:
            stream.throttled += 1
            self._list(stream)
        elif page.unauthorized and not stream.renewed:
            stream.renewed = True
            self._list(stream)
        elif stream.paging.take(page):
            self._list(stream)
        else:
            self._read_rest(stream)

    def _read_rest(self, stream: _Stream) -> None:
        """Take what the list told, and read what it does not have."""
        for each in stream.watched:
            listed = stream.paging.listed.get(each.record.planned.identity.campaign_id)
            if listed is not None and listed.state is not None:
                _stands(each, listed.state)
            else:
                self._read(each, stream.turn, 0.0)

    def _read(self, each: Watched, turn: int, seconds: float) -> None:
        if self._errands is not None and each.launch is not None:
            at = asyncio.get_running_loop().time() + seconds
            self._errands.add(Errand(READ, each.launch, each.record.planned.launch, turn, at))

    def _on_reading(self, errand: Errand, reading: Reading) -> None:
        each = self._by_number[errand.number]
        if reading.state is not None:
            _stands(each, reading.state)
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


def _by_stream(watched: Iterable[Watched]) -> Iterable[Sequence[Watched]]:
    """What one list holds together; what there is no way to is left out."""
    streams: dict[tuple[str, ...], list[Watched]] = {}
    for each in watched:
        if each.launch is not None:
            host, account, stream, _, channel = each.record.planned.identity
            streams.setdefault((host, account, stream, channel), []).append(each)
    return streams.values()


def _stands(each: Watched, state: str) -> None:
    each.state, each.reason = state, None
    each.drift = _STANDING.get(state.strip().casefold(), Drift.FELL_BACK)


def _no_outcome(_errand: Errand, _outcome: Outcome) -> None:
    """Nothing is stopped here."""
