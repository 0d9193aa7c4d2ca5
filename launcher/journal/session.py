"""One run's transactions: events in order, intents checked against the ledger and the budgets.

Used by one thread at a time: the opener's first, then the writer's.
"""

import contextlib
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from launcher.journal.bulk import Insert, Row, batches
from launcher.journal.events import (
    AttemptIntended,
    Event,
    GateOpened,
    Intent,
    LaneClosed,
    LaunchPlanned,
    LaunchStep,
    RunClosed,
    RunEvent,
    RunHalted,
    RunOpened,
)
from launcher.journal.ledger import Held, Hold, hold_after, judge
from launcher.journal.lifecycle import IllegalEventError
from launcher.journal.lock import Owners
from launcher.journal.orders import POLL, Orders
from launcher.journal.port import Busy, Forbidden, Granted, Verdict
from launcher.journal.rivals import Rivals
from launcher.journal.rows import insert_of, storable, to_params
from launcher.journal.standings import Standings
from launcher.outcome import NotAttempted

_OPENED = (
    "UPDATE runs SET manifest = ?, manifest_sha256 = ?, launcher_version = ?, opened_at = ?, "
    "halted = NULL, closed_at = NULL, exit_code = NULL WHERE id = ?"
)
_HALTED = "UPDATE runs SET halted = ? WHERE id = ?"
_CLOSED = "UPDATE runs SET closed_at = ?, exit_code = ? WHERE id = ?"
_CLAIM = Insert(
    "INSERT INTO ledger (state, at, identity, run, launch)",
    "(?, ?, ?, ?, ?)",
    "ON CONFLICT (identity, run) DO UPDATE SET state = excluded.state, at = excluded.at",
)
_HOLD = "UPDATE ledger SET state = ? WHERE run = ? AND identity IN ({marks})"
_OTHERS = """
SELECT ledger.identity, ledger.run, runs.key, ledger.state, ledger.at
FROM ledger JOIN runs ON runs.id = ledger.run
WHERE ledger.run <> ? AND ledger.state <> 'clear' AND (ledger.at > ? OR runs.closed_at IS NULL)
  AND ledger.identity IN ({marks})
"""
_AT_ONCE = 500
"""Campaigns in one look at the ledger, as SQLite may be built for 999 parameters; and launches of a plan."""
_OF_THE_RUN = (RunOpened, LaneClosed, GateOpened, RunHalted, RunClosed)
_GRANTED = Granted()


@dataclass(frozen=True, slots=True)
class Rules:
    """What a claim is judged by."""

    cooldown: float
    """Seconds, 0 for none."""
    owners: Owners
    clock: Callable[[], float]
    """Seconds since the epoch."""


class Session:
    """Writes one run."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        run: int,
        *,
        next_seq: int,
        launches: Standings,
        rules: Rules,
        rivals: Rivals,
        orders: Orders,
    ) -> None:
        self.orders = orders
        self._connection = connection
        self._run = run
        self._seq = next_seq
        self._launches = launches
        self._rules = rules
        self._rivals = rivals
        # Not handed to SQLite yet: all events of a kind go into as few statements as can be.
        self._rows: defaultdict[type[Event], list[Row]] = defaultdict(list)
        self._changed: dict[int, float | None] = {}
        """Launches whose hold changed, with the time of the claim if one did it."""

    def begin(self) -> None:
        """Begin a transaction; nobody else on this journal can write until it ends.

        Raises:
            sqlite3.Error: another process keeps it locked, or it cannot be written.
        """
        self._connection.execute("BEGIN IMMEDIATE")
        self._rules.owners.look_again()
        self.orders.look()

    def put(self, events: Sequence[Event]) -> None:
        """Write events, in order; durable after `commit`."""
        for event in events:
            self._rows[type(event)].append(to_params(event, self._run, self._seq))
            self._seq += 1
            if isinstance(event, _OF_THE_RUN):
                self._update_run(event)
            elif isinstance(event, LaunchPlanned):
                if len(self._rows[LaunchPlanned]) >= _AT_ONCE:  # a plan is far larger than all that follows
                    self.write()
            else:
                self._advance(event)

    def claim(self, intents: Sequence[Intent]) -> list[Verdict]:
        """Judge intents and write the granted ones.

        Raises:
            IllegalEventError: this run may have started one already, a defect: none is written.
        """
        self._refuse_doubles(intents)
        if self._rivals.changed():
            self.write()
            self._rivals.refresh()
        others = self._others(intents)
        return [self._claim(intent, others) for intent in intents]

    def write(self) -> None:
        """Hand everything that was put and claimed to SQLite; `commit` does so too.

        Raises:
            sqlite3.Error: it cannot be written; the transaction is to be given up.
        """
        for event_class, rows in self._rows.items():
            insert_of(event_class).execute(self._connection, rows)
        self._rows.clear()
        claims: list[Row] = []
        holds: defaultdict[Hold, list[int]] = defaultdict(list)
        for number, at in self._changed.items():
            hold, identity = self._launches.holds[number], self._launches.identities[number]
            if at is not None:
                claims.append((hold.value, at, identity, self._run, number))
            else:
                holds[hold].append(identity)
        _CLAIM.execute(self._connection, claims)
        for hold, identities in holds.items():
            self._hold(hold, identities)
        self._changed.clear()

    def commit(self) -> None:
        """Make the transaction durable.

        Raises:
            sqlite3.Error: it is not, as far as is known.
        """
        self.write()
        self._connection.execute("COMMIT")
        self.orders.look()  # a slow disk's commit may take longer than a look counts

    def close(self) -> None:
        """Drop what was not committed, and let go of the journal."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()

    def _refuse_doubles(self, intents: Sequence[Intent]) -> None:
        """The last line before the network: whatever the engine believes, no start or doubt is repeated."""
        seen: set[int] = set()
        for intent in intents:
            hold = self._launches.holds[intent.launch]
            if not isinstance(intent, AttemptIntended):
                continue
            if hold is not Hold.CLEAR or intent.launch in seen:
                state = hold if hold is not Hold.CLEAR else Hold.CLAIMED
                raise IllegalEventError(f"launch {intent.launch}: a start is not allowed when {state}")
            seen.add(intent.launch)

    def _claim(self, intent: Intent, others: Mapping[int, list[Held]]) -> Verdict:
        if isinstance(intent, AttemptIntended) and (ordered := self._ordered()) is not None:
            return ordered
        held = others.get(self._launches.identities[intent.launch])
        if held is not None and isinstance(intent, AttemptIntended):
            forbidden = self._judge(intent.launch, held)
            if forbidden is not None:
                return forbidden
        if self._rivals.present and (wait := self._rivals.wait(self._launches.lane(intent.launch))) > 0:
            return Busy(wait)
        self.put((intent,))
        return _GRANTED

    def _ordered(self) -> Verdict | None:
        """What the operator's orders say to a start."""
        if self.orders.stop is not None:
            return Forbidden(NotAttempted.HALTED, str(self.orders.stop))
        return Busy(POLL) if self.orders.pause is not None else None

    def _others(self, intents: Sequence[Intent]) -> dict[int, list[Held]]:
        """What other runs hold of the campaigns, by identity, as far as it can matter."""
        others: dict[int, list[Held]] = {}
        identities = [self._launches.identities[intent.launch] for intent in intents]
        since, alive = self._rules.clock() - self._rules.cooldown, self._rules.owners.alive
        for first in range(0, len(identities), _AT_ONCE):
            some = identities[first : first + _AT_ONCE]
            query = _OTHERS.format(marks=", ".join("?" * len(some)))
            for identity, run, key, state, at in self._connection.execute(query, (self._run, since, *some)):
                others.setdefault(identity, []).append(Held(key, Hold(state), at, alive(run)))
        return others

    def _judge(self, launch: int, others: list[Held]) -> Forbidden | None:
        rules, allowed_at = self._rules, self._launches.allowed_at.get(launch)
        return judge(others, now=rules.clock(), cooldown=rules.cooldown, allowed_at=allowed_at)

    def _advance(self, event: LaunchStep) -> None:
        before = self._launches.holds[event.launch]
        hold = self._launches.holds[event.launch] = hold_after(event, before)
        if isinstance(event, AttemptIntended):
            self._changed[event.launch] = event.at
        elif hold is not before:
            self._changed.setdefault(event.launch, None)
        if self._rivals.present:
            self._rivals.note(event, self._launches.lane(event.launch))

    def _update_run(self, event: RunEvent) -> None:
        match event:
            case RunOpened(at=at, manifest=manifest, manifest_sha256=sha256, launcher_version=version):
                self._connection.execute(_OPENED, (storable(manifest), sha256, version, at, self._run))
            case RunHalted(reason=reason):
                self._connection.execute(_HALTED, (storable(reason), self._run))
            case RunClosed(at=at, exit_code=exit_code):
                self._connection.execute(_CLOSED, (at, exit_code, self._run))

    def _hold(self, hold: Hold, identities: Sequence[int]) -> None:
        for some in batches(identities):
            statement = _HOLD.format(marks=", ".join("?" * len(some)))
            self._connection.execute(statement, (hold.value, self._run, *some))
