"""Whether a manifest has as many campaigns as it says it should. Pure."""

from collections import Counter
from collections.abc import Iterable

from launcher.manifest.model import Manifest


def unexpected(manifest: Manifest, accounts: Iterable[str]) -> str | None:
    """What is not as `expect` says, in a sentence; None when all is. `accounts` has one name per campaign."""
    expect = manifest.expect
    if expect is None:
        return None
    counts = Counter(accounts)
    told = []
    if expect.count is not None and expect.count != (found := counts.total()):
        told.append(f"{found:,} campaigns instead of {expect.count:,}")
    if expect.max_per_account is not None:
        told += [
            f"{found:,} campaigns of account {account}, at most {expect.max_per_account:,} are expected"
            for account, found in counts.items()
            if found > expect.max_per_account
        ]
    if not told:
        return None
    return f"{manifest.path} is not as its 'expect' says: {'; '.join(told)}"
