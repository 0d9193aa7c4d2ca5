"""Whether and when a launch is tried again: tenacity's strategies, asked as functions.

Tenacity decides, the scheduler waits: a retry goes back to its lane with a not-before time, so it holds no
slot, and a launch that succeeds at once never meets this module. Tenacity's own waiting and its jitter are
not used because they read the real clock and the global `random`.
"""

from dataclasses import dataclass
from random import Random

from tenacity import RetryCallState, stop_after_attempt, stop_before_delay, wait_exponential

from launcher.manifest.model import RetrySettings


@dataclass(frozen=True, slots=True)
class RetryIn:
    """Try again, not before `seconds` from now."""

    seconds: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Do not try again."""

    reason: str


RetryDecision = RetryIn | GiveUp


class RetryPolicy:
    """Exponential back-off with full jitter, an attempt limit and a time limit."""

    def __init__(self, settings: RetrySettings, rng: Random) -> None:
        self._settings = settings
        self._rng = rng
        self._wait = wait_exponential(multiplier=settings.backoff_min, max=settings.backoff_max)
        self._enough = stop_after_attempt(settings.attempts)
        self._too_late = stop_before_delay(settings.give_up_after)

    def decide(self, tries: int, elapsed: float) -> RetryDecision:
        """After `tries` attempts that count, `elapsed` seconds after the first of them."""
        state = _call_state(tries, elapsed)
        if self._enough(state):
            return GiveUp(f"given up after {tries} attempt{'s' if tries != 1 else ''}")
        state.upcoming_sleep = self._rng.uniform(0, self._wait(state))
        if self._too_late(state):
            return GiveUp(f"given up: give_up_after is {self._settings.give_up_after:g} s")
        return RetryIn(state.upcoming_sleep)

    def too_late(self, elapsed: float) -> GiveUp | None:
        """The time limit alone, for what uses no attempt up (throttling)."""
        if elapsed < self._settings.give_up_after:
            return None
        return GiveUp(f"given up: throttled, and give_up_after is {self._settings.give_up_after:g} s")


def _call_state(tries: int, elapsed: float) -> RetryCallState:
    # The strategies read these three fields; no call is made through tenacity, so there is no retry object.
    state = RetryCallState(None, None, (), {})  # type: ignore[arg-type]  # see above
    state.attempt_number = tries
    state.start_time = 0.0
    state.outcome_timestamp = elapsed
    return state
