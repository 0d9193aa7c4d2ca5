"""What the engine needs of a journal: the port that the SQLite store and the in-memory one implement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from launcher.journal.events import Event, Intent
from launcher.journal.lifecycle import LaunchRecord
from launcher.outcome import NotAttempted


@dataclass(frozen=True, slots=True)
class Granted:
    """The intent is durable: the request may leave."""


@dataclass(frozen=True, slots=True)
class Busy:
    """Other launchers on this journal use up the account's budget: ask again in `wait` seconds."""

    wait: float


@dataclass(frozen=True, slots=True)
class Forbidden:
    """The ledger forbids this start: another run started the campaign, or is at it."""

    why: NotAttempted
    reason: str


Verdict = Granted | Busy | Forbidden


@dataclass(frozen=True, slots=True)
class PastRequest:
    """A request of an earlier process (or another launcher) that still holds a place in the budget."""

    lane: tuple[str, str]
    age: float
    """Seconds since its reply, or since it was sent when no reply is known."""
    replied: bool


class RunJournal(Protocol):
    """One run's part of the journal, owned by this process until it is closed."""

    @property
    def key(self) -> str:
        """The run key."""

    @property
    def records(self) -> Sequence[LaunchRecord]:
        """The launches of the plan in its order, as the events up to now tell; the caller owns them."""

    @property
    def past_requests(self) -> Sequence[PastRequest]:
        """Requests before this process that may still count against a budget."""

    async def claim(self, intents: Sequence[Intent]) -> Sequence[Verdict]:
        """Make intents durable, in one commit; a verdict each, in order.

        Only a granted intent was written. Cancelled while waiting, nothing was granted: what is written of
        the intents all the same is withdrawn again, before anything that is appended later.

        Raises:
            JournalError: nothing was granted, now or later: every further claim fails too.
            IllegalEventError: an intent may repeat a start of this run, a defect; nothing was granted.
        """

    def append(self, events: Sequence[Event]) -> None:
        """Hand over events, in order; durable soon, and before any later claim is granted.

        Never blocks and never raises: a failure comes out of the next `claim` or `flush`.
        """

    async def flush(self) -> None:
        """Wait until all that was appended is durable.

        Raises:
            JournalError: it is not.
        """
