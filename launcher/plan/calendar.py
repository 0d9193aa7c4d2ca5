"""When campaigns may be sent: windows on local clocks, and days on which none opens. Pure.

A window is what a clock on the wall there shows: at an instant whose local time lies inside, it is open. In
the hour that a change to summer time skips there is nothing to be open in; the hour that a change back brings
twice counts both times. An overnight window belongs to the day on which it opens.
"""

import math
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from launcher.manifest.model import Window

_HORIZON = 370
"""Days: nothing that does not open within a year ever does."""
_DAY = timedelta(days=1)
_DAY_MINUTES = 24 * 60


class Calendar:
    """Some windows, of which one must be open, and holidays. Remembers the latest answer."""

    def __init__(self, windows: tuple[Window, ...], holidays: frozenset[date] = frozenset()) -> None:
        self.windows = windows
        self.holidays = holidays
        self._known = (0.0, 0.0, False)

    def is_open(self, at: float) -> bool:
        """Whether campaigns may be sent at this instant, seconds since the epoch."""
        return self._state(at)[2]

    def opens_at(self, at: float) -> float | None:
        """The first instant from `at` on at which it is open; None when that is never within a year."""
        begin, end, is_open = self._state(at)
        if is_open:
            return at
        return end if end < begin + _HORIZON * 86_400 else None

    def closes_at(self, at: float) -> float:
        """The end of the stretch that `at` is in; `at` itself when it is closed then."""
        _, end, is_open = self._state(at)
        return end if is_open else at

    def zone_at(self, at: float) -> str:
        """On whose clock it is open then; the first one's when it is not."""
        open_ones = (window.zone for window in self.windows if _is_open(window, self.holidays, at))
        return next(open_ones, self.windows[0].zone)

    def _state(self, at: float) -> tuple[float, float, bool]:
        begin, end, _ = self._known
        if not begin <= at < end:
            self._known = (at, self._changes_at(at), self._any_open(at))
        return self._known

    def _changes_at(self, at: float) -> float:
        now = self._any_open(at)
        for week in range(0, _HORIZON, 7):
            days = range(week, week + 9)  # two more: local days of different zones begin at different times
            moments = sorted({moment for window in self.windows for moment in _moments(window, at, days)})
            changed = (moment for moment in moments if moment > at and self._any_open(moment) is not now)
            found = next(changed, math.inf)
            if found < at + (week + 7) * 86_400:
                return found
        return at + _HORIZON * 86_400

    def _any_open(self, at: float) -> bool:
        return any(_is_open(window, self.holidays, at) for window in self.windows)


def _is_open(window: Window, holidays: frozenset[date], at: float) -> bool:
    local = datetime.fromtimestamp(at, _zone(window.zone))
    minute = local.hour * 60 + local.minute
    today = local.date()
    if window.start < window.end:
        return window.start <= minute < window.end and _opens_on(window, holidays, today)
    if minute >= window.start:
        return _opens_on(window, holidays, today)
    return minute < window.end and _opens_on(window, holidays, today - _DAY)


def _opens_on(window: Window, holidays: frozenset[date], day: date) -> bool:
    return day.weekday() in window.days and day not in holidays


def _moments(window: Window, at: float, days: Iterable[int]) -> Iterator[float]:
    """Instants on these days, counted from the day before `at`, at which the window may open or close."""
    zone = _zone(window.zone)
    first = datetime.fromtimestamp(at, zone).date() - _DAY
    for number in days:
        day = first + number * _DAY
        for minute in {window.start, window.end, 0}:
            yield from _instants(day + (minute // _DAY_MINUTES) * _DAY, minute % _DAY_MINUTES, zone)


def _instants(day: date, minute: int, zone: ZoneInfo) -> Iterator[float]:
    """When the clock there shows this: once, twice, or, in a gap, the instant at which it jumps."""
    local = datetime.combine(day, time(minute // 60, minute % 60), zone)
    for fold in (0, 1):
        instant = local.replace(fold=fold).astimezone(UTC)
        yield instant.timestamp()
        if instant.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
            yield _jump(instant, zone)


def _jump(near: datetime, zone: ZoneInfo) -> float:
    """The change of the clock within a day of `near`, to the second."""
    low, high = near - _DAY, near + _DAY
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return float(round(high.timestamp()))


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
