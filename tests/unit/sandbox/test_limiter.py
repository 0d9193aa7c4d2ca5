import pytest

from launcher.sandbox.limiter import Breach, Budget, Limiter

MINUTE = Budget(60, 60.0)


def limiter(*budgets, kind="rolling"):
    return Limiter(lambda _: budgets or (MINUTE,), kind)


def test_the_request_after_the_last_of_the_budget_is_kept_out():
    it = limiter(Budget(3, 60.0))
    assert [it.admit("a", float(t)) for t in range(3)] == [None] * 3
    assert it.admit("a", 3.0) == Breach(Budget(3, 60.0), 57.0)


def test_a_rolling_place_is_free_again_when_its_own_seconds_are_over():
    it = limiter(Budget(2, 10.0))
    assert (it.admit("a", 0.0), it.admit("a", 9.0)) == (None, None)
    assert it.admit("a", 9.9) is not None
    assert it.admit("a", 10.0) is None
    assert it.admit("a", 18.9) is not None
    assert it.admit("a", 19.0) is None


def test_fixed_windows_begin_anew_at_their_edges():
    it = limiter(Budget(2, 10.0), kind="fixed")
    assert (it.admit("a", 8.0), it.admit("a", 9.0)) == (None, None)
    breach = it.admit("a", 9.5)
    assert breach is not None
    assert breach.wait == pytest.approx(0.5)
    assert (it.admit("a", 10.0), it.admit("a", 10.0)) == (None, None)
    assert it.admit("a", 19.9) is not None


def test_a_request_that_is_kept_out_takes_no_place():
    it = limiter(Budget(1, 10.0))
    it.admit("a", 0.0)
    for t in range(1, 10):
        assert it.admit("a", float(t)) is not None
    assert it.admit("a", 10.0) is None


def test_accounts_do_not_share_a_budget():
    it = limiter(Budget(1, 60.0))
    assert it.admit("a", 0.0) is None
    assert it.admit("b", 0.0) is None
    assert it.admit("a", 0.0) is not None


def test_of_several_windows_the_one_with_the_longest_wait_is_reported():
    it = limiter(Budget(2, 10.0), Budget(2, 3600.0))
    assert (it.admit("a", 0.0), it.admit("a", 0.0)) == (None, None)
    assert it.admit("a", 1.0) == Breach(Budget(2, 3600.0), 3599.0)
    assert it.admit("a", 30.0) == Breach(Budget(2, 3600.0), 3570.0)


def test_all_requests_and_those_kept_out_are_counted():
    it = limiter(Budget(2, 10.0))
    for _ in range(5):
        it.admit("a", 0.0)
    assert (it.accounts["a"].requests, it.accounts["a"].throttled) == (5, 3)


def test_the_peak_is_the_most_that_came_in_any_rolling_window():
    it = limiter(Budget(2, 10.0), kind="fixed")
    for t in (0.0, 8.0, 9.0, 11.0, 12.0, 30.0):
        it.admit("a", t)
    assert it.accounts["a"].windows[0].peak == 4


def test_two_requests_a_whole_window_apart_are_not_in_one_window():
    it = limiter(Budget(2, 10.0))
    for t in (0.0, 10.0, 20.0):
        it.admit("a", t)
    assert it.accounts["a"].windows[0].peak == 1
