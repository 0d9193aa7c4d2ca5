"""A part of every budget, for launchers on several machines."""

import pytest

from launcher.manifest.model import Quota
from launcher.plan.build import build_plan
from launcher.plan.share import share_budgets


def budgets(plan):
    return {launch.account.name: launch.account.budget for launch in plan.launches}


@pytest.mark.parametrize(
    ("limit", "share", "left"),
    [(60, 0.5, 30), (60, 1.0, 60), (60, 0.99, 59), (7, 0.5, 3), (1, 0.5, 1), (60, 0.001, 1)],
)
def test_a_share_is_rounded_down_and_is_one_request_at_least(make, limit, share, left):
    plan = build_plan(make.account("beta", budget=(Quota(limit, 60.0),)).entry("cd-1", "beta").manifest())
    assert budgets(share_budgets(plan, share)) == {"beta": (Quota(left, 60.0),)}


def test_every_window_of_every_account_is_shared(make):
    make.account("beta", budget=(Quota(60, 60.0), Quota(1800, 3600.0))).many(2, "beta").many(2)
    shared = budgets(share_budgets(build_plan(make.manifest()), 0.25))
    assert shared == {"beta": (Quota(15, 60.0), Quota(450, 3600.0)), "acme": (Quota(15, 60.0),)}


def test_nothing_else_of_the_plan_changes(make):
    plan = build_plan(make.many(3).manifest())
    shared = share_budgets(plan, 0.5)
    assert [launch.identity for launch in shared.launches] == [launch.identity for launch in plan.launches]
    assert [launch.credentials for launch in shared.launches] == [each.credentials for each in plan.launches]
    assert (shared.name, shared.settings, shared.manifest_sha256) == (
        plan.name,
        plan.settings,
        plan.manifest_sha256,
    )


def test_launches_of_an_account_still_share_one_account(make):
    shared = share_budgets(build_plan(make.many(3).manifest()), 0.5)
    assert len({id(launch.account) for launch in shared.launches}) == 1


@pytest.mark.parametrize("parts", [2, 3, 4, 5, 7, 10])
def test_parts_of_a_hundred_percent_never_exceed_the_budget(make, parts):
    plan = build_plan(make.entry("cd-1").manifest())
    (budget,) = budgets(share_budgets(plan, 1 / parts)).values()
    assert budget[0].limit * parts <= 60
