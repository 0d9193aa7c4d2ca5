"""How a launch that the journal knows is reached: with the account and the credentials of a manifest. Pure.

The launch itself may have left the manifest; its account has to be there.
"""

from launcher.journal.events import LaunchPlanned
from launcher.manifest.model import Account, Bot, Manifest
from launcher.plan.model import Launch


def reach(manifest: Manifest, planned: LaunchPlanned) -> Launch | str:
    """The launch, ready to be sent requests about; or why there is no way to it."""
    identity = planned.identity
    account = _account(manifest, planned)
    if account is None:
        return f"{manifest.path} has no account {identity.account_id} on {identity.host}"
    bot = _bot(manifest, account, planned)
    credentials = (bot.credentials if bot is not None else None) or account.credentials
    if credentials is None:
        return f"{manifest.path} has no credentials for stream {identity.stream_id} of '{account.name}'"
    return Launch(identity, account, bot, planned.name, (), credentials)


def _account(manifest: Manifest, planned: LaunchPlanned) -> Account | None:
    """The account of that id on that host; under its old name, if several are."""
    fitting = [each for each in manifest.accounts.values() if each.lane == planned.identity[:2]]
    named = [each for each in fitting if each.name == planned.account]
    return next(iter(named + fitting), None)


def _bot(manifest: Manifest, account: Account, planned: LaunchPlanned) -> Bot | None:
    stream = planned.identity.stream_id
    fitting = [
        each for each in manifest.bots.values() if (each.account, each.stream) == (account.name, stream)
    ]
    named = [each for each in fitting if each.name == planned.bot]
    with_credentials = [each for each in fitting if each.credentials is not None]
    return next(iter(named + with_credentials), None)
