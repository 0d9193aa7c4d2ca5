"""Other launchers on this journal, and what they use up of the accounts' budgets.

Alone, this costs one look at SQLite's change counter per claim. As soon as somebody else wrote, the requests
of every run that was active lately are read from the events, and from then on only what is new.
"""

import math
import sqlite3
from collections.abc import Callable, Iterable

from launcher.journal.beside import LOOKS, REQUESTS, Beside
from launcher.journal.events import LaunchStep
from launcher.journal.places import Lane, Places
from launcher.journal.port import PastRequest
from launcher.journal.rows import COLUMNS, from_row

_RECENT_RUNS = "SELECT id, opened_at FROM runs WHERE closed_at IS NULL OR closed_at > ?"
_BACKWARDS = "SELECT seq, at FROM events WHERE run = ? AND at IS NOT NULL ORDER BY seq DESC"
_REQUESTS = f"""
SELECT seq, at, host, account_id, kind, {", ".join(f"events.{column}" for column in COLUMNS)}
FROM events
LEFT JOIN launches ON launches.run = events.run AND launches.number = events.launch
LEFT JOIN identities ON identities.id = launches.identity
WHERE events.run = ? AND seq > ? AND kind IN (
    'run_opened', 'attempt_intended', 'attempt_withdrawn', 'attempt_finished',
    'read_intended', 'read_finished'
)
ORDER BY seq
"""  # noqa: S608  # the names are this package's own
_PRECEDENCE = "SELECT host, account_id, until FROM precedence WHERE until > ?"

PRECEDENCE = 3.0
"""Seconds for which a lane grants nothing to others after something urgent asked for it."""


class Rivals:
    """The requests of all runs, as far as they still count; to be used inside a write transaction.

    The wall clock only tells how old an event is at the moment it is read: from then on the monotonic clock
    counts, so that a clock that is set back does not keep a place for hours.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        me: int,
        places: Places,
        *,
        alive: Callable[[int], bool],
        clock: Callable[[], float],
        monotonic: Callable[[], float],
        urgent: bool = False,
    ) -> None:
        """`urgent`: nobody has precedence, and what a live process sent counts as a dead one's does."""
        self.present = False
        """Whether others may use up budgets, as of the last `refresh`."""
        self._connection = connection
        self._me = me
        self._places = places
        self._alive = alive
        self._clock = clock
        self._monotonic = monotonic
        self._version = -1
        self._urgent = urgent
        self.requests = Beside(connection, REQUESTS, places, clock, self._moment)
        """Of verbs that work beside a run."""
        self.looks = Beside(connection, LOOKS, places, clock, self._moment)
        """Of verbs that need no run."""
        self._precedence: dict[Lane, float] = {}
        """Until when a lane is kept for what is urgent."""
        self._seen: dict[int, int] = {}
        self._latest: dict[int, float] = {}
        self._quiet: dict[int, float] = {}
        """Dead runs without recent requests, with the time of their opening: not looked at again."""

    def past_requests(self) -> list[PastRequest]:
        """The requests of every run up to now that may still hold a place."""
        self._forget()
        for run, _ in self._recent_runs():
            self._read(run)
        self._read_beside()
        self._places.orphan(self._me)
        self._places.drop_expired(self._monotonic(), self._alive)
        past = self._places.past(self._monotonic())
        self._forget()
        return past

    def changed(self) -> bool:
        """Whether `refresh` may have anything new to tell."""
        version = self._connection.execute("PRAGMA data_version").fetchone()[0]
        changed = version != self._version
        self._version = version
        return changed or self.present

    def refresh(self) -> None:
        """Take in what the other runs did; of this run all must have been written, or told to `note`."""
        if not self.present:
            self._forget()
        active = [
            self._is_active(run, opened_at) for run, opened_at in self._recent_runs() if run != self._me
        ]
        others = any((*active, self._read_beside(), self._read_precedence()))
        if others and not self.present:
            self._read(self._me)
        self.present = others
        self._places.drop_expired(self._monotonic(), self._holds)

    def note(self, event: LaunchStep, lane: Lane) -> None:
        """Take in an event of this run that may not be written yet."""
        self._places.apply(self._me, event, lane, self._moment(event.at))

    def wait(self, lane: Lane) -> float:
        """Seconds until the lane has a free place, 0 when it has one."""
        now = self._monotonic()
        kept = self._precedence.get(lane, now) - now if self._precedence else 0.0
        return max(kept, self._places.wait(lane, now, self._holds))

    def _holds(self, run: int) -> bool:
        """Whether an unanswered request of a run holds its place for as long as its process lives."""
        return not self._urgent and self._alive(run)

    def _read_beside(self) -> bool:
        """Take in the requests that are in no run's events; whether any still counts."""
        return any([self.requests.read(), self.looks.read()])

    def _read_precedence(self) -> bool:
        """Take in what is kept for the urgent; whether anything is."""
        if self._urgent:
            return False
        wall, now = self._clock(), self._monotonic()
        kept = self._connection.execute(_PRECEDENCE, (wall,)).fetchall()
        self._precedence = {
            (host, account): now + min(until - wall, PRECEDENCE) for host, account, until in kept
        }
        return bool(kept)

    def _forget(self) -> None:
        self._places.clear()
        self._seen.clear()
        self._latest.clear()
        self.requests.forget()
        self.looks.forget()

    def _recent_runs(self) -> list[tuple[int, float]]:
        since = self._clock() - self._places.horizon
        return self._connection.execute(_RECENT_RUNS, (since,)).fetchall()

    def _is_active(self, run: int, opened_at: float) -> bool:
        if self._quiet.get(run) == opened_at:
            return False
        self._read(run)
        if self._alive(run) or self._latest.get(run, -math.inf) > self._monotonic() - self._places.horizon:
            return True
        self._quiet[run] = opened_at
        return False

    def _read(self, run: int) -> None:
        if run not in self._seen:
            self._seen[run] = self._before_horizon(run)
        rows = self._connection.execute(_REQUESTS, (run, self._seen[run]))
        for seq, at, host, account_id, kind, *values in rows:
            self._seen[run] = seq
            self._latest[run] = self._moment(at)
            self._places.apply(run, from_row(kind, values, {}), (host, account_id), self._latest[run])

    def _before_horizon(self, run: int) -> int:
        since = self._clock() - self._places.horizon
        backwards: Iterable[tuple[int, float]] = self._connection.execute(_BACKWARDS, (run,))
        return next((seq for seq, at in backwards if at < since), -1)

    def _moment(self, at: float) -> float:
        return self._monotonic() - max(0.0, self._clock() - at)
