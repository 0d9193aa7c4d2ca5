"""Everything of a manifest but its campaigns: settings, defaults, accounts and bots, checked together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from launcher.manifest.context import Bad, Context
from launcher.manifest.credentials import Permissions, read_credentials
from launcher.manifest.hosts import is_plain_http_to_another_machine
from launcher.manifest.kinds import AUTO
from launcher.manifest.model import Account, Bot, Expect, Quota, Settings
from launcher.manifest.problems import quote
from launcher.manifest.tables import Record

DOCUMENTED_BUDGET = (Quota(60, 60.0),)

Accounts = dict[str, Account | None]
Bots = dict[str, Bot | None]
Records = Mapping[str, Record | None]


@dataclass(frozen=True, slots=True)
class Header:
    """The names that campaigns may use. A name with None was declared, but has a problem that was noted."""

    name: str | None = None
    settings: Settings = field(default_factory=Settings)
    defaults: dict[str, str] | None = None
    """None when they could not be read: then nothing that they might hold can be called missing."""
    accounts: Accounts | None = None
    """None when they could not be read: then no name can be called unknown."""
    bots: Bots | None = None
    expect: Expect | None = None


def read_header(record: Record, context: Context) -> Header:
    """Check what the root mapping declares; problems are noted, and good parts returned."""
    values = record.values
    defaults = values.get("defaults", {}) if _are_readable(record, "defaults") else None
    permissions = Permissions(http=False, inline=False).of(values)
    records: Records | None = values.get("accounts")
    accounts = _accounts(records, permissions, context) if records is not None else None
    _check_default(record, "account", accounts, context)
    owners = _Owners(defaults, accounts, records or {}, permissions)
    bots = _bots(values.get("bots", {}), owners, context) if _are_readable(record, "bots") else None
    _check_default(record, "bot", bots, context)
    return Header(
        values.get("name"), values.get("settings", Settings()), defaults, accounts, bots, values.get("expect")
    )


def _are_readable(record: Record, name: str) -> bool:
    return name in record.values or (name not in record.node.pairs and not record.unknown)


def _check_default(record: Record, what: str, known: dict[str, Any] | None, context: Context) -> None:
    name = record.values.get("defaults", {}).get(what)
    if name is None or known is None or name in known:
        return
    guess = context.problems.suggest(name, known)
    message = f"defaults.{what}: unknown {what} {quote(name)}{guess}"
    context.complain(record.inside("defaults", what), message)
    known[name] = None  # told once, not for every campaign that leaves it out


def _accounts(records: Records, permissions: Permissions, context: Context) -> Accounts:
    accounts: Accounts = {}
    lanes: dict[tuple[str, str], str] = {}
    for name, record in records.items():
        account = _account(name, record, permissions, context) if record is not None else None
        if account is not None and record is not None:
            _check_twin(record, lanes.setdefault(account.lane, name), name, context)
        accounts[name] = account
    return accounts


def _account(name: str, record: Record, permissions: Permissions, context: Context) -> Account | None:
    values = record.values
    allowed = permissions.of(values)
    host = values.get("host")
    refused = host is not None and not allowed.http and is_plain_http_to_another_machine(host)
    if refused:
        message = "plain http would show tokens on the way; use https, or set allow_http: true"
        context.complain(record.at("host"), f"{record.path}.host: {message}")
    credentials = read_credentials(record, f"account {name}", allowed, context)
    if refused or isinstance(credentials, Bad) or not record.ok:
        return None
    budget = values.get("budget", DOCUMENTED_BUDGET)
    return Account(
        name,
        values["id"],
        values["host"],
        DOCUMENTED_BUDGET if budget == AUTO else budget,
        credentials,
        adaptive=budget == AUTO,
        window=values.get("window", ()),
    )


def _check_twin(record: Record, first: str, name: str, context: Context) -> None:
    # Two pacers over one budget would send twice what the account allows.
    if first != name:
        advice = "name one account only, and give bots credentials of their own where their JWT apps differ"
        message = f"{record.path}: the same host and id as account {quote(first)}; {advice}"
        context.complain(record.at("id"), message)


@dataclass(frozen=True, slots=True)
class _Owners:
    """The accounts that bots can be in."""

    defaults: dict[str, str] | None
    accounts: Accounts | None
    records: Records
    permissions: Permissions

    def name(self, bot: Record, context: Context) -> str | None:
        """The account that a bot says it is in; None after a problem was noted."""
        name: str | None = bot.values.get("account", (self.defaults or {}).get("account"))
        if "account" in bot.node.pairs and "account" not in bot.values:
            return None
        if name is None and self.defaults is not None and not bot.unknown:
            message = f"missing key 'account' in {bot.path}, and defaults.account is not set"
            context.complain(bot.node, message)
        elif name is not None and self.accounts is not None and name not in self.accounts:
            guess = context.problems.suggest(name, self.accounts)
            context.complain(bot.at("account"), f"{bot.path}.account: unknown account {quote(name)}{guess}")
            return None
        return name

    def allowed(self, account: str | None) -> Permissions:
        """What a bot of the account may do."""
        record = self.records.get(account) if account is not None else None
        return self.permissions.of(record.values) if record is not None else self.permissions


def _bots(records: Records, owners: _Owners, context: Context) -> Bots:
    return {
        name: _bot(name, record, owners, context) if record is not None else None
        for name, record in records.items()
    }


def _bot(name: str, record: Record, owners: _Owners, context: Context) -> Bot | None:
    account = owners.name(record, context)
    credentials = read_credentials(record, f"bot {name}", owners.allowed(account), context)
    if account is None or isinstance(credentials, Bad) or not record.ok:
        return None
    return Bot(name, account, record.values["stream"], credentials)
