"""What a verb may import: an operator waits for every module."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "aiohttp",
    "anyio",
    "apprise",
    "opentelemetry",
    "requests",
    "asyncio",
    "jwt",
    "rich",
    "sqlite3",
    "tenacity",
    "yaml",
    "ssl",
}
EXAMPLE = Path(__file__).parents[2] / "campaigns.yaml.example"

SCRIPT = """
import contextlib, io, json, sys
from launcher.cli.main import run_command_line
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
    run_command_line(json.loads(sys.argv[1]))
print(json.dumps(sorted(sys.modules)))
"""


def imported(*arguments):
    command = [sys.executable, "-c", SCRIPT, json.dumps([str(argument) for argument in arguments])]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        (["--help"], set()),
        (["run", "--help"], set()),
        (["validate", EXAMPLE], {"yaml"}),
        (["plan", EXAMPLE, "--json"], {"yaml"}),
        (["schema"], {"yaml"}),
    ],
    ids=lambda value: str(value[0]) if isinstance(value, list) else "",
)
def test_a_verb_imports_only_what_it_needs(arguments, allowed):
    assert imported(*arguments) & HEAVY <= allowed


def test_import_launcher_costs_nothing():
    done = subprocess.run(
        [sys.executable, "-c", "import launcher, sys, json; print(json.dumps(sorted(sys.modules)))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(json.loads(done.stdout)) & HEAVY == set()
