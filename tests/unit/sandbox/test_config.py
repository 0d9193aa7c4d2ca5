import math

import pytest

from launcher.errors import UsageError
from launcher.sandbox.config import CampaignSeed, SandboxConfig
from launcher.sandbox.limiter import Budget


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"faults": "fautls"}, "did you mean 'faults'"),
        ({"faults": "demo,faults"}, "'demo' is a whole scenario and stands alone"),
        ({"faults": "429:0.1, doubts"}, "'doubts' is a whole scenario and stands alone"),
        ({"faults": {"throttled": 0.1}}, "'throttled' is a whole scenario and stands alone"),
        ({"latency": -1.0}, "not negative"),
        ({"latency": (0.5, 0.1)}, "from small to large"),
        ({"latency": math.nan}, "not negative"),
        ({"completes_after": -1.0}, "not negative"),
        ({"budget": ()}, "a budget needs"),
        ({"budget": [(0, 60)]}, "a budget needs"),
        ({"budgets": {"a": [(60, 0)]}}, "a budget needs"),
        ({"max_page": 0}, "at least one"),
        (
            {"campaigns": [CampaignSeed("a", "st-1", "cd-1", status="Running")]},
            "unknown campaign status 'Running'",
        ),
    ],
)
def test_a_setting_that_cannot_be_is_refused_with_a_sentence(settings, message):
    with pytest.raises(UsageError, match=message) as caught:
        SandboxConfig(**settings)
    assert "\n" not in str(caught.value)


def test_secrets_are_not_in_the_repr():
    assert "hush" not in repr(SandboxConfig(secrets={"cs-1": "hush"}))


def test_budgets_are_the_accounts_own_or_the_common_ones():
    config = SandboxConfig(budget=[(60, 60)], budgets={"a": [(1, 2), (3, 4)]})
    assert config.budgets_of("a") == (Budget(1, 2), Budget(3, 4))
    assert config.budgets_of("b") == (Budget(60, 60),)
