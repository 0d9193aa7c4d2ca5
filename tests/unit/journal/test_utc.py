import math

import pytest

from launcher.journal.utc import stamp


def test_a_time_is_written_in_utc_to_the_second():
    assert stamp(1_800_000_000.9) == "2027-01-15T08:00:00Z"


@pytest.mark.parametrize("at", [1e30, -1e30, math.inf, math.nan])
def test_a_number_that_is_no_date_stays_a_number(at):
    assert f"{at:g}" in stamp(at)
