"""Work (b): accounts under a limit, the real job scaled down in time."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from bench import inputs
from bench.measure import Measured, Words, measure
from bench.servers.campaigns import Latencies
from bench.servers.process import campaigns
from bench.stats import ideal, mean_finish, minimum, most_in_window, zipf
from bench.table import DASH, TIMES, markdown, number
from bench.works.raw import COMPETITORS, LAUNCHER, NAIVE, OURS, run_words

LIMIT = 60
CONCURRENCY = 32
OUTLIERS = 0.02
MEAN_LATENCY = (1 - OUTLIERS) * 0.3 + OUTLIERS * 2.0
"""Seconds before scaling: 0.1 to 0.5, and for two in a hundred 1 to 3."""
PATIENCE = 4.0
"""Times the minimum after which a competitor is stopped."""
TENACITY = "aiohttp + tenacity, 5 attempts"
COOKBOOK = "cookbook loop"


@dataclass(frozen=True, slots=True)
class Mix:
    """Campaigns per account, sorted by account, the order of the manifest."""

    name: str
    counts: tuple[int, ...]
    fixed: bool = False
    """The server's windows are fixed instead of rolling."""

    @property
    def small(self) -> list[str]:
        """Ids of the accounts that need one window only, if there are larger ones."""
        most = max(self.counts)
        return [
            inputs.account_id(index)
            for index, count in enumerate(self.counts)
            if count <= LIMIT < most and count < most
        ]


BIG = Mix("one big (360), twenty small (30)", (360, *[30] * 20))
EQUAL = Mix("fifty equal (120), sorted", (120,) * 50)
ZIPF = Mix("Zipf, forty accounts", tuple(zipf(40, 360)))
FIXED = Mix("fifty equal, fixed windows", (120,) * 50, fixed=True)


@dataclass(frozen=True, slots=True)
class Scale:
    """How much faster than in reality time passes."""

    window: float
    """Seconds; 60 in reality."""

    @property
    def factor(self) -> float:
        """What every duration is multiplied by."""
        return self.window / 60

    def server(self, mix: Mix, seed: int) -> list[str]:
        """The server's options."""
        low, high = 0.1 * self.factor, 0.5 * self.factor
        options = ["--limit", str(LIMIT), "--window", str(self.window), "--latency", f"{low}..{high}"]
        options += [
            "--seed",
            str(seed),
            "--outliers",
            str(OUTLIERS),
            "--slow",
            f"{self.factor}..{3 * self.factor}",
        ]
        return [*options, "--fixed"] if mix.fixed else options

    def minimum(self, mix: Mix) -> float:
        """Seconds."""
        latency = MEAN_LATENCY * self.factor
        return minimum(mix.counts, limit=LIMIT, window=self.window, latency=latency, concurrency=CONCURRENCY)

    def ideal(self, mix: Mix, seed: int) -> float:
        """Seconds of a launcher without overhead, with the latencies that the server draws."""
        rng = Random(seed)
        f = self.factor
        latencies = Latencies((0.1 * f, 0.5 * f), OUTLIERS, (f, 3 * f), rng)
        drawn = (latencies.draw()[0] for _ in range(sum(mix.counts)))
        return ideal(mix.counts, drawn, limit=LIMIT, window=self.window, concurrency=CONCURRENCY)


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of a mix with one competitor."""

    name: str
    makespan: float
    """Seconds from the first request to the last accepting reply."""
    least: float
    """The theoretical minimum."""
    ideal: float
    """Seconds of a launcher without any overhead with the same latencies."""
    stopped: bool
    throttled: int
    lost: int
    double: int
    small: float | None
    """Mean seconds until a small account was done."""
    alone: float | None
    """The same, had each been alone."""
    most: int
    """Greatest number of accepted requests of an account in a window."""
    cpu: float
    starts: list[float]
    """When the largest account's requests were counted."""
    ratios: tuple[float, ...] = ()
    """With every seed, the least first."""

    @property
    def ratio(self) -> float:
        """Makespan over the minimum."""
        return self.makespan / self.least

    @property
    def overhead(self) -> float:
        """Makespan over that of a launcher without overhead."""
        return self.makespan / self.ideal


def run(folder: Path, mixes: list[Mix], scale: Scale, seeds: int) -> dict[str, list[Finding]]:
    """Every mix with every competitor, one after the other; ours with several seeds of latencies."""
    results: dict[str, list[Finding]] = {}
    for mix in mixes:
        place = folder / f"job-{len(results)}"
        place.mkdir()
        rivals = [OURS] if scale.factor == 1.0 else list(_RIVALS)
        results[mix.name] = [
            _typical([_run(place, mix, scale, who, seed) for seed in range(seeds if who == OURS else 1)])
            for who in rivals
        ]
    return results


def _typical(findings: list[Finding]) -> Finding:
    """The one with the median makespan, with everything bad that happened to any."""
    ordered = sorted(findings, key=lambda each: each.makespan)
    return replace(
        ordered[len(ordered) // 2],
        throttled=sum(each.throttled for each in findings),
        lost=sum(each.lost for each in findings),
        double=sum(each.double for each in findings),
        most=max(each.most for each in findings),
        ratios=tuple(each.ratio for each in ordered),
    )


def _run(folder: Path, mix: Mix, scale: Scale, who: str, seed: int) -> Finding:
    job = inputs.Job(mix.counts, f"{LIMIT}/{scale.window:g}s", CONCURRENCY)
    least = scale.minimum(mix)
    with campaigns(*scale.server(mix, seed)) as server:
        command = _RIVALS[who](folder, job, server.url, scale)
        done = measure(command, at_most=least * PATIENCE + 2, ok=(0, 1, 4, 7))
        finding = _finding(who, mix, scale, seed, done=done, record=server.record())
    print(f"  {mix.name}: {who}: {finding.ratio:.3f} of the minimum", file=sys.stderr)
    return finding


def _finding(
    who: str, mix: Mix, scale: Scale, seed: int, *, done: Measured, record: dict[str, Any]
) -> Finding:
    starts, replied, counted = record["starts"], record["replied"], record["counted"]
    alone = mix.counts[-1] / CONCURRENCY * MEAN_LATENCY * scale.factor
    biggest = inputs.account_id(mix.counts.index(max(mix.counts)))
    return Finding(
        name=who,
        makespan=max(replied.values(), default=0.0),
        least=scale.minimum(mix),
        ideal=scale.ideal(mix, seed),
        stopped=done.killed,
        throttled=record["throttled"],
        lost=sum(mix.counts) - len(starts),
        double=sum(count > 1 for count in starts.values()),
        small=mean_finish(replied, mix.small),
        alone=alone if mix.small else None,
        most=max(most_in_window(times, scale.window) for times in counted.values()),
        cpu=done.cpu,
        starts=counted.get(biggest, []),
    )


def _ours(folder: Path, job: inputs.Job, host: str, _: Scale) -> Words:
    return [LAUNCHER, *run_words(folder, inputs.write_manifest(folder, job, host))]


def _naive(folder: Path, job: inputs.Job, host: str, scale: Scale) -> Words:
    targets = inputs.write_targets(folder, job, host)
    words: Words = [targets, str(CONCURRENCY), inputs.token(), str(scale.factor)]
    return [sys.executable, COMPETITORS / "naive.py", *words]


def _tenacious(folder: Path, job: inputs.Job, host: str, scale: Scale) -> Words:
    targets = inputs.write_targets(folder, job, host)
    words: Words = [targets, str(CONCURRENCY), inputs.token(), str(scale.factor)]
    return [sys.executable, COMPETITORS / "tenacious.py", *words]


def _cookbook(folder: Path, job: inputs.Job, host: str, scale: Scale) -> Words:
    """Told the sum of the accounts' limits: with one account's it would need as many times longer."""
    targets = inputs.write_targets(folder, job, host)
    words: Words = [targets, str(LIMIT * len(job.counts) / scale.window), inputs.token(), str(scale.factor)]
    return [sys.executable, COMPETITORS / "cookbook.py", *words]


_RIVALS = {OURS: _ours, f"{NAIVE}, tries until accepted": _naive, TENACITY: _tenacious, COOKBOOK: _cookbook}


def table(findings: list[Finding]) -> str:
    """A line per competitor."""
    rows = [
        [
            f"**{each.name}**" if each.name == OURS else each.name,
            f"{number(each.makespan, 1)} s" + (" (stopped)" if each.stopped else ""),
            f"{'> ' if each.stopped else ''}{each.ratio:.3f}",
            f"{'> ' if each.stopped else ''}{each.overhead:.3f}",
            number(each.throttled),
            number(each.lost),
            number(each.double),
            DASH if each.small is None else f"{each.small:.2f} s",
            number(each.most),
        ]
        for each in findings
    ]
    header = [
        "",
        "makespan",
        f"{TIMES} minimum",
        f"{TIMES} ideal",
        "429s",
        "not started",
        "started twice",
        "small done",
        "most in a window",
    ]
    return markdown(header, rows)
