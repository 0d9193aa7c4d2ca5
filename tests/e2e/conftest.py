"""The command as a user runs it: its own process, a server that knows nothing of the launcher."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass

import pytest
import yaml
from foreign_server import ForeignServer

SECRET = "canary-9f8e7d6c5b4a-do-not-show-to-anybody"


@dataclass
class Finished:
    code: int
    out: str
    err: str

    @property
    def report(self):
        return json.loads(self.out)


@pytest.fixture
def launcher(tmp_path):
    """Run the command line in `tmp_path` and wait for its end."""

    def run(*arguments, env=None, timeout=50):
        done = subprocess.run(
            [sys.executable, "-m", "launcher", *map(str, arguments)],
            cwd=tmp_path,
            env={
                **os.environ,
                "LAUNCHER_JOURNAL": str(tmp_path / "j.sqlite3"),
                "SECRET": SECRET,
                **(env or {}),
            },
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=timeout,
            check=False,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def serve():
    """Start a foreign server for the length of the test."""
    running = []

    def start(**settings):
        context = ForeignServer(**settings).serving()
        running.append(context)
        return context.__enter__()

    yield start
    for context in running:
        context.__exit__(None, None, None)


@pytest.fixture
def write_manifest(tmp_path):
    """Write a manifest of `counts` (account name to number of campaigns) and return its path."""

    def write(host, counts, budget="1000/60s", settings=None, name="campaigns.yaml", **changes):
        accounts = {
            account: {
                "id": f"id-{account}",
                "host": host,
                "client_id": f"cs-{account}",
                "client_secret": "${SECRET}",
                "budget": budget,
            }
            for account in counts
        }
        campaigns = [
            {"account": account, "stream": f"st-{account}", "campaign": f"cd-{account}-{number:03}"}
            for account, count in counts.items()
            for number in range(count)
        ]
        quick = {"settle": "100ms", "interval": "100ms"}
        manifest = {
            "version": 1,
            "name": "test",
            "settings": {"reconcile": quick, "retry": {"backoff": "50ms..200ms"}, **(settings or {})},
            "accounts": accounts,
            "campaigns": campaigns,
            **changes,
        }
        path = tmp_path / name
        path.write_text(yaml.safe_dump(manifest, sort_keys=False))
        return path

    return write
