"""Manifests made in Python, as a user of the library would."""

import pytest

from launcher.manifest.model import (
    Account,
    Bot,
    CampaignEntry,
    Credentials,
    Manifest,
    Position,
    Quota,
    Settings,
)
from launcher.manifest.secrets import Inline, Secret

MINUTE = (Quota(60, 60.0),)


class Maker:
    """Makes manifests; every part can be changed before."""

    def __init__(self):
        self.credentials = Credentials("account acme", "cs-1", Secret(Inline("canary-secret")))
        self.accounts = {}
        self.bots = {}
        self.entries = []

    def account(
        self, name, *, budget=MINUTE, host="https://platform.kore.ai", account_id=None, credentials=True
    ):
        self.accounts[name] = Account(
            name, account_id or f"id-{name}", host, budget, self.credentials if credentials else None
        )
        return self

    def bot(self, name, account, stream, credentials=None):
        self.bots[name] = Bot(name, account, stream, credentials)
        return self

    def entry(self, campaign, account="acme", *, bot=None, stream="st-1", channel="sms", name=None, tags=()):
        position = Position("campaigns.yaml", 10 + len(self.entries), 5)
        self.entries.append(CampaignEntry(account, bot, stream, campaign, channel, name, tags, position))
        return self

    def many(self, count, account="acme"):
        for number in range(count):
            self.entry(f"cd-{account}-{number}", account)
        return self

    def manifest(self, concurrency=1000, **settings):
        return Manifest(
            name="nightly",
            path="campaigns.yaml",
            sha256="ab" * 32,
            settings=Settings(concurrency=concurrency, **settings),
            accounts=self.accounts,
            bots=self.bots,
            campaigns=tuple(self.entries),
        )


@pytest.fixture
def make():
    """A maker with one account, `acme`."""
    return Maker().account("acme")
