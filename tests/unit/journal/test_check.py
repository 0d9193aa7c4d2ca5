import asyncio
import os
import sqlite3
from contextlib import closing

import pytest

from launcher.errors import JournalError, UsageError
from launcher.journal.check import Verdict, check, examine
from launcher.journal.events import AttemptFinished, AttemptIntended, LaunchFinished, RunClosed, RunHalted
from launcher.journal.store import Journal
from launcher.outcome import OutcomeKind, Result


@pytest.fixture
def used(journal, plan):
    """A journal with two runs: `bad`, which a test spoils, and `good`; a start of `bad` is on its way."""

    async def launch(run):
        first = 0 if run.key == "bad" else 100
        await run.claim([AttemptIntended(first, 1, 2.0), AttemptIntended(first + 1, 1, 2.0)])
        run.append(
            [
                AttemptFinished(first, 1, 3.0, OutcomeKind.ACCEPTED),
                LaunchFinished(first, 3.0, Result.STARTED),
                RunHalted(4.0, "enough"),
            ]
        )
        await run.flush()

    for key in ("bad", "good"):
        with journal.open_run(key, plan, launcher_version="1.0") as run:
            asyncio.run(launch(run))
    return journal


def spoil(journal, *statements):
    with closing(sqlite3.connect(journal.path, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER events_are_never_changed")
        connection.execute("DROP TRIGGER events_are_never_deleted")
        for statement in statements:
            connection.execute(statement)


def test_a_journal_that_launchers_wrote_has_nothing_wrong(used):
    assert check(used) == []
    assert check(used, "good") == []


def test_a_run_that_is_at_work_has_nothing_wrong(used, plan):
    with used.open_run("bad", plan, launcher_version="1.0"):
        assert check(used) == []


def test_an_unknown_run_is_told(used):
    with pytest.raises(UsageError, match="no run 'nightly'"):
        check(used, "nightly")


SPOILED = {
    "UPDATE events SET kind = 'attempt_guessed' WHERE {bad} AND seq = 305": "event 305: ",
    "UPDATE events SET outcome = 'perhaps' WHERE {bad} AND outcome = 'accepted'": "'perhaps'",
    "UPDATE events SET at = NULL WHERE {bad} AND seq = 302": "event 302: ",
    "DELETE FROM events WHERE {bad} AND seq = 303": "event 303 is missing",
    "DELETE FROM events WHERE {bad} AND seq = 0": "event 0 is missing",
    "DELETE FROM events WHERE {bad}": "it was never opened",
    "UPDATE events SET attempt = 2 WHERE {bad} AND outcome = 'accepted'": "attempt 2 was never intended",
    "UPDATE events SET result = 'failed' WHERE {bad} AND result = 'started'": "'end: failed' is not allowed",
    "UPDATE events SET launch = 999 WHERE {bad} AND seq = 301": "before it was planned",
    "UPDATE events SET position = 7 WHERE {bad} AND seq = 1": "its plan has gaps",
    "UPDATE launches SET position = 7 WHERE {bad} AND number = 0": "launch 0 is listed as [7, 'acme'",
    "UPDATE launches SET account = 'x' WHERE {bad} AND number = 2": "launch 2 is listed as [2, 'x'",
    "UPDATE ledger SET state = 'clear' WHERE {bad} AND launch = 0": "0 as clear, its events say started",
    "UPDATE ledger SET state = 'started' WHERE {bad} AND launch = 1": "1 as started, its events say claimed",
    "DELETE FROM ledger WHERE {bad} AND launch = 1": "launch 1 as clear, its events say claimed",
    "UPDATE ledger SET launch = 9 WHERE {bad} AND launch = 1": "calls launch 1 by another number, 9",
    "UPDATE runs SET exit_code = 0 WHERE id = 1": "its exit_code is 0, its events say None",
    "UPDATE runs SET halted = NULL WHERE id = 1": "its halted is None, its events say 'enough'",
}


@pytest.mark.parametrize(("statement", "finding"), SPOILED.items(), ids=SPOILED.values())
def test_what_was_spoiled_is_found_and_the_other_run_is_trusted(used, statement, finding):
    spoil(used, statement.format(bad="run = 1"))
    findings = check(used)
    assert any(finding in each for each in findings), findings
    assert all(each.startswith("run 'bad': ") for each in findings)
    assert check(used, "bad") == findings
    assert check(used, "good") == []


def test_a_launch_that_points_nowhere_is_found(used):
    spoil(used, "DELETE FROM identities WHERE campaign_id = 'cd-7'")
    assert "a row of launches points to a row of identities that is not there" in check(used)


def test_a_closed_run_gives_every_launch_a_result(journal, plan):
    with journal.open_run("k", plan, launcher_version="1.0") as run:
        run.append([LaunchFinished(0, 1.0, Result.NOT_ATTEMPTED), RunClosed(2.0, 0)])
    assert check(journal) == ["run 'k': it is closed, but 299 of 300 launches have no result"]


def test_a_damaged_page_is_found(path, plan):
    with Journal.open(path) as journal:
        journal.open_run("k", plan, launcher_version="1.0").close()
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 4096 // 2 * 4096)
        file.write(os.urandom(4096))
    with Journal.open(path) as journal:
        findings = check(journal)
    assert findings[0].startswith("the file is damaged: ")
    assert all("\n" not in finding for finding in findings)


@pytest.fixture
def closed(path, plan):
    """The path of a journal with one run, that nobody has open."""
    with Journal.open(path) as journal:
        journal.open_run("k", plan, launcher_version="1.0").close()
    return path


def test_a_sound_journal_names_the_runs_that_can_be_trusted(closed):
    assert examine(closed) == examine(closed, "k") == Verdict((), ("k",))


def test_an_empty_journal_is_sound_and_has_no_run(path):
    Journal.open(path).close()
    assert examine(path) == Verdict((), ())


def test_a_run_with_a_finding_is_not_sound_and_the_file_is_not_damaged(used):
    spoil(used, "DELETE FROM events WHERE run = 1 AND seq = 303")
    verdict = examine(used.path)
    assert (verdict.sound, verdict.damaged) == (("good",), False)
    assert verdict.findings == ("run 'bad': event 303 is missing",)


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("key", [None, "k", "another"])
def test_a_journal_that_cannot_even_be_opened_is_examined_all_the_same(closed, keep, key):
    with closed.open("r+b") as file:
        file.truncate(int(closed.stat().st_size * keep) // 4096 * 4096)
    with pytest.raises(JournalError, match="is damaged"):
        Journal.open(closed)
    verdict = examine(closed, key)
    assert verdict.damaged
    assert verdict.sound == ()
    assert verdict.findings[0].startswith("the file is damaged: ")


def test_the_runs_that_a_damaged_page_left_whole_are_named(closed, plan):
    pages = closed.stat().st_size // 4096
    with Journal.open(closed) as journal:
        journal.open_run("later", plan, launcher_version="1.0").close()
    whole = closed.read_bytes()
    told = set()
    for page in range(pages, len(whole) // 4096):
        closed.write_bytes(whole[: page * 4096] + b"\xa5" * 4096 + whole[(page + 1) * 4096 :])
        verdict = examine(closed)
        assert verdict.damaged
        told.add(verdict.sound)
    assert ("k",) in told


def test_what_is_no_journal_is_refused(path):
    path.write_bytes(b"no database " * 100)
    with pytest.raises(JournalError, match="is no journal"):
        examine(path)
    path.unlink()
    with pytest.raises(JournalError, match="does not exist"):
        examine(path)
