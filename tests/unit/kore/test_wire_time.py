import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.kore.wire_time import MAX_RETRY_AFTER, http_date, iso_time, retry_after

NOON = 1_764_936_000.0  # Fri, 05 Dec 2025 12:00:00 GMT
DATE = "Fri, 05 Dec 2025 12:00:00 GMT"


@pytest.mark.parametrize(
    ("value", "date", "seconds"),
    [
        ("30", None, 30.0),
        (" 1.5 ", None, 1.5),
        ("0", None, 0.0),
        ("9" * 400, None, MAX_RETRY_AFTER),
        ("Fri, 05 Dec 2025 12:01:00 GMT", DATE, 60.0),
        ("Fri, 05 Dec 2025 12:01:00 GMT", "nonsense", 160.0),
        ("Fri, 05 Dec 2025 12:01:00 GMT", None, 160.0),
        ("Fri, 05 Dec 2025 13:01:00 +0100", DATE, 60.0),
        ("Fri, 05 Dec 2025 11:00:00 GMT", DATE, 0.0),
        ("Fri, 05 Dec 9999 11:00:00 GMT", DATE, MAX_RETRY_AFTER),
        ("-5", None, None),
        ("1e9", None, None),
        ("1_000", None, None),
        ("nan", None, None),
        ("inf", None, None),
        ("soon", None, None),
        ("٣", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_retry_after_is_seconds_from_the_replys_own_date_and_never_nonsense(value, date, seconds):
    assert retry_after(value, date, NOON - 100) == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2025-12-05T12:00:00.765Z", NOON + 0.765),
        ("2025-12-05T12:00:00Z", NOON),
        ("2025-12-05T13:00:00+01:00", NOON),
        (" 2025-12-05T12:00:00 ", NOON),
        (NOON, NOON),
        (int(NOON * 1000), NOON),
        ("yesterday", None),
        ("", None),
        (None, None),
        (True, None),
        (-1, None),
        (float("nan"), None),
        (float("inf"), None),
        (10**400, None),
        ({}, None),
    ],
)
def test_a_time_of_the_api_is_read_with_its_zone_and_fraction(value, seconds):
    assert iso_time(value) == seconds


@given(st.text() | st.none(), st.text() | st.none(), st.floats(0, 4e9))
def test_any_header_gives_none_or_a_wait_within_bounds(value, date, now):
    seconds = retry_after(value, date, now)
    assert seconds is None or 0 <= seconds <= MAX_RETRY_AFTER


@given(st.from_regex(r"\w{1,5},? \d{1,5} \w{3} -?\d{1,30} [\d:]{1,9} ?[\w+-]{0,9}"))
def test_almost_dates_do_not_raise(value):
    seconds = http_date(value)
    assert seconds is None or isinstance(seconds, float)


@given(st.text() | st.floats() | st.integers() | st.datetimes().map(str))
def test_no_time_of_the_api_raises(value):
    seconds = iso_time(value)
    assert seconds is None or isinstance(seconds, float)
