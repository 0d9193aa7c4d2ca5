"""`launcher report`: the forms that a run can be had in again."""

import json

import pytest
from fakes.journal import plan_of
from fakes.launches import make_launch

from launcher.cli import report
from launcher.journal.events import LaunchFinished
from launcher.journal.store import Journal
from launcher.outcome import Result
from launcher.report.write import FORMATS

BEGINNINGS = {
    "json": "{",
    "csv": "account,",
    "junit": "<?xml",
    "md": "## k\n",
    "html": "<!DOCTYPE html>",
    "tap": "TAP version 14\n",
}


@pytest.fixture
def _run(tmp_path):
    """A journal with a run `k` of three launches, none of them attempted."""
    with Journal.open(tmp_path / "j.sqlite3") as journal:
        launches = [make_launch(campaign=f"cd-{number}") for number in range(3)]
        run = journal.open_run("k", plan_of(launches), launcher_version="1.0")
        ends = [
            LaunchFinished(record.planned.launch, 1.0, Result.NOT_ATTEMPTED, "halted: x")
            for record in run.records
        ]
        run.append(ends)
        run.close()


def test_the_help_offers_every_format():
    assert set(report.FORMATS) == set(FORMATS)


@pytest.mark.usefixtures("_run")
@pytest.mark.parametrize("name", report.FORMATS)
def test_every_format_can_be_printed(launcher, name):
    done = launcher("report", "k", "--format", name)

    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(BEGINNINGS[name])


@pytest.mark.usefixtures("_run")
def test_json_is_the_same_by_either_name(launcher):
    assert launcher("report", "k", "--format", "json").out == launcher("report", "k", "--json").out
    assert json.loads(launcher("report", "k", "--json", "--format", "json").out)["totals"]["planned"] == 3


@pytest.mark.usefixtures("_run")
def test_two_forms_at_once_are_refused(launcher):
    done = launcher("report", "k", "--json", "--format", "md")

    assert (done.code, done.out) == (2, "")
    assert done.err == "launcher: --json and --format md: give one of them [L001]\n"


def test_an_unknown_form_is_refused_and_the_known_ones_are_named(launcher):
    done = launcher("report", "k", "--format", "pdf")

    assert done.code == 2
    assert all(name in done.err for name in report.FORMATS)


@pytest.mark.usefixtures("_run")
def test_files_in_several_forms_are_written_at_once(launcher, tmp_path):
    done = launcher("report", "k", "--report", "a.html", "--report", "a.csv", "--report", "a.junit.xml")

    assert (done.code, done.out, done.err) == (0, "", "")
    assert "Timeline" in (tmp_path / "a.html").read_text()
    assert len((tmp_path / "a.csv").read_text().splitlines()) == 4
    assert (tmp_path / "a.junit.xml").read_text().count("<skipped") == 3


@pytest.mark.usefixtures("_run")
@pytest.mark.parametrize("name", ["md", "html"])
def test_its_commands_name_the_journal(launcher, tmp_path, name):
    assert f"--journal {tmp_path}/j.sqlite3" in launcher("report", "k", "--format", name).out
