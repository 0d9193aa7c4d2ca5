"""Times as the API and its gateways write them: `Retry-After`, `Date`, ISO 8601. Pure; epoch seconds."""

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MAX_RETRY_AFTER = 86_400.0
"""Seconds; a longer Retry-After is cut to this."""

_SECONDS = re.compile(r"\d+(\.\d+)?", re.ASCII)
_MILLISECONDS_FROM = 1e11
"""A number above this is taken for milliseconds: as seconds it would lie beyond the year 5000."""


def retry_after(value: str | None, date: str | None, now: float) -> float | None:
    """Seconds that a `Retry-After` of `value` asks to wait; None for nonsense (RFC 9110, section 10.2.3).

    A date counts from the reply's own `Date` header, so that the clocks need not agree, else from `now`.
    """
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), MAX_RETRY_AFTER)
    until = http_date(text)
    if until is None:
        return None
    sent = http_date(date)
    return min(max(until - (now if sent is None else sent), 0.0), MAX_RETRY_AFTER)


def http_date(value: str | None) -> float | None:
    """The time that a header such as `Date` names; None when it is missing or nonsense."""
    if not value or not value.strip():
        return None
    try:
        return _epoch(parsedate_to_datetime(value))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def iso_time(value: object) -> float | None:
    """The time of an ISO 8601 text (`2025-12-05T12:05:23.765Z`) or of a number; None for anything else."""
    if isinstance(value, str):
        return _iso_text(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _number(value)


def _number(value: float) -> float | None:
    try:
        seconds = value / 1000 if value > _MILLISECONDS_FROM else float(value)
    except OverflowError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _iso_text(text: str) -> float | None:
    try:
        return _epoch(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def _epoch(moment: datetime) -> float:
    """A time without a zone is UTC: the API's samples all are."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
