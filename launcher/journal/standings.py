"""The launches of a run as its writer sees them. Pure."""

from array import array
from collections.abc import Mapping

from launcher.journal.ledger import Hold
from launcher.journal.places import Lane


class Standings:
    """What a claim is judged by, for each launch by its number. Columns: an object each takes 100 bytes.

    Args:
        allowed_at: for the launches whose cooldown the operator overrode, until when (epoch seconds).
    """

    __slots__ = ("_same", "allowed_at", "holds", "identities", "lanes")

    def __init__(self, allowed_at: Mapping[int, float]) -> None:
        self.identities = array("q")
        """Rows in the table `identities`."""
        self.lanes: list[Lane] = []
        self.holds: list[Hold] = []
        self.allowed_at = allowed_at
        self._same: dict[Lane, Lane] = {}

    def __len__(self) -> int:
        return len(self.identities)

    def add(self, identity: int, lane: Lane, hold: Hold) -> None:
        """The next launch."""
        self.identities.append(identity)
        self.lanes.append(self._same.setdefault(lane, lane))
        self.holds.append(hold)
