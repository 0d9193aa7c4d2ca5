"""Counts of one account, or of a whole run; kept up to date launch by launch. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from launcher.outcome import Result


class CountsError(RuntimeError):
    """The counts of a summary contradict each other: a defect of this program, never bad input."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted of a launch."""

    result: Result | None = None
    """What it counts as for now; None when it is not in the report."""
    settled: Result | None = None
    """The result that it has."""
    requests: int = 0
    throttled: int = 0


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

    def recount(self, before: Counted, after: Counted) -> None:
        """A launch counts as `after` now, and no longer as `before`."""
        if after.result is not before.result:
            if before.result is None:
                self.planned += 1
            else:
                self.results[before.result] -= 1
            if after.result is None:
                self.planned -= 1
            else:
                self.results[after.result] += 1
        if after.settled is not before.settled:
            if before.settled is not None:
                self.settled[before.settled] -= 1
            if after.settled is not None:
                self.settled[after.settled] += 1
        if after.requests != before.requests:
            self.requests += after.requests - before.requests
        if after.throttled != before.throttled:
            self.throttled += after.throttled - before.throttled

    def check(self) -> None:
        """Raise CountsError unless the six results add up to what was planned."""
        if sum(self.results.values()) != self.planned or min(self.results.values()) < 0:
            raise CountsError(f"{self.account or 'the run'}: {self.results} do not add up to {self.planned}")


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
