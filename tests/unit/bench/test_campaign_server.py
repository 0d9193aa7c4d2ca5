"""The server's limits, on which the counts of 429s rest."""

from bench.servers.campaigns import Limits


def accepted(limits, times):
    return [limits.allow("a", time) for time in times]


def test_a_rolling_window_frees_a_place_when_its_request_is_a_window_old():
    limits = Limits(2, 6.0, fixed=False)
    assert accepted(limits, [0.0, 3.0, 5.9, 6.0, 8.9, 9.0]) == [True, True, False, True, False, True]


def test_a_fixed_window_begins_with_the_first_request_and_frees_all_at_once():
    limits = Limits(2, 6.0, fixed=True)
    assert accepted(limits, [1.0, 6.0, 6.5, 7.0, 7.1, 7.2]) == [True, True, False, True, True, False]


def test_accounts_do_not_share_a_limit():
    limits = Limits(1, 6.0, fixed=False)
    assert [limits.allow(account, 0.0) for account in "aba"] == [True, True, False]


def test_no_limit_allows_everything():
    assert all(accepted(Limits(0, 6.0, fixed=False), [0.0] * 100))
