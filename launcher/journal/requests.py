"""Requests of verbs that work beside a run, such as `stop` and `status`: they need no ownership of it.

They hold places in the accounts' budgets like those of a run, and whoever claims counts them. What is urgent
has precedence: the lanes that it waits for grant nothing to anybody else meanwhile.
"""

import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from launcher.journal.beside import LISTED
from launcher.journal.claiming import Claiming
from launcher.journal.places import Lane
from launcher.journal.port import Busy
from launcher.journal.rivals import PRECEDENCE
from launcher.journal.rows import storable
from launcher.manifest.model import Quota

_SEND = "INSERT INTO requests (run, launch, kind, sent_at) VALUES (?, ?, ?, ?)"
_REPLY = (
    "UPDATE requests SET replied_at = ?, outcome = ?, state = ?, http_status = ?, reason = ? "
    "WHERE id = ? AND replied_at IS NULL"
)
_LISTED = (
    "INSERT INTO requests (run, launch, kind, sent_at, replied_at, outcome, state) "
    "SELECT run, ?, kind, sent_at, ?, ?, ? FROM requests WHERE id = ?"
)
_PRECEDENCE = (
    "INSERT INTO precedence (host, account_id, until) VALUES (?, ?, ?) "
    "ON CONFLICT (host, account_id) DO UPDATE SET until = excluded.until"
)
_LATEST = """
SELECT launch, kind, sent_at, outcome, state FROM requests
WHERE run = ? AND id IN (
    SELECT max(id) FROM requests WHERE run = ? AND (kind = 'stop' OR state IS NOT NULL) GROUP BY launch
)
"""
"""A read without a state, such as that of a list, says nothing of the launch that it stands under."""

_SENT = "SELECT kind, count(*) FROM requests WHERE run = ? AND outcome IS NOT ? GROUP BY kind"
_STOPPED = """
SELECT launch, max(CASE WHEN stopped THEN sent_at END) FROM (
    SELECT id, launch, sent_at,
           kind = 'stop' AND outcome = 'accepted' OR lower(trim(state)) = 'stopped' AS stopped,
           lower(trim(state)) IN ('active', 'preparing', 'scheduled', 'rescheduled') AS runs
    FROM requests WHERE run = ?
) GROUP BY launch
HAVING max(CASE WHEN stopped THEN id END) > max(CASE WHEN runs THEN id ELSE 0 END)
"""
"""An accepted stop, or a state read as Stopped, that no reading contradicted later."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request that somebody wants to send."""

    launch: int
    """Its number in the run."""
    kind: str
    """`stop` or `read`."""
    lane: Lane


@dataclass(frozen=True, slots=True)
class Replied:
    """What became of a request."""

    ticket: int
    at: float
    outcome: str | None = None
    state: str | None = None
    http_status: int | None = None
    reason: str | None = None
    listed: Mapping[int, str] = field(default_factory=dict)
    """The states that a list told, by the launches' numbers."""


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest request about a launch, or the latest list that it stood in."""

    kind: str
    sent_at: float
    outcome: str | None
    state: str | None


class Requests(Claiming):
    """Claims and records requests about one run."""

    def __init__(
        self,
        path: Path,
        run: int,
        *,
        quotas: Mapping[Lane, Sequence[Quota]],
        timeout: float,
        urgent: bool,
        patience: float,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """As `Claiming`."""
        super().__init__(
            path,
            quotas=quotas,
            timeout=timeout,
            patience=patience,
            urgent=urgent,
            clock=clock,
            monotonic=monotonic,
        )
        self._run = run
        self._urgent = urgent

    def exchange(self, replies: Sequence[Replied], wanted: Sequence[Wanted]) -> list[int | Busy]:
        """Record `replies` and claim `wanted`, in one commit: a ticket for each, or how long it has to wait.

        Raises:
            JournalError: nothing was recorded or granted.
        """
        with self._transaction():
            self._record(replies)
            return self._claim(wanted) if wanted else []

    def _record(self, replies: Sequence[Replied]) -> None:
        for each in replies:
            words = storable(each.state), each.http_status, storable(each.reason)
            reply = each.at, each.outcome, *words, each.ticket
            if self._connection.execute(_REPLY, reply).rowcount:
                listed = [
                    (launch, each.at, LISTED, storable(state), each.ticket)
                    for launch, state in each.listed.items()
                ]
                self._connection.executemany(_LISTED, listed)

    def _claim(self, wanted: Sequence[Wanted]) -> list[int | Busy]:
        answers: list[int | Busy] = []
        self._rivals.refresh()
        for each in wanted:
            wait = self._rivals.wait(each.lane)
            answers.append(Busy(wait) if wait > 0 else self._send(each))
        if self._urgent:
            until = self._clock() + PRECEDENCE
            lanes = dict.fromkeys(each.lane for each in wanted)
            self._connection.executemany(_PRECEDENCE, [(*lane, until) for lane in lanes])
        return answers

    def _send(self, wanted: Wanted) -> int:
        now = self._clock()
        values = (self._run, wanted.launch, wanted.kind, now)
        ticket = self._connection.execute(_SEND, values).lastrowid or 0
        self._rivals.requests.note(ticket, wanted.lane, now)
        return ticket


def requests_sent(connection: sqlite3.Connection, run: int) -> dict[str, int]:
    """How many requests beside a run there were, by kind; a list is one."""
    return dict(connection.execute(_SENT, (run, LISTED)))


def latest_requests(connection: sqlite3.Connection, run: int) -> dict[int, Latest]:
    """The latest that was asked or told of each launch of a run; without readings that told nothing."""
    return {launch: Latest(*rest) for launch, *rest in connection.execute(_LATEST, (run, run))}


def stopped_launches(connection: sqlite3.Connection, run: int) -> dict[int, float]:
    """When each launch of a run was stopped, as far as is known; without those that ran again since."""
    return dict(connection.execute(_STOPPED, (run,)))
