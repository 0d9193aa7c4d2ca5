"""Manifest -> Plan: one launch for every campaign entry, in the order of the manifest.

The manifest loader reports duplicates and missing credentials with a suggestion; the guard here is for
manifests made in Python, which never met the loader.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from launcher.errors import ManifestError
from launcher.manifest.model import (
    Bot,
    CampaignEntry,
    Identity,
    Manifest,
    Position,
    Window,
    normal_host,
)
from launcher.plan.expect import unexpected
from launcher.plan.model import Launch, Plan
from launcher.plan.share import share_budgets

if TYPE_CHECKING:
    from launcher.plan.calendar import Calendar


def build_plan(manifest: Manifest) -> Plan:
    """The plan of all campaigns of `manifest`, in its order.

    Raises:
        ManifestError: a launch stands twice, a name does not resolve or credentials are missing; all of
            these at once, each with its position.
    """
    builder = _Builder(manifest)
    return plan_of(manifest, builder.checked(map(builder.first, manifest.campaigns)))


def launches_of(manifest: Manifest, campaigns: Iterable[CampaignEntry]) -> tuple[Launch, ...]:
    """The launches of campaigns that come from the loader, which looks for those that stand twice itself.

    Raises:
        ManifestError: as `build_plan`.
    """
    builder = _Builder(manifest)
    return builder.checked(map(builder.launch, campaigns))


def plan_of(manifest: Manifest, launches: tuple[Launch, ...]) -> Plan:
    """The plan of these launches; the campaigns of `manifest` itself are not looked at."""
    plan = Plan(
        name=manifest.name,
        manifest_path=manifest.path,
        manifest_sha256=manifest.sha256,
        settings=manifest.settings,
        launches=launches,
        unexpected=unexpected(manifest, (launch.account.name for launch in launches)),
    )
    headroom = manifest.settings.headroom
    return share_budgets(plan, 1 - headroom) if headroom else plan


class _Builder:
    """Makes launches out of entries and collects what is wrong with them."""

    def __init__(self, manifest: Manifest) -> None:
        self._problems: list[str] = []
        self._manifest = manifest
        # One string per account: 100,000 identities would otherwise hold a host each.
        self._hosts = {name: normal_host(account.host) for name, account in manifest.accounts.items()}
        self._seen: dict[Identity, Position] = {}
        self._calendars: dict[tuple[Window, ...], Calendar] = {}

    def checked(self, launches: Iterable[Launch | None]) -> tuple[Launch, ...]:
        """All of them.

        Raises:
            ManifestError: with what was wrong while they were made.
        """
        made = tuple(launch for launch in launches if launch is not None)
        if self._problems:
            raise ManifestError(tuple(self._problems))
        return made

    def first(self, entry: CampaignEntry) -> Launch | None:
        """The launch of the entry, unless it stood there before."""
        launch = self.launch(entry)
        if launch is None:
            return None
        if launch.identity in self._seen:
            again = f"campaign {entry.campaign!r} is already at {self._seen[launch.identity]}; list it once"
            self._problem(entry, again)
            return None
        self._seen[launch.identity] = entry.position
        return launch

    def launch(self, entry: CampaignEntry) -> Launch | None:
        """The launch of the entry, wherever else it stands."""
        account = self._manifest.accounts.get(entry.account)
        if account is None:
            self._problem(entry, f"there is no account {entry.account!r}")
            return None
        bot = self._manifest.bots.get(entry.bot) if entry.bot is not None else None
        if entry.bot is not None and not self._fits(entry, bot):
            return None
        credentials = (bot.credentials if bot is not None else None) or account.credentials
        if credentials is None:
            self._problem(entry, _no_credentials(entry))
            return None
        identity = Identity(
            self._hosts[entry.account], account.id, entry.stream, entry.campaign, entry.channel
        )
        windows = entry.window or account.window or self._manifest.settings.window
        calendar = self._calendar(windows) if windows else None
        return Launch(identity, account, bot, entry.name, entry.tags, credentials, calendar)

    def _fits(self, entry: CampaignEntry, bot: Bot | None) -> bool:
        if bot is None:
            self._problem(entry, f"there is no bot {entry.bot!r}")
        elif (bot.account, bot.stream) != (entry.account, entry.stream):
            self._problem(
                entry,
                f"bot {bot.name!r} is stream {bot.stream} of account {bot.account!r}, "
                f"the campaign says stream {entry.stream} of account {entry.account!r}",
            )
        else:
            return True
        return False

    def _calendar(self, windows: tuple[Window, ...]) -> "Calendar":
        """One for all launches with the same windows: it remembers when they change next."""
        from launcher.plan.calendar import Calendar  # noqa: PLC0415  # zoneinfo, only when used

        if windows not in self._calendars:
            self._calendars[windows] = Calendar(windows, self._manifest.settings.holidays)
        return self._calendars[windows]

    def _problem(self, entry: CampaignEntry, sentence: str) -> None:
        self._problems.append(f"{entry.position}: {sentence}")


def _no_credentials(entry: CampaignEntry) -> str:
    if entry.bot is None:
        return f"account {entry.account!r} has no credentials; give it client_id and client_secret"
    return (
        f"neither bot {entry.bot!r} nor its account {entry.account!r} has credentials; "
        "give one of them client_id and client_secret"
    )
