"""Names to accounts and bots, defaults filled in, and no launch twice."""

from typing import NamedTuple

from launcher.manifest.entries import Draft
from launcher.manifest.header import Header
from launcher.manifest.keys import EITHER
from launcher.manifest.model import Account, Bot, CampaignEntry, Position
from launcher.manifest.problems import Problems, quote
from launcher.manifest.repeats import Listed


class Target(NamedTuple):
    """Where campaigns are that name the same things."""

    account: str
    bot: str | None
    stream: str
    channel: str
    listed: Listed


class Objection(Exception):  # noqa: N818 - never leaves the package; it becomes a problem
    """Why an entry cannot be resolved."""

    def __init__(self, key: str | None, message: str) -> None:
        super().__init__(message)
        self.key = key
        """The key whose value is the trouble; None for the entry as a whole."""
        self.message = message


class Resolver:
    """Resolves the drafts of one manifest, in order."""

    def __init__(self, header: Header, problems: Problems) -> None:
        self._header = header
        self._problems = problems
        self._targets: dict[tuple[str | None, ...], Target | None] = {}
        self._listed: dict[tuple[object, ...], Listed] = {}

    def entry(self, draft: Draft, position: Position) -> CampaignEntry | None:
        """The campaign, or None when it has a problem that was noted before.

        Raises:
            Objection: a name is unknown, none is given, or credentials are missing.
        """
        naming = (draft.bot, draft.account, draft.stream, draft.channel)
        if naming not in self._targets:
            self._targets[naming] = self._target(draft)
        target = self._targets[naming]
        if target is None or draft.campaign is None:
            return None
        target.listed.add(draft.campaign, position)
        return CampaignEntry(
            target.account,
            target.bot,
            target.stream,
            draft.campaign,
            target.channel,
            draft.name,
            draft.tags,
            position,
            draft.window,
        )

    def complain_of_repeats(self) -> None:
        """Note every campaign that is the same launch as one before it; all were resolved."""
        for listed in self._listed.values():
            for again, first in listed.repeated():
                message = f"the same launch as in {first}: it would message everybody twice"
                self._problems.add(again, message)

    def _target(self, draft: Draft) -> Target | None:
        bot_name, account_name = self._names(draft)
        bot = self._bot(bot_name) if bot_name is not None else None
        if bot_name is not None and bot is None:
            return None
        account = self._account(bot.account if bot is not None else account_name)
        stream = bot.stream if bot is not None else draft.stream
        if account is None or stream is None:
            return None
        self._check_credentials(account, bot)
        channel = draft.channel or (self._header.defaults or {}).get("channel", "sms")
        listed = self._listed.setdefault((account.lane, stream, channel), Listed())
        return Target(account.name, bot_name, stream, channel, listed)

    def _names(self, draft: Draft) -> tuple[str | None, str | None]:
        if draft.bot is not None:
            return draft.bot, None
        if draft.account is not None and draft.stream is None:
            raise Objection(None, "missing key 'stream': an account alone does not say which bot")
        what = "account" if draft.stream is not None else "bot"
        name = draft.account or (self._header.defaults or {}).get(what)
        if name is None and self._header.defaults is not None:
            missing = "'account', and defaults.account is not set" if draft.stream else EITHER
            raise Objection(None, f"missing key {missing}")
        return (None, name) if what == "account" else (name, None)

    def _bot(self, name: str) -> Bot | None:
        bots = self._header.bots
        if bots is None:
            return None
        if name not in bots:
            raise Objection("bot", f"unknown bot {quote(name)}{self._problems.suggest(name, bots)}")
        return bots[name]

    def _account(self, name: str | None) -> Account | None:
        accounts = self._header.accounts
        if accounts is None or name is None:
            return None
        if name not in accounts:
            raise Objection(
                "account", f"unknown account {quote(name)}{self._problems.suggest(name, accounts)}"
            )
        return accounts[name]

    def _check_credentials(self, account: Account, bot: Bot | None) -> None:
        if account.credentials is not None or (bot is not None and bot.credentials is not None):
            return
        # Told once, at the first campaign: with this name gone, the others stay silent.
        if self._header.accounts is not None and bot is None:
            self._header.accounts[account.name] = None
        if self._header.bots is not None and bot is not None:
            self._header.bots[bot.name] = None
        who = f"account {quote(account.name)} has no" if bot is None else _neither(account, bot)
        raise Objection(None, f"no credentials: {who} client_id and client_secret")


def _neither(account: Account, bot: Bot) -> str:
    return f"neither bot {quote(bot.name)} nor account {quote(account.name)} has"
