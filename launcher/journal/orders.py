"""What an operator orders of a run from another process: durable, numbered, seen by whoever works on it.

A claim looks for orders inside its own transaction, so no start is granted after a stop was committed. What
was granted before is sent only while the last look is younger than `LEASE`: a launcher that was frozen, or
waited for a disk, looks again before it sends.
"""

import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from launcher.journal.rows import storable
from launcher.journal.utc import stamp
from launcher.outcome import STOPPED

POLL = 0.25
"""Seconds between two looks of a writer that has nothing else to do."""
LEASE = 2.0
"""Seconds for which a look counts: so long after a stop, at most, claimed starts may still leave."""

_SINCE = """
SELECT number, kind, at, operator, reason, ticket FROM orders WHERE run = ? AND number > ? ORDER BY number
"""
_GIVE = "INSERT INTO orders (run, number, kind, at, operator, reason, ticket) VALUES (?, ?, ?, ?, ?, ?, ?)"


class OrderKind(StrEnum):
    """What is ordered."""

    STOP = "stop"
    """Start nothing more, under this run key, until `CONTINUE`."""
    PAUSE = "pause"
    """Start nothing until `RESUME`; for the process that works on the run now."""
    RESUME = "resume"
    CONTINUE = "continue"
    """The run was stopped, and goes on on purpose."""


@dataclass(frozen=True, slots=True)
class Mandate:
    """Who does something, and why, for the record."""

    operator: str | None = None
    reason: str | None = None
    ticket: str | None = None

    def __str__(self) -> str:
        words = [each for each in (self.operator, self.reason) if each]
        return ": ".join(words) + (f" [{self.ticket}]" if self.ticket else "")


NOBODY = Mandate()


@dataclass(frozen=True, slots=True)
class Order:
    """One order."""

    number: int
    """Counts from 1 in its run."""
    kind: OrderKind
    at: float
    """Seconds since the epoch."""
    by: Mandate

    def __str__(self) -> str:
        """For example ``stopped by `launcher stop` (ada: wrong list)``."""
        by = str(self.by)
        return f"{_DONE[self.kind]}{f' ({by})' if by else ''}"


_DONE = {
    OrderKind.STOP: STOPPED,
    OrderKind.PAUSE: "paused by `launcher pause`",
    OrderKind.RESUME: "resumed by `launcher resume`",
    OrderKind.CONTINUE: "continued by `launcher run --continue`",
}


def stop_in_force(orders: Sequence[Order]) -> Order | None:
    """The stop that forbids every start; None when there is none, or the run was continued since."""
    decisive = [order for order in orders if order.kind in {OrderKind.STOP, OrderKind.CONTINUE}]
    return decisive[-1] if decisive and decisive[-1].kind is OrderKind.STOP else None


def pause_in_force(orders: Sequence[Order], since: float) -> Order | None:
    """The pause that holds the process that took the run over at `since`; None when it goes on."""
    told = [
        order for order in orders if order.kind in {OrderKind.PAUSE, OrderKind.RESUME} and order.at >= since
    ]
    return told[-1] if told and told[-1].kind is OrderKind.PAUSE else None


def refusal(key: str, stop: Order) -> str:
    """Why a stopped run is not taken up, and how it is on purpose."""
    return (
        f"run '{key}' was stopped {_circumstances(stop)} and starts nothing more; to start on purpose "
        "what it did not, run the same with --continue --reason TEXT"
    )


def reminder(key: str, stop: Order) -> str:
    """What whoever begins another run of the same manifest has to know."""
    return (
        f"the latest run of this manifest, '{key}', was stopped {_circumstances(stop)} and never continued; "
        "this begins a new one"
    )


def _circumstances(stop: Order) -> str:
    by = f" by {stop.by.operator}" if stop.by.operator else ""
    return f"{stamp(stop.at)}{by}{f' ({stop.by.reason})' if stop.by.reason else ''}"


def orders_of(connection: sqlite3.Connection, run: int) -> list[Order]:
    """All orders to a run, the first one first."""
    return [_order(row) for row in connection.execute(_SINCE, (run, 0))]


def give(connection: sqlite3.Connection, run: int, kind: OrderKind, at: float, by: Mandate) -> Order:
    """Write an order, inside a write transaction of the caller's; it is given when that is committed."""
    given = orders_of(connection, run)
    order = Order(given[-1].number + 1 if given else 1, kind, at, by)
    words = map(storable, (by.operator, by.reason, by.ticket))
    connection.execute(_GIVE, (run, order.number, kind.value, at, *words))
    return order


def _order(row: tuple[int, str, float, str | None, str | None, str | None]) -> Order:
    number, kind, at, operator, reason, ticket = row
    return Order(number, OrderKind(kind), at, Mandate(operator, reason, ticket))


class Orders:
    """The orders to a run since this process took it over; `look` belongs to the writer's thread."""

    def __init__(
        self, connection: sqlite3.Connection, run: int, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Inside the transaction that takes the run over; a stop before it was dealt with there."""
        self._connection = connection
        self._run = run
        self._monotonic = monotonic
        self._looked_at = monotonic()
        earlier = orders_of(connection, run)
        self._seen = earlier[-1].number if earlier else 0
        self._told: Callable[[Order], None] | None = None
        self._received: list[Order] = []
        self.stop = stop_in_force(earlier)
        """What forbids every start."""
        self.pause: Order | None = None
        """What forbids starts for now."""

    @property
    def may_send(self) -> bool:
        """Whether a claimed start may be sent: the last look still counts, and forbade nothing.

        Asked in another thread than that of `look`, perhaps before the order was told there.
        """
        looked_at = self._looked_at  # first: a look sets it after what it saw
        return self._monotonic() - looked_at < LEASE and self.stop is None and self.pause is None

    def look(self) -> None:
        """Take in what was ordered since the last look.

        Raises:
            sqlite3.Error: the journal cannot be read.
        """
        now = self._monotonic()  # before the look: an order of this instant may be missed by it
        for row in self._connection.execute(_SINCE, (self._run, self._seen)).fetchall():
            self._take(_order(row))
        self._looked_at = now

    def listen(self, told: Callable[[Order], None]) -> None:
        """Have every order told, those since the take-over too; `told` is called in the writer's thread.

        An order that arrives in this instant may be told twice.
        """
        self._told = told
        for order in list(self._received):
            told(order)

    def _take(self, order: Order) -> None:
        self._seen = order.number
        if order.kind is OrderKind.STOP:
            self.stop = order
        elif order.kind is OrderKind.CONTINUE:
            self.stop = None
        else:
            self.pause = order if order.kind is OrderKind.PAUSE else None
        self._received.append(order)
        if self._told is not None:
            self._told(order)
