"""Credentials of accounts and bots: what belongs together, and what is allowed."""

from typing import Any, NamedTuple

from launcher.manifest.context import BAD, Bad, Context
from launcher.manifest.keys import TOKEN_OPTIONS
from launcher.manifest.model import Credentials
from launcher.manifest.references import FORMS
from launcher.manifest.tables import Record

MAX_JTI_LIFETIME = 3600.0
"""The API refuses a token with a `jti` that lives longer."""


class Permissions(NamedTuple):
    """What the manifest allows that is unsafe."""

    http: bool
    inline: bool

    def of(self, account: dict[str, Any]) -> "Permissions":
        """With what an account allows for itself."""
        return Permissions(
            self.http or account.get("allow_http", False),
            self.inline or account.get("allow_inline_secrets", False),
        )


def read_credentials(
    record: Record, owner: str, allowed: Permissions, context: Context
) -> Credentials | Bad | None:
    """The credentials in a mapping; None when it has none, BAD after a problem was noted."""
    names = ("client_id", "client_secret", *TOKEN_OPTIONS)
    given = [name for name in names if name in record.node.pairs]
    if not given:
        return None
    checks = (
        _is_complete(record, given, context),
        _may_stand_here(record, allowed, context),
        _is_short_lived(record, context),
    )
    if not all(checks) or any(name not in record.values for name in given):
        return BAD
    return Credentials(owner, **{name: record.values[name] for name in given})


def _is_complete(record: Record, given: list[str], context: Context) -> bool:
    pair = {"client_id", "client_secret"}
    missing = sorted(pair.difference(given))
    if missing and not record.unknown:  # else one of them may be misspelled, which was told
        message = f"{given[0]} in {record.path} needs {' and '.join(missing)} beside it"
        context.complain(record.key(given[0]), message)
    return not missing


def _may_stand_here(record: Record, allowed: Permissions, context: Context) -> bool:
    secret = record.values.get("client_secret")
    if secret is None or not secret.inline or allowed.inline:
        return True
    advice = f"use {FORMS}, or set allow_inline_secrets: true"
    message = f"{record.path}.client_secret: a secret stands in the manifest; {advice}"
    context.complain(record.at("client_secret"), message)
    return False


def _is_short_lived(record: Record, context: Context) -> bool:
    if not record.values.get("jti") or record.values.get("token_lifetime", 0.0) <= MAX_JTI_LIFETIME:
        return True
    context.complain(
        record.at("token_lifetime"), f"{record.path}.token_lifetime: at most 1h when jti is true"
    )
    return False
