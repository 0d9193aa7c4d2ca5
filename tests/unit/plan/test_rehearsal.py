"""A rehearsed launch can never be mistaken for the real one."""

from launcher.plan.build import build_plan
from launcher.plan.rehearsal import rehearsal


def test_no_identity_and_no_budget_lane_is_a_real_one(make):
    plan = build_plan(make.many(3).manifest())
    rehearsed = rehearsal(plan)
    real = {launch.identity for launch in plan.launches} | {launch.account.lane for launch in plan.launches}
    assert not real & {launch.identity for launch in rehearsed.launches}
    assert not real & {launch.account.lane for launch in rehearsed.launches}


def test_a_rehearsal_has_the_same_launches_in_the_same_order(make):
    make.account("beta", host="https://other.example/base").many(2, "beta").many(2)
    plan = build_plan(make.manifest())
    rehearsed = rehearsal(plan)
    assert [launch.identity[1:] for launch in rehearsed.launches] == [
        launch.identity[1:] for launch in plan.launches
    ]
    assert [launch.account.budget for launch in rehearsed.launches] == [
        launch.account.budget for launch in plan.launches
    ]


def test_the_identity_and_the_lane_agree_on_the_host(make):
    rehearsed = rehearsal(
        build_plan(make.account("beta", host="https://other.example/b").many(2, "beta").manifest())
    )
    assert {launch.identity[:2] for launch in rehearsed.launches} == {
        launch.account.lane for launch in rehearsed.launches
    }


def test_different_hosts_stay_different(make):
    make.account("one", host="https://one.example").account("two", host="https://two.example")
    rehearsed = rehearsal(build_plan(make.entry("cd-1", "one").entry("cd-1", "two").manifest()))
    assert len({launch.identity.host for launch in rehearsed.launches}) == 2


def test_launches_of_an_account_still_share_one_account(make):
    rehearsed = rehearsal(build_plan(make.many(3).manifest()))
    assert len({id(launch.account) for launch in rehearsed.launches}) == 1
