"""Requests that look at campaigns before there is a run: they count in the budgets all the same.

Without them, a run that follows a look at five hundred campaigns would exceed the limit in its first minute.
"""

from launcher.journal.claiming import Claiming
from launcher.journal.places import Lane
from launcher.journal.port import Busy

_SEND = "INSERT INTO looks (host, account_id, sent_at) VALUES (?, ?, ?)"
_REPLY = "UPDATE looks SET replied_at = ? WHERE id = ? AND replied_at IS NULL"


class Looks(Claiming):
    """Claims and records such requests."""

    def claim(self, lane: Lane) -> int | Busy:
        """A ticket for one request, durable before it leaves, or how long it has to wait.

        Raises:
            JournalError: nothing was granted.
        """
        with self._transaction():
            self._rivals.refresh()
            wait = self._rivals.wait(lane)
            return Busy(wait) if wait > 0 else self._send(lane)

    def answered(self, ticket: int) -> None:
        """The request has its reply: its place is free a window from now.

        Raises:
            JournalError: it was not recorded; the request counts as one without a reply.
        """
        with self._transaction():
            self._connection.execute(_REPLY, (self._clock(), ticket))

    def _send(self, lane: Lane) -> int:
        now = self._clock()
        ticket = self._connection.execute(_SEND, (*lane, now)).lastrowid or 0
        self._rivals.looks.note(ticket, lane, now)
        return ticket
