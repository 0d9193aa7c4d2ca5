import sqlite3
from contextlib import closing
from threading import Timer

import pytest

from launcher.errors import JournalError
from launcher.journal.read import events_of, identities_of
from launcher.journal.schema import APPLICATION_ID, MIGRATIONS, identify, migrate, use_wal
from launcher.journal.store import Journal


@pytest.fixture
def connection(path):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


def pragma(connection, name):
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def tables(connection):
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def make_version_1(connection):
    """A version-1 file with a run in it, by hand."""
    for statement in MIGRATIONS[0]:
        connection.execute(statement)
    connection.execute("INSERT INTO runs VALUES (1, 'k', 'm.yaml', 'ab', '1.0', 1.0, 1.0, NULL, NULL, NULL)")
    connection.execute("INSERT INTO identities VALUES (7, 'https://h', 'a', 's', 'c', 'sms')")
    connection.execute("INSERT INTO launches VALUES (1, 0, 7, 0, 'acme', NULL, NULL)")
    connection.execute(
        "INSERT INTO events (run, seq, kind, at, manifest, manifest_sha256, launcher_version) "
        "VALUES (1, 0, 'run_opened', 1.0, 'm.yaml', 'ab', '1.0')"
    )
    connection.execute(
        "INSERT INTO events (run, seq, kind, launch, position, account) "
        "VALUES (1, 1, 'launch_planned', 0, 0, 'acme')"
    )
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 1")


def test_a_new_file_gets_the_latest_version(connection, path):
    assert identify(connection, path) == 0
    migrate(connection)
    assert identify(connection, path) == len(MIGRATIONS)


def test_a_version_1_file_is_still_read(connection, path):
    make_version_1(connection)
    with Journal.open(path) as journal:
        assert [run.key for run in journal.runs()] == ["k"]
        assert [type(event).__name__ for event in journal.events("k")] == ["RunOpened", "LaunchPlanned"]


def test_a_file_that_cannot_be_brought_up_to_date_is_read_as_it_is(connection):
    make_version_1(connection)
    (_, opened), _ = events_of(connection, 1, identities_of(connection, 1))
    assert (opened.manifest, opened.operator, opened.ticket) == ("m.yaml", None, None)


def test_an_older_file_gets_the_steps_it_lacks_and_keeps_its_rows(connection):
    make_version_1(connection)
    migrate(
        connection, [*MIGRATIONS[:1], ["ALTER TABLE runs ADD COLUMN note TEXT"], ["CREATE TABLE extra (a)"]]
    )
    assert pragma(connection, "user_version") == 3
    assert connection.execute("SELECT key, note FROM runs").fetchall() == [("k", None)]
    assert "extra" in tables(connection)


def test_a_step_that_fails_leaves_the_file_as_it_was(connection):
    make_version_1(connection)
    before = tables(connection)
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, [*MIGRATIONS[:1], ["CREATE TABLE extra (a)", "nonsense"]])
    assert (pragma(connection, "user_version"), tables(connection)) == (1, before)
    assert not connection.in_transaction


def test_migrating_twice_changes_nothing(connection):
    migrate(connection)
    before = pragma(connection, "schema_version")
    migrate(connection)
    assert pragma(connection, "schema_version") == before


def test_a_file_that_another_process_is_making_is_waited_for(path):
    options = {"isolation_level": None, "timeout": 0.0, "check_same_thread": False}
    with (
        closing(sqlite3.connect(path, **options)) as maker,
        closing(sqlite3.connect(path, **options)) as late,
    ):
        maker.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            use_wal(late, path, 0.0)
        Timer(0.05, maker.rollback).start()
        use_wal(late, path, 5.0)
        assert pragma(late, "journal_mode") == "wal"


def test_events_can_neither_be_changed_nor_deleted(connection):
    make_version_1(connection)
    for statement in ("UPDATE events SET at = 2.0", "DELETE FROM events"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)


def test_the_history_view_can_be_read_by_people(connection):
    make_version_1(connection)
    rows = connection.execute("SELECT key, seq, utc, kind, campaign_id FROM history ORDER BY seq").fetchall()
    assert rows == [
        ("k", 0, "1970-01-01 00:00:01", "run_opened", None),
        ("k", 1, None, "launch_planned", "c"),
    ]


FOREIGN = {
    "tables": ["CREATE TABLE theirs (a)"],
    "a version": ["PRAGMA user_version = 3"],
    "an application id": ["PRAGMA application_id = 1234"],
    "our tables without our id": MIGRATIONS[0],
}


@pytest.mark.parametrize("statements", FOREIGN.values(), ids=FOREIGN)
def test_the_database_of_another_program_is_refused_and_left_as_it_is(connection, path, statements):
    for statement in statements:
        connection.execute(statement)
    before = path.read_bytes()
    with pytest.raises(JournalError, match="of another program; name another place"):
        Journal.open(path)
    assert path.read_bytes() == before


def test_a_file_of_a_newer_launcher_is_refused_and_left_as_it_is(connection, path):
    make_version_1(connection)
    connection.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(JournalError, match=r"written by a newer launcher \(schema 99, this one knows up to"):
        Journal.open(path)
    assert path.read_bytes() == before
