"""Counts of one account, or of a whole run; kept up to date launch by launch. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from launcher.journal.lifecycle import LaunchRecord
from launcher.outcome import Result
from launcher.report.standing import result_now


class CountsError(RuntimeError):
    """The counts of a summary contradict each other: a defect of this program, never bad input."""


def _zeros() -> dict[Result, int]:
    return dict.fromkeys(Result, 0)


@dataclass(slots=True)
class Tally:
    """How many launches stand where."""

    account: str = ""
    account_id: str = ""
    planned: int = 0
    results: dict[Result, int] = field(default_factory=_zeros)
    """As if the process ended now: what has no result yet counts as what can be proven of it."""
    settled: dict[Result, int] = field(default_factory=_zeros)
    """Only launches that have a result."""
    requests: int = 0
    throttled: int = 0

    @property
    def done(self) -> int:
        """Launches that have a result."""
        return sum(self.settled.values())

    @property
    def in_doubt(self) -> int:
        """Launches on their way, or waiting for their state to be read."""
        return self.results[Result.UNKNOWN] - self.settled[Result.UNKNOWN]

    @property
    def to_send(self) -> int:
        """Launches that still need a start request, as far as is known."""
        return max(0, self.planned - self.done - self.in_doubt)

    def count(self, record: LaunchRecord, current: bool, by: int) -> None:
        """Add (`by` 1) or take away (-1) a launch; `current` when it is in the latest plan."""
        self.requests += by * record.requests
        self.throttled += by * record.throttled
        if not counts(record, current):
            return
        result = result_now(record)
        self.planned += by
        self.results[result] += by
        if record.result is not None:
            self.settled[result] += by

    def check(self) -> None:
        """Raise CountsError unless the six results add up to what was planned."""
        if sum(self.results.values()) != self.planned or min(self.results.values()) < 0:
            raise CountsError(f"{self.account or 'the run'}: {self.results} do not add up to {self.planned}")


def counts(record: LaunchRecord, current: bool) -> bool:
    """Whether a launch is in the report: all of the latest plan, and of earlier plans what was sent."""
    return current or result_now(record) is not Result.NOT_ATTEMPTED


def total(tallies: Iterable[Tally]) -> Tally:
    """The sum of `tallies`."""
    whole = Tally()
    for tally in tallies:
        whole.planned += tally.planned
        whole.requests += tally.requests
        whole.throttled += tally.throttled
        for result in Result:
            whole.results[result] += tally.results[result]
            whole.settled[result] += tally.settled[result]
    return whole
