"""When the whole run stops starting."""

import pytest

from launcher.engine.halting import Halting
from launcher.manifest.model import HaltSettings, Threshold
from launcher.outcome import Result

S, A, R, F, U, N = (
    Result.STARTED,
    Result.ALREADY_ACTIVE,
    Result.REJECTED,
    Result.FAILED,
    Result.UNKNOWN,
    Result.NOT_ATTEMPTED,
)
NEVER = HaltSettings(failed=None, unknown=None, consecutive=None)


def halts_at(settings, results, planned=10):
    """The 1-based launch at which the run halts; None when it never does."""
    halting = Halting(settings, planned)
    verdicts = [halting.on_result(result) for result in results]
    return next((number for number, verdict in enumerate(verdicts, 1) if verdict), None)


@pytest.mark.parametrize(
    ("settings", "results", "at"),
    [
        (NEVER, [R, F, U] * 10, None),
        (HaltSettings(failed=Threshold(3), unknown=None, consecutive=None), [R, S, F, U, U, R], 6),
        (HaltSettings(failed=Threshold(20, percent=True), unknown=None, consecutive=None), [R, S, F], 3),
        (HaltSettings(failed=Threshold(21, percent=True), unknown=None, consecutive=None), [R, S, F, F], 4),
        (HaltSettings(failed=None, unknown=Threshold(2), consecutive=None), [U, R, F, U], 4),
        (HaltSettings(failed=None, unknown=None, consecutive=3), [R, U, S, R, F, U], 6),
        (HaltSettings(failed=None, unknown=None, consecutive=2), [R, A, R, N, F], 5),
        (HaltSettings(failed=None, unknown=None, consecutive=1), [N, N, S], None),
    ],
)
def test_thresholds(settings, results, at):
    assert halts_at(settings, results) == at


def test_the_percentage_counts_against_the_plan_not_against_what_was_tried():
    settings = HaltSettings(failed=Threshold(10, percent=True), unknown=None, consecutive=None)
    assert halts_at(settings, [R] * 9, planned=100) is None
    assert halts_at(settings, [R] * 10, planned=100) == 10


def test_the_reason_says_how_many_of_how_many():
    halting = Halting(HaltSettings(failed=Threshold(1), unknown=None, consecutive=None), 40)
    assert halting.on_result(R) == "1 of 40 launches rejected or failed"
