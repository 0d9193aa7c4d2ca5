"""The commands of deploy/ really run: as cron, systemd and Kubernetes would run them, on a foreign server."""

import configparser
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"


def of_cron():
    line = next(
        line for line in (DEPLOY / "cron/launcher").read_text().splitlines() if "launcher run" in line
    )
    return line.split(maxsplit=6)[6].replace("\\%", "%")


def of_systemd():
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.read(DEPLOY / "systemd/launcher-nightly.service")
    return f". /etc/launcher/secrets.env; export SECRET; {unit['Service']['ExecStart']}"


def of_kubernetes():
    objects = yaml.safe_load_all((DEPLOY / "kubernetes/cronjob.yaml").read_text())
    (job,) = [one for one in objects if one["kind"] == "CronJob"]
    (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    return f". /etc/launcher/secrets.env; export SECRET; {shlex.join(['launcher', *container['args']])}"


@pytest.fixture
def machine(tmp_path):
    """Run a command as if /etc/launcher, /var/lib/launcher and /opt/launcher were in the test's folder."""
    for folder in ("etc", "var", "bin"):
        (tmp_path / folder).mkdir()
    program = tmp_path / "bin/launcher"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m launcher "$@"\n')
    program.chmod(0o755)
    (tmp_path / "etc/secrets.env").write_text("SECRET=a-secret-of-some-length-for-this-test\n")

    def run(command):
        for place, folder in (
            ("/etc/launcher", "etc"),
            ("/var/lib/launcher", "var"),
            ("/opt/launcher/bin", "bin"),
        ):
            command = command.replace(place, str(tmp_path / folder))
        environment = {**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
        environment["LAUNCHER_JOURNAL"] = str(tmp_path / "var/journal.sqlite3")
        return subprocess.run(
            ["sh", "-c", command], env=environment, capture_output=True, text=True, timeout=50, check=False
        )

    return run


@pytest.mark.parametrize(
    "command", [of_cron(), of_systemd(), of_kubernetes()], ids=["cron", "systemd", "k8s"]
)
def test_a_night_and_the_same_again(machine, serve, write_manifest, tmp_path, command):
    server = serve()
    write_manifest(server.url, {"a": 3}).rename(tmp_path / "etc/nightly.yaml")
    first, second = machine(command), machine(command)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert sorted(server.starts.values()) == [1, 1, 1]
    reports = {path.suffix for path in (tmp_path / "var").glob("nightly*")}
    assert reports == {".html", ".json"}
    assert (tmp_path / "var/journal.sqlite3").is_file()


def test_the_nightly_copy_of_the_journal_is_a_command_that_sh_reads():
    lines = (DEPLOY / "cron/launcher").read_text().splitlines()
    (backup,) = [line.split(maxsplit=6)[6] for line in lines if ".backup" in line]
    assert shlex.split(backup)[:2] == ["exec", "sqlite3"]
