"""Accounts that may be one account, written in two ways. Pure."""

from collections import defaultdict

from launcher.manifest.model import Account, Manifest, normal_host


def lookalikes(manifest: Manifest) -> list[str]:
    """A sentence for each account id that stands under several hosts.

    No problem of the manifest: a copy of an account may live on another host. But where two names lead to one
    host, each is a launch and a budget of its own, and a campaign listed under both is started twice.
    """
    namesakes: defaultdict[str, dict[str, Account]] = defaultdict(dict)
    for account in manifest.accounts.values():
        namesakes[account.id].setdefault(normal_host(account.host), account)
    return [_sentence(by_host) for by_host in namesakes.values() if len(by_host) > 1]


def _sentence(by_host: dict[str, Account]) -> str:
    told = ", ".join(f"'{account.name}' on {host}" for host, account in by_host.items())
    return (
        f"the same account id under {len(by_host)} hosts: {told}; if they are one, write the host one way, "
        "or what is listed twice is started twice and the request limit exceeded"
    )
