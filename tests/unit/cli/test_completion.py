"""Completion: bash really completes; the other scripts know every verb and option."""

import re
import shutil
import subprocess
import sys

import pytest
from fakes.journal import plan_of
from fakes.launches import make_launch

from launcher.cli.command_tree import verbs_of
from launcher.cli.main import VERBS, build_parser
from launcher.error_codes import ENTRIES
from launcher.journal.store import Journal

HARNESS = """
launcher() { "$PYTHON" -m launcher "$@"; }
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_launcher
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def complete(launcher, tmp_path):
    """Complete the last of the words as bash would; the words are split at = as bash does."""
    script = tmp_path / "completion.bash"
    script.write_text(launcher("completion", "bash").out)

    def run(*words):
        done = subprocess.run(
            ["bash", "-c", HARNESS, "bash", script, "launcher", *words],
            cwd=tmp_path,
            env={
                "PYTHON": sys.executable,
                "LAUNCHER_JOURNAL": str(tmp_path / "j.sqlite3"),
                "PATH": "/usr/bin:/bin",
            },
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""
        return set(filter(None, done.stdout.split("\n")))

    return run


def test_verbs_come_first(complete):
    assert complete("") >= {verb.name for verb in tree()} | {"--help", "--version"}
    assert complete("va") == {"validate"}


def test_options_of_the_verb_and_of_no_other(complete):
    assert {"--report", "--only", "--select"} <= complete("run", "--")
    assert "--faults" not in complete("run", "--")
    assert complete("sandbox", "--fa") == {"--faults"}


@pytest.mark.parametrize("words", [("--only", "f"), ("--only", "=", "f"), ("m.yaml", "--yes", "--only", "f")])
def test_choices_are_completed_behind_a_space_and_behind_an_equals_sign(complete, words):
    assert complete("run", *words) == {"failed"}


def test_the_value_of_an_option_that_may_stand_alone_is_only_behind_its_equals_sign(complete, tmp_path):
    (tmp_path / "faulty.yaml").write_text("")
    assert complete("run", "--sandbox", "=", "faul") == {"faults"}
    assert "demo" in complete("run", "--sandbox", "=")
    assert complete("run", "--sandbox", "faul") == {"faulty.yaml"}


def test_files_where_a_file_is_wanted(complete, tmp_path):
    (tmp_path / "my manifest.yaml").write_text("")
    assert complete("run", "my") == {"my manifest.yaml"}
    assert complete("run", "x.yaml", "--report", "my") == {"my manifest.yaml"}
    assert complete("run", "x.yaml", "my") == set()


def test_run_keys_are_those_of_the_journal(complete, tmp_path):
    assert complete("report", "") == set()
    with Journal.open(tmp_path / "j.sqlite3") as journal:
        for key in ("nightly-1", "nightly-2", "other"):
            journal.open_run(key, plan_of([make_launch(campaign=key)]), launcher_version="1")
    assert complete("report", "ni") == {"nightly-1", "nightly-2"}
    assert complete("runs", "list", "o") == {"other"}
    assert complete("runs", "li") == {"list"}


def test_error_codes(complete):
    assert complete("explain", "L03") == {entry.code for entry in ENTRIES if entry.code.startswith("L03")}


def test_nothing_is_offered_where_only_the_user_knows(complete):
    assert complete("run", "m.yaml", "--reason", "") == set()


def tree():
    return verbs_of(build_parser(), {})


def test_the_tree_knows_every_verb():
    assert len(tree()) == len(VERBS)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_script_knows_every_verb_and_option(launcher, shell):
    script = launcher("completion", shell).out
    for verb in tree():
        assert verb.name in script
        for name in (name for option in verb.options for name in option.names if name.startswith("--")):
            assert (f"-l {name[2:]}" if shell == "fish" else name) in script


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_script_is_one_that_its_shell_reads(launcher, tmp_path, shell):
    script = tmp_path / "script"
    script.write_text(launcher("completion", shell).out)
    if shutil.which(shell) is None:  # quotes, at least, have to be in pairs
        assert re.sub(r"\\.|'(?:\\'|[^'])*'|\"[^\"]*\"", "", script.read_text()).count("'") == 0
        return
    assert subprocess.run([shell, "-n", script], capture_output=True, check=False).stderr == b""


def test_an_unknown_shell_is_told(launcher):
    done = launcher("completion", "bsah")
    assert (done.code, "did you mean 'bash'?" in done.err) == (2, True)


def test_keys_of_no_journal_are_none_and_make_none(launcher, tmp_path):
    done = launcher("completion", "keys")
    assert (done.code, done.out, done.err) == (0, "", "")
    assert not (tmp_path / "j.sqlite3").exists()
