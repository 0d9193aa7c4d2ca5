"""What is at the journal's place, and what is wrong with it."""

import os
import shutil
import sqlite3
import stat
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from launcher.errors import JournalError
from launcher.journal.connection import Files, connect
from launcher.journal.location import prepare
from launcher.journal.store import Journal


def refusal(path, plan, **options):
    """Why a run cannot be opened, and that nothing was changed by trying."""
    before = path.read_bytes()
    with pytest.raises(JournalError) as refused, Journal.open(path, **options) as journal:
        journal.open_run("k", plan, launcher_version="1.0")
    assert path.read_bytes() == before
    sentence = str(refused.value)
    assert sentence.startswith(f"journal {path} ")
    assert "\n" not in sentence
    return sentence


@pytest.fixture
def used(path, plan):
    """The path of a journal with a run in it."""
    with Journal.open(path) as journal:
        journal.open_run("k", plan, launcher_version="1.0").close()
    return path


@pytest.mark.parametrize(
    "content", [b"version: 1\nname: nightly\n" * 99, os.urandom(9999), b"x", b"\0" * 4096]
)
def test_what_is_no_database_is_no_journal(path, plan, content):
    path.write_bytes(content)
    assert "is no journal" in refusal(path, plan)


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9])
def test_a_truncated_journal_is_damaged(used, plan, keep):
    with used.open("r+b") as file:
        file.truncate(int(used.stat().st_size * keep) // 4096 * 4096)
    assert "is damaged" in refusal(used, plan)


def test_a_journal_with_a_garbage_page_is_damaged(used, plan):
    pages = used.stat().st_size // 4096
    with used.open("r+b") as file:
        file.seek(pages // 2 * 4096)
        file.write(os.urandom(4096))
    sentence = refusal(used, plan)
    assert "is damaged" in sentence
    assert "`launcher runs check`" in sentence


def test_a_journal_whose_beginning_was_overwritten_is_refused(used, plan):
    with used.open("r+b") as file:
        file.write(b"#!/bin/sh\n" * 9)
    assert "its beginning is damaged" in refusal(used, plan)


def test_an_empty_file_is_a_new_journal(path, plan):
    path.touch()
    with Journal.open(path) as journal:
        journal.open_run("k", plan, launcher_version="1.0").close()
        assert [run.key for run in journal.runs()] == ["k"]


def test_an_emptied_journal_in_use_is_refused(path, plan):
    with Journal.open(path) as journal, journal.open_run("k", plan, launcher_version="1.0"):
        os.truncate(path, 0)
        assert "was emptied" in refusal(path, plan)


def test_a_journal_that_stays_locked_is_told_after_the_patience(used, plan):
    with closing(sqlite3.connect(used, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "is kept locked by another process" in refusal(used, plan, patience=0.05)


def test_a_journal_that_vanishes_before_it_is_connected_is_not_made_anew(path):
    prepare(path, must_exist=False).unlink()
    with pytest.raises(JournalError, match="cannot be opened"):
        connect(path, 1.0)
    assert not path.exists()


def test_every_file_of_the_journal_is_private(path, plan):
    before = os.umask(0)
    try:
        with Journal.open(path) as journal, journal.open_run("k", plan, launcher_version="1.0"):
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.rglob("journal*")}
            lock = next(Path(f"{path}.locks").iterdir())
    finally:
        os.umask(before)
    assert modes.pop("journal.sqlite3.locks") == 0o700
    assert modes == dict.fromkeys(["journal.sqlite3", "journal.sqlite3-wal", "journal.sqlite3-shm"], 0o600)
    assert stat.S_IMODE(lock.stat().st_mode) == 0o600


def test_commits_wait_for_the_disk(path):
    connection = connect(prepare(path, must_exist=False), 1.0)
    with closing(connection):
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


UNPRIVILEGED = """
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    with Journal.open(path) as journal:
        journal.open_run("k", plan, launcher_version="1.0").close()
    say("opened")
except LauncherError as error:
    say(error)
"""


@pytest.fixture
def shared(used):
    """A copy of a journal in a folder that everybody can reach."""
    folder = Path(tempfile.mkdtemp())
    copy = folder / "journal.sqlite3"
    copy.write_bytes(used.read_bytes())
    yield copy
    folder.chmod(0o700)
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("file_mode", "folder_mode", "sentence"),
    [
        (0o444, 0o555, "is read-only; make it and its folder writable"),
        (0o666, 0o555, "is read-only; make it and its folder writable"),
        (0o000, 0o555, "cannot be opened; see to it and its folder"),
        (0o666, 0o000, "cannot be used: Permission denied"),
    ],
)
def test_a_journal_that_must_not_be_written_is_refused(child, shared, file_mode, folder_mode, sentence):
    shared.chmod(file_mode)
    shared.parent.chmod(folder_mode)
    told, _ = child(UNPRIVILEGED, journal=shared).communicate()
    assert told.startswith(f"journal {shared} {sentence}")
    assert told.count("\n") == 1


def test_a_folder_that_must_not_be_written_gets_no_journal(child, shared):
    shared.parent.chmod(0o555)
    told, _ = child(UNPRIVILEGED, journal=shared.with_name("new.sqlite3")).communicate()
    assert "cannot be used: Permission denied; see to it, or name another place" in told


def test_a_full_disk_is_told_when_the_journal_is_opened(child, path):
    script = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
try:
    Journal.open(path)
except LauncherError as error:
    say(error)
"""
    told, _ = child(script).communicate()
    assert told.startswith(f"journal {path} cannot be used: disk I/O error; see to the disk")


def test_files_that_are_still_there_pass(path):
    path.touch()
    for ending in ("-wal", "-shm", ".lock"):
        path.with_name(path.name + ending).touch()
    Files(path, path.with_name(path.name + ".lock")).check()


@pytest.mark.parametrize("ending", ["", "-wal", "-shm", ".lock"])
@pytest.mark.parametrize("replaced", [True, False])
def test_a_file_that_was_deleted_or_replaced_is_noticed(path, ending, replaced):
    names = [path.with_name(path.name + each) for each in ("", "-wal", "-shm", ".lock")]
    for name in names:
        name.touch()
    files = Files(path, names[-1])
    lost = path.with_name(path.name + ending)
    if replaced:
        (path.parent / "other").touch()
        (path.parent / "other").replace(lost)
    else:
        lost.unlink()
    with pytest.raises(
        JournalError, match="was deleted or replaced" if not ending else f"lost its file .*{ending}"
    ):
        files.check()
