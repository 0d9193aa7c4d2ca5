"""Send windows on local clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.manifest.windows import window, windows
from launcher.plan.calendar import Calendar, _is_open

NEW_YORK = "America/New_York"


def at(text, zone="UTC", fold=0):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


def utc(moment):
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M")


def calendar(text, *holidays):
    return Calendar(windows(text), frozenset(map(date.fromisoformat, holidays)))


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-23T08:59", False),
        ("2026-11-23T09:00", True),
        ("2026-11-23T19:59", True),
        ("2026-11-23T20:00", False),
        ("2026-11-28T12:00", False),
        ("2026-11-27T12:00", True),
    ],
)
def test_a_window_opens_and_closes_to_the_minute_on_its_days(moment, is_open):
    assert calendar(f"Mon-Fri 09:00-20:00 {NEW_YORK}").is_open(at(moment, NEW_YORK)) is is_open


def test_the_next_opening_is_after_the_weekend_and_the_holiday():
    days = calendar(f"Mon-Fri 09:00-20:00 {NEW_YORK}", "2026-11-30")
    friday = at("2026-11-27T20:00", NEW_YORK)
    assert utc(days.opens_at(friday)) == "2026-12-01T14:00"
    assert days.opens_at(friday - 60) == friday - 60
    assert days.closes_at(friday - 60) == friday


def test_an_overnight_window_belongs_to_the_day_on_which_it_opens():
    nights = calendar("Fri 22:00-06:00 Europe/Berlin", "2026-12-04")
    assert nights.is_open(at("2026-11-28T05:59", "Europe/Berlin"))
    assert not nights.is_open(at("2026-11-27T05:59", "Europe/Berlin"))
    assert not nights.is_open(at("2026-12-05T01:00", "Europe/Berlin")), "opened on a holiday"


def test_of_several_windows_one_is_enough():
    several = calendar("Mon 09:00-12:00 UTC; Mon 12:00-13:00 UTC; Tue 08:00-24:00 UTC")
    assert utc(several.closes_at(at("2026-11-23T10:00"))) == "2026-11-23T13:00"
    assert utc(several.closes_at(at("2026-11-24T10:00"))) == "2026-11-25T00:00"


@pytest.mark.parametrize(
    ("text", "after", "opens", "closes"),
    [
        # 2026-03-08: 02:00 is 03:00. A window in the hour that is not there does not open that day,
        # one that begins in it opens when the clock jumps, one that ends in it closes then.
        (f"02:15-02:45 {NEW_YORK}", "2026-03-08T00:00", "2026-03-09T06:15", "2026-03-09T06:45"),
        (f"02:30-04:00 {NEW_YORK}", "2026-03-08T00:00", "2026-03-08T07:00", "2026-03-08T08:00"),
        (f"01:00-02:30 {NEW_YORK}", "2026-03-08T00:00", "2026-03-08T06:00", "2026-03-08T07:00"),
        # 2026-11-01: 02:00 is 01:00 again. An hour that comes twice counts twice.
        (f"01:00-02:00 {NEW_YORK}", "2026-11-01T00:00", "2026-11-01T05:00", "2026-11-01T07:00"),
        (f"01:30-01:45 {NEW_YORK}", "2026-11-01T00:00", "2026-11-01T05:30", "2026-11-01T05:45"),
        (f"01:30-01:45 {NEW_YORK}", "2026-11-01T01:50", "2026-11-01T06:30", "2026-11-01T06:45"),
        (f"09:00-20:00 {NEW_YORK}", "2026-11-01T00:00", "2026-11-01T14:00", "2026-11-02T01:00"),
    ],
)
def test_changes_of_the_clock(text, after, opens, closes):
    days = calendar(text)
    opening = days.opens_at(at(after, NEW_YORK))
    assert (utc(opening), utc(days.closes_at(opening))) == (opens, closes)


def test_what_never_opens_says_so():
    assert calendar("Mon 09:00-10:00 UTC", *mondays()).opens_at(at("2026-11-23T00:00")) is None


def mondays():
    return [str(date(2026, 11, 23) + timedelta(weeks=number)) for number in range(60)]


@given(
    days=st.sampled_from(["Mon-Fri", "Sat,Sun", "daily", "Wed"]),
    hours=st.tuples(st.integers(0, 95), st.integers(1, 95)),
    zone=st.sampled_from([NEW_YORK, "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "UTC"]),
    begin=st.sampled_from(
        ["2026-03-07", "2026-03-28", "2026-04-04", "2026-10-24", "2026-10-31", "2026-06-10"]
    ),
    offset=st.integers(0, 3000),
)
def test_openings_and_closings_are_what_looking_at_every_minute_finds(days, hours, zone, begin, offset):
    start, length = hours
    end = (start + length) % 96
    text = f"{days} {start // 4:02}:{start % 4 * 15:02}-{end // 4:02}:{end % 4 * 15:02} {zone}"
    now = at(begin) + offset * 60

    known = Calendar((window(text),))
    opens = known.opens_at(now)
    closes = known.closes_at(opens)
    for moment in range(int(now), int(closes) + 60, 60):
        assert _is_open(known.windows[0], frozenset(), moment) is (opens <= moment < closes), utc(moment)


def test_the_zone_is_that_of_the_window_that_is_open():
    both = calendar(f"Mon 09:00-12:00 Europe/Berlin; Mon 09:00-12:00 {NEW_YORK}")
    assert both.zone_at(at("2026-11-23T09:00", NEW_YORK)) == NEW_YORK
    assert both.zone_at(at("2026-11-23T09:00", "Europe/Berlin")) == "Europe/Berlin"
    assert both.zone_at(at("2026-11-24T09:00")) == "Europe/Berlin", "the first, when none is"
