"""Work (a): how many launches a second, from the list to the end of the process."""

import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench import inputs
from bench.competitors import shell
from bench.machine import Programs
from bench.measure import FailedError, Measured, Words, measure
from bench.servers.nginx import Nginx, nginx
from bench.servers.process import campaigns
from bench.stats import paired_ratio, spread
from bench.table import DASH, TIMES, markdown, number

CONCURRENCY = 64
BUDGET = "1000000/60s"
OURS = "launcher"
NAIVE = "naive aiohttp"
CURL = "curl --parallel"
UNJOURNALED = "launcher, no journal"
SLOW_DISK = "launcher, commits 10 ms slower"
WRK = "wrk (the limit)"
COMPETITORS = Path(__file__).parents[1] / "competitors"
LAUNCHER = Path(sys.executable).with_name("launcher")


@dataclass(frozen=True, slots=True)
class Rival:
    """Somebody who launches a list."""

    name: str
    count: int
    command: Callable[[], Words]
    stdin: Path | None = None
    needs: tuple[str, ...] = ()
    """Programs that may be missing."""


@dataclass(slots=True)
class Rates:
    """What was measured of one."""

    count: int
    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    """Microseconds a launch."""
    peak_mb: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much to measure."""

    launches: int
    rounds: int
    slow: int
    """Launches for those that need milliseconds for each."""


Results = dict[str, Rates]


def run(folder: Path, programs: Programs, sizes: dict[str, Sizes]) -> dict[str, Results]:
    """Measure with every latency that `sizes` names: "0 ms" or "50 ms"."""
    results: dict[str, Results] = {}
    for latency, size in sizes.items():
        place = folder / f"raw-{latency.split()[0]}"
        place.mkdir()
        if latency == "0 ms":
            if "nginx" not in programs:
                continue
            with nginx(place) as server:
                results[latency] = _measure(place, server.url, server, programs, size)
        else:
            with campaigns("--latency", str(float(latency.split()[0]) / 1000)) as delayed:
                results[latency] = _measure(place, delayed.url, None, programs, size)
    return results


def _measure(folder: Path, host: str, server: Nginx | None, programs: Programs, sizes: Sizes) -> Results:
    rivals = [
        rival for rival in _rivals(folder, host, sizes) if all(program in programs for program in rival.needs)
    ]
    results = {rival.name: Rates(rival.count) for rival in rivals}
    for turn in range(sizes.rounds):
        # In another order each round, so that nobody always follows the same one.
        for rival in rivals[turn % len(rivals) :] + rivals[: turn % len(rivals)]:
            before = server.requests() if server else 0
            done = measure(rival.command(), stdin=rival.stdin)
            answered = server.requests() - before if server else None
            _add(results[rival.name], rival, done, answered)
            print(f"  {rival.name}: {results[rival.name].rates[-1]:,.0f}/s", file=sys.stderr)
    return results


def _add(rates: Rates, rival: Rival, done: Measured, answered: int | None) -> None:
    if rival.name == WRK:
        match = re.search(r"Requests/sec:\s*([\d.]+)", done.output)
        rates.rates.append(float(match[1]) if match else 0.0)
        requests = re.search(r"(\d+) requests in", done.output)
        rates.count = int(requests[1]) if requests else 0
    elif answered is not None and answered != rival.count:
        raise FailedError(
            f"{rival.name} sent {answered} requests instead of {rival.count}: {done.output[-500:]}"
        )
    else:
        rates.rates.append(rival.count / done.seconds)
    rates.cpu.append(done.cpu / max(rates.count, 1) * 1e6)
    rates.peak_mb.append(done.peak_mb)


def _rivals(folder: Path, host: str, sizes: Sizes) -> Iterator[Rival]:
    job = inputs.Job((sizes.launches,), BUDGET, CONCURRENCY)
    manifest = inputs.write_manifest(folder, job, host)
    targets = inputs.write_targets(folder, job, host)
    ours: dict[str, Words] = {
        OURS: [LAUNCHER],
        UNJOURNALED: [sys.executable, COMPETITORS / "ours.py", "none"],
        SLOW_DISK: [sys.executable, COMPETITORS / "ours.py", "slow:10"],
    }
    for name, command in ours.items():
        yield Rival(name, sizes.launches, _ours(folder, manifest, command))
    token = inputs.token()
    scripts = [(NAIVE, "naive.py"), ("aiohttp + tenacity", "tenacious.py")]
    for name, script in scripts:
        words: Words = [sys.executable, COMPETITORS / script, targets, str(CONCURRENCY), token, "0"]
        yield Rival(name, sizes.launches, _fixed(words))
    yield _cookbook(folder, host, sizes.slow * 4, token)
    yield from _programs(folder, job, host, sizes)


def _ours(folder: Path, manifest: Path, words: Words) -> Callable[[], Words]:
    def command() -> Words:
        return [*words, *run_words(folder, manifest)]

    return command


def run_words(folder: Path, manifest: Path) -> Words:
    """The rest of a `launcher run` with a journal that is new each time."""
    state = folder / "state"
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir()
    journal, report = state / "journal.sqlite3", state / "report.json"
    return ["run", manifest, "--yes", "--journal", journal, "--report", report]


def _fixed(words: Words) -> Callable[[], Words]:
    return lambda: words


def _cookbook(folder: Path, host: str, count: int, token: str) -> Rival:
    place = folder / "cookbook"
    place.mkdir()
    targets = inputs.write_targets(place, inputs.Job((count,), BUDGET, CONCURRENCY), host)
    words: Words = [sys.executable, COMPETITORS / "cookbook.py", targets, "1000000", token, "1"]
    return Rival("cookbook loop", count, _fixed(words))


def _programs(folder: Path, job: inputs.Job, host: str, sizes: Sizes) -> Iterator[Rival]:
    headers = inputs.headers(job)
    config = inputs.write_curl_config(folder, job, host)
    yield Rival(CURL, sizes.launches, _fixed([*shell.curl_parallel(config, CONCURRENCY)]), needs=("curl",))
    many, few = sizes.slow * 4, sizes.slow
    urls, fewer = inputs.write_urls(folder, job, host, many), inputs.write_urls(folder, job, host, few)
    for each, count, stdin in ((50, many, urls), (1, few, fewer)):
        command = _fixed([*shell.xargs_curl(headers, each=each)])
        yield Rival(f"xargs -P16 -n{each} curl", count, command, stdin, needs=("xargs", "curl"))
    yield Rival(
        "GNU parallel -j16 curl", few, _fixed([*shell.gnu_parallel(headers)]), fewer, ("GNU parallel", "curl")
    )
    script = inputs.write_wrk_script(folder, job)
    address = inputs.url(host, *job.launches[0][1:])
    yield Rival(WRK, 0, _fixed([*shell.wrk(script, address, CONCURRENCY, 2)]), needs=("wrk",))


def table(results: Results) -> str:
    """Rates, ratios to the naive script, CPU and memory; the fastest first."""
    rows = []
    for name, rates in sorted(results.items(), key=lambda item: -median(item[1].rates)):
        middle, least, greatest = spread(rates.rates)
        ratio = paired_ratio(rates.rates, results[NAIVE].rates)
        cells = [
            number(rates.count),
            number(middle),
            f"{number(least)}{DASH}{number(greatest)}",
            number(ratio, 2),
            number(median(rates.cpu)),
            number(median(rates.peak_mb)) if "launcher" in name or "aiohttp" in name else "",
        ]
        rows.append([f"**{name}**" if name == OURS else name, *cells])
    header = ["", "launches", "per second", "from to", f"{TIMES} naive", "CPU µs", "peak MB"]
    return markdown(header, rows)


def ratio(results: Results, name: str, base: str) -> float | None:
    """How much faster `name` is than `base`, None when one is missing."""
    if name not in results or base not in results:
        return None
    return paired_ratio(results[name].rates, results[base].rates)
