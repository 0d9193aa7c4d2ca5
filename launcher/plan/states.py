"""What was read of campaigns before anything is started: values that the plan is compared with. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CampaignState:
    """One campaign as the API has it."""

    state: str | None
    """As the API spells it (`Ready`, …); None when it could not be read."""
    name: str | None = None
    contact_lists: tuple[str, ...] = ()
    scheduled: bool = False
    """Its schedule is switched on: it starts by itself."""
    missing: bool = False
    """The server says that there is no such campaign."""
    reason: str | None = None
    """Why it could not be read, a sentence; None when it was."""
    unlisted: bool = False
    """It was read, but the stream's list of campaigns of this channel does not have it."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a stream's campaigns."""

    campaigns: Mapping[str, CampaignState] = field(default_factory=dict)
    """By campaign id."""
    count: int = 0
    """Entries on the page, whatever they are."""
    more: bool = False
    """Whether there are campaigns after this page."""
    reason: str | None = None
    """Why it is no page, a sentence; None when it is one."""
    http_status: int | None = None
    retry_after: float | None = None
    """Seconds the server asked to wait."""
    throttled: bool = False
    unauthorized: bool = False


@dataclass(frozen=True, slots=True)
class StreamTrouble:
    """A stream whose list could not be read."""

    account: str
    stream_id: str
    reason: str
