"""Moments and spans as text."""

import time

import pytest

from launcher.report.times import clock, iso_utc, span


@pytest.fixture
def new_york(monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_a_moment_is_utc_with_milliseconds(t0):
    assert iso_utc(t0 + 185.1234) == "2026-11-23T12:03:05.123Z"
    assert iso_utc(t0) == "2026-11-23T12:00:00.000Z"


@pytest.mark.usefixtures("new_york")
def test_the_clock_is_local_and_tells_the_date_of_another_day(t0):
    assert clock(t0 + 185, t0) == "07:03:05"
    assert clock(t0 + 86_400, t0) == "2026-11-24 07:00"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0.0 s"),
        (0.3, "0.3 s"),
        (1, "1 s"),
        (40.2, "41 s"),
        (60.00000001, "1 min 00 s"),
        (125, "2 min 05 s"),
        (3599.5, "1 h 00 min"),
        (3725, "1 h 02 min"),
        (360_000, "4 d 04 h"),
    ],
)
def test_a_span_is_told_in_units_that_fit_it(seconds, text):
    assert span(seconds) == text
