"""The options that tell others: what is refused before anything is sent, what is imported."""

import argparse
import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from launcher.cli import telemetry
from launcher.errors import UsageError


def parsed(*words):
    parser = argparse.ArgumentParser(allow_abbrev=False)
    telemetry.add_options(parser)
    parser.add_argument("--report", action="append", default=[])
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(manifest="campaigns.yaml", journal="journal.sqlite3", sandbox=None)
    return parser.parse_args(words)


@pytest.fixture(autouse=True)
def in_a_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--events", "-", "--json"], "cannot both have stdout"),
        (["--events", "-", "--report", "-"], "cannot both have stdout"),
        (["--events", "campaigns.yaml"], "--events campaigns.yaml: that is the manifest"),
        (["--metrics", "./journal.sqlite3"], "--metrics ./journal.sqlite3: that is the journal"),
        (["--metrics", "journal.sqlite3-wal"], "that is the journal"),
        (["--events", "out.json", "--report", "out.json"], "that is a report"),
        (["--events", "m", "--metrics", "m"], "that is the metrics' file"),
        (["--events", "missing/e.ndjson"], "cannot write events to missing/e.ndjson: No such file"),
        (["--metrics", "missing/m.prom"], "its directory does not exist; create it first"),
        (["--notify", "nothing-that-is-one"], "not a notification URL"),
        (["--notify-config", "missing.yaml"], "--notify-config missing.yaml: no such file"),
    ],
)
def test_what_cannot_be_is_refused(words, sentence):
    with pytest.raises(UsageError, match=sentence):
        telemetry.check_options(parsed(*words))


def test_a_check_leaves_nothing_behind(tmp_path):
    telemetry.check_options(parsed("--metrics", "m.prom", "--events", "e.ndjson"))
    assert list(tmp_path.iterdir()) == []


def test_a_verb_without_these_options_is_told_of_by_nobody():
    arguments = SimpleNamespace(manifest="campaigns.yaml", journal=None)
    telemetry.check_options(arguments)
    with telemetry.telling(arguments, session=None), telemetry.table_beside_events(arguments):
        pass


def test_the_table_goes_to_stderr_beside_events_on_stdout(capsys):
    with telemetry.table_beside_events(parsed("--events", "-")):
        print("table")  # noqa: T201  # what the table is printed by does not matter
    with telemetry.table_beside_events(parsed("--events", "file")):
        print("other")  # noqa: T201  # see above
    assert capsys.readouterr() == ("other\n", "table\n")


SCRIPT = """
import argparse, json, sys
from launcher.cli import telemetry
parser = argparse.ArgumentParser()
telemetry.add_options(parser)
parser.set_defaults(manifest="m", journal=None, report=[], json=False)
telemetry.check_options(parser.parse_args(json.loads(sys.argv[1])))
print(json.dumps(sorted(sys.modules)))
"""


def imported(*words):
    command = [sys.executable, "-c", SCRIPT, json.dumps(words)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in json.loads(done.stdout)} & {
        "apprise",
        "opentelemetry",
        "requests",
    }


def test_libraries_are_imported_by_their_own_option_only():
    assert imported() == set()
    assert imported("--events", "e.ndjson", "--metrics", "m.prom") == set()
    assert imported("--otel") >= {"opentelemetry"}
    assert "apprise" not in imported("--otel")
    assert "opentelemetry" not in imported("--notify", "json://127.0.0.1")
