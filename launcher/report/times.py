"""Moments and spans as text. Moments are seconds since the epoch, spans are seconds."""

import math
from datetime import UTC, datetime

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def iso_utc(at: float) -> str:
    """`2026-11-23T12:03:05.123Z`."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def clock(at: float, now: float) -> str:
    """Local time of day, with the date when it is not the day of `now`."""
    moment, today = _local(at), _local(now)
    return moment.strftime("%H:%M:%S" if moment.date() == today.date() else "%Y-%m-%d %H:%M")


def span(seconds: float) -> str:
    """`0.3 s`, `41 s`, `2 min 05 s`, `1 h 02 min`, `3 d 04 h`."""
    if seconds < 1:
        return f"{max(seconds, 0.0):.1f} s"
    whole = math.ceil(seconds - 1e-6)  # a float's dust is not another second
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02d} s"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02d} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR:02d} h"


def zoned(at: float, zone: str) -> str:
    """What a clock there shows: `Mon 2026-11-30 09:00 EST`."""
    return _in(at, zone).strftime("%a %Y-%m-%d %H:%M %Z")


def zoned_iso(at: float, zone: str) -> str:
    """`2026-11-30T09:00:00-05:00`."""
    return _in(at, zone).isoformat(timespec="seconds")


def _in(at: float, zone: str) -> datetime:
    from zoneinfo import ZoneInfo  # noqa: PLC0415  # few plans have windows

    return datetime.fromtimestamp(at, ZoneInfo(zone))


def _local(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC).astimezone()
