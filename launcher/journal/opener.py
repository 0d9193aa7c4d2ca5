"""Taking a run over: lock it, read what happened, write what that means, hand it to a writer."""

import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

from launcher.errors import RefusedError, UsageError
from launcher.journal.bulk import Insert
from launcher.journal.connection import Files, connect
from launcher.journal.events import LaunchPlanned, RunOpened
from launcher.journal.faults import damaged, in_words, journal_error
from launcher.journal.ledger import HOLD_OF
from launcher.journal.lifecycle import IllegalEventError
from launcher.journal.lock import Owners, RunLock, RunLocks
from launcher.journal.opening import Opening, take_over
from launcher.journal.orders import (
    NOBODY,
    Mandate,
    OrderKind,
    Orders,
    give,
    orders_of,
    refusal,
    stop_in_force,
)
from launcher.journal.places import Places, quotas_of
from launcher.journal.read import events_of, find_run, identities_of
from launcher.journal.replay import History
from launcher.journal.rivals import Rivals
from launcher.journal.rows import RowError, storable
from launcher.journal.run import SqliteRunJournal
from launcher.journal.session import Rules, Session
from launcher.journal.standings import Standings
from launcher.journal.writer import Writer
from launcher.manifest.model import Identity
from launcher.plan.model import Plan

_NEW_RUN = (
    "INSERT INTO runs (key, manifest, manifest_sha256, launcher_version, created_at, opened_at) "
    "VALUES (?, ?, ?, ?, ?, ?)"
)
_LAUNCH = Insert(
    "INSERT INTO launches (run, number, identity, position, account, bot, name) "
    "SELECT column1, column2, identities.id, column3, column4, column5, column6 FROM (",
    "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    ") CROSS JOIN identities ON host = column7 AND account_id = column8 AND stream_id = column9 "
    "AND campaign_id = column10 AND channel = column11 WHERE true "
    "ON CONFLICT (run, number) DO UPDATE SET "
    "position = excluded.position, account = excluded.account, bot = excluded.bot, name = excluded.name",
)
_NO_POSITIONS = "UPDATE launches SET position = NULL WHERE run = ?"
_IDENTITY = Insert(
    "INSERT OR IGNORE INTO identities (host, account_id, stream_id, campaign_id, channel)", "(?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class Request:
    """Who opens which run, to do what."""

    key: str
    plan: Plan
    launcher_version: str
    clock: Callable[[], float]
    """Seconds since the epoch."""
    cooldown: float
    """Seconds, 0 for none."""
    allow_restart: Mapping[Identity, str] = field(default_factory=dict)
    """The operator's reason per campaign."""
    by: Mandate = NOBODY
    go_on: bool = False
    """Whether a run that was stopped is to go on."""
    starts: bool = True
    """Whether it is opened to start anything."""
    monotonic: Callable[[], float] = time.monotonic
    """Seconds."""

    def opened(self, at: float) -> RunOpened:
        """The event that says so."""
        plan, by = self.plan, self.by
        return RunOpened(
            at,
            plan.manifest_path,
            plan.manifest_sha256,
            self.launcher_version,
            operator=by.operator,
            reason=by.reason,
            ticket=by.ticket,
        )


def open_run(path: Path, patience: float, request: Request) -> SqliteRunJournal:
    """Take the run over; everything up to its first claim is durable when this returns.

    Raises:
        RefusedError: another process owns it, or it was stopped and is not to go on.
        UsageError: the key is no printable text.
        JournalError: the journal is damaged, or cannot be read or written.
    """
    if not request.key.isprintable() or not request.key.strip():
        raise UsageError(
            f"the run key {request.key!r} is not printable text; choose another with --key", code="L003"
        )
    with in_words(path), ExitStack() as undo:
        connection = undo.enter_context(closing(connect(path, patience)))
        _refuse_damage(connection, path)
        locks = RunLocks(path)
        run, lock = _own(connection, locks, request, undo)
        _heed_a_stop(connection, run, request)
        try:
            journal = _Taken(connection, path, run, locks, request).go_on(lock)
        except (IllegalEventError, RowError) as error:
            raise damaged(path, f"run '{request.key}': {error}") from error
        except UnicodeEncodeError as error:
            # Written out like other text, an identity would be another one when the run goes on.
            raise journal_error(path, f"cannot hold the identity {error.object!r}: it is no text") from error
        undo.pop_all()
    return journal


def _refuse_damage(connection: sqlite3.Connection, path: Path) -> None:
    finding = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if finding != "ok":
        raise damaged(path, finding)


def _own(
    connection: sqlite3.Connection, locks: RunLocks, request: Request, undo: ExitStack
) -> tuple[int, RunLock]:
    """Find or make the run and lock it; a write transaction is open afterwards."""
    while True:
        run = find_run(connection, request.key)
        if run is not None:
            # Locked before the transaction: waiting for a lock inside it would hold up every other run.
            lock = locks.acquire(run, request.key, request.clock)
            undo.callback(lock.release)
            connection.execute("BEGIN IMMEDIATE")
            return run, lock
        connection.execute("BEGIN IMMEDIATE")
        if find_run(connection, request.key) is None:
            run = _insert_run(connection, request)
            lock = locks.acquire(run, request.key, request.clock)
            undo.callback(lock.release)
            return run, lock
        connection.execute("ROLLBACK")  # another process was faster


def _heed_a_stop(connection: sqlite3.Connection, run: int, request: Request) -> None:
    """In the transaction that takes the run over, so that no stop comes in between."""
    stop = stop_in_force(orders_of(connection, run))
    if stop is None or not request.starts:
        return
    if not request.go_on or not request.by.reason:
        raise RefusedError(refusal(request.key, stop), code="L035")
    give(connection, run, OrderKind.CONTINUE, request.clock(), request.by)


def _insert_run(connection: sqlite3.Connection, request: Request) -> int:
    plan, now = request.plan, request.clock()
    manifest = storable(plan.manifest_path)
    values = (request.key, manifest, plan.manifest_sha256, request.launcher_version, now, now)
    connection.execute(_NEW_RUN, values)
    number: int = connection.execute("SELECT last_insert_rowid()").fetchone()[0]
    return number


class _Taken:
    """A run that is locked, inside the transaction that takes it over."""

    def __init__(
        self, connection: sqlite3.Connection, path: Path, run: int, locks: RunLocks, request: Request
    ) -> None:
        self._connection = connection
        self._path = path
        self._run = run
        self._request = request
        self._owners = Owners(locks)
        places = Places(quotas_of(request.plan), request.plan.settings.timeout)
        self._rivals = Rivals(
            connection,
            run,
            places,
            alive=self._owners.alive,
            clock=request.clock,
            monotonic=request.monotonic,
        )

    def go_on(self, lock: RunLock) -> SqliteRunJournal:
        """Write what the take-over means, commit, and start the writer."""
        request = self._request
        past_requests = self._rivals.past_requests()
        history = self._history()
        is_new = history.opened is None
        opening = take_over(history, request.plan, request.opened(request.clock()), request.allow_restart)
        self._save_launches(opening)
        rules = Rules(request.cooldown, self._owners, request.clock)
        session = Session(
            self._connection,
            self._run,
            next_seq=self._next_seq(),
            launches=self._standings(history),
            rules=rules,
            rivals=self._rivals,
            orders=Orders(self._connection, self._run, request.monotonic),
        )
        session.put(opening.events)
        session.commit()
        writer = Writer(session, Files(self._path, lock.path), self._path)
        first_events = opening.events if is_new else None
        return SqliteRunJournal(
            request.key, opening.records, past_requests, writer, lock, first_events=first_events
        )

    def _history(self) -> History:
        identities = identities_of(self._connection, self._run)
        if identities:  # the plan's own objects where they are equal: an identity is five strings
            ours = {launch.identity: launch.identity for launch in self._request.plan.launches}
            identities = {number: ours.get(each, each) for number, each in identities.items()}
        return History.of(event for _, event in events_of(self._connection, self._run, identities))

    def _next_seq(self) -> int:
        query = "SELECT coalesce(max(seq) + 1, 0) FROM events WHERE run = ?"
        seq: int = self._connection.execute(query, (self._run,)).fetchone()[0]
        return seq

    def _save_launches(self, opening: Opening) -> None:
        planned = [event for event in opening.events if isinstance(event, LaunchPlanned)]
        if not planned:
            return
        self._connection.execute(_NO_POSITIONS, (self._run,))
        # In the order of their index: at random, a long list would not fit into SQLite's cache.
        in_order = sorted(planned, key=lambda event: event.identity.campaign_id)
        _IDENTITY.execute(self._connection, (event.identity for event in in_order))
        _LAUNCH.execute(self._connection, map(self._launch_row, planned))

    def _launch_row(self, event: LaunchPlanned) -> tuple[object, ...]:
        names = map(storable, (event.account, event.bot, event.name))
        return self._run, event.launch, event.position, *names, *event.identity

    def _standings(self, history: History) -> Standings:
        standings = Standings(history.allowed_at)
        query = "SELECT number, identity FROM launches WHERE run = ? ORDER BY number"
        for number, identity in self._connection.execute(query, (self._run,)):
            if not number == len(standings) < len(history.records):
                raise RowError(f"launch {number} is out of order")
            record = history.records[number]
            standings.add(identity, record.planned.identity[:2], HOLD_OF[record.state])
        if len(standings) != len(history.records):
            raise RowError(f"{len(standings)} launches are listed, {len(history.records)} were planned")
        return standings
