"""Send windows and holidays as a manifest writes them."""

import re
from datetime import UTC, date, datetime
from sys import intern

from launcher.manifest.model import Window
from launcher.manifest.problems import quote
from launcher.manifest.values import Complaint

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
PATTERN = r"([A-Za-z,-]+\s+)?[0-9]{1,2}:[0-9]{2}\s*-\s*[0-9]{1,2}:[0-9]{2}\s+\S+"
_WINDOW = re.compile(r"(?:(?P<days>[A-Za-z,-]+)\s+)?(?P<start>\S+?)\s*-\s*(?P<end>\S+)\s+(?P<zone>\S+)")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_DAY_MINUTES = 24 * 60
_COUNTRY = re.compile(r"([A-Z]{2})(?:-([A-Za-z0-9]{1,10}))?")
_EXAMPLE = "Mon-Fri 09:00-20:00 America/New_York"


def window(text: str) -> Window:
    """`Mon-Fri 09:00-20:00 America/New_York`; an end before the start is on the next day.

    Raises:
        Complaint: it cannot be understood, or there is no such time zone.
    """
    parts = _WINDOW.fullmatch(text.strip())
    if parts is None or not _TIME.match(parts["start"]):
        hint = "; name the time zone" if re.search(r"[0-9]:[0-9]{2}$", text.strip()) else ""
        raise Complaint(f"expected a window such as '{_EXAMPLE}', got {quote(text)}{hint}")
    start, end = _minutes(parts["start"]), _minutes(parts["end"])
    if start == end:
        raise Complaint(f"opens and closes at {parts['start']}; a whole day is 00:00-24:00")
    if start == _DAY_MINUTES:
        raise Complaint("a day begins at 00:00, got 24:00")
    return Window(_days(parts["days"]), start, end, _zone(parts["zone"]))


def windows(text: str) -> tuple[Window, ...]:
    """Several, separated by `;`."""
    return tuple(window(part) for part in text.split(";"))


def _minutes(text: str) -> int:
    match = _TIME.fullmatch(text)
    if match is None or int(match[2]) >= 60 or int(match[1]) * 60 + int(match[2]) > _DAY_MINUTES:  # noqa: PLR2004 - of an hour
        raise Complaint(f"expected a time of day from 00:00 to 24:00, got {quote(text)}")
    return int(match[1]) * 60 + int(match[2])


def _days(text: str | None) -> frozenset[int]:
    if text is None or text.casefold() == "daily":
        return frozenset(range(len(DAYS)))
    days: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        begin = _day(first)
        length = (_day(last) - begin) % len(DAYS) if dash else 0
        days |= {(begin + number) % len(DAYS) for number in range(length + 1)}
    return frozenset(days)


def _day(text: str) -> int:
    for number, name in enumerate(DAYS):
        if text.casefold() == name.casefold():
            return number
    raise Complaint(f"expected days such as Mon-Fri or Mon,Wed or daily, got {quote(text)}")


def _zone(text: str) -> str:
    from zoneinfo import ZoneInfo  # noqa: PLC0415  # few manifests have windows

    try:
        ZoneInfo(text)
    except (LookupError, ValueError, OSError):
        raise Complaint(f"unknown time zone {quote(text)}; expected a name such as Europe/Berlin") from None
    return intern(text)


def holiday(text: str) -> date | frozenset[date]:
    """`2026-12-25`, or a country whose public holidays count: `US`, `US-NY` (this year and the next).

    Raises:
        Complaint: it is neither, or the extra `holidays` is not installed.
    """
    if match := _COUNTRY.fullmatch(text):
        return _of_country(text, match[1], match[2])
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Complaint(
            f"expected a date such as 2026-12-25, or a country such as US or US-NY, got {quote(text)}"
        ) from None


def _of_country(text: str, country: str, subdivision: str | None) -> frozenset[date]:
    try:
        import holidays  # noqa: PLC0415  # an extra
    except ImportError:
        hint = "pip install 'kore-campaign-launcher[holidays]', or list the dates"
        raise Complaint(f"the holidays of {text} need the extra 'holidays': {hint}") from None
    this_year = datetime.now(UTC).year
    try:
        found = holidays.country_holidays(country, subdiv=subdivision, years=[this_year, this_year + 1])
    except (NotImplementedError, LookupError):  # the library's answers to a country or part that it has not
        raise Complaint(f"the holidays of {quote(text)} are not known") from None
    return frozenset(found)


def all_holidays(items: tuple[date | frozenset[date], ...]) -> frozenset[date]:
    """One set of dates."""
    dates: set[date] = set()
    for item in items:
        dates |= item if isinstance(item, frozenset) else {item}
    return frozenset(dates)
