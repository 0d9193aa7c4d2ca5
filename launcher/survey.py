"""The state of a plan's campaigns, read before anything is started: a few requests a stream.

Every stream's campaigns are read in pages (get-all), and one by one only where the list does not have them.
What cannot be read is reported and holds nothing up. The accounts' budgets hold as in a run: a survey takes
its places from the same kind of pacer, which knows the requests that were sent before it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

import anyio

from launcher.desk import Book, Desk
from launcher.errors import JournalError
from launcher.journal.port import PastRequest
from launcher.manifest.model import Identity
from launcher.outcome import Reading
from launcher.plan.model import Launch, Plan
from launcher.plan.paging import Paging
from launcher.plan.states import CampaignState, Page, StreamTrouble

_NO_LIST = frozenset({200, 400, 404, 405, 412, 501})
"""HTTP statuses with which a server that has no get-all answers it."""
_PROBES = 3
"""Campaigns that a list does not have of which so many are read before all of them are, or none."""
_MISSING = frozenset({400, 404, 410})
"""HTTP statuses of a read of what is not there; the API's builder side says 400."""

LaneKey = tuple[str, str]


class Reader(Protocol):
    """What a survey needs of the API. Every method sends at most one request and does not raise."""

    async def read_page(self, launch: Launch, skip: int, limit: int) -> Page:
        """Read a page of the campaigns of the launch's stream and channel."""

    async def read_status(self, launch: Launch) -> Reading:
        """Read the campaign's state."""

    def renew_token(self, launch: Launch) -> None:
        """Drop the cached token after a 401."""


@dataclass(slots=True)
class Survey:
    """What was found."""

    states: dict[Identity, CampaignState] = field(default_factory=dict)
    """Of every launch."""
    troubles: list[StreamTrouble] = field(default_factory=list)
    replied: list[tuple[LaneKey, float]] = field(default_factory=list)
    """Every request that was sent: when it was answered, on the event loop's clock."""

    def past_requests(self, now: float) -> list[PastRequest]:
        """The survey's requests as a run's pacer wants to know them; `now` is the event loop's time."""
        return [PastRequest(lane, max(0.0, now - at), replied=True) for lane, at in self.replied]


async def survey(
    plan: Plan,
    api: Reader,
    *,
    past: Iterable[PastRequest] = (),
    book: Book | None = None,
    on_wait: Callable[[str, float], None] = lambda _account, _seconds: None,
) -> Survey:
    """Read the state of every campaign of `plan`.

    `past` are requests that still count against a budget; in the `book` others find this survey's. `on_wait`
    hears of an account (its name) whose budget is used up, and for how many seconds.

    Raises:
        JournalError: the book cannot be written.
    """
    found = Survey()
    slots = anyio.CapacityLimiter(max(1, plan.settings.concurrency))
    desks = _desks(plan, past, book, slots, on_wait)
    try:
        async with anyio.create_task_group() as tasks:
            for launches in _streams(plan.launches).values():
                stream = _Stream(launches, api, desks[launches[0].account.lane], found)
                tasks.start_soon(stream.read)
    except BaseExceptionGroup as group:
        raise _journal_error(group) or group from None
    found.replied = [(lane, at) for lane, desk in desks.items() for at in desk.replied]
    return found


def _journal_error(group: BaseExceptionGroup[BaseException]) -> BaseException | None:
    """The journal's error, of however many; None when there is anything else."""
    errors, others = group.split(JournalError)
    error: BaseException | None = errors if others is None else None
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _streams(launches: Iterable[Launch]) -> dict[tuple[str, ...], list[Launch]]:
    """The launches by stream and channel: what one list holds."""
    streams: dict[tuple[str, ...], list[Launch]] = {}
    for launch in launches:
        host, account, stream, _, channel = launch.identity
        streams.setdefault((host, account, stream, channel), []).append(launch)
    return streams


def _desks(
    plan: Plan,
    past: Iterable[PastRequest],
    book: Book | None,
    slots: anyio.CapacityLimiter,
    on_wait: Callable[[str, float], None],
) -> Mapping[LaneKey, Desk]:
    earlier: defaultdict[LaneKey, list[float]] = defaultdict(list)
    for request in past:
        earlier[request.lane].append(anyio.current_time() - request.age)
    accounts = {launch.account.lane: launch.account for launch in reversed(plan.launches)}
    even = plan.settings.pace == "even"
    return {
        lane: Desk(account, slots, on_wait, even=even, earlier=earlier[lane], book=book)
        for lane, account in accounts.items()
    }


class _Stream:
    """The launches of one stream and channel."""

    def __init__(self, launches: Sequence[Launch], api: Reader, desk: Desk, found: Survey) -> None:
        self._launches = launches
        self._first = launches[0]
        self._api = api
        self._desk = desk
        self._found = found
        self._paging = Paging({launch.identity.campaign_id for launch in launches})
        self._listed = self._paging.listed
        self._complete = False

    async def read(self) -> None:
        """Find out the state of each."""
        last = await self._list()
        # Only in a list that came to its end does it mean something not to be there.
        self._complete = last.reason is None and not last.more
        if last.reason is not None and last.http_status not in _NO_LIST:
            self._give_up(last.reason)
            return
        missing = []
        for launch in self._launches:
            state = self._listed.get(launch.identity.campaign_id)
            if state is not None and state.state is not None:
                self._found.states[launch.identity] = state
            else:
                missing.append(launch)
        if missing:
            await self._read_each(missing, last)

    async def _list(self) -> Page:
        """Read pages until all launches are found or the list ends; the last page."""
        while True:
            page = await self._page(self._paging.skip, self._paging.limit)
            if not self._paging.take(page):
                return page

    async def _page(self, skip: int, limit: int) -> Page:
        return await self._desk.ask(
            lambda: self._api.read_page(self._first, skip, limit),
            lambda: self._api.renew_token(self._first),
        )

    async def _read_each(self, launches: Sequence[Launch], last: Page) -> None:
        """Read one by one what the list does not have; a few tell whether that is worth its requests."""
        rest = iter(launches)
        if await self._probe(rest):
            async with anyio.create_task_group() as tasks:
                for launch in rest:
                    tasks.start_soon(self._read_one, launch)
        elif last.reason is not None:
            self._give_up(last.reason)
        else:
            self._leave_unread(rest)

    def _leave_unread(self, launches: Iterable[Launch]) -> None:
        for launch in launches:
            reason = f"the stream's list of {len(self._listed)} campaigns does not have it"
            self._found.states[launch.identity] = CampaignState(None, missing=self._complete, reason=reason)

    async def _probe(self, launches: Iterator[Launch]) -> bool:
        """Read until one can be read, a few at most."""
        for launch in islice(launches, _PROBES):
            await self._read_one(launch)
            if self._found.states[launch.identity].state is not None:
                return True
        return False

    async def _read_one(self, launch: Launch) -> None:
        reading = await self._desk.ask(
            lambda: self._api.read_status(launch), lambda: self._api.renew_token(launch)
        )
        read = reading.state is not None
        self._found.states[launch.identity] = CampaignState(
            reading.state,
            name=reading.name,
            missing=not read and reading.http_status in _MISSING and not reading.throttled,
            reason=reading.reason,
            unlisted=read and self._complete and launch.identity.campaign_id not in self._listed,
        )

    def _give_up(self, reason: str) -> None:
        trouble = StreamTrouble(self._first.account.name, self._first.identity.stream_id, reason)
        self._found.troubles.append(trouble)
        for launch in self._launches:
            known = self._listed.get(launch.identity.campaign_id)
            state = (
                known if known is not None and known.state is not None else CampaignState(None, reason=reason)
            )
            self._found.states[launch.identity] = state
