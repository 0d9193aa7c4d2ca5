"""When the whole run stops starting: thresholds over the results of this process. Pure.

The denominator of a percentage is the plan: every launch of the manifest, attempted or not.
"""

from launcher.manifest.model import HaltSettings, Threshold
from launcher.outcome import Result

_BAD = {Result.REJECTED, Result.FAILED, Result.UNKNOWN}
_GOOD = {Result.STARTED, Result.ALREADY_ACTIVE}


class Halting:
    """Counts results and says when enough is enough."""

    def __init__(self, settings: HaltSettings, planned: int) -> None:
        self._settings = settings
        self._planned = planned
        self._failed = 0
        self._unknown = 0
        self._in_a_row = 0

    def on_result(self, result: Result, *, given_up: bool = False) -> str | None:
        """Count one launch; the reason to halt, if this one was too many.

        `given_up`: it ended because its account was stopped, not by a reply of its own. It is no further one
        in a row, or one dead account would halt the others.
        """
        if result in _GOOD:
            self._in_a_row = 0
        if result not in _BAD:
            return None
        self._in_a_row += not given_up
        self._unknown += result is Result.UNKNOWN
        self._failed += result is not Result.UNKNOWN
        return self._exceeded()

    def _exceeded(self) -> str | None:
        settings = self._settings
        if self._reaches(self._failed, settings.failed):
            return f"{self._failed} of {self._planned} launches rejected or failed"
        if self._reaches(self._unknown, settings.unknown):
            return f"{self._unknown} of {self._planned} launches unknown"
        if settings.consecutive is not None and self._in_a_row >= settings.consecutive:
            return f"{self._in_a_row} launches in a row did not start"
        return None

    def _reaches(self, count: int, threshold: Threshold | None) -> bool:
        if threshold is None or count == 0:
            return False
        return (
            count * 100 >= threshold.value * self._planned if threshold.percent else count >= threshold.value
        )
