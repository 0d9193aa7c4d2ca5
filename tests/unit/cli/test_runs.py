import json
import re
import time
from datetime import UTC, datetime

import pytest
from fakes.journal import plan_of
from fakes.launches import make_launch

from launcher.journal.store import Journal

MOMENTS = {"evening": 1_764_936_000.0, "night": 1_764_957_600.0}


@pytest.fixture
def journal(tmp_path):
    """The path of a journal with two runs, the later one with more launches."""
    path = tmp_path / "j.sqlite3"
    with Journal.open(path) as journal:
        for number, (key, at) in enumerate(MOMENTS.items()):
            plan = plan_of([make_launch(campaign=f"cd-{key}-{each}") for each in range(9 + number)])
            journal.open_run(key, plan, launcher_version="1.0", clock=lambda at=at: at).close()
    return path


@pytest.fixture
def _berlin(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("journal", "_berlin")
def test_runs_are_a_table_in_local_time_the_latest_first(launcher):
    done = launcher("runs")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "opened                     started  state         key",
        "2025-12-05 19:00:00+01:00  0 of 10  not finished  night",
        "2025-12-05 13:00:00+01:00  0 of 9   not finished  evening",
    ]


@pytest.mark.usefixtures("journal")
def test_one_run_can_be_listed_and_json_stays_in_utc(launcher):
    assert [line.split()[-1] for line in launcher("runs", "list", "night").out.splitlines()] == [
        "key",
        "night",
    ]
    (run,) = json.loads(launcher("runs", "list", "night", "--json").out)
    assert datetime.fromisoformat(run["started_at"]) == datetime.fromtimestamp(MOMENTS["night"], UTC)


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize("more", [[], ["--json"]])
@pytest.mark.parametrize(
    ("key", "hint"), [("nihgt", "did you mean 'night'?"), ("x", "`launcher runs` lists them")]
)
def test_a_key_that_no_run_has_is_an_error(launcher, key, hint, more):
    done = launcher("runs", "list", key, *more)
    assert (done.code, done.out) == (2, "")
    assert done.err.endswith(f"has no run '{key}'; {hint}\n")


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("lsit", "did you mean `launcher runs list`?"),
        ("chekc", "did you mean `launcher runs check`?"),
        ("nope", "for the run of that key: `launcher runs list nope`"),
    ],
)
def test_an_unknown_action_is_a_line_with_a_suggestion(launcher, word, hint):
    done = launcher("runs", word)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"launcher: `launcher runs` cannot '{word}'")
    assert done.err.endswith(f"{hint}\n")
    assert done.err.count("\n") == 1


def test_a_journal_without_a_run_says_so(launcher, tmp_path):
    Journal.open(tmp_path / "j.sqlite3").close()
    done = launcher("runs")
    assert (done.code, done.out) == (0, "")
    assert done.err.endswith("holds no run yet\n")
    assert launcher("runs", "--json").out == "[]\n"
    assert launcher("runs", "check").out.endswith("sound, but holds no run\n")


@pytest.mark.usefixtures("journal")
def test_a_sound_journal_is_told_with_the_number_of_its_runs(launcher):
    done = launcher("runs", "check")
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith("sound; every history is legal and the totals add up, of 2 runs\n")
    assert launcher("runs", "check", "night").out.endswith(", of 1 run\n")


def test_a_journal_too_damaged_to_be_opened_is_told_with_what_to_do(launcher, journal):
    journal.write_bytes(journal.read_bytes()[:8192])
    refused = launcher("runs")
    assert refused.code == 5
    assert "`launcher runs check` says what can be trusted and what to do" in refused.err
    done = launcher("runs", "check")
    assert done.code == 1
    assert done.out.startswith("the file is damaged: ")
    assert done.out.endswith("no run can be trusted\n")
    assert f"copy {journal} aside" in done.err
    assert f"sqlite3 {journal} .recover | sqlite3 {journal}.recovered" in done.err
    told = json.loads(launcher("runs", "check", "--json").out)
    assert (told["journal"], told["damaged"], told["sound"]) == (str(journal), True, [])
    assert told["findings"] == done.out.splitlines()[:-1]


def test_the_runs_that_are_whole_are_named_beside_a_damage(launcher, journal):
    whole = journal.read_bytes()
    sound = set()
    for page in range(2, len(whole) // 4096):
        journal.write_bytes(whole[: page * 4096] + b"\xa5" * 4096 + whole[(page + 1) * 4096 :])
        done = launcher("runs", "check")
        assert done.code == 1
        assert "launcher: what to do:\n" in done.err
        sound.update(re.findall("nothing wrong: (.*)", done.out))
    assert "'evening', 'night'" in sound
