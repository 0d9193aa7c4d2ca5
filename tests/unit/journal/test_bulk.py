"""Many rows in one statement."""

import sqlite3
from collections.abc import Iterator

import pytest

from launcher.journal.bulk import Insert, batches
from launcher.journal.events import Event
from launcher.journal.rows import KINDS, insert_of


class Counting(sqlite3.Connection):
    """Keeps the statements."""

    def __init__(self, *args: str) -> None:
        super().__init__(*args)
        self.seen: list[tuple[str, int]] = []

    def execute(self, sql: str, parameters: tuple[object, ...] = ()) -> sqlite3.Cursor:  # type: ignore[override]  # what the code uses
        self.seen.append((sql, len(parameters)))
        return super().execute(sql, parameters)


@pytest.fixture
def connection() -> Iterator[Counting]:
    made = Counting(":memory:")
    made.execute("CREATE TABLE pairs (one INTEGER PRIMARY KEY, two TEXT)")
    made.seen.clear()
    yield made
    made.close()


@pytest.mark.parametrize("count", [0, 1, 3, 4, 63, 64, 65, 500])
def test_every_row_is_stored_as_it_is(connection: Counting, count: int) -> None:
    rows = [(number, f"row {number}") for number in range(count)]
    Insert("INSERT INTO pairs (one, two)", "(?, ?)").execute(connection, iter(rows))
    assert connection.execute("SELECT * FROM pairs ORDER BY rowid").fetchall() == rows


def test_many_rows_take_few_statements_of_few_kinds(connection: Counting) -> None:
    Insert("INSERT INTO pairs (one, two)", "(?, ?)").execute(connection, [(n, "") for n in range(1000)])
    assert len(connection.seen) <= 7
    assert len(set(connection.seen)) <= 5


def test_any_hundred_rows_take_few_statements(connection: Counting) -> None:
    for count in range(100, 200):
        connection.seen.clear()
        list_of_rows = [(count * 1000 + number, "") for number in range(count)]
        Insert("INSERT INTO pairs (one, two)", "(?, ?)").execute(connection, list_of_rows)
        assert len(connection.seen) <= 5


def test_what_follows_the_values_holds_for_every_row(connection: Counting) -> None:
    upsert = Insert(
        "INSERT INTO pairs (one, two)", "(?, ?)", "ON CONFLICT (one) DO UPDATE SET two = excluded.two"
    )
    upsert.execute(connection, [(n, "old") for n in range(70)])
    upsert.execute(connection, [(n, "new") for n in range(70)])
    assert connection.execute("SELECT DISTINCT two FROM pairs").fetchall() == [("new",)]


def test_batches_keep_the_order_of_a_generator() -> None:
    assert [item for some in batches(iter(range(333))) for item in some] == list(range(333))


@pytest.mark.parametrize("event_class", KINDS.values())
def test_a_statement_holds_no_more_parameters_than_sqlite_takes(event_class: type[Event]) -> None:
    insert, old = insert_of(event_class), Counting(":memory:")
    old.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 999)
    columns = insert.text(1).count("?")
    with pytest.raises(sqlite3.OperationalError, match="no such table"):  # only because there is none
        insert.execute(old, [[None] * columns] * 1000)
    ((_, parameters),) = old.seen
    assert 999 / 2 / 1.1 < parameters <= 999
    old.close()
