"""Medians, ratios, and the bound that every makespan is held against."""

from itertools import repeat

import pytest

from bench.stats import ideal, mean_finish, minimum, most_in_window, paired_ratio, spread, zipf


def test_a_ratio_is_taken_within_each_round_so_that_a_slow_round_cancels_out():
    assert paired_ratio([200.0, 20.0, 210.0], [100.0, 10.0, 100.0]) == 2.0


def test_a_round_that_only_one_of_two_has_is_left_out():
    assert paired_ratio([3.0, 99.0], [1.0]) == 3.0


def test_a_spread_is_median_least_and_greatest():
    assert spread([5.0, 1.0, 2.0]) == (2.0, 1.0, 5.0)


def test_one_account_needs_a_window_for_each_limit_but_the_last():
    # 600 of 60 a minute: nine whole minutes pass before the last sixty may go, two waves of 32.
    assert minimum([600], limit=60, window=60.0, latency=0.3, concurrency=32) == pytest.approx(540.6)


def test_what_fits_one_window_is_bound_by_the_slots_alone():
    assert minimum([10, 10], limit=60, window=60.0, latency=0.5, concurrency=4) == pytest.approx(2.5)


def test_many_equal_accounts_are_bound_by_the_window_and_then_by_the_slots():
    # fifty accounts, sixty left for each after the first window: 3,000 through 32 slots.
    least = minimum([120] * 50, limit=60, window=60.0, latency=0.3, concurrency=32)
    assert least == pytest.approx(60 + 94 * 0.3)


def test_the_slots_bind_when_there_are_too_few_of_them_for_the_windows():
    assert minimum([120] * 50, limit=60, window=6.0, latency=1.0, concurrency=10) == pytest.approx(600.0)


def test_a_limit_that_is_met_exactly_leaves_no_further_window():
    assert minimum([60], limit=60, window=60.0, latency=0.0, concurrency=1) == 0.0


def test_the_greatest_number_in_a_window_counts_across_fixed_boundaries():
    assert most_in_window([0.0, 5.8, 5.9, 6.1, 6.2], 6.0) == 5 - 1


def test_a_window_is_half_open():
    assert most_in_window([0.0, 6.0, 12.0], 6.0) == 1


def test_nothing_counted_is_zero():
    assert most_in_window([], 6.0) == 0


def test_zipf_halves_for_the_second_and_never_ends_an_account_at_zero():
    assert zipf(4, 12) == [12, 6, 4, 3]
    assert zipf(30, 3)[-1] == 1


def test_the_mean_finish_is_over_those_that_finished():
    assert mean_finish({"a": 2.0, "b": 4.0, "c": 99.0}, ["a", "b", "absent"]) == 3.0
    assert mean_finish({}, ["a"]) is None


def test_an_ideal_launcher_meets_the_minimum_when_all_latencies_are_equal():
    counts, shape = [600, *[30] * 20], {"limit": 60, "window": 60.0, "concurrency": 32}
    assert ideal(counts, repeat(0.3), **shape) == pytest.approx(
        minimum(counts, latency=0.3, **shape), rel=0.001
    )


def test_an_ideal_launcher_has_to_wait_for_a_slow_last_reply():
    assert ideal([2], [0.1, 3.0], limit=60, window=60.0, concurrency=2) == 3.0


def test_an_ideal_launcher_uses_a_place_once_in_a_window():
    assert ideal([3], repeat(0.0), limit=1, window=6.0, concurrency=8) == 12.0
