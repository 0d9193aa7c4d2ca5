"""Progress while a run goes on: which of its two forms fits the stream."""

import os
from typing import Protocol, TextIO

from launcher.journal.events import Watched
from launcher.plan.model import Plan
from launcher.report.line_progress import LineProgress
from launcher.report.pulse import Ends, Now
from launcher.report.summary import Summary


class Progress(Protocol):
    """What the two forms have in common."""

    def on_event(self, event: Watched) -> None:
        """See one event; returns at once and never fails for the display's sake."""

    async def run(self) -> None:
        """Show how the run stands until `close`; started in a task group by the caller."""

    def close(self) -> None:
        """Show the end and let `run` return; may be called more than once."""


def progress_for(
    summary: Summary,
    plan: Plan,
    stream: TextIO | None,
    now: Now,
    *,
    ends: Ends | None = None,
    as_records: bool = False,
) -> Progress:
    """The live display on a terminal that can draw, plain lines everywhere else.

    `ends` tells when each account will be done. `as_records`: log records instead, of level info, so that no
    plain line gets between them.
    """
    if as_records:
        return LineProgress(summary, plan, None, now, ends=ends)
    if stream is not None and _can_draw(stream):
        from launcher.report.live_progress import LiveProgress  # noqa: PLC0415  # rich, only on a terminal

        return LiveProgress(summary, plan, stream, now, ends=ends)
    return LineProgress(summary, plan, stream, now, ends=ends)


def _can_draw(stream: TextIO) -> bool:
    try:
        return stream.isatty() and os.environ.get("TERM", "").lower() not in {"dumb", "unknown", ""}
    except (OSError, ValueError):  # closed already
        return False
