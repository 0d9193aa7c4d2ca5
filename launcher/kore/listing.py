"""What a get-all reply says: a page of a stream's campaigns. Pure.

Documented (page get-all-campaigns-v2) is `{"status": "success", "data": {"results": […], "skip", "limit",
"hasMore", "totalPages", "totalResults"}}`, where SMS campaigns have `id` and voice campaigns `_id`. What a
server leaves out is made up for: without `hasMore` the totals count, without those a full page.
"""

from collections.abc import Iterator
from typing import Any

from launcher.kore.decode import reading_of_status
from launcher.kore.reply import RawReply, Reply
from launcher.kore.wording import clean, shorten
from launcher.plan.states import CampaignState, Page

_SUCCESS = 2
_SAID_ENOUGH = frozenset({"failed", "failure", "error"})
_LONGEST_STATE = 60
_LONGEST_NAME = 200
_MOST_LISTS = 50


def page_of_reply(reply: Reply, now: float) -> Page:
    """What a get-all reply tells; `now` (epoch seconds) is when it was read. Never raises."""
    if isinstance(reply, RawReply) and (data := _data(reply)) is not None:
        return _Reader(reply, data).page()
    # It says why, and whether it is a throttle, in the words of every other read.
    reading = reading_of_status(reply, now)
    why = reading.reason or f"HTTP {reading.http_status}, but the reply is no list of campaigns"
    return Page(
        reason=why,
        http_status=reading.http_status,
        retry_after=reading.retry_after,
        throttled=reading.throttled,
        unauthorized=reading.unauthorized,
    )


def _data(reply: RawReply) -> dict[str, Any] | None:
    """The mapping that holds `results`, a list; None when the reply is no page."""
    if reply.status // 100 != _SUCCESS or not reply.complete:
        return None
    value = reply.json()
    if not isinstance(value, dict) or str(value.get("status", "")).strip().lower() in _SAID_ENOUGH:
        return None
    for data in (value.get("data"), value):
        if isinstance(data, dict) and isinstance(data.get("results"), list):
            return data
    return None


class _Reader:
    def __init__(self, reply: RawReply, data: dict[str, Any]) -> None:
        self._reply = reply
        self._data = data
        self._results: list[Any] = data["results"]

    def page(self) -> Page:
        campaigns = dict(self._campaigns())
        return Page(campaigns, len(self._results), self._more(), http_status=self._reply.status)

    def _more(self) -> bool:
        told = self._data.get("hasMore")
        if isinstance(told, bool):
            return told and bool(self._results)
        total, skip, limit = self._number("totalResults"), self._number("skip"), self._number("limit")
        if total is not None and skip is not None:
            return bool(self._results) and skip + len(self._results) < total
        return limit is not None and 0 < limit <= len(self._results)

    def _number(self, name: str) -> int | None:
        value = self._data.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None

    def _campaigns(self) -> Iterator[tuple[str, CampaignState]]:
        for item in self._results:
            if isinstance(item, dict):
                ids = (item.get("id"), item.get("_id"))
                found = next((each for each in ids if isinstance(each, str) and each), None)
                if found is not None:
                    yield found, self._campaign(item)

    def _campaign(self, item: dict[str, Any]) -> CampaignState:
        state = self._text(item.get("status"), _LONGEST_STATE)
        schedule = item.get("schedule")
        return CampaignState(
            state,
            name=self._text(item.get("name"), _LONGEST_NAME),
            contact_lists=tuple(self._lists(item.get("contactLists"))),
            scheduled=isinstance(schedule, dict) and schedule.get("isSchedulingEnabled") is True,
            reason=None if state else "the stream's list names no status of it",
        )

    def _lists(self, value: object) -> Iterator[str]:
        """Names; of mappings, which no page prints, the name or the id in them."""
        for each in value[:_MOST_LISTS] if isinstance(value, list) else ():
            named = each.get("name") or each.get("id") or each.get("_id") if isinstance(each, dict) else each
            text = self._text(named, _LONGEST_NAME)
            if text is not None:
                yield text

    def _text(self, value: object, longest: int) -> str | None:
        if not isinstance(value, str):
            return None
        return shorten(clean(value, self._reply.confidential), longest) or None
