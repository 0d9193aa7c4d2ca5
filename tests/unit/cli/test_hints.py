"""Commands to be pasted: whatever was given must be said again, or another run begins."""

import argparse
import shlex

import pytest

from launcher.cli import hints


def given(**arguments):
    return argparse.Namespace(**{"journal": None} | arguments)


@pytest.fixture(autouse=True)
def no_journal_in_the_environment(monkeypatch):
    monkeypatch.delenv("LAUNCHER_JOURNAL", raising=False)


def test_the_key_is_always_said_since_the_default_one_is_another_tomorrow():
    assert hints.continue_run(given(), "nightly-1", "m.yaml") == "launcher run m.yaml --key nightly-1"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"journal": "/j/x.sqlite3"}, ["--journal", "/j/x.sqlite3"]),
        ({"sandbox": ""}, ["--sandbox"]),
        ({"sandbox": "faults"}, ["--sandbox=faults"]),
        ({"sandbox": None}, []),
        ({"share": 0.5}, ["--share", "50%"]),
        ({"share": 1 / 3}, ["--share", "33.3333%"]),
        ({"share": 1.0}, []),
        ({"concurrency": 4}, ["--concurrency", "4"]),
    ],
)
def test_what_was_given_is_said_again(arguments, said):
    words = shlex.split(hints.continue_run(given(**arguments), "k", "m.yaml"))
    assert words == ["launcher", "run", "m.yaml", "--key", "k", *said]


def test_a_journal_is_named_so_that_any_folder_and_any_terminal_mean_it(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert hints.of_run("report", "k", given(journal="j.db")).endswith(f"--journal {tmp_path}/j.db")
    monkeypatch.setenv("LAUNCHER_JOURNAL", "/elsewhere/j.db")
    assert hints.of_run("reconcile", "k", given()) == "launcher reconcile k --journal /elsewhere/j.db"


def test_names_with_spaces_and_quotes_stay_one_word():
    command = hints.continue_run(given(), "it's nightly", "my campaigns.yaml")
    assert shlex.split(command) == ["launcher", "run", "my campaigns.yaml", "--key", "it's nightly"]
