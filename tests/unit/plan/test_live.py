"""A plan held against states: every kind of launch is called by its name."""

import pytest

from launcher.plan.build import build_plan
from launcher.plan.findings import BLOCKING, EFFECTS, WORDS, Finding
from launcher.plan.forecast import Forecast
from launcher.plan.live import Late, LivePlan, compare
from launcher.plan.states import CampaignState, StreamTrouble


@pytest.fixture
def judge(make):
    """What is found of launches with these states."""
    make.account("acme").account("beta")

    def look(*states, names=(), accounts=(), held=(), closed=(), allowed=None, missing_state=False):
        for number in range(len(states)):
            account = accounts[number] if accounts else "acme"
            make.entry(f"cd-{number}", account, name=names[number] if names else None)
        plan = build_plan(make.manifest())
        ids = [launch.identity for launch in plan.launches]
        return compare(
            plan,
            {} if missing_state else dict(zip(ids, states, strict=True)),
            held={ids[number]: "started a while ago" for number in held},
            closed={ids[number]: "opens at 09:00" for number in closed},
            allowed=allowed,
        )

    return look


@pytest.mark.parametrize(
    ("state", "finding"),
    [
        ("Ready", Finding.START),
        (" READY ", Finding.START),
        ("Active", Finding.ACTIVE),
        ("Preparing", Finding.ACTIVE),
        ("Completed", Finding.COMPLETED),
        ("stopped", Finding.STOPPED),
        ("Paused", Finding.PAUSED),
        ("Scheduled", Finding.SCHEDULED),
        ("Rescheduled", Finding.SCHEDULED),
        ("Run as Emergency", Finding.OTHER),
    ],
)
def test_a_state_says_what_a_start_would_do(judge, state, finding):
    (found,) = judge(CampaignState(state))
    assert (found.finding, found.also, found.state) == (finding, (), state)


def test_missing_and_unreadable_campaigns_say_why(judge):
    gone, broken = judge(
        CampaignState(None, missing=True, reason="gone"), CampaignState(None, reason="broken")
    )
    assert (gone.finding, gone.notes) == (Finding.NOT_FOUND, ("gone",))
    assert (broken.finding, broken.notes) == (Finding.UNREADABLE, ("broken",))


def test_a_launch_that_was_not_read_is_unreadable(judge):
    (found,) = judge(CampaignState("Ready"), missing_state=True)
    assert found.finding is Finding.UNREADABLE


def test_another_name_means_another_campaign_but_case_and_spaces_do_not(judge):
    states = [
        CampaignState("Ready", name=name) for name in ("Renewal due", "RENEWAL  due ", None, "Q4 offer")
    ]
    found = judge(*states, names=["Renewal due"] * 4)
    assert [each.finding for each in found] == [Finding.START] * 3 + [Finding.WRONG_NAME]
    assert found[3].notes == ("the manifest says 'Renewal due', the server 'Q4 offer'",)


def test_a_very_long_name_is_compared_as_far_as_it_was_read(judge):
    (found,) = judge(CampaignState("Ready", name="n" * 199 + "…"), names=["n" * 240])
    assert found.finding is Finding.START


def test_without_a_name_in_the_manifest_any_will_do(judge):
    (found,) = judge(CampaignState("Ready", name="whatever"))
    assert found.finding is Finding.START


def test_the_gravest_finding_names_a_launch_and_the_others_are_told_too(judge):
    (found,) = judge(CampaignState("Completed", name="b"), names=["a"], held=[0], closed=[0])
    assert found.finding is Finding.WRONG_NAME
    assert found.also == (Finding.COOLDOWN, Finding.WINDOW, Finding.COMPLETED)
    assert found.notes[1:] == ("started a while ago", "opens at 09:00")


def test_a_policy_names_the_states_that_a_start_may_meet(judge):
    states = [CampaignState("Ready"), CampaignState("Completed"), CampaignState(None, reason="x")]
    found = judge(*states, allowed=frozenset({"ready"}))
    assert [each.finding for each in found] == [Finding.START, Finding.PREFLIGHT, Finding.UNREADABLE]
    assert Finding.PREFLIGHT in found[2].also


def test_two_on_one_contact_list_cannot_run_at_once(judge):
    lists = [("a", "b"), ("b",), ("c",), ("c", "a", "a")]
    found = judge(*(CampaignState("Ready", contact_lists=each) for each in lists))
    assert [each.finding for each in found] == [Finding.SHARED_LIST] * 4
    assert found[0].notes == ("contact list 'a', as cd-3; contact list 'b', as cd-1",)


def test_only_launches_that_run_or_would_be_started_use_a_list(judge):
    same = ("a",)
    states = [
        CampaignState("Ready", contact_lists=same),
        CampaignState("Scheduled", contact_lists=same),
        CampaignState("Completed", contact_lists=same),
    ]
    found = judge(*states, held=[2])
    assert [each.finding for each in found] == [Finding.START, Finding.SCHEDULED, Finding.COOLDOWN]


def test_the_one_that_runs_already_is_not_in_trouble(judge):
    found = judge(*(CampaignState(state, contact_lists=("a",)) for state in ("Active", "Ready")))
    assert [each.finding for each in found] == [Finding.ACTIVE, Finding.SHARED_LIST]


def test_lists_of_different_accounts_are_different_lists(judge):
    found = judge(*[CampaignState("Ready", contact_lists=("a",))] * 2, accounts=["acme", "beta"])
    assert [each.finding for each in found] == [Finding.START] * 2


def test_a_doubtful_channel_and_a_schedule_are_remarked(judge):
    (found,) = judge(CampaignState("Ready", unlisted=True, scheduled=True))
    assert found.finding is Finding.START
    assert found.notes == (
        "the stream's list of sms campaigns does not have it: is the channel right?",
        "its schedule is switched on",
    )


def live(make, launches, **changes):
    plan = build_plan(make.manifest())
    return LivePlan(plan, launches, Forecast((), 0, 0, 0.0, 0.3), **changes)


@pytest.mark.parametrize(
    ("states", "blocked", "work"),
    [
        (["Ready"], False, True),
        (["Active", "Active"], False, False),
        (["Active", "Completed"], False, True),
        (["Ready", "Scheduled"], True, True),
        (["Ready", "Odd"], True, True),
    ],
)
def test_what_is_to_be_done_with_all_of_it(make, judge, states, blocked, work):
    found = live(make, judge(*map(CampaignState, states)))
    assert (found.blocked, found.has_work) == (blocked, work)


def test_what_does_not_fit_and_what_a_policy_refuses_block_too(make, judge):
    launches = judge(CampaignState("Ready"))
    assert live(make, launches, late=(Late("acme", 1, 1, "the deadline of 1 h"),)).blocked
    assert live(make, launches, refuses=True).blocked
    assert not live(make, launches, troubles=(StreamTrouble("acme", "st-1", "x"),)).blocked


def test_every_finding_has_words():
    assert set(WORDS) == set(EFFECTS) == set(Finding)
    assert all(WORDS.values())
    assert all(EFFECTS.values())
    assert set(Finding) > BLOCKING
