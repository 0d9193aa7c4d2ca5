"""When a run will be done: its own scheduler on virtual time."""

import anyio
import pytest
from engine.stage import EPOCH, make_launches, play, set_up
from fakes.api import FakeApi
from fakes.journal import plan_of
from hypothesis import given
from hypothesis import strategies as st
from virtual_time import run_virtual

from launcher.engine.forecast import forecast
from launcher.journal.events import LaunchFinished
from launcher.manifest.model import Quota
from launcher.plan.build import build_plan
from launcher.plan.forecast import budget_text

MINUTE = Quota(60, 60.0)


@pytest.mark.parametrize(
    ("launches", "finish"),
    [(1, 0.3), (60, 0.3), (61, 60.62), (120, 60.62), (121, 120.94)],
)
def test_every_full_window_costs_its_length_and_one_reply(make, launches, finish):
    (account,) = forecast(build_plan(make.many(launches).manifest()), now=0.0).accounts

    assert account.finish == pytest.approx(finish)


def test_of_several_windows_the_one_that_binds_at_the_time_counts(make):
    make.account("slow", budget=(Quota(60, 60.0), Quota(100, 3600.0))).many(161, "slow")

    (account,) = forecast(build_plan(make.manifest()), latency=0.0, now=0.0).accounts

    # 60 at once, 40 after a minute; the hour gives 60 places back, then 40 a minute later, and one is needed.
    assert account.finish == pytest.approx(3660.04)


def test_concurrency_limits_an_account_and_the_whole_plan(make):
    make.account("beta").many(40).many(40, "beta")

    told = forecast(build_plan(make.manifest(concurrency=10)), latency=1.0, now=0.0)

    assert [account.finish for account in told.accounts] == [8.0, 8.0], "they share the slots"
    assert told.makespan == 8.0


def test_the_makespan_counts_what_budgets_hold_back_until_late(make):
    for number in range(10):
        make.account(f"account-{number}").many(61, f"account-{number}")

    told = forecast(build_plan(make.manifest(concurrency=5)), latency=1.0, now=0.0)

    # Ten launches are left at second 61 and need two turns of the five slots; 610 need 122 anyway.
    assert told.makespan == 122.0


def test_slots_are_needed_again_when_the_windows_open(make):
    for number in range(50):
        make.account(f"account-{number}", budget=(Quota(1, 60.0),)).many(2, f"account-{number}")

    told = forecast(build_plan(make.manifest(concurrency=25)), latency=1.0, now=0.0)

    assert told.makespan == pytest.approx(63.02)


def test_two_names_of_one_account_share_its_budget(make):
    make.account("again", account_id="id-acme").many(60).many(60, "again")

    told = forecast(build_plan(make.manifest()), now=0.0)

    assert [(a.account, a.launches, a.finish) for a in told.accounts] == [
        ("acme", 60, pytest.approx(60.62)),
        ("again", 60, pytest.approx(60.62)),
    ]


def test_an_account_tells_its_numbers(make):
    make.account("beta", budget=(MINUTE, Quota(1800, 3600.0))).many(3, "beta").many(2)

    told = forecast(build_plan(make.manifest()), now=0.0)

    beta, acme = told.accounts
    assert (beta.account, beta.account_id, beta.launches, beta.requests) == ("beta", "id-beta", 3, 3)
    assert (beta.budget, acme.budget) == ("60/60s, 1800/1h", "60/60s")
    assert (told.launches, told.requests) == (5, 5)


def test_an_empty_plan_is_done_at_once(make):
    told = forecast(build_plan(make.manifest()), now=0.0)

    assert (told.accounts, told.launches, told.makespan) == ((), 0, 0.0)


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


@given(
    counts=st.lists(st.integers(1, 60), min_size=1, max_size=4),
    quota=st.builds(Quota, st.integers(1, 12), st.sampled_from([0.5, 3.0, 10.0])),
    concurrency=st.integers(1, 12),
    latency=st.sampled_from([0.05, 0.3, 1.0]),
    pace=st.sampled_from(["burst", "even"]),
)
def test_the_forecast_is_what_the_engine_then_does(counts, quota, concurrency, latency, pace):
    """The engine gathers places for a thousandth of a window; nothing else may be between the two."""
    launches = make_launches(quota, **{f"a{number}": count for number, count in enumerate(counts)})
    settings = {"concurrency": min(concurrency, len(launches)), "pace": pace}

    async def really():
        stage = await play(launches, FakeApi(latency=latency), **settings)
        return max(at for at, event in stage.seen if isinstance(event, LaunchFinished))

    told = forecast(plan_of(launches, **settings), latency, now=EPOCH)

    assert told.makespan == pytest.approx(run_virtual(really), rel=0.03)


@pytest.mark.parametrize("latency", [0.1, 0.4])
def test_the_live_estimate_is_right_in_the_middle_of_a_run(latency):
    launches = make_launches(Quota(10, 6.0), a=95, b=20)
    seen = []

    async def look():
        stage = set_up(launches, FakeApi(latency=latency), concurrency=4)
        stage.seen = seen
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(stage.execute)
            await anyio.sleep(20)
            return {
                account: anyio.current_time() + left
                for (_, account), left in (await stage.run.ends()).items()
            }

    ends = run_virtual(look)
    finished = max(at for at, event in seen if isinstance(event, LaunchFinished))
    assert ends == {"id-a": pytest.approx(finished, rel=0.03)}
