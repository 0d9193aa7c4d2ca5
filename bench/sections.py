"""The works as sections of the document: run, compare with the goals, describe."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench import goals, plot
from bench.goals import Goal
from bench.machine import Programs, load, today
from bench.works import hold, job, raw
from bench.works import load as loading


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured."""

    raw: dict[str, raw.Sizes]
    mixes: list[job.Mix]
    scale: job.Scale
    seeds: int
    real_time: list[job.Mix]
    campaigns: int
    rounds: int
    held_each: int
    """Launches per held account; 0 for no such measurement."""
    memory: int


FULL = Extent(
    raw={"0 ms": raw.Sizes(20_000, 5, 500), "50 ms": raw.Sizes(20_000, 3, 500)},
    mixes=[job.BIG, job.EQUAL, job.ZIPF, job.FIXED],
    scale=job.Scale(6.0),
    seeds=3,
    real_time=[job.EQUAL],
    campaigns=100_000,
    rounds=3,
    held_each=150,
    memory=100_000,
)
QUICK = Extent(
    raw={"0 ms": raw.Sizes(4_000, 1, 100), "50 ms": raw.Sizes(2_000, 1, 100)},
    mixes=[job.EQUAL],
    scale=job.Scale(3.0),
    seeds=1,
    real_time=[],
    campaigns=20_000,
    rounds=1,
    held_each=0,
    memory=20_000,
)


@dataclass(slots=True)
class Section:
    """A block of the document, and its pictures by file name."""

    text: str
    pictures: dict[str, str] = field(default_factory=dict)


def raw_section(folder: Path, programs: Programs, extent: Extent) -> Section:
    """Work (a)."""
    began = load()
    results = raw.run(folder, programs, extent.raw)
    parts = [_when("a", began), goals.table(list(_raw_goals(results)))]
    for latency, result in results.items():
        rounds = extent.raw[latency].rounds
        server = "nginx, which answers at once" if latency == "0 ms" else "a server that answers after 50 ms"
        parts += [f"Against {server}; {_times(rounds)}:", raw.table(result)]
    return Section("\n\n".join(parts))


def _raw_goals(results: dict[str, raw.Results]) -> Iterator[Goal]:
    fast, slow = results.get("0 ms", {}), results.get("50 ms", {})
    yield Goal("speed of the naive script, 0 ms", raw.ratio(fast, raw.OURS, raw.NAIVE), 1.3, at_least=True)
    own = raw.ratio(fast, raw.OURS, raw.UNJOURNALED)
    yield Goal("our own speed without journal, 0 ms", own, 0.85, at_least=True)
    own = raw.ratio(fast, raw.SLOW_DISK, raw.UNJOURNALED)
    yield Goal("the same, every commit 10 ms slower", own, 0.85, at_least=True)
    own = raw.ratio(slow, raw.SLOW_DISK, raw.UNJOURNALED)
    yield Goal("the same at 50 ms", own, 0.85, at_least=True)
    yield Goal("speed of curl --parallel, 50 ms", raw.ratio(slow, raw.OURS, raw.CURL), 1.0, at_least=True)


def job_section(folder: Path, _: Programs, extent: Extent) -> Section:
    """Work (b)."""
    began = load()
    results = job.run(folder, extent.mixes, extent.scale, extent.seeds)
    (folder / "real").mkdir()
    real = job.run(folder / "real", extent.real_time, job.Scale(60.0), 1)
    parts = [_when("b", began), goals.table(list(_job_goals(results, real)))]
    for name, findings in results.items():
        ours = findings[0]
        seeds = ", ".join(f"{ratio:.3f}" for ratio in ours.ratios)
        alone = "" if ours.alone is None else f" A small account alone would need {ours.alone:.2f} s."
        intro = f"**{name}**: the minimum is {ours.least:.1f} s; ours over it, seed by seed: {seeds}.{alone}"
        parts += [intro, job.table(findings)]
    for name, findings in real.items():
        intro = (
            f"**{name}**, in real time (60 s windows, ours only): the minimum is {findings[0].least:.1f} s."
        )
        parts += [intro, job.table(findings)]
    parts += ["![Makespan](performance/makespan.svg)", "![Budget used](performance/budget.svg)"]
    return Section("\n\n".join(parts), _pictures(results, extent))


def _job_goals(results: dict[str, list[job.Finding]], real: dict[str, list[job.Finding]]) -> Iterator[Goal]:
    for name, findings in results.items():
        yield Goal(f"makespan over the minimum, {name}", findings[0].ratio, 1.02)
    for name, findings in real.items():
        yield Goal(f"the same in real time, {name}", findings[0].ratio, 1.02)
    ours = [findings[0] for findings in [*results.values(), *real.values()]]
    yield Goal("429s, all runs together", sum(each.throttled for each in ours), 0, unit="")
    bad = sum(each.lost + each.double for each in ours)
    yield Goal("campaigns not started or started twice", bad, 0, unit="")


def _pictures(results: dict[str, list[job.Finding]], extent: Extent) -> dict[str, str]:
    groups = {
        name: [(each.name, each.ratio, _note(each)) for each in findings]
        for name, findings in results.items()
    }
    first = next(iter(results))
    lines = {each.name: each.starts for each in results[first]}
    makespan = plot.bars("Makespan over the theoretical minimum", groups, job.PATIENCE)
    title = f"Starts of the largest account over time: {first}"
    budget = plot.steps(title, lines, extent.scale.window, job.LIMIT)
    return {"makespan.svg": makespan, "budget.svg": budget}


def _note(finding: job.Finding) -> str:
    if finding.stopped:
        return f"stopped, {finding.lost:,} to go"
    return f"{finding.ratio:.2f}" + (f", {finding.lost:,} lost" if finding.lost else "")


def load_section(folder: Path, _: Programs, extent: Extent) -> Section:
    """Work (c)."""
    began = load()
    loads, starts = loading.run(folder, extent.campaigns, extent.rounds)
    bare = loading.BARE
    wanted = [
        Goal("validate: time of the bare load", loading.ratio(loads, loading.VALIDATE, bare), 0.5),
        Goal("validate: memory of the bare load", loading.memory_ratio(loads, loading.VALIDATE, bare), 0.3),
        Goal("--help: time of import aiohttp", loading.ratio(starts, loading.HELP, loading.AIOHTTP), 0.6),
        Goal("validate of 20: the same", loading.ratio(starts, loading.SMALL, loading.AIOHTTP), 1.5),
    ]
    parts = [_when("c", began), goals.table(wanted)]
    parts += [f"A manifest of {extent.campaigns:,} campaigns:", loading.table(loads, bare)]
    parts += ["Commands that do little:", loading.table(starts, loading.AIOHTTP)]
    return Section("\n\n".join(parts))


def hold_section(folder: Path, programs: Programs, extent: Extent) -> Section:
    """Work (d)."""
    began = load()
    memory = hold.memory(folder, programs, extent.memory)
    most = max((each.peak_mb for each in memory.values()), default=None)
    wanted = [Goal(f"peak memory of {extent.memory:,} launches", most, 120, unit=" MB")]
    lines = [
        f"- {extent.memory:,} launches against nginx from {kind}: peak {each.peak_mb:.0f} MB, "
        f"{each.seconds:.1f} s, {each.cpu / extent.memory * 1e6:.0f} µs of CPU a launch."
        for kind, each in memory.items()
    ]
    if extent.held_each:
        held = hold.hold(folder, extent.held_each)
        wanted.append(
            Goal(f"{hold.ACCOUNTS} accounts held: part of one core", held.while_held, 0.1, unit="%")
        )
        lines.append(
            f"- {hold.ACCOUNTS} accounts of 60/60s, {held.launches:,} launches, latencies of 0.1 to 0.5 s "
            f"with outliers: {held.makespan:.0f} s from first to last, {held.throttled} throttled, at most "
            f"{held.most} in a window; {held.while_held * 100:.1f} % of a core in the second window (seconds "
            f"{hold.WHILE_HELD[0]:.0f} to {hold.WHILE_HELD[1]:.0f}); {held.cpu:.1f} s of CPU for the whole "
            f"command, from manifest to report ({held.share * 100:.1f} % of a core)."
        )
    return Section("\n\n".join([_when("d", began), goals.table(wanted), "\n".join(lines)]))


def _when(work: str, began: str) -> str:
    command = f'`make bench ARGS="--only {work}"`'
    return f"{command}, {today()}; load of the machine before and after: {began}, {load()}."


def _times(rounds: int) -> str:
    return "one round" if rounds == 1 else f"medians of {rounds} interleaved rounds"
