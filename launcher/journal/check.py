"""Whether a journal can be trusted: the file, the order and legality of events, the ledger, the totals."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from launcher.journal.connection import connect
from launcher.journal.faults import DamagedError, in_words
from launcher.journal.ledger import HOLD_OF, Hold
from launcher.journal.lifecycle import IllegalEventError
from launcher.journal.location import prepare
from launcher.journal.read import RunRow, all_runs, events_of, identities_of, no_such_run
from launcher.journal.replay import History
from launcher.journal.rows import RowError
from launcher.journal.store import Journal

_FILE = "the file is damaged"
_LAUNCHES = "SELECT number, position, account, bot, name FROM launches WHERE run = ?"
_LEDGER = """
SELECT launches.number, ledger.launch, ledger.state
FROM launches LEFT JOIN ledger ON ledger.identity = launches.identity AND ledger.run = launches.run
WHERE launches.run = ?
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What can be trusted of a journal."""

    findings: tuple[str, ...]
    """What is wrong, a sentence each."""
    sound: tuple[str, ...]
    """Keys of the runs that were read in full and have nothing wrong."""
    damaged: bool = False
    """Whether the file itself is, and not only what launchers wrote into it."""


def check(journal: Journal, key: str | None = None) -> list[str]:
    """What is wrong with an open journal, or with one run: the findings of `examine`."""
    return list(examine(journal.path, key).findings)


def examine(path: Path, key: str | None = None) -> Verdict:
    """Judge the journal at `path`, or one run of it, at one moment; it may be in use.

    Raises:
        UsageError: there is no run with this key, in a file that is not damaged.
        JournalError: it is absent, foreign, newer, or cannot be read for another reason than damage.
    """
    path = prepare(path, must_exist=True)
    try:
        connection = connect(path, 1.0)
    except DamagedError:
        return _of_ruin(path, key)
    with in_words(path), closing(connection):
        connection.execute("BEGIN")
        verdict = _verdict(connection, key)
        if key is not None and not (verdict.findings or verdict.sound):
            raise no_such_run(path, key, [run.key for run in all_runs(connection)])
    return verdict


def _of_ruin(path: Path, key: str | None) -> Verdict:
    """What a file still tells that is too damaged to be opened as usual."""
    with in_words(path), closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        verdict = _verdict(connection, key)
    return replace(verdict, damaged=True)


def _verdict(connection: sqlite3.Connection, key: str | None) -> Verdict:
    findings = _of_file(connection)
    damaged = any(finding.startswith(_FILE) for finding in findings)
    sound = []
    try:
        for run in all_runs(connection):
            if key in {None, run.key}:
                found = _of_run(connection, run)
                findings += [f"run '{run.key}': {finding}" for finding in found]
                sound += [] if found else [run.key]
    except sqlite3.DatabaseError as error:
        damaged = True
        findings.append(f"the list of runs cannot be read: {_line(error)}")
    return Verdict(tuple(findings), tuple(sound), damaged)


def _of_file(connection: sqlite3.Connection) -> list[str]:
    findings = []
    try:
        for (finding,) in connection.execute("PRAGMA integrity_check(20)"):
            findings += [f"{_FILE}: {_line(finding)}"] if finding != "ok" else []
        for table, _, parent, _ in connection.execute("PRAGMA foreign_key_check"):
            findings.append(f"a row of {table} points to a row of {parent} that is not there")
    except sqlite3.DatabaseError as error:
        findings.append(f"{_FILE}: {_line(error)}")
    return findings


def _of_run(connection: sqlite3.Connection, run: RunRow) -> list[str]:
    try:
        history = History()
        findings = [*_of_events(connection, run, history)]
        if not findings:
            findings += _of_row(run, history)
            findings += _of_launches(connection, run, history)
            findings += _of_ledger(connection, run, history)
            findings += _of_totals(history)
    except sqlite3.DatabaseError as error:
        findings = [f"cannot be read: {_line(error)}"]
    return findings


def _line(words: object) -> str:
    return " ".join(str(words).split())


def _of_events(connection: sqlite3.Connection, run: RunRow, history: History) -> Iterator[str]:
    """Replay the events into `history`; what follows a finding is not looked at."""
    expected = 0
    try:
        for seq, event in events_of(connection, run.number, identities_of(connection, run.number)):
            if seq != expected:
                yield f"event {expected} is missing"
                return
            history.apply(event)
            expected += 1
    except IllegalEventError as error:
        yield f"event {expected}: {error}"
    except RowError as error:
        yield str(error)
    if history.opened is None:
        yield "it was never opened"


def _of_row(run: RunRow, history: History) -> Iterator[str]:
    opened, closed, halted = history.opened, history.closed, history.halted
    told = {
        "opened_at": opened and opened.at,
        "manifest": opened and opened.manifest,
        "manifest_sha256": opened and opened.manifest_sha256,
        "launcher_version": opened and opened.launcher_version,
        "closed_at": closed and closed.at,
        "exit_code": closed and closed.exit_code,
        "halted": halted and halted.reason,
    }
    for name, value in told.items():
        if getattr(run, name) != value:
            yield f"its {name} is {getattr(run, name)!r}, its events say {value!r}"


def _of_launches(connection: sqlite3.Connection, run: RunRow, history: History) -> Iterator[str]:
    listed = {number: rest for number, *rest in connection.execute(_LAUNCHES, (run.number,))}
    current = set(history.plan)
    told = {}
    for number, record in enumerate(history.records):
        planned = record.planned
        position = planned.position if number in current else None
        told[number] = [position, planned.account, planned.bot, planned.name]
    yield from _differences(listed, told, "launch {} is listed as {}, its events say {}")


def _of_ledger(connection: sqlite3.Connection, run: RunRow, history: History) -> Iterator[str]:
    listed: dict[int, str] = {}
    for number, launch, state in connection.execute(_LEDGER, (run.number,)):
        listed[number] = Hold.CLEAR if state is None else state
        if launch not in {None, number}:
            yield f"the ledger calls launch {number} by another number, {launch}"
    told = {number: HOLD_OF[record.state].value for number, record in enumerate(history.records)}
    yield from _differences(listed, told, "the ledger has launch {} as {}, its events say {}")


def _of_totals(history: History) -> Iterator[str]:
    if len(set(history.plan)) != len(history.plan):
        yield "its plan names a launch twice"
    if [history.records[number].planned.position for number in history.plan] != [*range(len(history.plan))]:
        yield "its plan has gaps"
    open_launches = [number for number in history.plan if history.records[number].result is None]
    if history.closed is not None and open_launches:
        yield f"it is closed, but {len(open_launches)} of {len(history.plan)} launches have no result"


def _differences(listed: Mapping[int, object], told: Mapping[int, object], sentence: str) -> Iterator[str]:
    for number in sorted(listed.keys() | told.keys()):
        if listed.get(number) != told.get(number):
            yield sentence.format(number, listed.get(number), told.get(number))
