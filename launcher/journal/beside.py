"""Requests that stand in no run's events, as far as they still count: one table of the journal."""

import sqlite3
from collections.abc import Callable

from launcher.journal.places import Lane, Place, Places

LISTED = "listed"
"""The outcome of a row that is no request: a state that a list told, whose request is another row."""
REQUESTS = f"""
SELECT requests.id, sent_at, replied_at, host, account_id
FROM requests
JOIN launches ON launches.run = requests.run AND launches.number = requests.launch
JOIN identities ON identities.id = launches.identity
WHERE requests.id > ? AND outcome IS NOT '{LISTED}'
ORDER BY requests.id
"""  # noqa: S608  # the word is this module's own
"""Those of `stop` and `status`, about a run."""
LOOKS = "SELECT id, sent_at, replied_at, host, account_id FROM looks WHERE id > ? ORDER BY id"
"""Those of verbs that look at campaigns before there is a run."""
_LONG_AGO = {
    REQUESTS: f"SELECT coalesce(max(id), 0) FROM requests WHERE sent_at < ? AND outcome IS NOT '{LISTED}'",  # noqa: S608  # see above
    LOOKS: "SELECT coalesce(max(id), 0) FROM looks WHERE sent_at < ?",
}


class Beside:
    """The places of one table's requests; after the first reading only what is new is read.

    Args:
        table: `REQUESTS` or `LOOKS`.
        clock: seconds since the epoch.
        moment: from such a time to seconds on the clock of `places`.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        table: str,
        places: Places,
        clock: Callable[[], float],
        moment: Callable[[float], float],
    ) -> None:
        self._connection = connection
        self._table = table
        self._places = places
        self._clock = clock
        self._moment = moment
        self._held: dict[int, Place] = {}
        """By number."""
        self._settled: int | None = None
        """The number up to which all are answered, or too old to count; None when it is not known yet."""

    def forget(self) -> None:
        """Begin anew."""
        self._held.clear()
        self._settled = None

    def note(self, number: int, lane: Lane, sent_at: float) -> None:
        """Take in a request that was just written."""
        self._held[number] = self._places.beside(lane, self._moment(sent_at))

    def read(self) -> bool:
        """Take in what is new; whether any still counts."""
        horizon = 2 * self._places.horizon
        if self._settled is None:
            oldest = self._connection.execute(_LONG_AGO[self._table], (self._clock() - horizon,))
            self._settled = oldest.fetchone()[0]
        for number, sent_at, replied_at, *lane in self._connection.execute(self._table, (self._settled,)):
            if number not in self._held:
                self.note(number, (lane[0], lane[1]), sent_at)
            place = self._held[number]
            if replied_at is not None and place.replied is None:
                place.replied = self._moment(replied_at)
        self._drop(self._moment(self._clock()) - horizon)
        return bool(self._held)

    def _drop(self, since: float) -> None:
        """Drop from the oldest on what counts no more."""
        for number, place in list(self._held.items()):
            if (place.sent if place.replied is None else place.replied) >= since:
                return
            self._settled = number
            del self._held[number]
