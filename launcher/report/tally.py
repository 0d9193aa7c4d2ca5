"""Counts of one account, or of a whole run; kept up to date launch by launch. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from launcher.journal.lifecycle import RESULTS, LaunchRecord
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

    def move(self, before: Result | None, after: Result | None) -> None:
        """A launch counts as `after` now; None when it is not in the report."""
        if before is None:
            self.planned += 1
        else:
            self.results[before] -= 1
        if after is None:
            self.planned -= 1
        else:
            self.results[after] += 1

    def settle(self, before: Result | None, after: Result | None) -> None:
        """A launch has the result `after` now, or none."""
        if before is not None:
            self.settled[before] -= 1
        if after is not None:
            self.settled[after] += 1

    def check(self) -> None:
        """Raise CountsError unless the six results add up to what was planned."""
        if sum(self.results.values()) != self.planned or min(self.results.values()) < 0:
            raise CountsError(f"{self.account or 'the run'}: {self.results} do not add up to {self.planned}")


@dataclass(slots=True)
class Counted:
    """A launch, and what a tally counts of it by now: only what changed is counted again."""

    record: LaunchRecord
    tally: Tally
    current: bool = True
    """It is in the latest plan."""
    shared: bool = False
    """Somebody else applies the events to the record, before they are seen here."""
    _result: Result | None = None
    _settled: Result | None = None
    _requests: int = 0
    _throttled: int = 0

    def update(self) -> None:
        """Count the launch as its record stands."""
        record = self.record
        if record.requests != self._requests or record.throttled != self._throttled:
            self._count_requests(record.requests, record.throttled)
        result = result_now(record)
        # A launch that left the manifest is over, whatever it still waited for.
        self._count_results(result, RESULTS.get(record.state) if self.current else result)

    def leave(self) -> None:
        """Count it no more."""
        self._count_requests(0, 0)
        self._count_results(None, None)

    def _count_requests(self, requests: int, throttled: int) -> None:
        self.tally.requests += requests - self._requests
        self.tally.throttled += throttled - self._throttled
        self._requests, self._throttled = requests, throttled

    def _count_results(self, result: Result | None, settled: Result | None) -> None:
        if result is not self._result:
            self.tally.move(self._result, result)
            self._result = result
        if settled is not self._settled:
            self.tally.settle(self._settled, settled)
            self._settled = settled


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
