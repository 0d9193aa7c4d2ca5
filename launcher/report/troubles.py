"""Launches that did not start, by what was wrong: five hundred of a kind are one thing to mend. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from launcher.outcome import Result
from launcher.report.summary import Row

EXAMPLES = 3
"""Launches that a group names."""

UNKNOWN_EXAMPLES = 20
"""The same for unknown ones: each is a question that a person has to answer."""

SPEAKING = 6
"""Length from which an id is unlikely to be part of another word."""

_ORDER = (Result.UNKNOWN, Result.REJECTED, Result.FAILED, Result.NOT_ATTEMPTED)
_VARYING = re.compile(
    r"\b[a-z]{2,3}-[0-9a-f]{7,8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"  # ids of campaigns, streams, apps
    r"|\b[0-9a-f]{24}\b"  # account ids
    r"|\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?"
    r"|\b\d+(?:\.\d+)?(?= ?(?:ms|s|seconds?|bytes)\b)",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Trouble:
    """Launches with one result for one reason."""

    result: Result
    reason: str
    """What all of them have in common; `…` where they differ."""
    http_status: int | None
    count: int = 0
    examples: list[Row] = field(default_factory=list)
    _exact: str | None = None

    def add(self, row: Row) -> None:
        """Count `row`, and keep it as an example if it is one of the first."""
        self.count += 1
        if len(self.examples) < (UNKNOWN_EXAMPLES if self.result is Result.UNKNOWN else EXAMPLES):
            self.examples.append(row)
        if self._exact is None:
            self._exact = row.reason
        elif self._exact != row.reason:
            self._exact = ""

    @property
    def text(self) -> str:
        """The reason in its own words when all share them."""
        return self._exact or self.reason


def group_troubles(rows: Iterable[Row]) -> list[Trouble]:
    """The groups: what outranks first, then the largest."""
    groups: dict[tuple[Result, str, int | None], Trouble] = {}
    for row in rows:
        if row.result in _ORDER:
            key = row.result, common_reason(row), row.http_status
            group = groups.get(key)
            if group is None:
                group = groups[key] = Trouble(*key)
            group.add(row)
    return sorted(groups.values(), key=lambda group: (_ORDER.index(group.result), -group.count))


def common_reason(row: Row) -> str:
    """The reason without what differs from launch to launch: its ids, moments and spans."""
    reason = row.reason or ""
    for own in (row.campaign_id, row.stream_id, row.account_id):
        if len(own) >= SPEAKING:
            reason = reason.replace(own, "…")
    return _VARYING.sub("…", reason)
