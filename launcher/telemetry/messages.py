"""What a notification says: short, for a person who was woken up. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from launcher.outcome import Result
from launcher.report.advice import rerun_effects
from launcher.report.exit_meaning import exit_meaning
from launcher.report.plain import plain, redact
from launcher.report.standing import words
from launcher.report.summary import Summary
from launcher.report.times import span

_NOT_ALARMING = {1, 7, 130, 143}
"""Exit codes after which it is enough to look in the morning; 130 and 143 are somebody's own doing."""

_LONGEST = 300
"""Characters of a reason; a server's may be endless."""


@dataclass(frozen=True, slots=True)
class Message:
    """A notification."""

    title: str
    body: str
    level: str
    """`info`, `success`, `warning` or `failure`."""


class Messages:
    """Words a run's notifications.

    Args:
        summary: the run.
        rehearsal: everything goes to the sandbox.
        opened_at: when this process took the run over, seconds since the epoch.
        again: the command that continues the run; None when nothing of it is kept.
    """

    def __init__(self, summary: Summary, *, rehearsal: bool, opened_at: float, again: str | None) -> None:
        self._summary = summary
        self._name = plain(summary.key) + (" (rehearsal, nothing real)" if rehearsal else "")
        self._opened_at = opened_at
        self._again = again

    def begin(self) -> Message:
        """The run begins."""
        whole, accounts = self._summary.totals(), len(self._summary.tallies)
        left = whole.planned - whole.done
        goes_on = f", {whole.done:,} of them done before" if left != whole.planned else ""
        where = f"{accounts} account{'s' if accounts != 1 else ''}"
        return Message(f"{self._name}: begins", f"{whole.planned:,} campaigns on {where}{goes_on}", "info")

    def halt(self, reason: str) -> Message:
        """The run sends no further starts."""
        body = [
            _short(reason),
            self._counts(),
            "What is in flight is still awaited; another message follows.",
        ]
        return Message(f"{self._name}: halted", "\n".join(body), "failure")

    def end(self, at: float) -> Message:
        """The run ended, at `at` seconds since the epoch."""
        run, whole = self._summary.run, self._summary.totals()
        ended = at if run.finished_at is None else run.finished_at
        lines = [
            self._counts(),
            self._effort(ended - self._opened_at),
            *([f"Halted: {_short(run.halted)}"] if run.halted else []),
            *self._next(whole.results),
        ]
        if run.exit_code is None:
            return Message(f"{self._name}: broke off, without an exit code", "\n".join(lines), "failure")
        title = f"{self._name}: ended, exit code {run.exit_code}: {exit_meaning(run.exit_code)}"
        return Message(title, "\n".join(lines), _level(run.exit_code))

    def _counts(self) -> str:
        whole = self._summary.totals()
        counts = [f"{count:,} {words(result)}" for result, count in whole.results.items() if count]
        return f"{whole.planned:,} planned: {', '.join(counts) or 'nothing to do'}"

    def _effort(self, seconds: float) -> str:
        whole = self._summary.totals()
        return f"Took {span(seconds)}, {whole.requests:,} requests, {whole.throttled:,} throttled"

    def _next(self, results: Mapping[Result, int]) -> list[str]:
        effects = rerun_effects(results)
        if not effects or self._again is None:
            return []
        return [f"Next: {self._again}", f"which {', '.join(effects)}"]


def _level(exit_code: int) -> str:
    if exit_code == 0:
        return "success"
    return "warning" if exit_code in _NOT_ALARMING else "failure"


def _short(reason: str) -> str:
    text = plain(redact(reason))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
