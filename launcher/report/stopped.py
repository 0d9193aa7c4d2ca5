"""That a run was stopped with `launcher stop`: when, by whom, why, and how many of its campaigns. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from launcher.journal.utc import stamp
from launcher.outcome import Result
from launcher.report.plain import plain, redact
from launcher.report.standing import result_now
from launcher.report.summary import Summary

if TYPE_CHECKING:
    from launcher.journal.orders import Order
    from launcher.journal.store import Journal


@dataclass(frozen=True, slots=True)
class Stopped:
    """The latest stop of a run. Times are seconds since the epoch."""

    at: float
    by: str | None = None
    reason: str | None = None
    """The operator's words."""
    ticket: str | None = None
    campaigns: int = 0
    """Launches of the run whose campaigns are known to be stopped, and that it did not start again since."""
    started: int = 0
    """Those of them that count as started."""
    unknown: int = 0
    """Those of them whose start nobody knows of."""
    continued_at: float | None = None
    """When it went on all the same; None while it starts nothing more."""

    @property
    def in_force(self) -> bool:
        """Whether the run starts nothing more."""
        return self.continued_at is None

    @classmethod
    def in_journal(cls, journal: "Journal", summary: Summary) -> Self | None:
        """What the journal tells of the summary's run; raises as `Journal.orders`."""
        return cls.of(journal.orders(summary.key), journal.stopped_launches(summary.key), summary)

    @classmethod
    def of(cls, orders: Sequence["Order"], stopped: Mapping[int, float], summary: Summary) -> Self | None:
        """The latest of the stops; None when nobody stopped the run.

        `orders`: all to the run, the first one first. `stopped`: when each launch was stopped, by its number.
        """
        stops = [order for order in orders if order.kind.value == "stop"]
        if not stops:
            return None
        last = stops[-1]
        later = (order for order in orders if order.number > last.number)
        records = ((summary.record(launch), at) for launch, at in stopped.items())
        counts = Counter(result_now(each) for each, at in records if at >= (each.last_sent_at or 0.0))
        return cls(
            last.at,
            last.by.operator,
            last.by.reason and redact(last.by.reason),
            last.by.ticket and redact(last.by.ticket),
            counts.total(),
            counts[Result.STARTED],
            counts[Result.UNKNOWN],
            next((order.at for order in later if order.kind.value == "continue"), None),
        )

    def __str__(self) -> str:
        """As a report says it, safe to be shown."""
        by = f" by {plain(self.by)}" if self.by else ""
        why = f": {plain(self.reason)}" if self.reason else ""
        ticket = f" [{plain(self.ticket)}]" if self.ticket else ""
        count = f"{self.campaigns:,} of its campaigns {'is' if self.campaigns == 1 else 'are'}"
        count += " known to be stopped"
        if self.unknown:
            them = "one" if self.unknown == 1 else f"{self.unknown:,}"
            count += f", {them} of them unknown: if it was started, it sends nothing now"
        on = "" if self.continued_at is None else f" It was continued {stamp(self.continued_at)}."
        return f"This run was stopped {stamp(self.at)}{by}{why}{ticket}. {count}.{on}"
