import pytest

from launcher.manifest import kinds
from launcher.manifest.model import Quota, Threshold
from launcher.manifest.nodes import Scalar
from launcher.manifest.values import Complaint


def complaint(kind, text):
    with pytest.raises(Complaint) as caught:
        kind.parse(text)
    return str(caught.value)


def test_never_is_none_and_a_near_miss_is_told():
    kind = kinds.or_never(kinds.count(1, 9))
    assert kind.parse("never") is None
    assert kind.parse("5") == 5
    assert complaint(kind, "nevr").endswith("; did you mean 'never'?")
    assert complaint(kind, "0").endswith("from 1 to 9, or 'never', got '0'")
    assert kind.about == "number, 1 to 9, or `never`"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1", "expected a duration such as 30s, 15m, 12h or 1d, or 'never', got '1'; did you mean '1s'?"),
        ("9d", "expected a duration from 1s to 1d, or 'never', got 9d"),
        ("neevr", "expected a duration such as 30s, 15m, 12h or 1d, got 'neevr'; did you mean 'never'?"),
        ("none", "expected a duration such as 30s, 15m, 12h or 1d, got 'none'; did you mean 'never'?"),
        (", got 1", "expected a duration such as 30s, 15m, 12h or 1d, or 'never', got ', got 1'"),
    ],
)
def test_a_complaint_about_what_may_be_never_asks_one_question_at_most(text, told):
    assert complaint(kinds.or_never(kinds.duration("1s", "1d")), text) == told


def test_each_kind_parses_what_it_is_for():
    assert kinds.duration("1s", "1m").parse("30s") == 30.0
    assert kinds.one_of("sms", "voice").parse("voice") == "voice"
    assert kinds.FAILURES.parse("10%") == Threshold(10.0, percent=True)
    assert kinds.LAUNCHES.parse("5") == Threshold(5)
    assert kinds.TAGS.parse("a;b") == ("a", "b")
    assert kinds.BACKOFF.parse("1s..2s") == (1.0, 2.0)


def test_a_percentage_of_unknowns_is_refused():
    assert "whole number" in complaint(kinds.LAUNCHES, "10%")


def test_a_budget_is_one_quota_or_several(context):
    assert kinds.BUDGET.read(Scalar("60/60s", 1, 1), "budget", context) == (Quota(60, 60.0),)
