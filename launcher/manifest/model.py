"""What the operator wrote, validated: frozen values that the rest of the program can trust.

Durations are seconds, ids are text exactly as written. Nothing here reads a file or a clock.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from launcher.manifest.secrets import Secret


class Position(NamedTuple):
    """Where something was written; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Identity(NamedTuple):
    """What makes two launches the same one. `host` is normalised (see `normal_host`)."""

    host: str
    account_id: str
    stream_id: str
    campaign_id: str
    channel: str


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `limit` requests in any `seconds` seconds."""

    limit: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Window:
    """When campaigns may be sent: a stretch of the day, on some days of the week, on a local clock."""

    days: frozenset[int]
    """0 is Monday."""
    start: int
    """Minutes after midnight."""
    end: int
    """Minutes after midnight; not after `start`: it is on the next day."""
    zone: str
    """A name of the IANA time zone database."""


@dataclass(frozen=True, slots=True)
class RetrySettings:
    """How often and how patiently a launch is tried."""

    attempts: int = 4
    """Attempts that count: a throttled one does not use one up."""
    backoff_min: float = 1.0
    backoff_max: float = 60.0
    give_up_after: float = 900.0
    """Seconds from the first attempt after which no retry starts."""


@dataclass(frozen=True, slots=True)
class ReconcileSettings:
    """How an attempt in doubt is settled by reading state."""

    settle: float = 2.0
    """Seconds to wait before the first read, so that a slow start can show."""
    reads: int = 2
    """Equal reads in a row that prove that nothing started."""
    interval: float = 5.0
    """Seconds between these reads."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A count of launches, or a percentage of the plan, at which something happens."""

    value: float
    percent: bool = False


@dataclass(frozen=True, slots=True)
class HaltSettings:
    """When the whole run stops starting; None means never."""

    failed: Threshold | None = None
    unknown: Threshold | None = field(default_factory=lambda: Threshold(5))
    consecutive: int | None = 10


@dataclass(frozen=True, slots=True)
class Preflight:
    """In which states campaigns may be started."""

    allow: tuple[str, ...] = ("Ready", "Stopped", "Completed")
    on_other: str = "skip"
    """`skip` leaves launches in other states out, `fail` refuses the run."""

    @property
    def states(self) -> frozenset[str]:
        """The states in lower case, to compare with."""
        return frozenset(state.lower() for state in self.allow)


@dataclass(frozen=True, slots=True)
class Expect:
    """How many campaigns a manifest is meant to have; None: any number."""

    count: int | None = None
    max_per_account: int | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Run-wide settings; every one has a default."""

    concurrency: int = 16
    """Requests in flight over all accounts."""
    timeout: float = 30.0
    """Seconds for one request, connecting included."""
    retry: RetrySettings = RetrySettings()
    reconcile: ReconcileSettings = ReconcileSettings()
    on_unknown: str = "reconcile"
    """`reconcile` reads state to settle a doubt; `hold` never reads."""
    cooldown: float = 43200.0
    """Seconds in which a campaign started under any run key is not started again."""
    halt: HaltSettings = field(default_factory=HaltSettings)
    preflight: Preflight | None = None
    """None: the states are not read before the run."""
    pace: str = "burst"
    """`burst` sends as soon as the budget allows; `even` keeps equal distances."""
    headroom: float = 0.0
    """The part of every budget that is left to others, from 0 to below 1."""
    window: tuple[Window, ...] = ()
    """When campaigns may be sent; empty for always. Accounts and campaigns may have their own."""
    holidays: frozenset[date] = frozenset()
    """Days on which no window opens."""
    waves: tuple[Threshold | None, ...] = ()
    """How many launches each wave has; None is the rest. Empty for one wave."""
    soak: float = 0.0
    """Seconds between the end of a wave and the look at it."""
    gate: str = "auto"
    """`auto` goes on by itself when a wave is well, `ask` always waits for a person."""
    late: str = "wait"
    """What becomes of a launch whose window is closed: `wait`, `skip` it, or `fail` the run."""
    deadline: float | None = None
    """Seconds after the start of the run when no further start is sent; None for no deadline."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A JWT app: what a token is made from."""

    owner: str
    """Whose they are, for messages: `account acme` or `bot billing`."""
    client_id: str
    client_secret: Secret
    algorithm: str = "HS256"
    token_lifetime: float = 600.0
    """Seconds until `exp`."""
    subject: str | None = None
    """`sub`; the client id when None."""
    issuer: str | None = None
    audience: str | None = None
    jti: bool = False
    """A `jti` makes a token single-use: then one is minted per request."""


@dataclass(frozen=True, slots=True)
class Account:
    """A Kore.ai account: its host, budget and credentials."""

    name: str
    id: str
    host: str
    """As written, without a trailing slash; may hold a base path."""
    budget: tuple[Quota, ...]
    credentials: Credentials | None
    """None when every bot of the account has its own."""
    adaptive: bool = False
    """The budget is a guess (`auto`): it is lowered to what the server is seen to allow."""
    window: tuple[Window, ...] = ()
    """Instead of the one of the settings; empty for that."""

    @property
    def lane(self) -> tuple[str, str]:
        """What shares one budget: (normalised host, account id)."""
        return normal_host(self.host), self.id


@dataclass(frozen=True, slots=True)
class Bot:
    """A stream inside an account, with a name and perhaps credentials of its own."""

    name: str
    account: str
    stream: str
    credentials: Credentials | None


@dataclass(frozen=True, slots=True)
class CampaignEntry:
    """One stream/campaign pair of the manifest, names resolved."""

    account: str
    bot: str | None
    stream: str
    campaign: str
    channel: str
    """`sms` or `voice`."""
    name: str | None
    tags: tuple[str, ...]
    position: Position
    window: tuple[Window, ...] = ()
    """Instead of the account's; empty for that."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A valid manifest: every name resolves, no launch stands twice."""

    name: str
    path: str
    sha256: str
    """Of the manifest's bytes and of the CSV files that it draws in, in order."""
    settings: Settings
    accounts: dict[str, Account]
    bots: dict[str, Bot]
    campaigns: tuple[CampaignEntry, ...]
    expect: Expect | None = None


def normal_host(host: str) -> str:
    """`https://Platform.Kore.ai:443/base/` and `https://platform.kore.ai/base` are one host."""
    scheme, _, rest = host.partition("://")
    authority, slash, path = rest.partition("/")
    scheme, authority = scheme.lower(), authority.lower()
    authority = authority.removesuffix({"https": ":443", "http": ":80"}.get(scheme, ":"))
    return f"{scheme}://{authority}{slash}{path}".rstrip("/")
