"""A part of every budget: for launchers on several machines that share accounts. Pure."""

from dataclasses import replace

from launcher.manifest.model import Account, Quota
from launcher.plan.model import Plan

_ROUNDING = 1e-9
"""60 requests times (1 - 0.1) must not become 53."""


def share_budgets(plan: Plan, share: float) -> Plan:
    """The same plan with `share` (above 0, at most 1) of every account's budget, at least one request."""
    accounts: dict[str, Account] = {}
    launches = tuple(
        replace(
            launch,
            account=accounts.setdefault(launch.account.name, _share_of(launch.account, share)),
        )
        for launch in plan.launches
    )
    return replace(plan, launches=launches)


def _share_of(account: Account, share: float) -> Account:
    budget = tuple(
        Quota(max(1, int(quota.limit * share + _ROUNDING)), quota.seconds) for quota in account.budget
    )
    return replace(account, budget=budget)
