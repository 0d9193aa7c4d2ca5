"""The command as a user runs it: its own process, a server that knows nothing of the launcher."""

import pytest
import yaml
from fault_process import Launchers
from foreign_server import ForeignServer

SECRET = "canary-9f8e7d6c5b4a-do-not-show-to-anybody"


@pytest.fixture
def launcher(tmp_path, tmp_path_factory, zygote):
    """Run the command line in `tmp_path` and wait for its end; `anew`: with an interpreter of its own."""
    started = Launchers(tmp_path, zygote, tmp_path_factory.mktemp("streams"))
    started.journal = tmp_path / "j.sqlite3"

    def run(*arguments, env=None, anew=False):
        start = started.start_anew if anew else started.start
        return start(*arguments, env={"SECRET": SECRET, **(env or {})}).wait()

    yield run
    started.end_all()


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
