"""The benchmark's stand-ins for the journal keep up with what a session asks of it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("journal", ["none", "slow:1"])
def test_a_run_on_another_journal_starts_everything(serve, write_manifest, tmp_path, journal):
    server = serve()
    manifest = write_manifest(server.url, {"a": 5})
    words = [sys.executable, str(ROOT / "bench/competitors/ours.py"), journal, "run", str(manifest), "--yes"]
    environment = os.environ | {"SECRET": "s" * 32, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*words, "--journal", str(tmp_path / "j")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list(server.starts.values()) == [1] * 5
    assert (tmp_path / "j").exists() is (journal != "none")
