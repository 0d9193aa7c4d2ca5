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

    __slots__ = ("_lanes", "_names", "_numbers", "allowed_at", "holds", "identities")

    def __init__(self, allowed_at: Mapping[int, float]) -> None:
        self.identities = array("q")
        """Rows in the table `identities`."""
        self.holds: list[Hold] = []
        self.allowed_at = allowed_at
        self._lanes = array("I")  # places in `_names`
        self._names: list[Lane] = []
        self._numbers: dict[Lane, int] = {}

    def __len__(self) -> int:
        return len(self.identities)

    def add(self, identity: int, lane: Lane, hold: Hold) -> None:
        """The next launch."""
        self.identities.append(identity)
        number = self._numbers.setdefault(lane, len(self._names))
        if number == len(self._names):
            self._names.append(lane)
        self._lanes.append(number)
        self.holds.append(hold)

    def lane(self, launch: int) -> Lane:
        """The account that the launch belongs to."""
        return self._names[self._lanes[launch]]
