"""What the launchers on a journal have used up of the accounts' budgets, and whether it can be written."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from launcher.journal.connection import connect
from launcher.journal.faults import in_words
from launcher.journal.location import prepare
from launcher.journal.lock import Owners, RunLocks
from launcher.journal.places import Lane, Places
from launcher.journal.rivals import Rivals
from launcher.manifest.model import Quota

_NOBODY = 0
"""No run has this number."""


@dataclass(frozen=True, slots=True)
class Usage:
    """One window of a lane's budget."""

    quota: Quota
    used: int
    """Places that requests hold in it now."""

    @property
    def left(self) -> int:
        """Places that are free."""
        return max(0, self.quota.limit - self.used)


def measure(
    path: Path, quotas: Mapping[Lane, Sequence[Quota]], timeout: float, patience: float
) -> dict[Lane, list[Usage]]:
    """The windows of each lane's budget; `timeout` is that of a request, all in seconds.

    Takes the write lock for an instant, and so shows that the journal can be written; writes nothing.

    Raises:
        JournalError: the journal is absent, cannot be used or written, or is locked for `patience` seconds.
    """
    path = prepare(path, must_exist=True)
    with in_words(path), closing(connect(path, patience)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        rivals = Rivals(
            connection,
            _NOBODY,
            Places(quotas, timeout),
            alive=Owners(RunLocks(path)).alive,
            clock=time.time,
            monotonic=time.monotonic,
        )
        past = rivals.past_requests()
        connection.execute("ROLLBACK")
    held = {
        (lane, quota): Counter(
            request.lane for request in past if not request.replied or request.age < quota.seconds
        )[lane]
        for lane, of_lane in quotas.items()
        for quota in of_lane
    }
    return {lane: [Usage(quota, held[lane, quota]) for quota in each] for lane, each in quotas.items()}
