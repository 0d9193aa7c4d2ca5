"""A plan held against the live state, as a table and as JSON."""

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from launcher.engine.forecast import forecast
from launcher.plan.findings import Finding
from launcher.plan.live import Late, LivePlan, compare
from launcher.plan.states import CampaignState, StreamTrouble
from launcher.report.plan_live_json import live_plan_json, live_plan_json_text
from launcher.report.plan_live_table import live_plan_table


@pytest.fixture
def look(make_plan):
    def look(*states, **changes):
        plan = make_plan({"acme": len(states)}, bot="billing", name="Renewal")
        by_id = {launch.identity: state for launch, state in zip(plan.launches, states, strict=True)}
        return LivePlan(
            plan,
            compare(plan, by_id, held={}, closed={}),
            forecast(plan, now=0.0),
            requests=3,
            read_at=0.0,
            **changes,
        )

    return look


def shown(live, width=100, **options):
    out = io.StringIO()
    Console(file=out, width=width).print(live_plan_table(live, **options))
    return " ".join(out.getvalue().split()), out.getvalue()


def test_every_kind_is_counted_with_what_it_means_and_quiet_ones_are_not_listed(look):
    words, text = shown(look(*map(CampaignState, ["Ready"] * 3 + ["Completed", "Active", "Scheduled"])))
    assert "nightly: 6 launches, 6 starts to send" in words
    assert "read from the live state with 3 requests" in words
    assert "3 will start" in words
    assert "1 completed before a start messages everybody again" in words
    assert "1 scheduled a start is an error; it starts by itself" in words
    assert text.count("cd-0") == 2  # the completed and the scheduled one
    assert text.rstrip().endswith("Blocked: look at the above before you run it.")


@pytest.mark.parametrize(("state", "said"), [("Ready", "Ready to run."), ("Active", "Nothing to do.")])
def test_the_last_line_says_what_to_do(look, state, said):
    assert shown(look(CampaignState(state)))[0].endswith(said)


def test_without_any_state_no_time_is_promised(look):
    nothing = CampaignState(None, reason="HTTP 503")
    words, _ = shown(look(nothing, nothing))
    assert "nightly: 2 launches, no state could be read read from" in words
    assert "done in" not in words
    assert "2 starts to send, done in" in shown(look(nothing, CampaignState("Ready")))[0]
    assert "no state could be read" not in shown(look(CampaignState(None, missing=True)))[0]


@pytest.mark.parametrize(
    ("late", "said"),
    [("wait", "is sent when it opens"), ("skip", "is not sent (late: skip)"), ("fail", "ends the run")],
)
def test_what_becomes_of_a_launch_outside_its_window_is_what_late_says(make_plan, late, said):
    plan = make_plan({"acme": 1})
    plan = replace(plan, settings=replace(plan.settings, late=late))
    identity = plan.launches[0].identity
    found = compare(plan, {identity: CampaignState("Ready")}, held={}, closed={identity: "opens at 9"})
    assert f"outside its window {said}" in shown(LivePlan(plan, found, forecast(plan, now=0.0)))[0]


def test_what_a_policy_leaves_out_is_listed_with_its_state(make_plan):
    plan = make_plan({"acme": 1})
    states = {plan.launches[0].identity: CampaignState("Completed")}
    found = compare(plan, states, held={}, closed={}, allowed=frozenset({"ready"}))
    words, _ = shown(LivePlan(plan, found, forecast(plan, now=0.0)))
    assert "cd-00000000-3682-5e72-a839-af9e0711aaaa state not allowed: completed before" in words


def test_no_kind_crowds_out_another_one(look):
    states = [CampaignState(None, missing=True, reason="gone")] * 60 + [CampaignState("Scheduled")] * 3
    words, text = shown(look(*states), limit=10)
    assert text.count("gone") == 5
    assert text.count("cd-0") == 8
    assert "and 55 more to look at (all of them: --json)" in words


def test_troubles_and_what_does_not_fit_are_told(look):
    troubles = tuple(StreamTrouble("acme", f"st-{n}", "HTTP 503") for n in range(12))
    words, _ = shown(
        look(CampaignState("Ready"), troubles=troubles, late=(Late("acme", 5, 9, "the deadline of 1 h"),))
    )
    assert "Stream st-0 of acme could not be read: HTTP 503" in words
    assert "and 2 more streams that could not be read" in words
    assert "5 of 9 launches of acme do not fit into the deadline of 1 h" in words


def test_a_stream_that_cannot_be_read_is_told_once(look):
    states = [CampaignState(None, reason="HTTP 503")] * 3
    words, _ = shown(look(*states, troubles=(StreamTrouble("acme", "st-1", "HTTP 503"),)))
    assert words.count("HTTP 503") == 1
    assert shown(look(*states))[0].count("HTTP 503") == 3


def test_words_of_others_cannot_write_on_the_terminal(look):
    state = CampaignState("Od\x1b[31md", name="[red]x[/]\x07")
    _, text = shown(look(state), 120)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "[red]x[/]" in text


def test_a_narrow_terminal_shows_ids_whole(look):
    _, text = shown(look(CampaignState("Completed"), CampaignState("Stopped")), 60)
    assert "cd-00000001-3682-5e72-a839-af9e0711aaaa" in text
    assert max(map(len, text.splitlines())) <= 60


def test_json_adds_what_was_found_to_the_plans_schema(look):
    live = look(CampaignState("Ready"), CampaignState("Completed", scheduled=True), rehearsed=True)
    told = live_plan_json(live)
    assert told["schema"] == "launcher.plan/1"
    assert told["live"] == {
        "read_at": "1970-01-01T00:00:00.000Z",
        "sandbox": True,
        "requests": 3,
        "verdict": "work",
        "findings": {"completed": 1, "will_start": 1},
        "unreadable_streams": [],
        "late": [],
    }
    assert [(each["finding"], each["state"], each["also"]) for each in told["launches"]] == [
        (Finding.START, "Ready", []),
        (Finding.COMPLETED, "Completed", []),
    ]
    assert told["launches"][1]["notes"] == ["its schedule is switched on"]
    assert json.loads("".join(live_plan_json_text(live))) == told
