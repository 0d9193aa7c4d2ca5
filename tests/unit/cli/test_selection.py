"""`--select` and `--exclude` on the command line: a part of the launches, and earlier results."""

import argparse
import json
import shlex
from dataclasses import replace

import pytest
from fakes.journal import plan_of
from fakes.launches import make_launch

from launcher.cli import hints
from launcher.journal.store import Journal
from launcher.plan.rehearsal import rehearsal

MANIFEST = """\
version: 1
name: nightly
accounts:
  acme: {id: a1, host: https://kore.example, client_id: cs-1, client_secret: "${S}"}
campaigns:
  - {account: acme, stream: st-1, campaign: cd-1, tags: [early]}
  - {account: acme, stream: st-1, campaign: cd-2}
"""


@pytest.fixture(autouse=True)
def manifest(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text(MANIFEST)
    return path


def record(tmp_path, key, campaigns, manifest="elsewhere.yaml", *, rehearsed=False):
    ids = {"host": "https://kore.example", "account_id": "a1", "stream_id": "st-1"}
    plan = plan_of([make_launch(campaign=campaign, **ids) for campaign in campaigns])
    plan = replace(plan, manifest_path=str(manifest))
    with Journal.open(tmp_path / "j.sqlite3") as journal:
        run = rehearsal(plan) if rehearsed else plan
        journal.open_run(key, run, launcher_version="1").close()


def planned(done):
    return [launch["campaign_id"] for launch in json.loads(done.out)["launches"]]


def test_plan_shows_what_is_left_and_says_how_much_that_is(launcher):
    done = launcher("plan", "m.yaml", "--json", "--select", "tag:early")
    assert (done.code, planned(done)) == (0, ["cd-1"])
    assert done.err == "selected 1 of 2 launches\n"


def test_a_dry_run_is_narrowed_too(launcher):
    done = launcher("run", "m.yaml", "--dry-run", "--json", "--exclude", "tag:early", "--exclude", "tag:erly")
    assert planned(done) == ["cd-2"]
    assert "--exclude 'tag:erly' matches nothing; did you mean 'tag:early'?" in done.err


def test_an_empty_selection_is_exit_5_and_a_bad_expression_exit_2(launcher):
    empty = launcher("run", "m.yaml", "--yes", "--select", "tag:late")
    assert (empty.code, "nothing was sent" in empty.err) == (5, True)
    assert launcher("run", "m.yaml", "--select", "tagg:x").code == 2


@pytest.mark.parametrize("key", ["nightly-2026-11-22", "of-the-same-file"])
def test_last_is_the_latest_run_of_the_name_or_the_file(launcher, tmp_path, manifest, key):
    record(tmp_path, key, ["cd-2"], manifest if key == "of-the-same-file" else "elsewhere.yaml")
    record(tmp_path, "nightly-eu-2026-11-22", ["cd-1"])
    record(tmp_path, "rehearsed", ["cd-1"], manifest, rehearsed=True)
    done = launcher("plan", "m.yaml", "--json", "--select", "result:not_attempted@last")
    assert planned(done) == ["cd-2"]


def test_a_run_can_be_named_and_must_be_there(launcher, tmp_path):
    record(tmp_path, "k", ["cd-1"])
    assert planned(launcher("plan", "m.yaml", "--json", "--select", "result:not-attempted@k")) == ["cd-1"]
    missing = launcher("plan", "m.yaml", "--select", "result:failed@nope")
    assert (missing.code, "has no run 'nope'" in missing.err) == (2, True)
    none = launcher("run", "m.yaml", "--select", "result:failed@last")
    assert (none.code, "no earlier run of 'nightly'" in none.err) == (5, True)


def test_an_absent_journal_is_not_made(launcher, tmp_path):
    assert launcher("plan", "m.yaml", "--select", "result:failed@last").code == 5
    assert not (tmp_path / "j.sqlite3").exists()


def test_the_command_to_continue_says_the_selection_again(launcher):
    arguments = argparse.Namespace(journal=None, select=["tag:a b", "tag:c"], exclude=["name:*"])
    words = shlex.split(hints.continue_run(arguments, "k", "m.yaml"))
    assert shlex.split(hints.first_run("m.yaml", arguments))[3:] == words[-6:]
    said = ["--select", "tag:a b", "--select", "tag:c", "--exclude", "name:*"]
    assert [word for word in words if word in said] == said
