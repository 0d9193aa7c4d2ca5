"""A run as metrics in Prometheus' text format, for node_exporter's textfile collector. Pure.

Counts belong to the run key: a run that is continued continues to count. The time of the last success
has no run in its labels and outlives runs that fail, so that one alert rule watches every night.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from launcher.outcome import Result
from launcher.report.summary import Summary
from launcher.report.tally import Tally

PENDING = "pending"
"""The `result` of launches that have none yet."""

LAST_SUCCESS = "launcher_last_success_timestamp_seconds"
_SAMPLE = re.compile(rf'^{LAST_SUCCESS}\{{plan="((?:[^"\\\n]|\\.)*)"\}} (\S+)$', re.MULTILINE)

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric with its samples."""

    name: str
    kind: str
    """`gauge` or `counter`."""
    about: str
    samples: Sequence[tuple[Labels, float]]


@dataclass(slots=True)
class AccountCounts:
    """What is counted of an account name."""

    planned: int = 0
    settled: dict[Result, int] = field(default_factory=lambda: dict.fromkeys(Result, 0))
    requests: int = 0
    throttled: int = 0

    def add(self, tally: Tally) -> None:
        """Count this too: one name may have had two ids under one run key, and a sample must be unique."""
        self.planned += tally.planned
        self.requests += tally.requests
        self.throttled += tally.throttled
        for result, count in tally.settled.items():
            self.settled[result] += count

    @property
    def by_result(self) -> dict[str, int]:
        """Launches by result; those that have none yet are `pending`."""
        counts = {result.value: count for result, count in self.settled.items()}
        return {**counts, PENDING: max(0, self.planned - sum(counts.values()))}


@dataclass(frozen=True, slots=True)
class Observed:
    """What is observed. Times are seconds since the epoch."""

    summary: Summary
    plan: str
    """The manifest's name."""
    opened_at: float
    """When this process took the run over."""
    rehearsal: bool
    """Everything goes to the sandbox, so that its success is none."""


def metrics(observed: Observed, now: float, last_success: Mapping[str, float], *, over: bool) -> list[Metric]:
    """How the run stands.

    Args:
        observed: the run.
        now: the time, seconds since the epoch.
        last_success: what earlier runs left, by plan.
        over: this process works on it no more.
    """
    summary = observed.summary
    # Without an exit code it ended by a defect; then all that is known is that it is over.
    ended = (now if summary.run.exit_code is None else summary.run.finished_at) if over else None
    seconds = max(0.0, (now if ended is None else ended) - observed.opened_at)
    return [
        *_run(observed, seconds, active=ended is None),
        *_ending(summary, ended),
        *_counts(summary),
        _last_success({**last_success, **_success(observed, ended)}),
    ]


def _run(observed: Observed, seconds: float, *, active: bool) -> Iterator[Metric]:
    run = observed.summary.run
    key = {"run": observed.summary.key}
    info = {
        **key,
        "plan": observed.plan,
        "manifest_sha256": run.manifest_sha256,
        "version": run.launcher_version,
        "rehearsal": str(observed.rehearsal).lower(),
    }
    samples: Sequence[tuple[str, str, Labels, float]] = (
        ("info", "What was run; always 1.", info, 1),
        ("active", "1 while a launcher works on the run.", key, active),
        ("start_timestamp_seconds", "When this launcher took the run over.", key, observed.opened_at),
        ("duration_seconds", "How long this launcher has worked on the run.", key, seconds),
        ("halted", "1 when the run stopped itself.", key, run.halted is not None),
    )
    for name, about, labels, value in samples:
        yield Metric(f"launcher_run_{name}", "gauge", about, [(labels, value)])


def _success(observed: Observed, ended: float | None) -> dict[str, float]:
    if ended is None or observed.summary.run.exit_code != 0 or observed.rehearsal:
        return {}
    return {observed.plan: ended}


def _ending(summary: Summary, ended: float | None) -> Iterator[Metric]:
    key = {"run": summary.key}
    code = summary.run.exit_code
    if ended is not None and code is not None:
        yield Metric("launcher_run_exit_code", "gauge", "What the launcher ended with.", [(key, code)])
    if ended is not None:
        yield Metric("launcher_run_end_timestamp_seconds", "gauge", "When it ended.", [(key, ended)])


def _counts(summary: Summary) -> Iterator[Metric]:
    accounts: dict[str, AccountCounts] = {}
    for tally in summary.tallies:
        accounts.setdefault(tally.account, AccountCounts()).add(tally)
    labelled = [({"run": summary.key, "account": name}, counts) for name, counts in accounts.items()]
    yield Metric(
        "launcher_launches",
        "gauge",
        "Campaigns of the plan by where they ended; pending ones have not.",
        [
            ({**labels, "result": result}, count)
            for labels, counts in labelled
            for result, count in counts.by_result.items()
        ],
    )
    yield Metric(
        "launcher_requests_total",
        "counter",
        "Requests sent to the campaign API, starts and reads.",
        [(labels, counts.requests) for labels, counts in labelled],
    )
    yield Metric(
        "launcher_throttled_total",
        "counter",
        "Start requests that the API refused because of its rate limit.",
        [(labels, counts.throttled) for labels, counts in labelled],
    )


def _last_success(times: Mapping[str, float]) -> Metric:
    about = "When a run of the plan last ended with exit code 0."
    return Metric(LAST_SUCCESS, "gauge", about, [({"plan": name}, at) for name, at in sorted(times.items())])


def exposition(families: Iterable[Metric]) -> str:
    """The text, in format version 0.0.4; metrics without samples are left out."""
    return "".join(map(_family, families))


def _family(metric: Metric) -> str:
    if not metric.samples:
        return ""
    about = metric.about.replace("\\", r"\\").replace("\n", r"\n")
    lines = [f"# HELP {metric.name} {about}", f"# TYPE {metric.name} {metric.kind}"]
    lines += [f"{metric.name}{{{_labels(labels)}}} {_number(value)}" for labels, value in metric.samples]
    return "\n".join(lines) + "\n"


def _labels(labels: Labels) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())


def _escaped(text: str) -> str:
    # Half surrogates, from file names that are no text, cannot be written as UTF-8.
    safe = text.encode("utf-8", "backslashreplace").decode()
    return safe.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    return repr(int(value)) if value == int(value) else f"{value:.3f}"


def last_successes(text: str) -> dict[str, float]:
    """By plan, as an earlier run wrote them into the text; nothing when it is not the launcher's."""
    return {_unescaped(plan): float(value) for plan, value in _SAMPLE.findall(text) if _is_number(value)}


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], text)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\d+(\.\d+)?", text) is not None
