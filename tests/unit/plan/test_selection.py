"""What an expression selects, and what is said of one that selects nothing."""

import pytest

from launcher.errors import RefusedError, UsageError
from launcher.outcome import Result
from launcher.plan.build import build_plan
from launcher.plan.selection import Ended, Glob, Selection, read_expression


@pytest.fixture
def plan(make):
    make.account("acme").account("beta")
    make.bot("billing", "acme", "st-1").bot("sales", "beta", "st-2")
    make.entry("cd-1", bot="billing", name="Renewal, first", tags=("renewals", "q4"))
    make.entry("cd-2", bot="billing", name="Renewal second")
    make.entry("cd-3", "beta", bot="sales", stream="st-2", tags=("q4",))
    make.entry("cd-4", "beta", stream="st-3", name="renewal", channel="voice")
    return build_plan(make.manifest())


def chosen(plan, select=(), exclude=(), results=None):
    narrowed = Selection.read(select, exclude).narrow(plan, results or {})
    return [launch.identity.campaign_id[-1] for launch in narrowed.launches]


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("account:acme", "12"),
        ("account:*", "1234"),
        ("bot:billing", "12"),
        ("bot:*", "123"),
        ("stream:st-[23]", "34"),
        ("campaign:cd-?", "1234"),
        ("campaign:cd-2", "2"),
        ("tag:q4", "13"),
        ("tag:*", "13"),
        ("name:Renewal*", "12"),
        ("name:renewal", "4"),
        ("name:*", "124"),
        ("name:Renewal? first", "1"),
        ("tag:q4,account:beta", "3"),
        (" tag:q4 , account:beta ", "3"),
    ],
)
def test_a_term_is_a_prefix_and_a_glob_in_which_case_matters(plan, expression, wanted):
    assert "".join(chosen(plan, [expression])) == wanted


def test_nothing_given_selects_everything_in_its_order(plan):
    assert chosen(plan) == ["1", "2", "3", "4"]


def test_repeated_options_are_alternatives_and_the_plans_order_stays(plan):
    assert chosen(plan, ["campaign:cd-4", "campaign:cd-1"]) == ["1", "4"]


def test_what_is_excluded_stays_out_whatever_selects_it(plan):
    assert chosen(plan, ["tag:q4"], ["campaign:cd-1"]) == ["3"]
    assert chosen(plan, [], ["account:acme", "name:renewal"]) == ["3"]
    assert chosen(plan, [], ["tag:q4,account:acme"]) == ["2", "3", "4"]


def test_a_result_is_that_of_the_launch_in_the_run_that_is_named(plan):
    ends = dict(
        zip((launch.identity for launch in plan.launches), (Result.FAILED, Result.STARTED), strict=False)
    )
    results = {"last": ends, "k": dict.fromkeys(ends, Result.NOT_ATTEMPTED)}
    assert chosen(plan, ["result:failed@last"], results=results) == ["1"]
    assert chosen(plan, ["result:failed"], results=results) == ["1"]
    assert chosen(plan, ["result:not-attempted@k"], results=results) == ["1", "2"]
    assert chosen(plan, [], ["result:started@last"], results) == ["1", "3", "4"]
    assert Selection.read(["result:failed@k,tag:x"], ["result:started", "result:unknown@k"]).runs == (
        "k",
        "last",
    )


@pytest.mark.parametrize(
    ("select", "exclude", "guess"),
    [
        (["bot:biling"], [], "; did you mean 'bot:billing'?"),
        (["tag:q4,bot:saless"], [], "; did you mean 'bot:sales'?"),
        (["name:nothing like it at all"], [], ""),
        (["account:acme,account:beta"], [], ""),
        (["account:acme"], ["account:*"], ""),
    ],
)
def test_an_empty_selection_is_refused_and_a_misspelling_is_guessed(plan, select, exclude, guess):
    with pytest.raises(RefusedError) as refused:
        chosen(plan, select, exclude)
    assert str(refused.value).endswith(f"{guess}; nothing was sent")
    assert str(refused.value).startswith(f"nothing matches --select '{select[0]}'")


def test_an_expression_without_any_match_is_told(plan):
    selection = Selection.read(["tag:q4", "tag:renewal"], ["name:renewall", "account:acme"])
    assert selection.idle(plan, {}) == [
        "--select 'tag:renewal' matches nothing; did you mean 'tag:renewals'?",
        "--exclude 'name:renewall' matches nothing; did you mean 'name:renewal'?",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("acount:x", "character 1: unknown 'acount:'; did you mean 'account'?"),
        ("bot:b,acount:x", "character 7: unknown 'acount:'; did you mean 'account'?"),
        ("bot:b, Bot:x", "character 8: unknown 'Bot:'; did you mean 'bot'?"),
        ("zzz:1", "character 1: unknown 'zzz:'; there are account, bot, stream"),
        ("cd-1", "character 1: 'cd-1' says nothing of what it names; did you mean 'campaign:cd-1'?"),
        ("bot:b,", "character 7: expected a term"),
        ("tag:", "character 5: 'tag:' needs a value, such as tag:renewals"),
        ("result:faild@last", "character 8: there is no result 'faild'; did you mean 'failed'?"),
        ("tag:a,result:failed@", "character 21: expected 'last' or a run key after '@'"),
    ],
)
def test_a_bad_expression_is_a_sentence_with_its_place(text, said):
    with pytest.raises(UsageError) as bad:
        read_expression("--select", text)
    assert str(bad.value).startswith(f"--select '{text}', {said}")


def test_colons_and_at_signs_belong_to_the_value():
    assert read_expression("--select", "name:a:b@c").terms == (Glob("name", "a:b@c"),)
    assert read_expression("--select", "result:failed@a@b:c").terms == (Ended(Result.FAILED, "a@b:c"),)
