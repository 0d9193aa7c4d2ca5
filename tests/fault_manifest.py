"""Manifests with short times, as files."""

import yaml

QUICK = {
    "timeout": "1s",
    "reconcile": {"settle": "40ms", "interval": "30ms"},
    "retry": {"backoff": "20ms..50ms"},
    "halt": {"unknown": "never", "consecutive": "never"},
}


def ids(count, prefix="cd"):
    """So many campaign ids."""
    return [f"{prefix}-{number:03}" for number in range(count)]


def manifest(
    folder, host, campaigns, *, name="campaigns.yaml", budget="1000/60s", settings=None, account=None
):
    """Write a manifest of `campaigns` (ids, or a dict of them by account) into `folder`; its path."""
    by_account = campaigns if isinstance(campaigns, dict) else {"a": campaigns}
    accounts = {
        each: {
            "id": f"id-{each}",
            "host": host,
            "client_id": f"cs-{each}",
            "client_secret": "${SECRET}",
            "budget": budget,
            **(account or {}),
        }
        for each in by_account
    }
    entries = [
        {"account": each, "stream": f"st-{each}", "campaign": campaign}
        for each, found in by_account.items()
        for campaign in found
    ]
    content = {
        "version": 1,
        "name": "test",
        "settings": QUICK | (settings or {}),
        "accounts": accounts,
        "campaigns": entries,
    }
    path = folder / name
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return path
