"""The earliest end of a plan."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.manifest.model import Quota
from launcher.plan.build import build_plan
from launcher.plan.forecast import EXACT, Burst, budget_text, bursts, forecast, remaining_seconds

MINUTE = Quota(60, 60.0)
QUOTAS = st.lists(
    st.builds(Quota, st.integers(1, 12), st.sampled_from([0.0, 0.5, 3.0, 10.0, 60.0])), min_size=1, max_size=3
)
LATENCIES = st.sampled_from([0.1, 0.3, 2.0])
AGES = st.lists(st.floats(0, 80), max_size=20)


def earliest_sends(count, quotas, latency, used=()):
    """Request by request: each waits for the one whose place it takes, in every window."""
    sends = sorted(-age for age in used)
    first = len(sends)
    for number in range(first, first + count):
        holders = [
            sends[number - quota.limit] + quota.seconds + latency for quota in quotas if number >= quota.limit
        ]
        sends.append(max([0.0, *sends[first:][-1:], *holders]))
    return sends[first:]


@given(count=st.integers(0, 60), quotas=QUOTAS, latency=LATENCIES, used=AGES)
def test_bursts_are_what_waiting_request_by_request_gives(count, quotas, latency, used):
    sends = [burst.at for burst in bursts(count, quotas, latency, used) for _ in range(burst.size)]

    assert sends == pytest.approx(earliest_sends(count, quotas, latency, used))


@given(count=st.integers(1, 200), quotas=QUOTAS, latency=LATENCIES, used=AGES)
def test_the_live_estimate_is_when_the_last_of_these_has_its_reply(count, quotas, latency, used):
    assert remaining_seconds(count, quotas, used, latency=latency) == pytest.approx(
        earliest_sends(count, quotas, latency, used)[-1] + latency
    )


@pytest.mark.parametrize(
    ("launches", "finish"),
    [(1, 0.3), (60, 0.3), (61, 60.6), (120, 60.6), (121, 120.9)],
)
def test_every_full_window_costs_its_length_and_one_reply(make, launches, finish):
    (account,) = forecast(build_plan(make.many(launches).manifest())).accounts

    assert account.finish == pytest.approx(finish)


def test_of_several_windows_the_one_that_binds_at_the_time_counts(make):
    make.account("slow", budget=(Quota(60, 60.0), Quota(100, 3600.0))).many(161, "slow")

    (account,) = forecast(build_plan(make.manifest()), latency=0.0).accounts

    # 60 at once, 40 after a minute; the hour gives 60 places back, then 40 a minute later, and one is needed.
    assert account.finish == pytest.approx(3660.0)


def test_concurrency_limits_an_account_and_the_whole_plan(make):
    make.account("beta").many(40).many(40, "beta")

    told = forecast(build_plan(make.manifest(concurrency=10)), latency=1.0)

    assert [account.finish for account in told.accounts] == [4.0, 4.0]
    assert told.makespan == 8.0


def test_the_makespan_counts_what_budgets_hold_back_until_late(make):
    for number in range(10):
        make.account(f"account-{number}").many(61, f"account-{number}")

    told = forecast(build_plan(make.manifest(concurrency=5)), latency=1.0)

    # Ten launches are left at second 61 and need two turns of the five slots; 610 need 122 anyway.
    assert told.makespan == 122.0


def test_slots_are_needed_again_when_the_windows_open(make):
    for number in range(50):
        make.account(f"account-{number}", budget=(Quota(1, 60.0),)).many(2, f"account-{number}")

    told = forecast(build_plan(make.manifest(concurrency=25)), latency=1.0)

    assert told.makespan == 63.0


def test_two_names_of_one_account_share_its_budget(make):
    make.account("again", account_id="id-acme").many(60).many(60, "again")

    told = forecast(build_plan(make.manifest()))

    assert [(a.account, a.launches, a.finish) for a in told.accounts] == [
        ("acme", 60, pytest.approx(60.6)),
        ("again", 60, pytest.approx(60.6)),
    ]


def test_an_account_tells_its_numbers(make):
    make.account("beta", budget=(MINUTE, Quota(1800, 3600.0))).many(3, "beta").many(2)

    told = forecast(build_plan(make.manifest()))

    beta, acme = told.accounts
    assert (beta.account, beta.account_id, beta.launches, beta.requests) == ("beta", "id-beta", 3, 3)
    assert (beta.budget, acme.budget) == ("60/60s, 1800/1h", "60/60s")
    assert (told.launches, told.requests) == (5, 5)


def test_an_empty_plan_is_done_at_once(make):
    told = forecast(build_plan(make.manifest()))

    assert (told.accounts, told.launches, told.makespan) == ((), 0, 0.0)


def test_a_closed_account_starts_when_it_opens():
    assert remaining_seconds(60, [MINUTE], latency=0.3, wait=41.0) == pytest.approx(41.3)
    assert remaining_seconds(60, [MINUTE, Quota(1800, 3600.0)], latency=0.3, wait=41.0) == pytest.approx(41.3)


def test_nothing_left_takes_no_time():
    assert remaining_seconds(0, [MINUTE], [1.0] * 60) == 0.0


def test_no_budget_means_no_waiting():
    assert list(bursts(7, (), 0.3)) == [Burst(0.0, 7)]


def test_a_long_rest_under_several_windows_goes_on_at_the_slowest_rate():
    quotas = [Quota(10, 1.0), Quota(100, 100.0)]

    exact = remaining_seconds(EXACT, quotas, latency=0.0)

    assert remaining_seconds(EXACT + 500, quotas, latency=0.0) == pytest.approx(exact + 500)


@pytest.mark.parametrize(
    ("quotas", "text"),
    [
        ([MINUTE], "60/60s"),
        ([Quota(20, 3.0)], "20/3s"),
        ([Quota(5, 0.5)], "5/0.5s"),
        ([Quota(9, 5400.0)], "9/5400s"),
        ([Quota(9, 86400.0), Quota(1, 7200.0)], "9/1d, 1/2h"),
        ([], ""),
    ],
)
def test_a_budget_reads_as_a_manifest_writes_it(quotas, text):
    assert budget_text(quotas) == text
