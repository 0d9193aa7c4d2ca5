"""Whether and when a launch is tried again."""

from random import Random

import pytest

from launcher.engine.retry import GiveUp, RetryIn, RetryPolicy
from launcher.manifest.model import RetrySettings


def policy(seed=0, **settings):
    return RetryPolicy(RetrySettings(**settings), Random(seed))


def test_the_attempt_limit_ends_it_and_the_reason_counts():
    assert policy(attempts=3).decide(3, 5.0) == GiveUp("given up after 3 attempts")
    assert policy(attempts=1).decide(1, 5.0) == GiveUp("given up after 1 attempt")


def test_an_attempt_below_the_limit_is_retried():
    assert isinstance(policy(attempts=3).decide(2, 5.0), RetryIn)


@pytest.mark.parametrize(("tries", "longest"), [(1, 1.0), (2, 2.0), (3, 4.0), (7, 60.0), (40, 60.0)])
def test_back_off_is_spread_over_the_whole_interval_which_doubles_up_to_the_cap(tries, longest):
    strategy = policy(attempts=1000, give_up_after=1e9)
    waits = [strategy.decide(tries, 0.0).seconds for _ in range(2000)]
    assert max(waits) <= longest
    assert max(waits) > 0.95 * longest
    assert min(waits) < 0.05 * longest
    assert abs(sum(waits) / len(waits) - longest / 2) < 0.03 * longest


def test_no_retry_starts_after_the_time_limit():
    strategy = policy(attempts=1000, give_up_after=10.0)
    assert isinstance(strategy.decide(2, 10.0), GiveUp)
    for tries in range(1, 20):
        decision = strategy.decide(tries, 9.0)
        assert isinstance(decision, GiveUp) or decision.seconds <= 1.0


def test_throttling_uses_up_time_only():
    strategy = policy(attempts=1, give_up_after=10.0)
    assert strategy.too_late(9.9) is None
    assert "give_up_after" in strategy.too_late(10.0).reason


def test_the_same_seed_waits_the_same():
    assert policy(7).decide(1, 0.0) == policy(7).decide(1, 0.0)
