"""What can happen in a run: typed events, the only channel from engine to journal, progress and report.

Times are seconds since the epoch (wall clock, UTC). `launch` is the launch's number in the journal, which
stays the same for one identity under one run key, however the manifest is edited.
"""

from dataclasses import dataclass

from launcher.manifest.model import Identity
from launcher.outcome import OutcomeKind, Result


@dataclass(frozen=True, slots=True)
class RunOpened:
    """A process took the run over: the first time, or to continue it."""

    at: float
    manifest: str
    manifest_sha256: str
    launcher_version: str
    operator: str | None = None
    """Who did it, by name."""
    reason: str | None = None
    """The operator's words (`--reason`)."""
    ticket: str | None = None
    """What it belongs to (`--ticket`)."""


@dataclass(frozen=True, slots=True)
class LaunchPlanned:
    """A launch is part of the run. Its place in the report is `position`, from 0."""

    launch: int
    position: int
    identity: Identity
    account: str
    bot: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class AttemptIntended:
    """A start request is about to be sent; durable before its first byte leaves."""

    launch: int
    attempt: int
    """Counts from 1 over the whole run key."""
    at: float


@dataclass(frozen=True, slots=True)
class AttemptWithdrawn:
    """The intended start was never handed to the network: nothing started, the attempt does not count."""

    launch: int
    attempt: int
    at: float
    reason: str


@dataclass(frozen=True, slots=True)
class AttemptFinished:
    """What the attempt meant."""

    launch: int
    attempt: int
    at: float
    outcome: OutcomeKind
    reason: str | None = None
    http_status: int | None = None
    evidence: str | None = None
    already_active: bool = False


@dataclass(frozen=True, slots=True)
class ReadIntended:
    """A read of the launch's state is about to be sent: it uses the account's budget too."""

    launch: int
    at: float


@dataclass(frozen=True, slots=True)
class ReadFinished:
    """What the read told; `state` is None when it was unreadable, with the reason."""

    launch: int
    at: float
    state: str | None
    http_status: int | None = None
    reason: str | None = None
    throttled: bool = False
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class DoubtCleared:
    """Reconcile proved that the attempt in doubt started nothing."""

    launch: int
    at: float
    evidence: str


@dataclass(frozen=True, slots=True)
class LaunchFinished:
    """Where the launch ended."""

    launch: int
    at: float
    result: Result
    reason: str | None = None
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class LaunchReopened:
    """A rerun takes up a launch again that had ended without a start (or in doubt)."""

    launch: int
    at: float


@dataclass(frozen=True, slots=True)
class RestartAllowed:
    """The operator allows this launch in spite of the cooldown: ledger entries up to `at` forbid nothing."""

    launch: int
    at: float
    reason: str
    """The operator's words (`--reason`)."""


@dataclass(frozen=True, slots=True)
class LaneClosed:
    """An account sends nothing until `until`: throttled, or stopped for good (`until` is None)."""

    account: str
    at: float
    until: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class LaneWaiting:
    """An account has work and waits; for whoever watches, never journaled."""

    account: str
    at: float
    until: float | None
    """None when it waits for a reply, so that no time can be told."""
    reason: str
    queued: int


@dataclass(frozen=True, slots=True)
class RunHalted:
    """The run sends no further starts."""

    at: float
    reason: str


@dataclass(frozen=True, slots=True)
class GateOpened:
    """A wave was found well, or a person continued: the next wave begins."""

    at: float
    reason: str


@dataclass(frozen=True, slots=True)
class RunClosed:
    """The run is over for now; `exit_code` is what the process ends with."""

    at: float
    exit_code: int


Intent = AttemptIntended | ReadIntended
LaunchStep = (
    AttemptIntended
    | AttemptWithdrawn
    | AttemptFinished
    | ReadIntended
    | ReadFinished
    | DoubtCleared
    | LaunchFinished
    | LaunchReopened
    | RestartAllowed
)
LaunchEvent = LaunchPlanned | LaunchStep
RunEvent = RunOpened | LaneClosed | GateOpened | RunHalted | RunClosed
Event = LaunchEvent | RunEvent
Watched = Event | LaneWaiting
