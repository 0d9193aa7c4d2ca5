"""Where requests leave that belong to no run: inside the account's budget, tried again where that helps."""

import math
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol, TypeVar

import anyio
import anyio.to_thread

from launcher.engine.pacer import Pacer
from launcher.journal.places import Lane
from launcher.journal.port import Busy
from launcher.manifest.model import Account
from launcher.outcome import Reading
from launcher.plan.states import Page

TRIES = 4
"""Requests that one reading is worth; throttled ones have as many of their own."""
_PAUSE = 1.0
"""Seconds before the second try; it doubles."""
_LONGEST_PAUSE = 60.0


_POLL = 1.0
"""Seconds after which a place that others hold is asked for again, at the latest."""

Answer = Reading | Page
_A = TypeVar("_A", Reading, Page)


class Book(Protocol):
    """Where requests are written down, for other launchers and for the run that follows.

    `launcher.journal.looks.Looks`; called in threads, and raises JournalError.
    """

    def claim(self, lane: Lane) -> int | Busy:
        """A ticket for one request, durable before it leaves, or how long it has to wait."""

    def answered(self, ticket: int) -> None:
        """The request has its reply."""


class Desk:
    """The requests of one account.

    `earlier` are the loop times of replies that still count; without a `book`, they and the desk's own
    requests are all that count.
    """

    def __init__(
        self,
        account: Account,
        slots: anyio.CapacityLimiter,
        on_wait: Callable[[str, float], None],
        *,
        even: bool,
        earlier: Iterable[float],
        book: Book | None = None,
    ) -> None:
        self.replied: list[float] = []
        """When each request was answered, on the event loop's clock."""
        self._account = account
        self._pacer = Pacer(account.budget, even=even)
        self._pacer.remember(earlier)
        self._slots = slots
        self._on_wait = on_wait
        self._book = book
        self._turn = anyio.Lock()
        self._answered = anyio.Event()
        self._not_before = -math.inf

    async def ask(self, question: Callable[[], Awaitable[_A]], renew: Callable[[], None]) -> _A:
        """Put a question until it is answered, or several tries were in vain; the last answer."""
        failures = throttles = 0
        renewed = False
        while True:
            answer = await self._ask_once(question)
            if answer.unauthorized and not renewed:
                renewed = True
                renew()
            elif answer.throttled and throttles < TRIES:
                throttles += 1
                self._not_before = anyio.current_time() + _patience(answer.retry_after, throttles + 3)
            elif not answer.throttled and _may_pass(answer) and failures < TRIES - 1:
                failures += 1
                await anyio.sleep(_patience(answer.retry_after, failures))
            else:
                return answer

    async def _ask_once(self, question: Callable[[], Awaitable[_A]]) -> _A:
        ticket = await self._take_place()
        try:
            async with self._slots:
                return await question()
        finally:
            now = anyio.current_time()
            self._pacer.release(now)
            self.replied.append(now)
            self._answered.set()
            self._answered = anyio.Event()
            if self._book is not None and ticket is not None:
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(self._book.answered, ticket)

    async def _take_place(self) -> int | None:
        # One at a time: two that woke at the same moment would take the same place.
        async with self._turn:
            told = False
            while True:
                now = anyio.current_time()
                free_at = max(self._pacer.free_at(now), self._not_before)
                if free_at == math.inf:
                    await self._answered.wait()
                    continue
                claimed = await self._claim() if free_at <= now else Busy(free_at - now)
                if not isinstance(claimed, Busy):
                    break
                if not told:
                    told = True
                    self._on_wait(self._account.name, claimed.wait)
                await anyio.sleep(claimed.wait if free_at > now else min(claimed.wait, _POLL))
            self._pacer.take(anyio.current_time())
            return claimed

    async def _claim(self) -> int | Busy | None:
        if self._book is None:
            return None
        # Shielded: what was claimed and is not known of would hold its place unsent.
        claimed: list[int | Busy] = []
        with anyio.CancelScope(shield=True):
            claimed.append(await anyio.to_thread.run_sync(self._book.claim, self._account.lane))
        return claimed[0]


def _patience(asked: float | None, tries: int) -> float:
    return min(_PAUSE * 2 ** (tries - 1) if asked is None else max(asked, 0.05), _LONGEST_PAUSE)


def _may_pass(answer: Answer) -> bool:
    """Whether the same question may be answered next time: nothing was read, or the server was in trouble."""
    status = answer.http_status
    return answer.reason is not None and (status is None or status >= 500 or status in (408, 425))  # noqa: PLR2004  # HTTP
