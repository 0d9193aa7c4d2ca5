"""What it was measured on: nothing that names the machine or its folders."""

import os
import platform
import re
import shutil
import sqlite3
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

_LIBRARIES = ("aiohttp", "anyio", "tenacity", "pyyaml", "pyjwt", "yarl", "multidict")
_PROGRAMS = {
    "nginx": ["nginx", "-v"],
    "wrk": ["wrk", "-v"],
    "curl": ["curl", "--version"],
    "GNU parallel": ["parallel", "--version"],
    "xargs": ["xargs", "--version"],
}
"""Name to the command that prints a version."""


@dataclass(frozen=True, slots=True)
class Programs:
    """Which of the programs to compare with are there."""

    versions: dict[str, str]
    missing: list[str]

    def __contains__(self, name: str) -> bool:
        return name in self.versions


def programs() -> Programs:
    """Look for the programs and ask their versions."""
    found = {name: _version(command) for name, command in _PROGRAMS.items() if shutil.which(command[0])}
    return Programs(found, [name for name in _PROGRAMS if name not in found])


def _version(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    number = re.search(r"\d+(?:\.\d+)+|\d{8}", done.stdout + done.stderr)
    return number[0] if number else "?"


def describe(programs: Programs, folder: Path) -> list[str]:
    """Lines for the document."""
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    tools = ", ".join(f"{name} {number}" for name, number in programs.versions.items())
    disk = f"`fsync` of 4 KiB takes {_fsync(folder) * 1000:.2f} ms (median)"
    system = f"{_cpu()}, {os.cpu_count()} cores, {_memory():.0f} GiB, Linux {platform.release()}"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return [
        f"- Machine: {system}; {disk}.",
        f"- {python}, SQLite {sqlite3.sqlite_version}, {libraries}.",
        f"- {tools}.",
        f"- Missing, and so not measured: {', '.join(programs.missing) or 'nothing'}.",
    ]


def today() -> str:
    """The date, UTC."""
    return f"{datetime.now(UTC):%Y-%m-%d}"


def load() -> str:
    """How busy the machine is with other things."""
    return f"{os.getloadavg()[0]:.1f}"


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _fsync(folder: Path) -> float:
    """Seconds that it takes to make 4 KiB durable where the journals are."""
    times = []
    with (folder / "fsync").open("wb", buffering=0) as file:
        for _ in range(101):
            file.write(b"x" * 4096)
            began = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - began)
    return sorted(times)[50]
