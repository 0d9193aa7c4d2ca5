"""What a forecast says of a plan; `launcher.engine.forecast` makes one."""

from collections.abc import Sequence
from dataclasses import dataclass

from launcher.manifest.model import Quota

LATENCY = 0.3
"""Seconds between a request and its reply that a forecast assumes."""


@dataclass(frozen=True, slots=True)
class AccountForecast:
    """What one account has to do and how long that takes."""

    account: str
    account_id: str
    launches: int
    requests: int
    """One start request a launch; retries and reads come on top."""
    budget: str
    finish: float
    """Seconds from the start of the run to the last reply, when nothing goes wrong."""


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


def budget_text(quotas: Sequence[Quota]) -> str:
    """The budget as a manifest writes it: `60/60s, 1800/1h`."""
    return ", ".join(f"{quota.limit}/{_span(quota.seconds)}" for quota in quotas)


def _span(seconds: float) -> str:
    for unit, name in ((86_400, "d"), (3_600, "h")):
        if seconds >= unit and seconds % unit == 0:
            return f"{seconds / unit:.0f}{name}"
    return f"{seconds:g}s"
