"""The plan: the ordered, validated, deduplicated list of launches."""

from dataclasses import dataclass

from launcher.manifest.model import Account, Bot, Credentials, Identity, Settings


@dataclass(frozen=True, slots=True)
class Launch:
    """One campaign to start, with all that sending it needs."""

    identity: Identity
    account: Account
    bot: Bot | None
    name: str | None
    tags: tuple[str, ...]
    credentials: Credentials


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will do; the order of `launches` is the order of the manifest."""

    name: str
    manifest_path: str
    manifest_sha256: str
    settings: Settings
    launches: tuple[Launch, ...]
