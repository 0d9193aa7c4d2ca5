"""The tables, and how older files become newer ones."""

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from launcher.journal.faults import ELSEWHERE, journal_error

APPLICATION_ID = 0x4B434C4A
"""`KCLJ`, in the file's header: what tells a journal from the databases of other programs."""

_VERSION_1 = (
    """
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        key TEXT NOT NULL UNIQUE,
        manifest TEXT NOT NULL,
        manifest_sha256 TEXT NOT NULL,
        launcher_version TEXT NOT NULL,
        created_at REAL NOT NULL,
        opened_at REAL NOT NULL,
        halted TEXT,
        closed_at REAL,
        exit_code INTEGER
    )
    """,
    """
    CREATE TABLE identities (
        id INTEGER PRIMARY KEY,
        host TEXT NOT NULL,
        account_id TEXT NOT NULL,
        stream_id TEXT NOT NULL,
        campaign_id TEXT NOT NULL,
        channel TEXT NOT NULL,
        UNIQUE (campaign_id, stream_id, account_id, host, channel)
    )
    """,
    """
    CREATE TABLE launches (
        run INTEGER NOT NULL REFERENCES runs,
        number INTEGER NOT NULL,
        identity INTEGER NOT NULL REFERENCES identities,
        position INTEGER,
        account TEXT NOT NULL,
        bot TEXT,
        name TEXT,
        PRIMARY KEY (run, number)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE events (
        run INTEGER NOT NULL REFERENCES runs,
        seq INTEGER NOT NULL,
        kind TEXT NOT NULL,
        at REAL,
        launch INTEGER,
        attempt INTEGER,
        outcome TEXT,
        http_status INTEGER,
        result TEXT,
        reason TEXT,
        evidence TEXT,
        state TEXT,
        already_active INTEGER,
        throttled INTEGER,
        until REAL,
        position INTEGER,
        account TEXT,
        bot TEXT,
        name TEXT,
        exit_code INTEGER,
        manifest TEXT,
        manifest_sha256 TEXT,
        launcher_version TEXT,
        PRIMARY KEY (run, seq)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE ledger (
        identity INTEGER NOT NULL REFERENCES identities,
        run INTEGER NOT NULL REFERENCES runs,
        launch INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('claimed', 'started', 'unknown', 'clear')),
        at REAL NOT NULL,
        PRIMARY KEY (identity, run)
    ) WITHOUT ROWID
    """,
    """
    CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'events are append-only'); END
    """,
    """
    CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'events are append-only'); END
    """,
    """
    CREATE VIEW history AS
    SELECT runs.key, events.seq, datetime(events.at, 'unixepoch') AS utc, events.kind, events.launch,
           launches.account, launches.name, identities.campaign_id, events.attempt, events.outcome,
           events.http_status, events.result, events.state, events.reason, events.evidence
    FROM events
    JOIN runs ON runs.id = events.run
    LEFT JOIN launches ON launches.run = events.run AND launches.number = events.launch
    LEFT JOIN identities ON identities.id = launches.identity
    """,
)

_VERSION_2 = (
    "ALTER TABLE events ADD COLUMN operator TEXT",
    "ALTER TABLE events ADD COLUMN ticket TEXT",
    """
    CREATE TABLE orders (
        run INTEGER NOT NULL REFERENCES runs,
        number INTEGER NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('stop', 'pause', 'resume', 'continue')),
        at REAL NOT NULL,
        operator TEXT,
        reason TEXT,
        ticket TEXT,
        PRIMARY KEY (run, number)
    ) WITHOUT ROWID
    """,
    """
    CREATE TRIGGER orders_are_never_changed BEFORE UPDATE ON orders
    BEGIN SELECT RAISE(ABORT, 'orders are append-only'); END
    """,
    """
    CREATE TRIGGER orders_are_never_deleted BEFORE DELETE ON orders
    BEGIN SELECT RAISE(ABORT, 'orders are append-only'); END
    """,
    """
    CREATE TABLE requests (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        run INTEGER NOT NULL REFERENCES runs,
        launch INTEGER NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('stop', 'read')),
        sent_at REAL NOT NULL,
        replied_at REAL,
        outcome TEXT,
        state TEXT,
        http_status INTEGER,
        reason TEXT,
        FOREIGN KEY (run, launch) REFERENCES launches (run, number)
    )
    """,
    """
    CREATE TRIGGER requests_are_answered_once BEFORE UPDATE ON requests
    WHEN OLD.replied_at IS NOT NULL OR NEW.id <> OLD.id OR NEW.run <> OLD.run
        OR NEW.launch <> OLD.launch OR NEW.kind <> OLD.kind OR NEW.sent_at <> OLD.sent_at
    BEGIN SELECT RAISE(ABORT, 'requests are append-only'); END
    """,
    """
    CREATE TRIGGER requests_are_never_deleted BEFORE DELETE ON requests
    BEGIN SELECT RAISE(ABORT, 'requests are append-only'); END
    """,
    "CREATE INDEX requests_by_launch ON requests (run, launch)",
    """
    CREATE TABLE precedence (
        host TEXT NOT NULL,
        account_id TEXT NOT NULL,
        until REAL NOT NULL,
        PRIMARY KEY (host, account_id)
    ) WITHOUT ROWID
    """,
)

_VERSION_3 = (
    """
    CREATE TABLE looks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        host TEXT NOT NULL,
        account_id TEXT NOT NULL,
        sent_at REAL NOT NULL,
        replied_at REAL
    )
    """,
    """
    CREATE TRIGGER looks_are_answered_once BEFORE UPDATE ON looks
    WHEN OLD.replied_at IS NOT NULL OR NEW.id <> OLD.id OR NEW.host <> OLD.host
        OR NEW.account_id <> OLD.account_id OR NEW.sent_at <> OLD.sent_at
    BEGIN SELECT RAISE(ABORT, 'looks are append-only'); END
    """,
    """
    CREATE TRIGGER looks_are_never_deleted BEFORE DELETE ON looks
    BEGIN SELECT RAISE(ABORT, 'looks are append-only'); END
    """,
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_VERSION_1, _VERSION_2, _VERSION_3)
"""Step n leads from schema version n to n + 1. A step that was ever released is never edited."""


def identify(connection: sqlite3.Connection, path: Path) -> int:
    """The schema version of a file that is a journal or can become one (0); changes nothing.

    Raises:
        JournalError: it belongs to another program, or to a newer launcher.
        sqlite3.Error: it cannot be read.
    """
    # In one transaction: another process may make the tables between two looks.
    connection.execute("BEGIN")
    try:
        application, version = _pragma(connection, "application_id"), _pragma(connection, "user_version")
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    finally:
        connection.rollback()
    if application == APPLICATION_ID and 0 < version <= len(MIGRATIONS):
        return version
    if application == APPLICATION_ID and version > len(MIGRATIONS):
        known = f"schema {version}, this one knows up to {len(MIGRATIONS)}"
        raise journal_error(path, f"was written by a newer launcher ({known}); use that one, or {ELSEWHERE}")
    if application or version or tables:
        raise journal_error(path, f"is a database of another program; {ELSEWHERE}")
    return 0


def migrate(connection: sqlite3.Connection, migrations: Sequence[Sequence[str]] = MIGRATIONS) -> None:
    """Bring the tables to the latest version, in one transaction.

    Raises:
        JournalError, sqlite3.Error: as `identify`; nothing is changed.
    """
    if _pragma(connection, "user_version") == len(migrations):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Asked again: another process may have been faster.
        version = _pragma(connection, "user_version")
        for statements in migrations[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {max(version, len(migrations))}")
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise


def use_wal(connection: sqlite3.Connection, path: Path, patience: float) -> None:
    """Switch to the write-ahead log, durable at every commit, even through a loss of power.

    Raises:
        JournalError: the file system cannot hold one.
        sqlite3.Error: it cannot be read or written, or stays locked for `patience` seconds.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            break
        except sqlite3.OperationalError as error:
            # SQLite does not wait here when two processes create the file at the same moment.
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
    if mode != "wal":
        raise journal_error(
            path, f"is on a file system that cannot hold its log; {ELSEWHERE}, on a local disk"
        )
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA fullfsync = ON")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value
