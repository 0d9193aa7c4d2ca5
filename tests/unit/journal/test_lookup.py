"""What the journal tells before a run is opened; looking changes and makes nothing."""

import pytest
from fakes.journal import plan_of
from fakes.launches import make_launch

from launcher.journal.events import AttemptFinished, AttemptIntended, LaunchFinished
from launcher.journal.lookup import look
from launcher.journal.store import Journal
from launcher.outcome import OutcomeKind, Result

NOW = 1_795_435_200.0


def launches(count):
    return [make_launch(campaign=f"cd-{number}") for number in range(count)]


@pytest.fixture
def record(tmp_path):
    """Write a run in which the first launch was started and the second is in doubt."""

    async def write(key, at=NOW - 100, *, close=True):
        plan = plan_of(launches(3))
        with Journal.open(tmp_path / "j") as journal:
            run = journal.open_run(key, plan, launcher_version="1", clock=lambda: at)
        await run.claim([AttemptIntended(0, 1, at), AttemptIntended(1, 1, at)])
        run.append(
            [
                AttemptFinished(0, 1, at + 1, OutcomeKind.ACCEPTED, http_status=200),
                LaunchFinished(0, at + 1, Result.STARTED),
                AttemptFinished(1, 1, at + 1, OutcomeKind.IN_DOUBT, "lost"),
                LaunchFinished(1, at + 1, Result.UNKNOWN, "lost"),
            ]
        )
        await run.flush()
        if close:
            run.close()
        return run

    return write


def held(tmp_path, key="today", now=NOW, **settings):
    plan = plan_of(launches(3), **settings)
    with look(tmp_path / "j", 1.0, lambda: now) as journal:
        found = journal.held(plan, key)
    return {identity.campaign_id: reason for identity, reason in found.items()}


async def test_what_another_run_started_or_may_have_started_is_held_back(record, tmp_path):
    await record("yesterday")
    found = held(tmp_path)
    assert found.keys() == {"cd-0", "cd-1"}
    assert "under run key 'yesterday'" in found["cd-0"]
    assert "launcher reconcile yesterday" in found["cd-1"]


async def test_after_the_cooldown_nothing_is_held_back(record, tmp_path):
    await record("yesterday")
    assert held(tmp_path, now=NOW + 50_000) == {}
    assert held(tmp_path, cooldown=0.0) == {}


async def test_what_the_run_itself_started_is_held_back_whatever_the_cooldown(record, tmp_path):
    await record("today")
    found = held(tmp_path, "today", cooldown=0.0)
    assert found.keys() == {"cd-0", "cd-1"}
    assert found["cd-0"].endswith("in this run already")
    assert "may have started it" in found["cd-1"]


async def test_a_run_that_goes_on_right_now_holds_what_it_has(record, tmp_path):
    run = await record("now", close=False)
    assert held(tmp_path, cooldown=0.0).keys() == {"cd-0", "cd-1"}
    run.close()


async def test_recent_requests_still_count_and_old_ones_do_not(record, tmp_path):
    await record("yesterday", NOW - 30)
    plan = plan_of(launches(1))
    with look(tmp_path / "j", 1.0, lambda: NOW) as journal:
        recent = journal.past_requests(plan)
    with look(tmp_path / "j", 1.0, lambda: NOW + 1000) as journal:
        old = journal.past_requests(plan)
    assert [(request.lane, round(request.age)) for request in recent] == [
        (plan.launches[0].account.lane, 29)
    ] * 2
    assert old == []


def test_without_a_journal_nothing_is_known_and_none_is_made(tmp_path):
    with look(tmp_path / "j", 1.0) as journal:
        assert journal is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("host", "cooldown", "told"),
    [
        ("https://elsewhere.example", 43_200.0, ["cd-0", "cd-1"]),
        ("https://elsewhere.example", 50.0, []),
        ("https://platform.kore.ai", 43_200.0, []),
    ],
)
async def test_what_was_started_under_another_host_is_known(record, tmp_path, host, cooldown, told):
    await record("yesterday")
    others = [make_launch(host, f"cd-{number}") for number in range(3)]
    with look(tmp_path / "j", 1.0, lambda: NOW) as journal:
        found = journal.under_another_host(plan_of(others, cooldown=cooldown))
    assert sorted(identity.campaign_id for identity in found) == told
    assert {identity.host for identity in found} <= {"https://platform.kore.ai"}
