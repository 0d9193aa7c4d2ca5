"""Get-all: which campaigns a filter selects, in which order, on which page."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from launcher.sandbox.calls import INVALID_ARGUMENTS
from launcher.sandbox.campaigns import Campaign, Status
from launcher.sandbox.replies import Refusal, refusal

DEFAULT_LIMIT = 50

_SORT_KEYS: dict[str, Callable[[Campaign], Any]] = {
    "name": lambda campaign: campaign.name,
    "createdAt": lambda campaign: campaign.created_at,
    "updatedAt": lambda campaign: campaign.updated_at,
}
_DIRECTIONS = {"asc": False, "desc": True}


@dataclass(frozen=True, slots=True)
class Filter:
    """A decoded get-all body."""

    channel: str
    limit: int
    skip: int
    sort_by: tuple[tuple[str, str], ...] = ()
    statuses: frozenset[str] = frozenset()
    priorities: frozenset[str] = frozenset()
    created_from: float | None = None
    created_to: float | None = None

    def selects(self, campaign: Campaign) -> bool:
        """Whether the campaign is in the answer, on whatever page."""
        return (
            campaign.channel == self.channel
            and (not self.statuses or campaign.status in self.statuses)
            and (not self.priorities or campaign.priority in self.priorities)
            and (self.created_from is None or campaign.created_at >= self.created_from)
            and (self.created_to is None or campaign.created_at <= self.created_to)
        )


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the answer."""

    campaigns: tuple[Campaign, ...]
    skip: int
    limit: int
    total: int

    @property
    def has_more(self) -> bool:
        """Whether campaigns come after this page."""
        return self.skip + len(self.campaigns) < self.total

    @property
    def total_pages(self) -> int:
        """Pages of this size that hold all."""
        return -(-self.total // self.limit)


def read_filter(body: dict[str, Any], max_page: int) -> Filter:
    """Return the filter that a get-all body asks for; `limit` is cut to `max_page`.

    Raises:
        Refusal: 412 for a value of the wrong type or an unknown one.
    """
    channel = body.get("type")
    if channel not in ("sms", "voice"):
        raise _invalid("type must be voice or sms")
    limit = min(_number(body, "limit") or DEFAULT_LIMIT, max_page)
    filters = body.get("filters") or {}
    if not isinstance(filters, dict):
        raise _invalid("filters must be an object")
    return Filter(
        channel=channel,
        limit=limit,
        # Both may be sent; `skip` is the exact one. The first page is 1.
        skip=_number(body, "skip") or max(_number(body, "page") - 1, 0) * limit,
        sort_by=_sort_order(body.get("sortBy") or {}),
        statuses=_words(filters, "status", [status.value for status in Status]),
        priorities=_words(filters, "priority", ["1", "2", "3", "4", "5"]),
        created_from=_time(body, "startDate"),
        created_to=_time(body, "endDate"),
    )


def page_of(campaigns: Iterable[Campaign], chosen: Filter) -> Page:
    """Return the page that the filter asks for; without a sort order the campaigns stay as they come."""
    selected = [campaign for campaign in campaigns if chosen.selects(campaign)]
    for name, direction in reversed(chosen.sort_by):
        selected.sort(key=_SORT_KEYS[name], reverse=_DIRECTIONS[direction])
    shown = tuple(selected[chosen.skip : chosen.skip + chosen.limit])
    return Page(shown, chosen.skip, chosen.limit, len(selected))


def _number(body: dict[str, Any], name: str) -> int:
    """Return a documented 'number or empty string', 0 when it is empty or missing."""
    value = body.get(name)
    if value is None or value == "":
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _invalid(f"{name} must be a number, not negative")
    return value


def _sort_order(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        raise _invalid("sortBy must be an object")
    for name, direction in value.items():
        if name not in _SORT_KEYS or str(direction) not in _DIRECTIONS:
            raise _invalid("sortBy takes name, createdAt or updatedAt with asc or desc")
    return tuple(value.items())


def _words(filters: dict[str, Any], name: str, allowed: list[str]) -> frozenset[str]:
    values = filters.get(name) or []
    if not isinstance(values, list) or any(str(value) not in allowed for value in values):
        raise _invalid(f"filters.{name} must be a list of {', '.join(allowed)}")
    return frozenset(str(value) for value in values)


def _time(body: dict[str, Any], name: str) -> float | None:
    value = body.get(name)
    if value is None or value == "":
        return None
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise _invalid(f"{name} must be an ISO 8601 time") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _invalid(assumed: str) -> Refusal:
    return refusal(412, 412, INVALID_ARGUMENTS, assumed)
