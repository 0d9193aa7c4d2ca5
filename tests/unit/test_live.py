"""What does not fit into a deadline or an open window."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from launcher.live import LiveOptions, judged, late
from launcher.manifest.model import Window
from launcher.plan.build import build_plan
from launcher.plan.findings import Finding
from launcher.plan.states import CampaignState
from launcher.survey import Survey

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()  # a Monday


def plan_of(make, counts, *, window=None, **settings):
    for account, count in counts.items():
        make.account(account).many(count, account)
    manifest = make.manifest()
    windows = (Window(frozenset(range(5)), *window, "Etc/UTC"),) if window else ()
    return build_plan(replace(manifest, settings=replace(manifest.settings, window=windows, **settings)))


@pytest.mark.parametrize(
    ("deadline", "left"), [(None, []), (1.0, [10]), (30.0, [10]), (59.0, [10]), (70.0, [])]
)
def test_a_minute_of_budget_holds_60_starts(make, deadline, left):
    plan = plan_of(make, {"acme": 70, "beta": 60}, deadline=deadline)
    assert [each.launches for each in late(plan, 0.3, NOON)] == left


def test_an_open_window_ends_like_a_deadline(make):
    plan = plan_of(make, {"acme": 200}, window=(9 * 60, 12 * 60 + 2))
    (found,) = late(plan, 0.3, NOON)
    assert (found.account, found.launches, found.of) == ("acme", 80, 200)
    assert found.limit.startswith("the window that closes at 2026-11-23")


def look(plan, state="Ready"):
    states = {launch.identity: CampaignState(state) for launch in plan.launches}
    return judged(plan, Survey(states), LiveOptions(key="k"), held={}, read_at=NOON)


def test_outside_a_window_nothing_is_forecast_but_there_is_work(make):
    live = look(plan_of(make, {"acme": 3}, window=(13 * 60, 14 * 60)))
    assert live.counts == {Finding.WINDOW: 3}
    assert live.launches[0].notes[0].startswith("opens at 2026-11-23")
    assert (live.forecast.launches, live.has_work, live.blocked) == (0, True, False)


@pytest.mark.parametrize(("opens", "blocked"), [(13, True), (11, False)])
def test_a_run_that_would_fail_for_being_late_is_blocked(make, opens, blocked):
    assert look(plan_of(make, {"acme": 3}, window=(opens * 60, 14 * 60), late="fail")).blocked is blocked


def test_a_start_of_what_is_active_is_sent_all_the_same_and_forecast(make):
    live = look(plan_of(make, {"acme": 3}), "Active")
    assert (live.forecast.launches, live.has_work) == (3, False)
