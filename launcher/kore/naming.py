"""Whether a reply speaks of the campaign that was asked for. Pure."""

import re
from collections.abc import Iterator
from typing import Any

_CAMPAIGN = "cd-"
_INSTANCE = "cid-"
_KEYS = ("campaignId", "id", "_id")
_RECORD = re.compile(r"[0-9a-f]{24}")


def another_campaign(fields: dict[str, Any], campaign: str) -> str | None:
    """The id of another campaign in a body that does not name `campaign`; None when there is none.

    Bodies name it as `id` or `_id` under `data` (status, get-by-id), or in the flat form at the top. A body
    without an id proves nothing either way, nor does the id of something else: of an instance (`cid-…`), a
    request, a record of the database.
    """
    ours = _comparable(campaign)
    named = [one for key, one in _ids(fields) if _may_be_a_campaign(key, _comparable(one), ours)]
    if not named or any(_comparable(one) == ours for one in named):
        return None
    return named[0]


def _ids(fields: dict[str, Any]) -> Iterator[tuple[str, str]]:
    data = fields.get("data")
    for place in (data, fields) if isinstance(data, dict) else (fields,):
        for key in _KEYS:
            value = place.get(key)
            if isinstance(value, str) and value.strip():
                yield key, value


def _may_be_a_campaign(key: str, one: str, ours: str) -> bool:
    """Whether the id is of our campaign's kind: where ours has the API's form, a bare `id` has it too."""
    if one.startswith(_INSTANCE):
        return False
    if key == _KEYS[0] or one.startswith(_CAMPAIGN):
        return True
    return not ours.startswith(_CAMPAIGN) and _RECORD.fullmatch(one) is None


def _comparable(one: str) -> str:
    return one.strip().lower()
