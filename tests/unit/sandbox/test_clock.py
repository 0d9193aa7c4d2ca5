from launcher.sandbox.clock import iso_time


def test_times_are_written_in_utc_with_milliseconds_and_z():
    assert iso_time(1764936323.765) == "2025-12-05T12:05:23.765Z"


def test_milliseconds_keep_their_leading_zeros():
    assert iso_time(0.004) == "1970-01-01T00:00:00.004Z"
