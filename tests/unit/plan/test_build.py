"""The plan that a manifest makes."""

import pytest

from launcher.errors import ManifestError
from launcher.manifest.model import Credentials, Quota
from launcher.manifest.secrets import Inline, Secret
from launcher.plan.build import build_plan


def own_credentials(owner):
    return Credentials(owner, "cs-2", Secret(Inline("canary-secret")))


def test_launches_stand_in_the_order_of_the_manifest(make):
    make.account("beta").entry("cd-3").entry("cd-1", "beta").entry("cd-2")

    plan = build_plan(make.manifest())

    assert [launch.identity.campaign_id for launch in plan.launches] == ["cd-3", "cd-1", "cd-2"]
    assert (plan.name, plan.manifest_path, plan.manifest_sha256) == ("nightly", "campaigns.yaml", "ab" * 32)


def test_a_launch_has_all_that_sending_it_needs(make):
    make.bot("billing", "acme", "st-9").entry(
        "cd-1", bot="billing", stream="st-9", name="Due", tags=("a", "b")
    )

    (launch,) = build_plan(make.manifest()).launches

    assert launch.identity == ("https://platform.kore.ai", "id-acme", "st-9", "cd-1", "sms")
    assert launch.account is make.accounts["acme"]
    assert launch.bot is make.bots["billing"]
    assert (launch.name, launch.tags) == ("Due", ("a", "b"))


def test_a_bot_with_credentials_of_its_own_uses_them(make):
    own = own_credentials("bot billing")
    make.bot("billing", "acme", "st-9", own).bot("sales", "acme", "st-8")
    make.entry("cd-1", bot="billing", stream="st-9").entry("cd-2", bot="sales", stream="st-8")

    first, second = build_plan(make.manifest()).launches

    assert first.credentials is own
    assert second.credentials is make.accounts["acme"].credentials


def test_the_host_of_an_identity_is_normalised_and_shared(make):
    make.account("beta", host="HTTPS://Platform.Kore.ai:443/base").entry("cd-1", "beta").entry("cd-2", "beta")

    first, second = build_plan(make.manifest()).launches

    assert first.identity.host == "https://platform.kore.ai/base"
    assert first.identity.host is second.identity.host


def test_the_same_launch_twice_is_a_problem_with_both_positions(make):
    make.entry("cd-1").entry("cd-2").entry("cd-1")

    with pytest.raises(ManifestError, match=r"^campaigns.yaml:12:5: .*'cd-1'.*campaigns.yaml:10:5"):
        build_plan(make.manifest())


def test_two_names_of_one_account_do_not_hide_a_duplicate(make):
    make.account("again", account_id="id-acme", host="https://PLATFORM.kore.ai/").entry("cd-1").entry(
        "cd-1", "again"
    )

    with pytest.raises(ManifestError, match="already at"):
        build_plan(make.manifest())


def test_a_duplicate_is_found_when_all_entries_share_one_position(make):
    make.entry("cd-1")
    make.entries.append(make.entries[0])

    with pytest.raises(ManifestError, match="already at"):
        build_plan(make.manifest())


def test_another_channel_or_stream_is_another_launch(make):
    make.entry("cd-1").entry("cd-1", channel="voice").entry("cd-1", stream="st-2")

    assert len(build_plan(make.manifest()).launches) == 3


def test_missing_credentials_are_a_problem_unless_the_bot_has_its_own(make):
    make.account("bare", credentials=False).bot("billing", "bare", "st-9", own_credentials("bot billing"))
    make.bot("sales", "bare", "st-8")
    make.entry("cd-1", "bare").entry("cd-2", "bare", bot="billing", stream="st-9")
    make.entry("cd-3", "bare", bot="sales", stream="st-8")

    with pytest.raises(ManifestError) as caught:
        build_plan(make.manifest())

    account, bot = caught.value.problems
    assert "campaigns.yaml:10:5: account 'bare' has no credentials" in account
    assert "campaigns.yaml:12:5: neither bot 'sales' nor its account 'bare' has credentials" in bot


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"account": "nobody"}, "there is no account 'nobody'"),
        ({"bot": "ghost"}, "there is no bot 'ghost'"),
        ({"bot": "billing", "stream": "st-1"}, "bot 'billing' is stream st-9 of account 'acme'"),
    ],
)
def test_a_name_that_does_not_resolve_is_a_problem(make, entry, problem):
    make.bot("billing", "acme", "st-9").entry("cd-1", **entry)

    with pytest.raises(ManifestError, match=problem):
        build_plan(make.manifest())


def test_all_problems_come_at_once_and_hold_no_secret(make):
    make.entry("cd-1").entry("cd-1").entry("cd-2", "nobody").entry("cd-3", bot="ghost")

    with pytest.raises(ManifestError) as caught:
        build_plan(make.manifest())

    assert [str(problem).partition(": ")[0] for problem in caught.value.problems] == [
        "campaigns.yaml:11:5",
        "campaigns.yaml:12:5",
        "campaigns.yaml:13:5",
    ]
    assert "canary-secret" not in str(caught.value)


def test_a_manifest_without_campaigns_makes_an_empty_plan(make):
    assert build_plan(make.manifest()).launches == ()


def test_headroom_is_left_to_others_in_every_window(make):
    make.account("beta", budget=(Quota(60, 60.0), Quota(7, 1.0))).many(2, "beta")
    plan = build_plan(make.manifest(headroom=0.1))
    assert {launch.account.budget for launch in plan.launches} == {(Quota(54, 60.0), Quota(6, 1.0))}
