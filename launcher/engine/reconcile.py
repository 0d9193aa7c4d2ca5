"""What reading a campaign's state proves about an attempt in doubt. Pure: readings in, a verdict out.

The reply to a start is lost; the campaign's state may tell whether it took effect (kore_api: status values,
`updatedAt`). Active or Preparing proves that it did. Ready, read again and again, proves that it did not.
Anything else is looked up by id: a campaign that completed after our request was sent was started; all
other states prove nothing, because `updatedAt` need not move when an instance runs, and somebody may have
stopped it.
"""

from dataclasses import dataclass, replace

from launcher.manifest.model import ReconcileSettings
from launcher.outcome import Reading

UNREADABLE_LIMIT = 4
"""Unreadable answers after which the state counts as not to be had."""
SKEW_TOLERANCE = 2.0
"""Seconds: `Date` has whole seconds, and the reply travels."""
_RUNNING = {"active", "preparing"}
_NOT_STARTED = {"ready"}


@dataclass(frozen=True, slots=True)
class Doubt:
    """An attempt in doubt, and what was read so far."""

    sent_at: float
    """Seconds since the epoch on our clock, when the start was sent at the earliest."""
    quiet: int = 0
    """Readings in a row that show the campaign not started."""
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """Not settled: read again, not before `seconds` from now."""

    doubt: Doubt
    seconds: float
    details: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """The attempt took effect."""

    evidence: str


@dataclass(frozen=True, slots=True)
class NotStarted:
    """The attempt took no effect: it may be sent again."""

    evidence: str


@dataclass(frozen=True, slots=True)
class Unsettled:
    """Nobody can tell: the launch stays `unknown`."""

    reason: str
    evidence: str | None = None


Verdict = ReadAgain | Started | NotStarted | Unsettled


def judge(doubt: Doubt, reading: Reading, details: bool, settings: ReconcileSettings) -> Verdict:
    """What `reading` (of get-by-id when `details`) proves, after what `doubt` already holds."""
    if reading.state is None:
        return _unreadable(doubt, reading, details, settings)
    state = reading.state.strip().casefold()
    if state in _RUNNING:
        return Started(f"read status {reading.state} after the attempt")
    if state in _NOT_STARTED:
        return _quiet(doubt, reading, settings)
    if not details:
        return ReadAgain(replace(doubt, quiet=0), 0.0, details=True)
    return _by_date(doubt, reading)


def _unreadable(doubt: Doubt, reading: Reading, details: bool, settings: ReconcileSettings) -> Verdict:
    seen = doubt.unreadable + 1
    if seen >= UNREADABLE_LIMIT:
        return Unsettled(f"its state could not be read: {reading.reason or 'no reason given'}")
    # Ready before and after an unreadable answer is not "in a row".
    return ReadAgain(replace(doubt, quiet=0, unreadable=seen), settings.interval * 2 ** (seen - 1), details)


def _quiet(doubt: Doubt, reading: Reading, settings: ReconcileSettings) -> Verdict:
    quiet = doubt.quiet + 1
    if quiet < settings.reads:
        return ReadAgain(replace(doubt, quiet=quiet), settings.interval)
    return NotStarted(f"read status {reading.state} {quiet} times, {settings.interval:g} s apart")


def _by_date(doubt: Doubt, reading: Reading) -> Verdict:
    if reading.updated_at is None:
        return Unsettled(f"its state is {reading.state}, which does not tell whether it started")
    updated = reading.updated_at - (reading.clock_skew or 0.0)
    after = updated - doubt.sent_at
    if after < -SKEW_TOLERANCE:
        return Unsettled(
            f"its state is {reading.state}, last updated {-after:.0f} s before the attempt",
            f"status {reading.state}",
        )
    if reading.state is not None and reading.state.strip().casefold() == "completed":
        return Started(f"read status Completed, updated {max(after, 0.0):.0f} s after the attempt")
    return Unsettled(
        f"its state is {reading.state}, changed after the attempt: it may have been started and then changed",
        f"status {reading.state}",
    )
