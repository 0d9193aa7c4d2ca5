"""The one table from what happened to the process's exit code."""

from collections.abc import Mapping
from enum import IntEnum
from typing import TYPE_CHECKING

from launcher.errors import (
    JournalError,
    LauncherError,
    ManifestError,
    RefusedError,
    SecretError,
    UsageError,
)
from launcher.outcome import NotAttempted, Result

if TYPE_CHECKING:
    from launcher.report.summary import Summary


class ExitCode(IntEnum):
    """What the process ends with."""

    OK = 0
    """All started or already active."""
    SOME_FAILED = 1
    """Some rejected or failed, none unknown."""
    USAGE = 2
    """Usage, manifest or secrets: nothing was sent."""
    UNKNOWN = 3
    """At least one launch is unknown."""
    HALTED = 4
    """Halted by a threshold, a gate, refused credentials or a journal that cannot be written."""
    REFUSED = 5
    """Refused before sending: lock, confirmation, empty selection, unusable journal."""
    INCOMPLETE = 7
    """Some were not attempted: window, deadline, cooldown, preflight."""
    INTERNAL = 70
    """A defect of the launcher."""
    SIGINT = 130
    """Interrupted; the report is written."""
    SIGTERM = 143
    """Terminated; the report is written."""


OF_ERROR: Mapping[type[LauncherError], ExitCode] = {
    UsageError: ExitCode.USAGE,
    ManifestError: ExitCode.USAGE,
    SecretError: ExitCode.USAGE,
    RefusedError: ExitCode.REFUSED,
    JournalError: ExitCode.REFUSED,
    LauncherError: ExitCode.INTERNAL,
}


def of_error(error: LauncherError) -> ExitCode:
    """The code of the error's nearest class in the table."""
    return next(OF_ERROR[kind] for kind in type(error).__mro__ if kind in OF_ERROR)


_HALTED = {NotAttempted.HALTED, NotAttempted.GATE}


def of_run(totals: Mapping[Result, int], skipped: set[NotAttempted], *, halted: bool) -> ExitCode:
    """The code of a run that came to its end.

    `skipped` are the reasons of what was not attempted. A halt outranks unknowns, which the report lists all
    the same: it asks for a person first. Unknown outranks incomplete, incomplete outranks failed.
    """
    if halted or skipped & _HALTED:
        return ExitCode.HALTED
    if totals[Result.UNKNOWN]:
        return ExitCode.UNKNOWN
    if totals[Result.NOT_ATTEMPTED]:
        return ExitCode.INCOMPLETE
    if totals[Result.REJECTED] or totals[Result.FAILED]:
        return ExitCode.SOME_FAILED
    return ExitCode.OK


def of_summary(summary: "Summary") -> ExitCode:
    """The code of a run as it stands; of launches that left the manifest, only doubts still count."""
    totals, skipped = summary.totals().results, set[NotAttempted]()
    if totals[Result.NOT_ATTEMPTED] or summary.shortened:  # seldom; else the totals tell, and rows are many
        totals = dict.fromkeys(Result, 0)
        for row in summary.rows():
            if row.removed and row.result is not Result.UNKNOWN:
                continue
            totals[row.result] += 1
            if row.result is Result.NOT_ATTEMPTED and (word := (row.reason or "").partition(":")[0]) in _WHY:
                skipped.add(NotAttempted(word))
    return of_run(totals, skipped, halted=summary.run.halted is not None)


_WHY = frozenset(NotAttempted)
