import asyncio
import json
import re
import time
from datetime import UTC, datetime

import pytest
from fakes.journal import plan_of
from fakes.launches import make_launch

from launcher.cli.runs_diff import compared
from launcher.journal.events import AttemptFinished, AttemptIntended, LaunchFinished, RunClosed
from launcher.journal.orders import Mandate, OrderKind
from launcher.journal.store import Journal
from launcher.outcome import OutcomeKind, Result

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


def test_a_stopped_run_is_marked_until_it_is_continued(journal, launcher):
    def order(kind):
        with Journal.open(journal) as opened:
            opened.order("night", kind, Mandate("ada", "wrong list"), clock=lambda: MOMENTS["night"] + 60)
        return launcher("runs").out.splitlines()[1], json.loads(launcher("runs", "--json").out)[0]

    line, run = order(OrderKind.STOP)
    assert "not finished, stopped  night" in line
    assert run["stopped_at"] == "2025-12-05T18:01:00.000Z"
    line, run = order(OrderKind.CONTINUE)
    assert ("stopped" in line, run["stopped_at"]) == (False, None)


def test_what_is_continued_does_not_become_the_newest(journal, launcher):
    with Journal.open(journal) as opened:
        plan = plan_of([make_launch(campaign="cd-evening-0")])
        opened.open_run("evening", plan, launcher_version="1.0", clock=lambda: MOMENTS["night"] + 60).close()
    assert [line.split()[-1] for line in launcher("runs").out.splitlines()[1:]] == ["night", "evening"]


@pytest.mark.usefixtures("journal")
def test_one_run_can_be_listed_and_json_stays_in_utc(launcher):
    assert [line.split()[-1] for line in launcher("runs", "list", "night").out.splitlines()] == [
        "key",
        "night",
    ]
    (run,) = json.loads(launcher("runs", "list", "night", "--json").out)
    assert datetime.fromisoformat(run["started_at"]) == datetime.fromtimestamp(MOMENTS["night"], UTC)


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize(
    "verb",
    [
        ["stop"],
        ["pause"],
        ["resume"],
        ["status"],
        ["reconcile"],
        ["report"],
        ["runs", "show"],
        ["runs", "check"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("nihgt", "did you mean 'night'?"),
        ("nig", "did you mean 'night'?"),
        ("x", "`launcher runs` lists them"),
    ],
)
@pytest.mark.usefixtures("journal")
def test_every_verb_with_a_key_names_those_that_come_nearest(launcher, verb, key, hint):
    done = launcher(*verb, key)
    assert (done.code, done.out) == (2, "")
    assert done.err.endswith(f"has no run '{key}'; {hint} [L002]\n")


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize("more", [[], ["--json"]])
@pytest.mark.parametrize(
    ("key", "hint"), [("nihgt", "did you mean 'night'?"), ("x", "`launcher runs` lists them")]
)
def test_a_key_that_no_run_has_is_an_error(launcher, key, hint, more):
    done = launcher("runs", "list", key, *more)
    assert (done.code, done.out) == (2, "")
    assert done.err.endswith(f"has no run '{key}'; {hint} [L002]\n")


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("lsit", "did you mean `launcher runs list`?"),
        ("chekc", "did you mean `launcher runs check`?"),
        ("nope", "for the run of that key: `launcher runs show nope`"),
    ],
)
def test_an_unknown_action_is_a_line_with_a_suggestion(launcher, word, hint):
    done = launcher("runs", word)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"launcher: `launcher runs` cannot '{word}'")
    assert done.err.endswith(f"{hint} [L001]\n")
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


@pytest.fixture
def two_runs(tmp_path):
    """The path of a journal with a stopped run and one that started other campaigns."""
    path = tmp_path / "j.sqlite3"
    ada = Mandate("ada", "wrong list", "OPS-12")
    with Journal.open(path) as journal:
        for key, campaigns in {"a": ["cd-1", "cd-2", "cd-3"], "b": ["cd-2", "cd-3", "cd-4"]}.items():
            plan = plan_of([make_launch(campaign=campaign) for campaign in campaigns])
            with journal.open_run(key, plan, launcher_version="1.0", clock=lambda: 1.0, by=ada) as run:
                ended = Result.STARTED if key == "a" else Result.NOT_ATTEMPTED
                steps = [AttemptFinished(0, 1, 2.0, OutcomeKind.ACCEPTED)] if key == "a" else []
                asyncio.run(run.claim([AttemptIntended(0, 1, 1.5)] if key == "a" else []))
                run.append([*steps, LaunchFinished(0, 3.0, ended, "cancelled: x"), RunClosed(4.0, 7)])
        journal.order("a", OrderKind.STOP, ada, clock=lambda: 5.0)
    return path


@pytest.mark.usefixtures("two_runs")
def test_a_run_is_shown_with_its_processes_and_orders(launcher):
    done = launcher("runs", "show", "a")
    assert done.code == 0
    assert done.out.splitlines()[2:] == [
        "now       nobody works on it",
        "launches  3 planned · 1 started · 2 not attempted",
        "requests  1 run",
        (
            "process   1970-01-01T00:00:01.000Z  ended 1970-01-01T00:00:04.000Z with exit code 7 · 1 starts"
            " · ada: wrong list [OPS-12]"
        ),
        "order     1970-01-01T00:00:05.000Z  stop · ada: wrong list [OPS-12]",
    ]
    told = json.loads(launcher("runs", "show", "a", "--json").out)
    assert told["orders"][0]["order"] == "stop"
    assert told["processes"][0]["starts"] == 1


@pytest.mark.usefixtures("two_runs")
def test_two_runs_are_compared_by_identity(launcher):
    done = launcher("runs", "diff", "a", "b")
    assert done.code == 1
    assert [line.split()[0] for line in done.out.splitlines()] == ["only", "cd-1", "only", "cd-4"]
    told = json.loads(launcher("runs", "diff", "a", "b", "--json").out)
    assert [each["campaign_id"] for each in told["only_in_a"]] == ["cd-1"]
    assert launcher("runs", "diff", "a", "a").code == 0


def test_a_changed_result_is_told():
    before, after = make_launch(campaign="cd-1").identity, make_launch(campaign="cd-2").identity
    told = compared({before: "unknown", after: "started"}, {before: "started", after: "started"})
    assert [(each["campaign_id"], each["a"], each["b"]) for each in told["changed"]] == [
        ("cd-1", "unknown", "started")
    ]


@pytest.mark.usefixtures("two_runs")
@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["show"], "takes the key of a run"),
        (["diff", "a"], "takes the keys of two runs"),
        (["list", "a", "b"], "takes at most one key"),
        (["diff", "a", "c"], "has no run 'c'"),
    ],
)
def test_wrong_keys_are_a_sentence(launcher, words, hint):
    done = launcher("runs", *words)
    assert (done.code, done.out) == (2, "")
    assert hint in done.err


def test_a_live_run_works_and_may_be_paused_and_after_a_kill_the_unknown_ones_are_named(journal, launcher):
    def shown():
        table = launcher("runs", "list", "night").out.splitlines()[1]
        return table, launcher("runs", "show", "night").out

    with Journal.open(journal) as opened:
        plan = plan_of([make_launch(campaign=f"cd-night-{each}") for each in range(10)])
        with opened.open_run(
            "night", plan, launcher_version="1.0", clock=lambda: MOMENTS["night"] + 9
        ) as run:
            asyncio.run(run.claim([AttemptIntended(0, 1, MOMENTS["night"] + 10)]))
            line, page = shown()
            assert "0 of 10  running" in line
            assert ("works on it now" in page, page.count("was killed")) == (True, 1), "the first one was"
            opened.order("night", OrderKind.PAUSE, Mandate("ada"), clock=lambda: MOMENTS["night"] + 60)
            line, page = shown()
            assert "  paused" in line
            assert ", paused\n" in page
        line, page = shown()
    assert "0 of 10, 1 unknown  not finished" in line
    assert ("works on it now" in page, page.count("was killed"), "paused\n" in page) == (False, 2, False)


def test_a_pause_holds_no_later_process(journal, launcher):
    with Journal.open(journal) as opened:
        opened.order("night", OrderKind.PAUSE, Mandate("ada"), clock=lambda: MOMENTS["night"] + 60)
        plan = plan_of([make_launch(campaign="cd-night-0")])
        with opened.open_run("night", plan, launcher_version="1.0", clock=lambda: MOMENTS["night"] + 90):
            assert launcher("runs", "list", "night").out.splitlines()[1].endswith("running  night")
