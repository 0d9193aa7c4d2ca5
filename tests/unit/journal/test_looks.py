"""Requests that look at campaigns before there is a run, in the same budgets."""

import contextlib
import sqlite3

import pytest
from fakes.clock import Clock
from fakes.journal import plan_of, with_budget
from fakes.launches import make_launch

from launcher.errors import JournalError
from launcher.journal.events import AttemptIntended
from launcher.journal.looks import Looks
from launcher.journal.places import CLOCK_MARGIN, quotas_of
from launcher.journal.port import Busy, Granted

START = 1_800_000_000.0
LAUNCHES = [with_budget(make_launch(campaign=f"cd-{number}"), 2, 60.0) for number in range(4)]
PLAN = plan_of(LAUNCHES, timeout=30.0, cooldown=0.0)
LANE = LAUNCHES[0].identity[:2]
WINDOW = 60.0 + CLOCK_MARGIN


@pytest.fixture
def clock():
    return Clock(START)


@pytest.fixture
def looks(journal, clock):
    with contextlib.ExitStack() as stack:

        def make():
            made = Looks(
                journal.path,
                quotas=quotas_of(PLAN),
                timeout=30.0,
                patience=0.2,
                clock=clock,
                monotonic=lambda: clock.now - 5.0,
            )
            return stack.enter_context(made)

        yield make


def test_looks_share_the_budget_and_a_place_is_free_a_window_after_the_reply(looks, clock):
    first, second = looks(), looks()
    tickets = [first.claim(LANE), second.claim(LANE)]
    assert not any(isinstance(ticket, Busy) for ticket in tickets)
    clock.now += 1.0
    first.answered(tickets[0])
    assert second.claim(LANE) == Busy(pytest.approx(WINDOW))
    clock.now += WINDOW
    assert isinstance(second.claim(LANE), int)
    assert isinstance(first.claim(LANE), Busy)


def test_a_look_without_a_reply_counts_until_timeout_and_window_are_over(looks, clock):
    looks().claim(LANE), looks().claim(LANE)
    clock.now += 30.0 + WINDOW - 1.0
    assert looks().claim(LANE) == Busy(pytest.approx(1.0))
    clock.now += 1.1
    assert isinstance(looks().claim(LANE), int)


def test_a_run_that_follows_is_told_of_them(journal, looks, clock):
    book = looks()
    book.answered(book.claim(LANE))
    clock.now += 10.0
    with journal.open_run("k", PLAN, launcher_version="1", clock=clock) as run:
        (past,) = run.past_requests
    assert (past.lane, past.age, past.replied) == (LANE, pytest.approx(10.0, abs=0.1), True)


async def test_a_run_under_way_and_looks_count_each_other(journal, looks, clock):
    book = looks()
    with journal.open_run("k", PLAN, launcher_version="1", clock=clock) as run:
        assert await run.claim([AttemptIntended(0, 1, clock.now)]) == [Granted()]
        assert isinstance(book.claim(LANE), int)
        assert isinstance(book.claim(LANE), Busy)
        assert isinstance((await run.claim([AttemptIntended(1, 1, clock.now)]))[0], Busy)


def test_other_accounts_are_not_held_up(looks):
    book = looks()
    assert [isinstance(book.claim(LANE), int) for _ in range(3)] == [True, True, False]
    assert isinstance(book.claim((LANE[0], "another")), int)


def test_a_locked_journal_grants_nothing(journal, looks):
    book = looks()
    with contextlib.closing(sqlite3.connect(journal.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalError, match="locked"):
            book.claim(LANE)
        other.execute("ROLLBACK")
    assert isinstance(book.claim(LANE), int)


@pytest.mark.parametrize("statement", ["DELETE FROM looks", "UPDATE looks SET replied_at = 1"])
def test_what_was_written_stays(journal, looks, statement):
    book = looks()
    book.answered(book.claim(LANE))
    other = sqlite3.connect(journal.path)
    with contextlib.closing(other), pytest.raises(sqlite3.IntegrityError, match="append-only"):
        other.execute(statement)
