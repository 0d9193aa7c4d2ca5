"""Exit codes are what cron and runbooks read."""

import pytest

from launcher import errors
from launcher.cli.exit_codes import ExitCode, of_error, of_run
from launcher.outcome import NotAttempted, Result


def totals(**counts):
    return {result: counts.get(result.value, 0) for result in Result}


@pytest.mark.parametrize(
    ("counts", "skipped", "code"),
    [
        ({"started": 2, "already_active": 1}, set(), 0),
        ({"started": 2, "rejected": 1}, set(), 1),
        ({"started": 2, "failed": 1}, set(), 1),
        ({"failed": 1, "unknown": 1}, set(), 3),
        ({"unknown": 1, "not_attempted": 1}, {NotAttempted.DEADLINE}, 3),
        ({"unknown": 1, "not_attempted": 1}, {NotAttempted.HALTED}, 4),
        ({"rejected": 1, "not_attempted": 1}, {NotAttempted.GATE}, 4),
        ({"failed": 1, "not_attempted": 1}, {NotAttempted.WINDOW}, 7),
        ({"started": 1, "not_attempted": 1}, {NotAttempted.COOLDOWN}, 7),
    ],
)
def test_the_worst_thing_that_happened_decides(counts, skipped, code):
    assert of_run(totals(**counts), skipped, halted=False) == code


def test_a_halted_run_says_so_even_when_nothing_was_left_over():
    assert of_run(totals(unknown=5), set(), halted=True) == ExitCode.HALTED


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.UsageError("x"), 2),
        (errors.ManifestError(()), 2),
        (errors.SecretError("x"), 2),
        (errors.RefusedError("x"), 5),
        (errors.JournalError("x"), 5),
        (errors.LauncherError("x"), 70),
    ],
)
def test_every_error_has_a_code(error, code):
    assert of_error(error) == code


def test_every_error_class_is_in_the_table():
    classes = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    assert all(of_error(kind("x")) for kind in classes)
