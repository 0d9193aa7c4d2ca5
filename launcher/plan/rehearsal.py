"""A plan whose launches can never be mistaken for the real ones: for rehearsals on the sandbox. Pure."""

from dataclasses import replace

from launcher.manifest.model import Account, Identity
from launcher.plan.model import Launch, Plan

_MARK = "sandbox+"


def rehearsal(plan: Plan) -> Plan:
    """The same plan with hosts marked, so that a journal never takes a rehearsed start for a real one."""
    accounts: dict[str, Account] = {}
    return replace(plan, launches=tuple(_rehearse(launch, accounts) for launch in plan.launches))


def is_rehearsed(identity: Identity) -> bool:
    """Whether a launch of this identity went to the sandbox."""
    return is_rehearsed_host(identity.host)


def is_rehearsed_host(host: str) -> bool:
    """Whether a host of the journal stands for the sandbox."""
    return host.startswith(_MARK)


def real(identity: Identity) -> Identity:
    """The identity without the mark, if it has one."""
    return identity._replace(host=identity.host.removeprefix(_MARK))


def _rehearse(launch: Launch, accounts: dict[str, Account]) -> Launch:
    name = launch.account.name
    account = accounts.setdefault(name, replace(launch.account, host=_MARK + launch.account.host))
    identity = launch.identity._replace(host=_MARK + launch.identity.host)
    return replace(launch, identity=identity, account=account)
