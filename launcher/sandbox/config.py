"""What can be set on a sandbox."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from launcher.errors import UsageError
from launcher.sandbox.campaigns import CampaignKey, Conduct, Status
from launcher.sandbox.clock import Clock
from launcher.sandbox.faults import FAULTS
from launcher.sandbox.limiter import Budget, WindowKind
from launcher.sandbox.scenarios import SCENARIOS, read_scenario


@dataclass(frozen=True, slots=True)
class CampaignSeed:
    """A campaign that exists when the sandbox begins."""

    account_id: str
    stream_id: str
    campaign_id: str
    channel: Literal["sms", "voice"] = "sms"
    name: str | None = None
    """None: a name made from the id; empty: it has none."""
    status: str = Status.READY
    """As the get-all filter spells it."""
    contact_lists: tuple[str, ...] = ()
    """Names; empty: a list of its own. Two campaigns of an account that share one cannot run at once."""
    priority: str = "5"

    @property
    def key(self) -> CampaignKey:
        """What names it."""
        return CampaignKey(self.account_id, self.stream_id, self.campaign_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxConfig:
    """The sandbox's settings; the defaults are a well-behaved API with documented limits.

    Raises:
        UsageError: a setting that cannot be, such as the name of no scenario.
    """

    seed: int = 0
    """Faults, latency and instance ids follow from it."""
    faults: str | Mapping[str, float | None] = "none"
    """The name of a scenario, or rules; docs/sandbox.md lists both."""
    latency: float | tuple[float, float] = 0.0
    """Seconds before every reply, or a range of them. A start takes effect when its request arrives."""
    budget: Sequence[tuple[int, float]] = (Budget(60, 60.0),)
    """(requests, seconds) that each account may use; several windows hold at once."""
    budgets: Mapping[str, Sequence[tuple[int, float]]] = field(default_factory=dict)
    """By account id, where it differs."""
    windows: WindowKind = "rolling"
    retry_after: bool = False
    """Whether a 429 says in a Retry-After header when there is room again, in whole seconds."""
    secrets: Mapping[str, str] | None = field(default=None, repr=False)
    """Client secret by client id. The signature of a client that is not in it is not checked."""
    unknown_clients: bool = True
    """Whether a client that `secrets`, when given, does not name is let in."""
    require_exp: bool = True
    """Whether a token must have an `exp`."""
    strict_ids: bool = False
    """Whether ids must look as in the documentation; else all but an id of another kind will do."""
    campaigns: Sequence[CampaignSeed] | None = None
    """The campaigns that exist. None: whatever is asked for exists and is Ready."""
    unknown_campaign: Literal[400, 404] = 400
    """The answer for a campaign that does not exist."""
    on_active: Literal[200, 400, 409] = 200
    """The answer to a start of a running campaign; 200 lets it take effect, the worst case."""
    preparing: float = 0.0
    """Seconds in Preparing after a start."""
    completes_after: float | None = None
    """Seconds from Active to Completed; None: a campaign stays Active until it is stopped."""
    max_page: int = 100
    """Most campaigns in one answer of get-all."""
    clock: Clock = field(default_factory=Clock, repr=False)

    def __post_init__(self) -> None:
        _check_alone(self.faults)
        read_scenario(self.faults)
        for seconds in (*self.latency_range, self.preparing, self.completes_after or 0.0):
            _check(0 <= seconds < math.inf, "latency and times of a campaign must be seconds, not negative")
        _check(self.latency_range[0] <= self.latency_range[1], "a range of latency goes from small to large")
        for budget in (self.budget, *self.budgets.values()):
            good = all(limit >= 1 and 0 < seconds < math.inf for limit, seconds in budget)
            _check(good and len(budget) > 0, "a budget needs a limit of 1 or more and seconds above 0")
        _check(self.max_page >= 1, "a page holds at least one campaign")
        for seed in self.campaigns or ():
            _check(
                seed.status in list(Status),
                f"unknown campaign status {seed.status!r}; there are {', '.join(Status)}",
            )

    @property
    def latency_range(self) -> tuple[float, float]:
        """The least and the most seconds before a reply."""
        return self.latency if isinstance(self.latency, tuple) else (self.latency, self.latency)

    @property
    def conduct(self) -> Conduct:
        """How campaigns behave."""
        return Conduct(self.on_active, self.preparing, self.completes_after)

    def budgets_of(self, account_id: str) -> tuple[Budget, ...]:
        """Return the windows that hold for an account."""
        return tuple(Budget(*pair) for pair in self.budgets.get(account_id, self.budget))


def _check_alone(faults: str | Mapping[str, float | None]) -> None:
    """The name of a scenario among rules is no rule: scenarios do not add up."""
    words = [word.strip() for word in (faults.split(",") if isinstance(faults, str) else faults)]
    if isinstance(faults, str) and len(words) == 1:
        return
    for word in words:
        _check(
            word not in SCENARIOS or word in FAULTS,
            f"{word!r} is a whole scenario and stands alone; combine rules such as 429:0.1,reset-after:0.05",
        )


def _check(good: bool, message: str) -> None:
    if not good:
        raise UsageError(f"sandbox: {message}", code="L004")
