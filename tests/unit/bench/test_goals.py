"""A goal is met or missed, and says so plainly."""

import pytest

from bench.goals import Goal, table


@pytest.mark.parametrize(
    ("value", "at_least", "verdict"),
    [
        (1.02, False, "met"),
        (1.021, False, "**missed**"),
        (1.02, True, "met"),
        (1.019, True, "**missed**"),
        (None, True, "not measured"),
    ],
)
def test_a_verdict_compares_with_the_bound_itself(value, at_least, verdict):
    assert Goal("x", value, 1.02, at_least=at_least).verdict == verdict


def test_a_goal_that_was_not_measured_stays_in_the_table():
    lines = table([Goal("speed", None, 1.3, at_least=True)]).splitlines()
    assert [cell.strip() for cell in lines[2].split("|")][1::3] == ["speed", "not measured"]


def test_a_share_is_told_in_per_cent():
    assert Goal("share", 0.047, 0.1, unit="%").row()[1:3] == ["≤ 10.0 %", "4.7 %"]
