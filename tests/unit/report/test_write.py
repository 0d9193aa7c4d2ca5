"""Putting a report where the operator wants it."""

import io
import json
import os
import stat

import pytest

from launcher.errors import UsageError
from launcher.journal.events import RunHalted
from launcher.outcome import OutcomeKind, Result
from launcher.report import write
from launcher.report.json_report import json_report
from launcher.report.write import (
    FORMATS,
    SUFFIXES,
    ReportError,
    check_target,
    format_of,
    print_report,
    write_report,
)


@pytest.fixture
def summary(mixed_story):
    return mixed_story.summary


@pytest.fixture
def usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


class NoRoom(io.StringIO):
    def write(self, text):
        raise OSError(28, "No space left on device")


class Gone(io.StringIO):
    def write(self, text):
        raise BrokenPipeError


def unwritable_item(summary, background):
    yield "{"
    raise OSError(28, "No space left on device")


def test_a_report_is_written_whole_and_readable_by_all(summary, tmp_path, usual_umask):
    target = tmp_path / "report.json"

    write_report(summary, str(target))

    assert json.loads(target.read_text()) == json_report(summary)
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_who_reads_the_old_report_is_not_disturbed(summary, tmp_path):
    target = tmp_path / "report.json"
    target.write_text("old")

    with target.open() as reader:
        write_report(summary, str(target))

        assert reader.read() == "old"


def test_a_report_is_durable_before_it_takes_its_place(summary, tmp_path, monkeypatch):
    target, synced = tmp_path / "report.json", []

    def fsync(descriptor):
        synced.append((os.fstat(descriptor).st_size, target.exists()))

    monkeypatch.setattr(write.os, "fsync", fsync)
    write_report(summary, str(target))

    (size, in_place), directory = synced
    assert (size, in_place) == (target.stat().st_size, False)
    assert directory[1] is True


def test_the_suffix_decides_whatever_its_case(summary, tmp_path):
    write_report(summary, str(tmp_path / "REPORT.JSON"))

    assert (tmp_path / "REPORT.JSON").exists()


BEGINNINGS = {
    "json": "{",
    "csv": "account,",
    "junit": "<?xml",
    "md": "## ",
    "html": "<!DOCTYPE html>",
    "tap": "TAP version 14",
}


def test_every_format_has_a_suffix_and_a_beginning():
    assert set(SUFFIXES.values()) == set(FORMATS) == set(BEGINNINGS)


@pytest.mark.parametrize(("suffix", "name"), SUFFIXES.items())
def test_every_suffix_writes_its_format(summary, tmp_path, suffix, name):
    target = tmp_path / f"report{suffix}"

    write_report(summary, str(target))

    assert target.read_text(encoding="utf-8").startswith(BEGINNINGS[name])


def test_the_last_suffix_counts():
    assert format_of("nightly.2026-11-23.junit.xml") == "junit"


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_can_be_printed(summary, name):
    out = io.StringIO()

    print_report(summary, name, out)

    assert out.getvalue().startswith(BEGINNINGS[name])


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_the_same_each_time(summary, name):
    first, second = io.StringIO(), io.StringIO()

    print_report(summary, name, first)
    print_report(summary, name, second)

    assert first.getvalue() == second.getvalue()


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_shows_a_token(story, name):
    token = "eyJhbGciOiJIUzI1NiJ9.eyJhcHBJZCI6ImNzLTEifQ.c2lnbmF0dXJl"
    story.plan(0).reject(0, f"HTTP 401: bad token {token}").plan(1).unknown(1, f"echo of {token}")
    story.plan(2).intend(2).reply(2, OutcomeKind.ACCEPTED, evidence=f"jwt={token}").end(2, Result.STARTED)
    story.tell(RunHalted(story.now, f"account said {token}"))
    out = io.StringIO()

    print_report(story.summary, name, out)

    assert "eyJ" not in out.getvalue()
    assert "token removed" in out.getvalue()


@pytest.mark.parametrize("name", FORMATS)
def test_whatever_others_wrote_every_format_is_utf_8_without_control_characters(hostile_story, name):
    out = io.StringIO()

    print_report(hostile_story.summary, name, out)

    text = out.getvalue()
    text.encode()
    assert {char for char in text if not char.isprintable()} <= {"\n", "\r", "\u200b"}


def test_an_old_report_stays_when_the_new_one_cannot_be_written(summary, tmp_path, monkeypatch):
    target = tmp_path / "report.json"
    target.write_text("old")
    monkeypatch.setitem(FORMATS, "json", unwritable_item)

    with pytest.raises(
        ReportError, match=r"report\.json: No space left on device; the run is in the journal"
    ):
        write_report(summary, str(target))

    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_a_link_stays_a_link_to_the_new_report(summary, tmp_path):
    (tmp_path / "real").mkdir()
    link = tmp_path / "report.json"
    link.symlink_to(tmp_path / "real" / "latest.json")

    write_report(summary, str(link))

    assert link.is_symlink()
    assert json.loads((tmp_path / "real" / "latest.json").read_text())["schema"] == "launcher.report/1"


def test_a_dash_is_standard_output(summary):
    out = io.StringIO()

    write_report(summary, "-", out)

    assert json.loads(out.getvalue()) == json_report(summary)


def test_a_dash_is_whatever_standard_output_is(summary, capsys):
    write_report(summary, "-")

    assert json.loads(capsys.readouterr().out)["totals"]["planned"] == 12


def test_a_full_disk_behind_standard_output_is_one_sentence(summary):
    with pytest.raises(ReportError, match="on standard output: No space left on device"):
        write_report(summary, "-", NoRoom())


def test_a_reader_that_went_away_is_told_as_such(summary):
    with pytest.raises(BrokenPipeError):
        write_report(summary, "-", Gone())


@pytest.mark.parametrize("name", ["report.json", "nightly.2026.json", "-"])
def test_a_good_target_passes_the_check_and_nothing_is_left_of_it(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)

    check_target(name)

    assert [path.name for path in tmp_path.iterdir()] == []


@pytest.mark.parametrize("name", ["report", "report.yaml", "report.json.bak", "", ".", "/dev/null"])
def test_an_unknown_suffix_is_refused_and_the_known_ones_are_named(name):
    with pytest.raises(UsageError, match=r"suffixes: \.json"):
        check_target(name)


def test_a_directory_that_is_missing_is_refused_before_the_run(tmp_path):
    with pytest.raises(UsageError, match="directory does not exist; create it first"):
        check_target(str(tmp_path / "missing" / "report.json"))


def test_a_directory_in_the_target_s_place_is_refused(tmp_path):
    (tmp_path / "report.json").mkdir()

    with pytest.raises(UsageError, match="not a regular file"):
        check_target(str(tmp_path / "report.json"))


def test_a_pipe_in_the_target_s_place_is_refused_rather_than_replaced(tmp_path):
    os.mkfifo(tmp_path / "report.json")

    with pytest.raises(UsageError, match="not a regular file"):
        check_target(str(tmp_path / "report.json"))


def test_a_file_where_the_directory_should_be_is_refused(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(UsageError, match="Not a directory"):
        check_target(str(tmp_path / "file" / "report.json"))


@pytest.mark.parametrize("name", ["a\0b.json", "x" * 300 + ".json"])
def test_a_name_that_no_file_can_have_is_refused(tmp_path, name):
    with pytest.raises(UsageError, match="cannot write the report"):
        check_target(str(tmp_path / name))


def test_a_directory_that_cannot_be_written_is_refused_before_the_run(tmp_path, monkeypatch):
    def read_only(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(write.os, "open", read_only)

    with pytest.raises(UsageError, match=r"report\.json: Permission denied"):
        check_target(str(tmp_path / "report.json"))


def test_control_characters_of_a_path_do_not_reach_the_message():
    with pytest.raises(UsageError) as caught:
        check_target("\x1b[2Jreport.txt")

    assert "\x1b" not in str(caught.value)
