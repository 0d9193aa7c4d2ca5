"""Journals in the test's own folder, and other processes that use them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fakes.journal import plan_of
from fakes.launches import make_launch

from launcher.journal.store import Journal

ROOT = Path(__file__).parents[3]
PRELUDE = """
import asyncio, os, sys, time
from pathlib import Path
from fakes.journal import plan_of, with_budget
from fakes.launches import make_launch
from launcher.errors import LauncherError
from launcher.journal.events import *
from launcher.journal.port import *
from launcher.journal.store import Journal
from launcher.outcome import OutcomeKind, Result

path = Path(sys.argv[1])
plan = plan_of([make_launch(campaign=f"cd-{number}") for number in range(300)])
unhurried = plan_of([with_budget(launch, 10**6) for launch in plan.launches])

def say(*words):
    print(*words, flush=True)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.sqlite3"


@pytest.fixture
def plan():
    return plan_of([make_launch(campaign=f"cd-{number}") for number in range(300)])


@pytest.fixture
def journal(path):
    with Journal.open(path) as journal:
        yield journal


@pytest.fixture
def child(path):
    """Start Python on a script that finds `path`, `plan`, `unhurried` (with a large budget), `say`."""
    children = []

    def start(script, *arguments, journal=path):
        search = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
        process = subprocess.Popen(
            [sys.executable, "-c", PRELUDE + script, str(journal), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": search},
            text=True,
        )
        children.append(process)
        return process

    yield start
    for process in children:
        process.kill()
        process.communicate()
