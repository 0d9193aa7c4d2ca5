"""Work (c): loading 100,000 campaigns, and how long a command takes that does little."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench import inputs
from bench.measure import Words, measure
from bench.stats import paired_ratio
from bench.table import markdown, number
from bench.works.raw import LAUNCHER

VALIDATE = "launcher validate, YAML"
VALIDATE_CSV = "launcher validate, CSV"
BARE = "yaml.load(…, CSafeLoader)"
HELP = "launcher --help"
SMALL = "launcher validate, 20 campaigns"
AIOHTTP = 'python -c "import aiohttp"'
PYTHON = 'python -c ""'
_LOAD = "import sys, yaml; yaml.load(open(sys.argv[1], encoding='utf-8'), yaml.CSafeLoader)"


@dataclass(slots=True)
class Costs:
    """Of one command."""

    seconds: list[float] = field(default_factory=list)
    peak_mb: list[float] = field(default_factory=list)


Results = dict[str, Costs]


def run(folder: Path, campaigns: int, rounds: int) -> tuple[Results, Results]:
    """Loading, then starting; both interleaved."""
    python = sys.executable
    big, small = _manifests(folder, campaigns), _manifests(folder, 20)
    loads: dict[str, Words] = {
        VALIDATE: [LAUNCHER, "validate", big["yaml"]],
        VALIDATE_CSV: [LAUNCHER, "validate", big["csv"]],
        BARE: [python, "-c", _LOAD, big["yaml"]],
    }
    starts: dict[str, Words] = {
        PYTHON: [python, "-c", ""],
        HELP: [LAUNCHER, "--help"],
        SMALL: [LAUNCHER, "validate", small["yaml"]],
        AIOHTTP: [python, "-c", "import aiohttp"],
    }
    return _measure(loads, rounds), _measure(starts, rounds * 5 + 1)


def _manifests(folder: Path, campaigns: int) -> dict[str, Path]:
    job = inputs.Job((campaigns // 10,) * 10, "60/60s", 16)
    paths = {}
    for kind in ("yaml", "csv"):
        place = folder / f"load-{campaigns}-{kind}"
        place.mkdir()
        paths[kind] = inputs.write_manifest(place, job, "https://platform.kore.ai", as_csv=kind == "csv")
    return paths


def _measure(commands: Mapping[str, Words], rounds: int) -> Results:
    results = {name: Costs() for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            done = measure(command)
            results[name].seconds.append(done.seconds)
            results[name].peak_mb.append(done.peak_mb)
    return results


def table(results: Results, base: str) -> str:
    """Seconds and memory, and both against `base`."""
    rows = [
        [
            name,
            f"{median(costs.seconds):.3f} s",
            number(ratio(results, name, base), 2),
            f"{median(costs.peak_mb):.0f} MB",
            number(memory_ratio(results, name, base), 2),
        ]
        for name, costs in results.items()
    ]
    return markdown(["", "time", "ratio", "peak memory", "ratio"], rows)


def ratio(results: Results, name: str, base: str) -> float:
    """Time of `name` over that of `base`."""
    return paired_ratio(results[name].seconds, results[base].seconds)


def memory_ratio(results: Results, name: str, base: str) -> float:
    """Peak memory of `name` over that of `base`."""
    return paired_ratio(results[name].peak_mb, results[base].peak_mb)
