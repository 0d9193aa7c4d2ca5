"""What a launch counts as if the process ended now. Pure.

A report can be asked for at any moment, after a kill too; then a launch without a result still needs one.
"""

from launcher.journal.lifecycle import RESULTS, LaunchRecord, State
from launcher.outcome import NotAttempted, OutcomeKind, Result
from launcher.report.plain import redact

_LOST = "no reply was recorded: the launcher ended while the request was on its way"


def words(result: Result | OutcomeKind) -> str:
    """The result or outcome as people write it: `not attempted`."""
    return result.replace("_", " ")


_CERTAIN = {
    **RESULTS,
    State.ACCEPTED: Result.STARTED,
    State.SENDING: Result.UNKNOWN,
    State.DOUBT: Result.UNKNOWN,
}
"""What the state alone tells."""


def result_now(record: LaunchRecord) -> Result:
    """The result, or what the proof at hand allows to say while there is none."""
    result = _CERTAIN.get(record.state)
    if result is not None:
        return result
    if record.state is State.REFUSED and record.doubts:
        # The refusal may be "already active": the trace of the attempt that was in doubt.
        return Result.UNKNOWN
    return Result.FAILED if record.attempts else Result.NOT_ATTEMPTED


def reason_now(record: LaunchRecord, halted: str | None, *, removed: bool = False) -> str | None:
    """Why it stands so; None exactly when it counts as started.

    `halted` is why the run halted, if it did; `removed`: no longer in the manifest, or not selected.
    """
    if result_now(record) is Result.STARTED:
        return None
    if record.state is State.SENDING:
        return _LOST  # the record's own reason is an earlier attempt's
    if record.reason:
        return redact(record.reason)
    return _unspoken(record, halted, removed=removed)


def _unspoken(record: LaunchRecord, halted: str | None, *, removed: bool) -> str:
    match result_now(record):
        case Result.ALREADY_ACTIVE:
            return "the campaign was active already"
        case Result.NOT_ATTEMPTED if removed:
            return f"{NotAttempted.CANCELLED}: no longer in the manifest, or not selected"
        case Result.NOT_ATTEMPTED if halted:
            return f"{NotAttempted.HALTED}: {redact(halted)}"
        case Result.NOT_ATTEMPTED:
            return f"{NotAttempted.CANCELLED}: the launcher ended before its turn"
    return "no reason was recorded"
