"""Events of a run as log records: results and retries at INFO, every request at DEBUG.

Fields of a record, each only where it applies, always under these names and in this order: event, run,
account, until (of a wait), account_id, bot, stream_id, campaign_id, channel, attempt, outcome, result, state,
reason, http_status, evidence, exit_code.
"""

import logging
from typing import Any

from launcher.journal.events import (
    AttemptFinished,
    AttemptIntended,
    AttemptWithdrawn,
    DoubtCleared,
    GateOpened,
    LaneClosed,
    LaneWaiting,
    LaunchEvent,
    LaunchFinished,
    LaunchPlanned,
    LaunchReopened,
    ReadFinished,
    ReadIntended,
    RestartAllowed,
    RunClosed,
    RunHalted,
    RunOpened,
    Watched,
)
from launcher.journal.lifecycle import LaunchRecord
from launcher.outcome import OutcomeKind
from launcher.report.log import FIELDS
from launcher.report.standing import words
from launcher.report.summary import Summary
from launcher.report.times import iso_utc, span

_LOG = logging.getLogger(__name__)

_GOES_ON = {OutcomeKind.THROTTLED, OutcomeKind.UNSENT, OutcomeKind.IN_DOUBT}
"""Outcomes that another request may follow, rather than a result."""

_TOLD = ("attempt", "outcome", "result", "state", "reason", "http_status", "evidence", "exit_code")
"""Attributes of events that are fields of their records."""


class EventLog:
    """Logs what happens. An observer of the engine.

    Args:
        summary: knows the launches by number; it must see each event before this does.
        logger: where the records go.
    """

    def __init__(self, summary: Summary, logger: logging.Logger = _LOG) -> None:
        self._summary = summary
        self._logger = logger

    def on_event(self, event: Watched) -> None:
        """Log one event, if anybody wants to know."""
        if not self._logger.isEnabledFor(logging.INFO) and isinstance(event, LaunchEvent):
            return  # what is of one launch is never more than INFO
        level = level_of(event)
        if isinstance(event, LaunchPlanned) or not self._logger.isEnabledFor(level):
            return
        self._logger.log(level, "%s", message_of(event), extra={FIELDS: self._fields(event)})

    def _fields(self, event: Watched) -> dict[str, Any]:
        fields: dict[str, Any] = {"event": type(event).__name__, "run": self._summary.key or None}
        match event:
            case LaneClosed(account=account, until=until) | LaneWaiting(account=account, until=until):
                fields |= {"account": account, "until": None if until is None else iso_utc(until)}
            case RunOpened() | GateOpened() | RunHalted() | RunClosed():
                pass
            case _:
                fields |= _identity(self._summary.record(event.launch))
        fields |= {name: getattr(event, name, None) for name in _TOLD}
        return {name: value for name, value in fields.items() if value is not None}


def _identity(record: LaunchRecord) -> dict[str, Any]:
    planned, identity = record.planned, record.planned.identity
    return {
        "account": planned.account,
        "account_id": identity.account_id,
        "bot": planned.bot,
        "stream_id": identity.stream_id,
        "campaign_id": identity.campaign_id,
        "channel": identity.channel,
    }


def level_of(event: Watched) -> int:
    """Warnings for what stops more than one launch, INFO for results and retries, DEBUG for the rest."""
    match event:
        case RunHalted() | LaneClosed(until=None):
            return logging.WARNING
        case RunOpened() | GateOpened() | RunClosed() | LaneClosed() | LaunchFinished() | DoubtCleared():
            return logging.INFO
        case AttemptFinished(outcome=outcome) if outcome in _GOES_ON:
            return logging.INFO
    return logging.DEBUG


def message_of(event: Watched) -> str:
    """The event in a few words."""
    match event:
        case RunOpened() | GateOpened() | RunHalted() | RunClosed():
            return _run_message(event)
        case LaneClosed() | LaneWaiting():
            return _lane_message(event)
        case LaunchFinished(result=result, reason=reason):
            return _with(words(result), reason)
        case RestartAllowed(reason=reason):
            return _with("may be started in spite of the cooldown", reason)
        case AttemptIntended() | AttemptWithdrawn() | AttemptFinished():
            return _attempt_message(event)
    return _state_message(event)


def _run_message(event: RunOpened | GateOpened | RunHalted | RunClosed) -> str:
    match event:
        case RunOpened(manifest=manifest, launcher_version=version):
            return f"launcher {version} works on {manifest}"
        case GateOpened(reason=reason):
            return f"gate opened: {reason}"
        case RunHalted(reason=reason):
            return f"halted: {reason}"
        case RunClosed(exit_code=exit_code):
            return f"done, exit code {exit_code}"


def _lane_message(event: LaneClosed | LaneWaiting) -> str:
    match event:
        case LaneClosed(until=None, reason=reason):
            return f"stopped: {reason}"
        case LaneClosed(at=at, until=until, reason=reason):
            return f"sends nothing for {span((until or at) - at)}: {reason}"
        case LaneWaiting(at=at, until=until, reason=reason, queued=queued):
            wait = "" if until is None else f", {span(until - at)}"
            return f"{reason}{wait}, {queued} queued"


def _attempt_message(event: AttemptIntended | AttemptWithdrawn | AttemptFinished) -> str:
    match event:
        case AttemptIntended():
            return f"attempt {event.attempt} is sent"
        case AttemptWithdrawn():
            return _with(f"attempt {event.attempt} is not sent after all", event.reason)
        case AttemptFinished():
            return _with(f"attempt {event.attempt} {words(event.outcome)}", event.reason or event.evidence)


def _state_message(
    event: ReadIntended | ReadFinished | DoubtCleared | LaunchReopened | LaunchPlanned,
) -> str:
    match event:
        case ReadIntended():
            return "its state is read"
        case ReadFinished(state=None, reason=reason):
            return _with("its state could not be read", reason)
        case ReadFinished(state=state):
            return f"its state is {state}"
        case DoubtCleared(evidence=evidence):
            return _with("proven not started", evidence)
        case LaunchReopened():
            return "taken up again"
        case LaunchPlanned():
            return "planned"


def _with(text: str, reason: str | None) -> str:
    return f"{text}: {reason}" if reason else text
