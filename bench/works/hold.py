"""Work (d): many accounts at their limit for minutes, and the memory of a very long list."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench import inputs
from bench.machine import Programs
from bench.measure import FailedError, Measured, Words, environment, measure
from bench.servers.nginx import nginx
from bench.servers.process import campaigns
from bench.stats import most_in_window
from bench.works.raw import BUDGET, CONCURRENCY, LAUNCHER, run_words

ACCOUNTS = 300


WHILE_HELD = (62.0, 122.0)
"""Seconds after the start: from the second window on, and one window long."""


@dataclass(frozen=True, slots=True)
class Held:
    """Accounts at 60 launches a minute."""

    launches: int
    seconds: float
    """The whole command."""
    cpu: float
    """Seconds, the whole command."""
    while_held: float
    """Part of a core between the moments of `WHILE_HELD`."""
    makespan: float
    throttled: int
    most: int

    @property
    def share(self) -> float:
        """Of one core, the whole command from manifest to report."""
        return self.cpu / self.seconds


def hold(folder: Path, each: int) -> Held:
    """`each` launches for every account, 60 a minute, real latencies; enough for three windows."""
    place = folder / "hold"
    place.mkdir()
    job = inputs.Job((each,) * ACCOUNTS, "60/60s", 256)
    options = ["--limit", "60", "--window", "60", "--latency", "0.1..0.5", "--outliers", "0.02"]
    with campaigns(*options) as server:
        manifest = inputs.write_manifest(place, job, server.url)
        seconds, cpu, while_held = _watched([LAUNCHER, *run_words(place, manifest)])
        record = server.record()
    most = max(most_in_window(times, 60.0) for times in record["counted"].values())
    print(f"  {ACCOUNTS} accounts held: {cpu:.1f} s of CPU in {seconds:.0f} s", file=sys.stderr)
    makespan = max(record["replied"].values())
    return Held(each * ACCOUNTS, seconds, cpu, while_held, makespan, record["throttled"], most)


def _watched(command: Words) -> tuple[float, float, float]:
    """Seconds and CPU seconds of a command, and its part of a core between the moments of `WHILE_HELD`.

    Raises:
        FailedError: it ended earlier, or failed.
    """
    began = time.perf_counter()
    nowhere = subprocess.DEVNULL
    process = subprocess.Popen(
        command, env=environment(os.environ), stdin=nowhere, stdout=nowhere, stderr=nowhere
    )
    used = []
    for moment in WHILE_HELD:
        time.sleep(max(began + moment - time.perf_counter(), 0.0))
        used.append(_cpu_of(process))
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise FailedError(f"the held launcher ended with {process.returncode}")
    cpu = usage.ru_utime + usage.ru_stime
    return time.perf_counter() - began, cpu, (used[1] - used[0]) / (WHILE_HELD[1] - WHILE_HELD[0])


def _cpu_of(process: "subprocess.Popen[bytes]") -> float:
    """Seconds of CPU so far (Linux)."""
    try:
        fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError as error:
        raise FailedError("the held launcher ended too early") from error
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(folder: Path, programs: Programs, launches: int) -> dict[str, Measured]:
    """A list launched as a whole against nginx, from CSV and from YAML."""
    results: dict[str, Measured] = {}
    if "nginx" not in programs:
        return results
    for kind in ("CSV", "YAML"):
        place = folder / f"memory-{kind}"
        place.mkdir()
        with nginx(place) as server:
            job = inputs.Job((launches,), BUDGET, CONCURRENCY)
            manifest = inputs.write_manifest(place, job, server.url, as_csv=kind == "CSV")
            results[kind] = measure([LAUNCHER, *run_words(place, manifest)])
        print(f"  {launches:,} launches, {kind}: {results[kind].peak_mb:.0f} MB", file=sys.stderr)
    return results
