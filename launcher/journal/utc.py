"""Times as people read them in the journal's sentences."""

from datetime import UTC, datetime


def stamp(at: float) -> str:
    """`at` (seconds since the epoch) as ISO 8601 in UTC, whole seconds; no date, a number."""
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return f"{at:g} s since the epoch"
