"""The example that comes with the launcher: what a newcomer copies."""

import re
from collections import Counter
from pathlib import Path

import pytest

from launcher.manifest.load import load_manifest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def example():
    return load_manifest(ROOT / "campaigns.yaml.example")


def test_the_example_shows_what_there_is(example):
    assert len(example.accounts) >= 3
    assert len(example.bots) >= 3
    assert len({account.budget for account in example.accounts.values()}) > 1
    assert {entry.channel for entry in example.campaigns} == {"sms", "voice"}
    assert {Path(entry.position.file).name for entry in example.campaigns} == {
        "campaigns.yaml.example",
        "nightly.csv.example",
    }
    assert any(entry.bot is None for entry in example.campaigns)
    assert all(entry.tags and entry.name for entry in example.campaigns)


def test_a_rehearsal_of_the_example_fits_into_the_first_window_of_every_account(example):
    launches = Counter(entry.account for entry in example.campaigns)
    for name, account in example.accounts.items():
        assert launches[name] < min(quota.limit for quota in account.budget)


def test_no_secret_of_the_example_stands_in_it(example):
    owners = [*example.accounts.values(), *example.bots.values()]
    secrets = [owner.credentials.client_secret for owner in owners if owner.credentials]
    assert len(secrets) == 3
    assert not any(secret.inline for secret in secrets)


def test_ids_of_the_example_have_the_shape_of_real_ones(example):
    hexadecimal = "[0-9a-f]"
    tail = f"{hexadecimal}{{4}}-{hexadecimal}{{4}}-{hexadecimal}{{4}}-{hexadecimal}{{12}}"
    for entry in example.campaigns:
        digits = 7 if entry.channel == "voice" else 8
        assert re.fullmatch(f"cd-{hexadecimal}{{{digits}}}-{tail}", entry.campaign)
        assert re.fullmatch(f"st-{hexadecimal}{{8}}-{tail}", entry.stream)
    for account in example.accounts.values():
        assert re.fullmatch(f"{hexadecimal}{{24}}", account.id)
