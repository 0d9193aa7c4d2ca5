"""The plan: the ordered, validated, deduplicated list of launches."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher.manifest.model import Account, Bot, Credentials, Identity, Settings

if TYPE_CHECKING:
    from launcher.plan.calendar import Calendar


@dataclass(frozen=True, slots=True)
class Launch:
    """One campaign to start, with all that sending it needs."""

    identity: Identity
    account: Account
    bot: Bot | None
    name: str | None
    tags: tuple[str, ...]
    credentials: Credentials
    calendar: "Calendar | None" = None
    """When it may be sent; None for always."""
    barred: str | None = None
    """Why it is not to be started, found out before the run; None when it is."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will do; the order of `launches` is the order of the manifest."""

    name: str
    manifest_path: str
    manifest_sha256: str
    settings: Settings
    launches: tuple[Launch, ...]
    unexpected: str | None = None
    """What is not as the manifest's `expect` says, in a sentence: then nothing may be started."""
