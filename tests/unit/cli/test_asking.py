"""What a run says and asks before it sends anything."""

import argparse
import io
import re
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from fakes.journal import plan_of
from fakes.launches import make_launch

from launcher.cli.asking import confirm, remind
from launcher.errors import RefusedError
from launcher.journal.events import AttemptIntended
from launcher.journal.orders import Mandate, OrderKind
from launcher.journal.store import Journal
from launcher.plan.rehearsal import rehearsal

PLAN = plan_of([make_launch(campaign="cd-1"), make_launch(campaign="cd-2")])
NIGHT = f"{PLAN.name}-2026-11-22"


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def journal(tmp_path):
    with Journal.open(tmp_path / "j.sqlite3") as opened:
        yield opened


def ran(journal, key, *orders, plan=PLAN):
    journal.open_run(key, plan, launcher_version="1").close()
    for kind in orders:
        journal.order(key, kind, Mandate("ada", "wrong list"), clock=lambda: 1_795_435_260.0)


def asked(journal, key="today", **others):
    return argparse.Namespace(journal=str(journal.path), key=key, sandbox=None, yes=False, **others)


@pytest.mark.parametrize("key", [NIGHT, "a-key-of-its-own"])
def test_a_new_run_after_a_stopped_one_is_told_of_the_stop(journal, capsys, key):
    path = "/elsewhere/m.yaml" if key == NIGHT else str(Path(PLAN.manifest_path).absolute())
    ran(journal, key, OrderKind.STOP, plan=replace(PLAN, manifest_path=path))
    assert remind(PLAN, asked(journal)) is True
    (line,) = capsys.readouterr().err.splitlines()
    told = (
        rf"the latest run of this manifest, '{key}', was stopped 2026-11-23T12:01:00Z by ada \(wrong list\)"
    )
    assert re.search(told, line)


def nothing(_journal):
    """No run at all."""


def continued(journal):
    ran(journal, NIGHT, OrderKind.STOP, OrderKind.CONTINUE)


def followed_by_another(journal):
    ran(journal, NIGHT, OrderKind.STOP)
    ran(journal, f"{PLAN.name}-2026-11-23")


def only_paused(journal):
    ran(journal, NIGHT, OrderKind.PAUSE)


def of_another_manifest(journal):
    ran(journal, "other-2026-11-22", OrderKind.STOP)


def the_same_run(journal):
    ran(journal, NIGHT, OrderKind.STOP)
    ran(journal, "today")


def rehearsed(journal):
    ran(journal, NIGHT, OrderKind.STOP, plan=rehearsal(PLAN))


@pytest.mark.parametrize(
    "past",
    [nothing, continued, followed_by_another, only_paused, of_another_manifest, the_same_run, rehearsed],
    ids=lambda past: past.__name__,
)
def test_else_there_is_nothing_to_say(journal, capsys, past):
    past(journal)
    assert remind(PLAN, asked(journal)) is False
    assert capsys.readouterr().err == ""


async def test_campaigns_that_were_started_under_another_host_are_told(journal, capsys):
    run = journal.open_run(NIGHT, PLAN, launcher_version="1")
    await run.claim([AttemptIntended(0, 1, time.time())])
    run.close()
    moved = plan_of([make_launch("http://localhost:1", "cd-1"), make_launch("http://localhost:1", "cd-2")])
    assert remind(moved, asked(journal)) is False
    told = capsys.readouterr().err
    assert "1 of these campaigns, such as cd-1, were started, or may have been" in told
    assert "on https://platform.kore.ai;" in told


def test_no_journal_is_made_for_it(tmp_path):
    arguments = argparse.Namespace(journal=str(tmp_path / "none"), key="k", sandbox=None, yes=False)
    assert remind(PLAN, arguments) is False
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("answers", "reminded", "goes_on"),
    [
        ("2\n", False, True),
        ("new run\n2\n", True, True),
        ("`new run`\n2\n", True, True),
        ("2\n2\n", True, False),
        ("new run\n3\n", True, False),
        ("", True, False),
    ],
)
def test_on_a_terminal_the_stop_has_to_be_answered_too(monkeypatch, journal, answers, reminded, goes_on):
    monkeypatch.setattr(sys, "stdin", Terminal(answers))
    monkeypatch.setattr(sys, "stderr", shown := Terminal())
    if goes_on:
        confirm(PLAN, asked(journal), reminded=reminded)
    else:
        with pytest.raises(RefusedError, match="not confirmed; nothing was sent"):
            confirm(PLAN, asked(journal), reminded=reminded)
    assert ("new run" in shown.getvalue()) == reminded


def test_off_a_terminal_it_is_only_said(monkeypatch, journal):
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    confirm(PLAN, asked(journal), reminded=True)
