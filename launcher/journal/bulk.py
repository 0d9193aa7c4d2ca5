"""Many rows in one statement.

SQLite lets go of the interpreter's lock at every statement, and the writer's thread has to win it back from a
busy event loop: that costs more than the row itself. `executemany` runs a statement for each row.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import TypeVar

_ROWS = (64, 16, 4, 1)
"""Rows in a statement: few sizes, so that prepared ones are used again; together at most 999 parameters."""

Row = Sequence[object]
_Item = TypeVar("_Item")


class Insert:
    """An INSERT of any number of rows.

    Args:
        into: what stands before the values: `INSERT INTO runs (id, key)`.
        marks: one row: `(?, ?)`.
        then: what stands after the values.
    """

    def __init__(self, into: str, marks: str, then: str = "") -> None:
        self._into = into
        self._marks = marks
        self._then = then
        self._texts = {rows: self.text(rows) for rows in _ROWS}

    def execute(self, connection: sqlite3.Connection, rows: Iterable[Row]) -> None:
        """Insert the rows, in their order.

        Raises:
            sqlite3.Error: some may have been inserted; the transaction is to be given up.
        """
        for some in batches(rows):
            connection.execute(self._texts[len(some)], tuple(chain.from_iterable(some)))

    def text(self, rows: int) -> str:
        """The statement for so many rows."""
        return f"{self._into} VALUES {', '.join([self._marks] * rows)} {self._then}"


def batches(items: Iterable[_Item]) -> Iterator[Sequence[_Item]]:
    """All items in their order, as many at once as a statement takes."""
    left = iter(items)
    while some := list(islice(left, _ROWS[0])):
        first = 0
        for size in _ROWS:
            while len(some) - first >= size:
                yield some[first : first + size]
                first += size
