"""The command line in this process, in a folder of its own with a journal of its own."""

from dataclasses import dataclass

import pytest

from launcher.cli.main import run_command_line


@dataclass
class Finished:
    code: int
    out: str
    err: str


@pytest.fixture
def launcher(tmp_path, monkeypatch, capsys):
    """Run a command line; what it printed and its exit code."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LAUNCHER_JOURNAL", str(tmp_path / "j.sqlite3"))

    def run(*arguments):
        try:
            code = run_command_line([str(one) for one in arguments])
        except SystemExit as end:
            code = end.code
        return Finished(int(code), *capsys.readouterr())

    return run
