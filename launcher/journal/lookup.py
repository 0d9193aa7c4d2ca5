"""What the journal knows of a plan before a run is opened; reads only.

That is: starts that forbid another one, and requests that still count against the budgets.
"""

import re
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from launcher.journal.connection import connect
from launcher.journal.faults import in_words
from launcher.journal.ledger import Held, Hold, judge
from launcher.journal.location import prepare
from launcher.journal.lock import Owners, RunLocks
from launcher.journal.orders import Order, orders_of, stop_in_force
from launcher.journal.places import Places, quotas_of
from launcher.journal.port import PastRequest
from launcher.journal.read import RunRow, all_runs
from launcher.journal.rivals import Rivals
from launcher.journal.utc import stamp
from launcher.manifest.model import Identity
from launcher.plan.model import Plan
from launcher.plan.rehearsal import is_rehearsed_host

_NOBODY = 0
"""No run has this number."""
_ENTRIES = """
SELECT host, account_id, stream_id, campaign_id, channel, ledger.run, runs.key, ledger.state, ledger.at
FROM ledger
JOIN runs ON runs.id = ledger.run
JOIN identities ON identities.id = ledger.identity
WHERE ledger.state <> 'clear' AND (ledger.at > ? OR runs.closed_at IS NULL OR runs.key = ?)
"""

_STARTED = """
SELECT host, account_id, stream_id, campaign_id, channel
FROM ledger
JOIN runs ON runs.id = ledger.run
JOIN identities ON identities.id = ledger.identity
WHERE runs.key = ? AND ledger.state = 'started'
"""
_A_HOST = """
SELECT host FROM launches JOIN identities ON identities.id = launches.identity WHERE run = ? LIMIT 1
"""


class Lookup:
    """One look at a journal."""

    def __init__(self, connection: sqlite3.Connection, path: Path, clock: Callable[[], float]) -> None:
        """Use `look`."""
        self._connection = connection
        self._owners = Owners(RunLocks(path))
        self._clock = clock

    def held(self, plan: Plan, key: str, allow_restart: Collection[str] = ()) -> dict[Identity, str]:
        """The launches of `plan` that a run under `key` would leave alone, each with the reason.

        `allow_restart`: campaign ids that other runs do not hold back.
        """
        now, cooldown = self._clock(), plan.settings.cooldown
        wanted = {launch.identity for launch in plan.launches}
        entries: dict[Identity, list[Held]] = {}
        reasons: dict[Identity, str] = {}
        for *ids, run, its_key, state, at in self._connection.execute(_ENTRIES, (now - cooldown, key)):
            identity = Identity(*ids)
            if identity not in wanted:
                continue
            if its_key != key and identity.campaign_id in allow_restart:
                continue
            if its_key != key:
                held = Held(its_key, Hold(state), at, self._owners.alive(run))
                entries.setdefault(identity, []).append(held)
            else:
                reasons[identity] = _own(Hold(state), at)
        for identity, found in entries.items():
            forbidden = judge(found, now=now, cooldown=cooldown, allowed_at=None)
            if forbidden is not None:
                reasons.setdefault(identity, forbidden.reason)
        return reasons

    def started(self, key: str) -> set[Identity]:
        """What the run with this key started."""
        return {Identity(*ids) for ids in self._connection.execute(_STARTED, (key,))}

    def under_another_host(self, plan: Plan) -> list[Identity]:
        """What a run started, or may have, within the plan's cooldown, and is in the plan with another host.

        Other launches, by their identity; but where two spellings lead to one host, the same campaigns.
        """
        since = self._clock() - plan.settings.cooldown
        hosts = {launch.identity.host for launch in plan.launches}
        elsewhere = [
            Identity(host, *ids)
            for host, *ids, _, _, _, at in self._connection.execute(_ENTRIES, (since, ""))
            if host not in hosts and at > since and not is_rehearsed_host(host)
        ]
        if not elsewhere:  # as nearly always: then nothing is made of a hundred thousand launches
            return []
        wanted = {launch.identity[1:] for launch in plan.launches}
        return [identity for identity in elsewhere if identity[1:] in wanted]

    def stopped_before(self, manifest: str, name: str, key: str) -> tuple[str, Order] | None:
        """The latest run of a manifest, if it was stopped and never continued: its key, and the stop.

        None too when there is a run `key`: that is not a new one. A run is known to be of the manifest by
        the absolute path `manifest`, or by the key that `name` gives it by default.
        """
        runs = all_runs(self._connection)
        if any(run.key == key for run in runs):
            return None
        by_default = re.compile(re.escape(name) + r"-\d{4}-\d\d-\d\d")
        for run in reversed(runs):
            of_it = run.manifest == manifest or by_default.fullmatch(run.key) is not None
            if of_it and not self._is_rehearsal(run):
                stop = stop_in_force(orders_of(self._connection, run.number))
                return None if stop is None else (run.key, stop)
        return None

    def _is_rehearsal(self, run: RunRow) -> bool:
        row = self._connection.execute(_A_HOST, (run.number,)).fetchone()
        return row is not None and is_rehearsed_host(row[0])

    def past_requests(self, plan: Plan) -> list[PastRequest]:
        """Requests of any run that may still count against a budget of the plan."""
        rivals = Rivals(
            self._connection,
            _NOBODY,
            Places(quotas_of(plan), plan.settings.timeout),
            alive=self._owners.alive,
            clock=self._clock,
            monotonic=time.monotonic,
        )
        return rivals.past_requests()


def _own(hold: Hold, at: float) -> str:
    if hold is Hold.STARTED:
        return f"started {stamp(at)} in this run already"
    return f"this run may have started it {stamp(at)}: it settles that first"


@contextmanager
def look(path: Path, patience: float, clock: Callable[[], float] = time.time) -> Iterator[Lookup | None]:
    """A look at the journal at `path`, None when there is none: it is not made for this.

    Raises:
        JournalError: it cannot be used.
    """
    if not path.exists():
        yield None
        return
    path = prepare(path, must_exist=True)
    with in_words(path), closing(connect(path, patience)) as connection:
        connection.execute("BEGIN")  # one state of it, whoever writes meanwhile
        yield Lookup(connection, path, clock)
        connection.rollback()
