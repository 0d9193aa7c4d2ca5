"""Work (d): many accounts at their limit for minutes, and the memory of a very long list."""

import sys
from dataclasses import dataclass
from pathlib import Path

from bench import inputs
from bench.machine import Programs
from bench.measure import Measured, measure
from bench.servers.nginx import nginx
from bench.servers.process import campaigns
from bench.stats import most_in_window
from bench.works.raw import BUDGET, CONCURRENCY, LAUNCHER, run_words

ACCOUNTS = 300


@dataclass(frozen=True, slots=True)
class Held:
    """Accounts at 60 launches a minute."""

    launches: int
    seconds: float
    """The whole command."""
    cpu: float
    """Seconds."""
    makespan: float
    throttled: int
    most: int

    @property
    def share(self) -> float:
        """Of one core, the whole command from manifest to report."""
        return self.cpu / self.seconds

    @property
    def steady_share(self) -> float:
        """Of one core at exactly a launch per second and account."""
        return self.cpu / self.launches * ACCOUNTS


def hold(folder: Path, each: int) -> Held:
    """`each` launches for every account, 60 a minute, real latencies."""
    place = folder / "hold"
    place.mkdir()
    job = inputs.Job((each,) * ACCOUNTS, "60/60s", 256)
    options = ["--limit", "60", "--window", "60", "--latency", "0.1..0.5", "--outliers", "0.02"]
    with campaigns(*options) as server:
        manifest = inputs.write_manifest(place, job, server.url)
        done = measure([LAUNCHER, *run_words(place, manifest)])
        record = server.record()
    most = max(most_in_window(times, 60.0) for times in record["counted"].values())
    print(f"  {ACCOUNTS} accounts held: {done.cpu:.1f} s of CPU in {done.seconds:.0f} s", file=sys.stderr)
    makespan = max(record["replied"].values())
    return Held(each * ACCOUNTS, done.seconds, done.cpu, makespan, record["throttled"], most)


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
