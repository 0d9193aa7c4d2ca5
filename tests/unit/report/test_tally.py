"""Counts of an account."""

import pytest

from launcher.outcome import Result
from launcher.report.tally import Counted, CountsError, Tally, total


def test_what_is_settled_is_told_apart_from_what_only_counts_so_for_now(story):
    story.plan(0).plan(1).plan(2).plan(3).start(0).unknown(1).doubt(2)

    (tally,) = story.summary.tallies

    assert tally.results[Result.UNKNOWN] == 2
    assert tally.settled[Result.UNKNOWN] == 1
    assert (tally.done, tally.in_doubt, tally.to_send) == (2, 1, 1)


def test_a_retry_still_has_to_be_sent(story):
    (tally,) = story.plan(0).throttle(0).summary.tallies

    assert (tally.done, tally.in_doubt, tally.to_send) == (0, 0, 1)


def test_what_is_taken_away_leaves_nothing():
    tally, nothing = Tally("acme", "id-acme"), Counted()
    started = Counted(Result.STARTED, Result.STARTED, requests=2, throttled=1)

    tally.recount(nothing, started)
    assert (tally.planned, tally.results[Result.STARTED], tally.requests) == (1, 1, 2)
    assert (tally.done, tally.throttled) == (1, 1)
    tally.recount(started, nothing)

    assert tally == Tally("acme", "id-acme")


def test_what_changes_is_counted_once():
    tally = Tally("acme", "id-acme")
    waits = Counted(Result.NOT_ATTEMPTED)
    tally.recount(Counted(), waits)

    tally.recount(waits, Counted(Result.UNKNOWN, None, 1))
    tally.recount(Counted(Result.UNKNOWN, None, 1), Counted(Result.UNKNOWN, Result.UNKNOWN, 3, 1))

    assert (tally.planned, tally.done, tally.requests, tally.throttled) == (1, 1, 3, 1)
    assert (tally.results[Result.NOT_ATTEMPTED], tally.results[Result.UNKNOWN]) == (0, 1)


def test_the_total_is_the_sum_of_its_accounts(mixed_story):
    whole = total(mixed_story.summary.tallies)

    assert whole.planned == 12
    assert whole.results == {
        Result.STARTED: 5,
        Result.ALREADY_ACTIVE: 1,
        Result.REJECTED: 2,
        Result.FAILED: 1,
        Result.UNKNOWN: 1,
        Result.NOT_ATTEMPTED: 2,
    }
    assert (whole.requests, whole.throttled) == (12, 1)


def test_negative_counts_are_an_internal_error():
    tally = Tally("acme", "id-acme")
    tally.results[Result.STARTED], tally.results[Result.FAILED] = 1, -1

    with pytest.raises(CountsError, match="acme"):
        tally.check()
