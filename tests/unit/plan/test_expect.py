"""A list that has silently doubled is seen before anything is sent."""

from dataclasses import replace

import pytest

from launcher.manifest.model import Expect
from launcher.plan.expect import unexpected


@pytest.fixture
def manifest(make):
    return make.account("acme").account("beta").many(3).many(2, "beta").manifest()


def accounts_of(manifest):
    return [entry.account for entry in manifest.campaigns]


@pytest.mark.parametrize(
    "expect",
    [None, Expect(), Expect(count=5), Expect(max_per_account=3), Expect(count=5, max_per_account=3)],
)
def test_what_is_as_expected_is_not_told(manifest, expect):
    assert unexpected(replace(manifest, expect=expect), accounts_of(manifest)) is None


@pytest.mark.parametrize(
    ("expect", "said"),
    [
        (Expect(count=4), "5 campaigns instead of 4"),
        (Expect(count=312), "5 campaigns instead of 312"),
        (Expect(max_per_account=2), "3 campaigns of account acme, at most 2 are expected"),
        (
            Expect(count=2, max_per_account=1),
            (
                "5 campaigns instead of 2; 3 campaigns of account acme, at most 1 are expected; "
                "2 campaigns of account beta, at most 1 are expected"
            ),
        ),
    ],
)
def test_what_is_not_is_told_all_at_once(manifest, expect, said):
    told = unexpected(replace(manifest, expect=expect), accounts_of(manifest))
    assert told == f"campaigns.yaml is not as its 'expect' says: {said}"
