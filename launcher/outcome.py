"""What one request meant (`Outcome`, `Reading`) and where a launch ended (`Result`).

These are values: the network decides nothing, it only reports, and the engine obeys.
Vocabulary of docs/architecture.md; pure, no input or output.
"""

from dataclasses import dataclass
from enum import StrEnum


class OutcomeKind(StrEnum):
    """What one attempt (one HTTP start request) meant."""

    ACCEPTED = "accepted"
    """2xx, JSON, status Active: the campaign started."""
    THROTTLED = "throttled"
    """429, or a body that says rate limit: nothing started."""
    REFUSED = "refused"
    """Another 4xx, or a 2xx whose status says that it did not start: nothing started."""
    UNSENT = "unsent"
    """No byte of the request left (DNS, connect, TLS): nothing started."""
    IN_DOUBT = "in_doubt"
    """Timeout, reset, 5xx or an unreadable 2xx: it may have started."""


class Result(StrEnum):
    """Where a launch ended. The six counts always add up to the plan."""

    STARTED = "started"
    ALREADY_ACTIVE = "already_active"
    REJECTED = "rejected"
    FAILED = "failed"
    """Given up, with proof that nothing started."""
    UNKNOWN = "unknown"
    """May have started; nobody could confirm."""
    NOT_ATTEMPTED = "not_attempted"


AT_GATE = "the gate after "
"""How the reason of a halt begins that a gate between two waves is."""

HOLDS = " holds: "
"""In the reason of a halt: a gate between waves that only a person, or another look, can open."""

NOTHING_TO_SEE = "nothing of it was started"
"""In the reason of such a halt: the wave is still to be sent, and its gate not yet to be opened."""


CUT_OFF = " before the reply"
"""How the reason of an attempt ends that this process gave up itself: its request may still arrive."""

STOPPED = "stopped by `launcher stop`"
"""How the reason of a halt begins that a person ordered."""


class NotAttempted(StrEnum):
    """Why a launch was not attempted; the first word of its reason in the report."""

    HALTED = "halted"
    WINDOW = "window"
    DEADLINE = "deadline"
    COOLDOWN = "cooldown"
    PREFLIGHT = "preflight"
    CANCELLED = "cancelled"
    GATE = "gate"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one start (or stop) request meant."""

    kind: OutcomeKind
    reason: str | None = None
    """A sentence for a person; None when accepted. Never holds a secret."""
    http_status: int | None = None
    """None when no status line was read."""
    evidence: str | None = None
    """What the server said that supports it, for example `status Active, updatedAt …`."""
    retry_after: float | None = None
    """Seconds the server asked to wait (Retry-After), never negative."""
    already_active: bool = False
    """A refusal because the campaign is active already."""
    unauthorized: bool = False
    """A 401: a renewed token may help once."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one read of a campaign's state (status or get-by-id) told."""

    state: str | None
    """The campaign's status as the API spells it (`Ready`, `Active`, …); None when unreadable."""
    updated_at: float | None = None
    """The campaign's `updatedAt`, seconds since the epoch on the server's clock; get-by-id only."""
    clock_skew: float | None = None
    """Server clock minus ours in seconds, from the `Date` header; None without one."""
    http_status: int | None = None
    reason: str | None = None
    """Why it is unreadable, a sentence for a person; None when it was read."""
    retry_after: float | None = None
    """Seconds the server asked to wait, never negative."""
    throttled: bool = False
    unauthorized: bool = False
    name: str | None = None
    """The campaign's name as the API has it."""
