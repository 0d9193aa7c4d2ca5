import os
import stat
from contextlib import contextmanager
from pathlib import Path

import pytest

from launcher.errors import JournalError
from launcher.journal.location import default_path, prepare


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def umask(mask):
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def test_the_environment_names_the_journal(monkeypatch, tmp_path):
    monkeypatch.setenv("LAUNCHER_JOURNAL", str(tmp_path / "mine.sqlite3"))
    assert default_path() == tmp_path / "mine.sqlite3"


def test_a_tilde_in_the_environment_is_the_home_directory(monkeypatch):
    monkeypatch.setenv("LAUNCHER_JOURNAL", "~/mine.sqlite3")
    assert default_path() == Path(os.environ["HOME"]) / "mine.sqlite3"


@pytest.mark.parametrize("value", [None, ""])
def test_otherwise_it_is_in_the_platform_s_folder_for_state(monkeypatch, value):
    if value is None:
        monkeypatch.delenv("LAUNCHER_JOURNAL")
    else:
        monkeypatch.setenv("LAUNCHER_JOURNAL", value)
    assert default_path().name == "journal.sqlite3"
    assert default_path().parent.name == "launcher"
    assert Path(os.environ["HOME"]) in default_path().parents


def test_without_a_home_directory_no_folder_named_tilde_is_made(monkeypatch):
    monkeypatch.setenv("LAUNCHER_JOURNAL", "~nobody-has-this-name/journal.sqlite3")
    with pytest.raises(JournalError, match="home directory"):
        default_path()


def test_a_new_journal_and_its_folders_are_private_whatever_the_umask(tmp_path):
    with umask(0):
        path = prepare(tmp_path / "state" / "launcher" / "journal.sqlite3", must_exist=False)
    assert mode(path) == 0o600
    assert (mode(path.parent), mode(path.parent.parent)) == (0o700, 0o700)


def test_an_empty_file_becomes_private(tmp_path):
    path = tmp_path / "empty"
    path.touch(0o644)
    prepare(path, must_exist=True)
    assert mode(path) == 0o600


def test_a_file_with_content_and_a_folder_that_was_there_keep_their_modes(tmp_path):
    path = tmp_path / "full"
    path.write_text("x" * 100)
    path.chmod(0o640)
    tmp_path.chmod(0o755)
    prepare(path, must_exist=False)
    assert (mode(path), mode(tmp_path), path.read_text()) == (0o640, 0o755, "x" * 100)


def test_a_symbolic_link_and_a_relative_path_lead_to_the_one_real_name(tmp_path, monkeypatch):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    monkeypatch.chdir(tmp_path)
    assert prepare(Path("link/journal"), must_exist=False) == (tmp_path / "real" / "journal").resolve()


def refusal(path, *, must_exist=False):
    with pytest.raises(JournalError) as refused:
        prepare(path, must_exist=must_exist)
    sentence = str(refused.value)
    assert "\n" not in sentence
    assert "LAUNCHER_JOURNAL" in sentence
    return sentence


def test_a_journal_that_must_exist_is_not_made(tmp_path):
    assert "does not exist" in refusal(tmp_path / "absent", must_exist=True)
    assert list(tmp_path.glob("absent*")) == []


def test_a_folder_is_no_journal(tmp_path):
    assert f"journal {tmp_path} is not a file" in refusal(tmp_path)


def test_a_pipe_is_no_journal_and_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "is not a file" in refusal(tmp_path / "pipe")


def test_a_file_has_no_journals_in_it(tmp_path):
    (tmp_path / "file").touch()
    assert "Not a directory" in refusal(tmp_path / "file" / "journal")


def test_links_in_a_circle_lead_nowhere(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert str(tmp_path / "a") in refusal(tmp_path / "a")


def test_a_name_that_is_too_long_is_told(tmp_path):
    assert "too long" in refusal(tmp_path / ("x" * 300))


def leave_log(path):
    path.with_name("journal-wal").write_bytes(b"commits")


def leave_locks(path):
    path.with_name("journal.locks").mkdir()


@pytest.mark.parametrize(("leave", "left"), [(leave_log, "journal-wal"), (leave_locks, "journal.locks")])
@pytest.mark.parametrize(("emptied", "word"), [(True, "was emptied"), (False, "is gone")])
def test_what_is_left_of_a_journal_is_a_loss_and_no_new_beginning(tmp_path, leave, left, emptied, word):
    path = tmp_path / "journal"
    leave(path)
    if emptied:
        path.touch()
    assert f"{word}, but {left} is there" in refusal(path)
    assert path.with_name(left).exists()


def test_an_empty_log_beside_an_absent_journal_is_no_loss(tmp_path):
    (tmp_path / "journal-wal").touch()
    assert prepare(tmp_path / "journal", must_exist=False).exists()
