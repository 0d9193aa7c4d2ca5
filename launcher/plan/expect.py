"""Whether a manifest has as many campaigns as it says it should. Pure."""

from collections import Counter

from launcher.manifest.model import Manifest


def unexpected(manifest: Manifest) -> str | None:
    """What is not as `expect` says, in a sentence; None when all is."""
    expect = manifest.expect
    if expect is None:
        return None
    told = []
    if expect.count is not None and expect.count != (found := len(manifest.campaigns)):
        told.append(f"{found:,} campaigns instead of {expect.count:,}")
    if expect.max_per_account is not None:
        counts = Counter(entry.account for entry in manifest.campaigns)
        told += [
            f"{found:,} campaigns of account {account}, at most {expect.max_per_account:,} are expected"
            for account, found in counts.items()
            if found > expect.max_per_account
        ]
    if not told:
        return None
    return f"{manifest.path} is not as its 'expect' says: {'; '.join(told)}"
