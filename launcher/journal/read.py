"""Reading runs and events out of the tables."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from launcher.errors import UsageError
from launcher.journal.events import Event
from launcher.journal.rows import COLUMNS, RowError, from_row
from launcher.manifest.model import Identity

_EVENTS = "SELECT seq, kind, {columns} FROM events WHERE run = ? ORDER BY seq"
_IDENTITIES = """
SELECT number, host, account_id, stream_id, campaign_id, channel
FROM launches JOIN identities ON identities.id = launches.identity
WHERE run = ?
"""
_RUNS = """
SELECT id, key, manifest, manifest_sha256, launcher_version, created_at, opened_at,
       halted, closed_at, exit_code
FROM runs ORDER BY opened_at, id
"""


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as the table `runs` has it. Times are seconds since the epoch."""

    number: int
    key: str
    manifest: str
    """Path of the manifest, as it was given the last time."""
    manifest_sha256: str
    launcher_version: str
    created_at: float
    opened_at: float
    """When a process took it over the last time."""
    halted: str | None
    """Why that process sent no further starts."""
    closed_at: float | None
    """None while that process works on it, or when it died."""
    exit_code: int | None


def find_run(connection: sqlite3.Connection, key: str) -> int | None:
    """The number of the run with this key; None without one."""
    row = connection.execute("SELECT id FROM runs WHERE key = ?", (key,)).fetchone()
    return None if row is None else row[0]


def no_such_run(path: Path, key: str, keys: Sequence[str]) -> UsageError:
    """What to tell who asks the journal at `path` for a run that it has not; `keys`: those it has."""
    near = " or ".join(f"'{each}'" for each in _nearest(key, keys))
    hint = f"did you mean {near}?" if near else "`launcher runs` lists them"
    return UsageError(f"journal {path} has no run '{key}'; {hint}", code="L002")


_NEAREST = 3
"""Keys that are suggested at most."""
_COMPARED = 500
"""Keys that are looked at for it, the latest."""


def _nearest(key: str, keys: Sequence[str]) -> list[str]:
    import difflib  # noqa: PLC0415  # only for this sentence

    latest = keys[: -_COMPARED - 1 : -1]
    begun = [each for each in latest if key and each.startswith(key)]
    return begun[:_NEAREST] or difflib.get_close_matches(key, latest, n=_NEAREST)


def all_runs(connection: sqlite3.Connection) -> list[RunRow]:
    """All runs, the one that was opened last at the end."""
    return [RunRow(*row) for row in connection.execute(_RUNS)]


def identities_of(connection: sqlite3.Connection, run: int) -> dict[int, Identity]:
    """The campaigns of a run's launches, by launch number."""
    return {number: Identity(*identity) for number, *identity in connection.execute(_IDENTITIES, (run,))}


def events_of(
    connection: sqlite3.Connection, run: int, identities: Mapping[int, Identity]
) -> Iterator[tuple[int, Event]]:
    """A run's events in order, each with its number; `identities` by launch number.

    Raises:
        RowError: one is damaged.
    """
    for seq, kind, *values in connection.execute(_EVENTS.format(columns=_columns(connection)), (run,)):
        try:
            event = from_row(kind, values, identities)
        except RowError as error:
            raise RowError(f"event {seq}: {error}") from error
        yield seq, event


def _columns(connection: sqlite3.Connection) -> str:
    """The columns of events; NULL are those that an older file lacks, which is too damaged to be migrated."""
    there = {row[1] for row in connection.execute("PRAGMA table_info(events)")}
    return ", ".join(name if name in there else f"NULL AS {name}" for name in COLUMNS)
