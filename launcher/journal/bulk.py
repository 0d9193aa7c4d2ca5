"""Many rows in one statement.

SQLite lets go of the interpreter's lock at every statement, and the writer's thread has to win it back from a
busy event loop: that costs more than the row itself. `executemany` runs a statement for each row.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import TypeVar

_ROWS = (256, 128, 64, 32, 16, *range(8, 0, -1))
"""Rows in a statement: few sizes, so that prepared ones are used again; a hundred rows take three."""

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
        self._columns = marks.count("?")
        self._texts = {rows: self.text(rows) for rows in _ROWS}

    def execute(self, connection: sqlite3.Connection, rows: Iterable[Row]) -> None:
        """Insert the rows, in their order.

        Raises:
            sqlite3.Error: some may have been inserted; the transaction is to be given up.
        """
        # An old SQLite takes 999 parameters, a newer one more than these rows have.
        most = connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER) // self._columns
        for some in batches(rows, most):
            connection.execute(self._texts[len(some)], tuple(chain.from_iterable(some)))

    def text(self, rows: int) -> str:
        """The statement for so many rows."""
        return f"{self._into} VALUES {', '.join([self._marks] * rows)} {self._then}"


def batches(items: Iterable[_Item], most: int = _ROWS[0]) -> Iterator[Sequence[_Item]]:
    """All items in their order, as many at once as a statement takes, at most `most`."""
    sizes = [size for size in _ROWS if size <= most]
    left = iter(items)
    while some := list(islice(left, sizes[0])):
        first = 0
        for size in sizes:
            while len(some) - first >= size:
                yield some[first : first + size]
                first += size
