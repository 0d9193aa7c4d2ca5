"""A saved plan: the same after a round trip, and refused when anything has changed."""

import json
from dataclasses import replace

import pytest

from launcher.errors import RefusedError, UsageError
from launcher.plan.build import build_plan
from launcher.plan.findings import Finding
from launcher.plan.live import LiveLaunch, compare
from launcher.plan.rehearsal import rehearsal
from launcher.plan.saved import drifted, is_worth_a_start, read_saved, saved
from launcher.plan.states import CampaignState

MADE = {"key": "nightly-1", "made_at": "2026-11-23T12:00:00Z"}


@pytest.fixture
def plan(make):
    return build_plan(make.account("acme").many(5).manifest())


def look(plan, *states, held=()):
    seen = {
        launch.identity: CampaignState(state) for launch, state in zip(plan.launches, states, strict=True)
    }
    reasons = {plan.launches[number].identity: "started" for number in held}
    return compare(plan, seen, held=reasons, closed={})


def test_it_is_read_as_it_was_written(plan):
    made = saved(plan, **MADE, live=look(plan, *["Ready"] * 5), sandbox=True)
    assert read_saved(made.text(), "p.json") == made
    assert json.loads(made.text())["launches"][0]["state"] == "Ready"
    assert made.plan_of(plan) == plan


def test_it_holds_no_secret(plan):
    text = saved(plan, **MADE).text()
    assert "canary" not in text
    assert "client" not in text


def test_without_a_look_all_of_the_plan_is_saved(plan):
    made = saved(plan, **MADE)
    assert [each.identity for each in made.launches] == [launch.identity for launch in plan.launches]
    assert {each.state for each in made.launches} == {None}
    assert not made.live


def test_after_a_look_only_what_is_worth_a_start_is_saved(plan):
    made = saved(plan, **MADE, live=look(plan, "Ready", "Active", "Scheduled", "Completed", "Odd"))
    assert [each.identity.campaign_id[-1] for each in made.launches] == ["0", "3"]
    assert [launch.identity.campaign_id[-1] for launch in made.plan_of(plan).launches] == ["0", "3"]


@pytest.mark.parametrize("finding", list(Finding))
def test_what_a_person_or_a_policy_must_settle_is_not_worth_a_start(plan, finding):
    worth = {Finding.START, Finding.COMPLETED, Finding.STOPPED, Finding.PAUSED, Finding.WINDOW}
    launch = plan.launches[0]
    assert is_worth_a_start(LiveLaunch(launch, finding, "x")) is (finding in worth)
    assert is_worth_a_start(LiveLaunch(launch, Finding.START, "x", (finding,))) is (finding in worth)


def test_a_plan_of_the_sandbox_names_the_real_campaigns(plan):
    rehearsed = rehearsal(plan)
    made = saved(rehearsed, **MADE, live=look(rehearsed, *["Ready"] * 5), sandbox=True)
    assert made.plan_of(plan) == plan


def test_a_changed_manifest_is_refused_with_what_is_gone(plan):
    made = saved(plan, **MADE)
    changed = replace(plan, manifest_sha256="cd" * 32, launches=plan.launches[:1])
    with pytest.raises(
        RefusedError, match=r"4 of its launches are no longer there .cd-acme-1, .* and 1 more"
    ):
        made.plan_of(changed)
    with pytest.raises(RefusedError, match="sha256 abababababab… is now cdcdcdcdcdcd…"):
        made.plan_of(replace(plan, manifest_sha256="cd" * 32))


def test_a_plan_without_launches_is_refused(plan):
    made = saved(plan, **MADE, live=look(plan, *["Active"] * 5))
    with pytest.raises(RefusedError, match="nothing to start"):
        read_saved(made.text(), "p").plan_of(plan)


def test_a_state_that_changed_is_drift(plan):
    made = saved(plan, **MADE, live=look(plan, "Ready", "Completed", "Ready", "Ready", "Ready"))
    assert drifted(made, look(plan, "ready", "Completed", "Ready", "Ready", "Ready")) is None
    change = drifted(made, look(plan, "Active", "Completed", None, "Ready", "Ready"))
    assert change.startswith("the state of 2 of 5 campaigns has changed since the plan was made 2026-11-23")
    assert "cd-acme-0 was Ready, is Active, cd-acme-2 was Ready, is unreadable" in change


def test_a_campaign_that_is_gone_is_drift(plan):
    made = saved(plan, **MADE, live=look(plan, *["Ready"] * 5))
    seen = {launch.identity: CampaignState("Ready") for launch in plan.launches[1:]}
    seen[plan.launches[0].identity] = CampaignState(None, missing=True)
    assert "cd-acme-0 was Ready, is not there" in drifted(made, compare(plan, seen, held={}, closed={}))


def test_what_the_run_itself_did_is_no_drift(plan):
    made = saved(plan, **MADE, live=look(plan, *["Ready"] * 5))
    assert drifted(made, look(plan, "Active", *["Ready"] * 4, held=[0])) is None


@pytest.mark.parametrize("text", ["", "version: 1\n", '{"version": 1, "accounts": {}}', "[1]", " {"])
def test_a_manifest_is_no_saved_plan(text):
    assert read_saved(text, "m.yaml") is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text[:-20], "damaged: it is not JSON"),
        (lambda text: text.replace("saved-plan/1", "saved-plan/2"), "this launcher reads"),
        (lambda text: text.replace("launcher.saved-plan/1", "launcher.plan/1"), "`plan --out FILE` writes"),
        (lambda text: text.replace('"stream_id"', '"stream"'), "damaged"),
        (lambda text: text.replace('"key": "nightly-1"', '"key": 5'), "damaged"),
        (lambda text: text.replace('"launches": [', '"launches": [3, '), "damaged"),
    ],
)
def test_a_damaged_plan_is_a_sentence(plan, change, said):
    with pytest.raises(UsageError, match=said):
        read_saved(change(saved(plan, **MADE).text()), "p.json")
