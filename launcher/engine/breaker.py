"""When an account fails as a whole: the same failure again and again is not about one campaign. Pure.

After `LIMIT` failures of one class in a row the account sends no start until a read of state was answered:
a probe may be repeated without harm, a start may not. Probes obey the retry policy, so a dead account is
given up after a few of them instead of after every launch has failed on its own.
"""

from dataclasses import dataclass

from launcher.outcome import Outcome, OutcomeKind

LIMIT = 5
"""Failures of one class in a row that open it."""


@dataclass(slots=True)
class Breaker:
    """One account's row of failures."""

    is_open: bool = False
    opened_at: float = 0.0
    """Loop time."""
    probes: int = 0
    """Probes that failed since it opened."""
    _failure: str = ""
    _in_a_row: int = 0

    def count(self, outcome: Outcome, now: float) -> bool:
        """Take a start's outcome in; whether it opened the breaker."""
        if outcome.kind not in {OutcomeKind.UNSENT, OutcomeKind.IN_DOUBT}:
            self._in_a_row = 0
            return False
        failure = f"{outcome.kind} {outcome.http_status}"
        self._in_a_row = self._in_a_row + 1 if failure == self._failure else 1
        self._failure = failure
        if self.is_open or self._in_a_row < LIMIT:
            return False
        self.is_open, self.opened_at, self.probes = True, now, 0
        return True

    def close(self) -> None:
        """The account answers again."""
        self.is_open = False
        self._in_a_row = 0
