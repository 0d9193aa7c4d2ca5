"""What a forecast says of a plan; `launcher.engine.forecast` makes one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from launcher.manifest.model import Quota
from launcher.outcome import NotAttempted

LATENCY = 0.3
"""Seconds between a request and its reply that a forecast assumes."""


@dataclass(frozen=True, slots=True)
class Missed:
    """A send window that was closed when it was the turn of some launches. Seconds since the epoch."""

    closed_at: float | None
    """None: it was closed when the run began."""
    opens_at: float | None
    """None: not within a year."""
    zone: str
    """On whose clock, a name of the IANA time zone database."""


@dataclass(frozen=True, slots=True)
class AccountForecast:
    """What one account has to do and how long that takes."""

    account: str
    account_id: str
    launches: int
    requests: int
    """Starts, and reads at the gates between waves; retries and reads of doubts come on top."""
    budget: str
    finish: float | None
    """Seconds from the start of the run to the last reply, when nothing goes wrong; None: nothing is sent."""
    late: int = 0
    """Launches whose send window is closed when it is their turn."""
    missed: Sequence[tuple[Missed, int]] = ()
    """How many launches found which window closed, in order of time; one may miss several."""
    unsent: Mapping[NotAttempted, int] = field(default_factory=dict)
    """Launches that this run will not send, by reason."""


@dataclass(frozen=True, slots=True)
class WaveForecast:
    """One wave. Seconds from the start of the run."""

    launches: int
    begins: float | None
    """When its first start is sent; None: that cannot be told, or it is never."""
    finish: float | None
    held: bool = False
    """A person opens the gate before it, or one before that."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """The end of a plan."""

    accounts: tuple[AccountForecast, ...]
    """In the order in which the plan first names them."""
    launches: int
    requests: int
    makespan: float
    """Seconds from the start of the run to the last reply of all."""
    latency: float
    begins_at: float = 0.0
    """The start of the run, seconds since the epoch."""
    waves: Sequence[WaveForecast] = ()
    """Empty when all launches are one wave."""

    @property
    def late(self) -> int:
        """Launches whose send window is closed when it is their turn."""
        return sum(account.late for account in self.accounts)

    @property
    def unsent(self) -> dict[NotAttempted, int]:
        """Launches that this run will not send, by reason."""
        counts: dict[NotAttempted, int] = {}
        for account in self.accounts:
            for why, count in account.unsent.items():
                counts[why] = counts.get(why, 0) + count
        return counts


def budget_text(quotas: Sequence[Quota]) -> str:
    """The budget as a manifest writes it: `60/60s, 1800/1h`."""
    return ", ".join(f"{quota.limit}/{_span(quota.seconds)}" for quota in quotas)


def _span(seconds: float) -> str:
    for unit, name in ((86_400, "d"), (3_600, "h")):
        if seconds >= unit and seconds % unit == 0:
            return f"{seconds / unit:.0f}{name}"
    return f"{seconds:g}s"
