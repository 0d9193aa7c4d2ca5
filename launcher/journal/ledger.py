"""The ledger: what each run holds of each campaign, and what that forbids to the others. Pure.

A campaign has one entry for every run that ever claimed it, not one in all: a start that an override allowed,
and that then came to nothing, must not wipe out what an earlier run had started.
"""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from launcher.journal.events import (
    AttemptFinished,
    AttemptIntended,
    AttemptWithdrawn,
    DoubtCleared,
    Event,
    LaunchFinished,
    LaunchReopened,
)
from launcher.journal.lifecycle import State
from launcher.journal.port import Forbidden
from launcher.journal.utc import stamp
from launcher.outcome import NotAttempted, OutcomeKind, Result


class Hold(StrEnum):
    """What one run holds of one campaign."""

    CLAIMED = "claimed"
    """A start is on its way or in doubt."""
    STARTED = "started"
    UNKNOWN = "unknown"
    """The launch ended without anybody knowing."""
    CLEAR = "clear"
    """It is proven that this run started nothing."""


HOLD_OF: dict[State, Hold] = {
    State.PLANNED: Hold.CLEAR,
    State.SENDING: Hold.CLAIMED,
    State.CLEAR: Hold.CLEAR,
    State.ACCEPTED: Hold.STARTED,
    State.REFUSED: Hold.CLEAR,
    State.DOUBT: Hold.CLAIMED,
    State.STARTED: Hold.STARTED,
    State.ALREADY_ACTIVE: Hold.CLEAR,
    State.REJECTED: Hold.CLEAR,
    State.FAILED: Hold.CLEAR,
    State.UNKNOWN: Hold.UNKNOWN,
    State.NOT_ATTEMPTED: Hold.CLEAR,
}
"""What the run holds of a campaign whose launch stands there."""

_AFTER_OUTCOME = {OutcomeKind.ACCEPTED: Hold.STARTED, OutcomeKind.IN_DOUBT: Hold.CLAIMED}
_AFTER_RESULT = {Result.STARTED: Hold.STARTED, Result.UNKNOWN: Hold.UNKNOWN}


def hold_after(event: Event, before: Hold) -> Hold:
    """What the run holds after a launch's event: the same as `HOLD_OF` the launch's state, without replay."""
    match event:
        case AttemptIntended():
            return Hold.CLAIMED
        case AttemptFinished(outcome=outcome):
            return _AFTER_OUTCOME.get(outcome, Hold.CLEAR)
        case LaunchFinished(result=result):
            return _AFTER_RESULT.get(result, Hold.CLEAR)
        case AttemptWithdrawn() | DoubtCleared():
            return Hold.CLEAR
        case LaunchReopened():
            return Hold.CLAIMED if before is Hold.UNKNOWN else before
    return before


@dataclass(frozen=True, slots=True)
class Held:
    """Another run's entry for a campaign."""

    key: str
    hold: Hold
    at: float
    """When that run last meant to send the start, seconds since the epoch."""
    alive: bool
    """Whether a process works on that run now."""


def judge(
    entries: Iterable[Held], *, now: float, cooldown: float, allowed_at: float | None
) -> Forbidden | None:
    """Whether other runs' entries forbid a start; None when they do not.

    `cooldown` is in seconds, 0 for none. Also without one, a campaign that a run has started is not started
    again as long as a process works on that run: two launchers side by side send each campaign once.
    `allowed_at`: entries up to then are overridden, except a start that a live process is at.
    """
    for entry in entries:
        if entry.hold is Hold.CLAIMED and entry.alive:
            return Forbidden(NotAttempted.COOLDOWN, f"run '{entry.key}' is starting it right now")
        if allowed_at is not None and entry.at <= allowed_at:
            continue
        if entry.hold is not Hold.CLEAR and (entry.alive or now - entry.at < cooldown > 0):
            return Forbidden(NotAttempted.COOLDOWN, _sentence(entry))
    return None


def _sentence(entry: Held) -> str:
    if entry.hold is Hold.STARTED:
        return f"started {stamp(entry.at)} under run key '{entry.key}'"
    settle = f"launcher reconcile {shlex.quote(entry.key)}"
    return f"run '{entry.key}' may have started it {stamp(entry.at)}; settle it with `{settle}`"
