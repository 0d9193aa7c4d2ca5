"""What does not fit into a deadline or an open window."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from launcher.engine.forecast import forecast
from launcher.live import Known, LiveOptions, judged, late
from launcher.manifest.model import Threshold, Window
from launcher.outcome import NotAttempted
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
    assert [each.launches for each in late(forecast(plan, now=NOON), plan.settings)] == left


def test_an_open_window_ends_like_a_deadline(make):
    plan = plan_of(make, {"acme": 200}, window=(9 * 60, 12 * 60 + 2))
    (found,) = late(forecast(plan, now=NOON), plan.settings)
    assert (found.account, found.launches, found.of) == ("acme", 80, 200)
    assert found.limit.startswith("the window that closes at 2026-11-23")


def look(plan, state="Ready", held=(), started=()):
    states = {launch.identity: CampaignState(state) for launch in plan.launches}
    return judged(plan, Survey(states), LiveOptions(key="k"), Known(dict(held), started), read_at=NOON)


def test_outside_a_window_there_is_work_and_the_forecast_waits_for_it(make):
    live = look(plan_of(make, {"acme": 3}, window=(13 * 60, 14 * 60)))
    assert live.counts == {Finding.WINDOW: 3}
    assert live.launches[0].notes[0].startswith("opens at 2026-11-23")
    assert live.forecast.makespan == pytest.approx(3600.3)
    assert (live.forecast.late, live.has_work, live.blocked) == (3, True, False)


def test_what_the_journal_holds_back_keeps_its_place_in_the_waves(make):
    plan = plan_of(make, {"acme": 10}, waves=(Threshold(2), None))
    held = {
        plan.launches[1].identity: "inside the cooldown",
        plan.launches[5].identity: "inside the cooldown",
    }
    live = look(plan, held=held)
    assert [wave.launches for wave in live.forecast.waves] == [1, 7]
    assert live.forecast.launches == 8


@pytest.mark.parametrize(("opens", "blocked"), [(13, True), (11, False)])
def test_a_run_that_would_fail_for_being_late_is_blocked(make, opens, blocked):
    assert look(plan_of(make, {"acme": 3}, window=(opens * 60, 14 * 60), late="fail")).blocked is blocked


def test_a_start_of_what_is_active_is_sent_all_the_same_and_forecast(make):
    live = look(plan_of(make, {"acme": 3}), "Active")
    assert (live.forecast.launches, live.has_work) == (3, False)


@pytest.mark.parametrize(("by_this_run", "unsent"), [(True, {}), (False, {NotAttempted.GATE: 8})])
def test_a_wave_that_is_held_back_holds_the_others_unless_this_run_started_it(make, by_this_run, unsent):
    plan = plan_of(make, {"acme": 10}, waves=(Threshold(2), None))
    held = {launch.identity: "inside the cooldown" for launch in plan.launches[:2]}
    live = look(plan, held=held, started=held.keys() if by_this_run else ())
    assert live.forecast.unsent == unsent
    assert live.forecast.launches == 8
