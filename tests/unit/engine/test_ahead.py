"""How far the claimer works ahead."""

import pytest

from launcher.engine.ahead import WIDEST, Ahead


def test_the_window_is_as_wide_as_there_are_workers():
    assert Ahead(16).room(0) == 16


@pytest.mark.parametrize(("waiting", "room"), [(0, 16), (8, 8), (9, 0), (16, 0), (20, 0)])
def test_while_more_than_half_of_it_waits_nothing_is_claimed(waiting, room):
    assert Ahead(16).room(waiting) == room


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_a_few_workers_never_starve(workers):
    assert Ahead(workers).room(0) >= 1


def test_it_widens_while_workers_fall_idle_behind_a_full_claim_up_to_a_bound():
    ahead = Ahead(16)
    sizes = []
    for _ in range(4):
        ahead.learn(full=True, before=16, after=3)
        sizes.append(ahead.size)
    assert sizes == [32, 64, 80, 80]
    assert ahead.size == 16 * WIDEST


@pytest.mark.parametrize(
    ("full", "before", "after"),
    [(False, 16, 0), (True, 0, 0), (True, 5, 5), (True, 24, 16), (True, 24, 24)],
    ids=["nothing more to send", "the first", "instant", "just in time", "in good time"],
)
def test_otherwise_it_stays_as_wide_as_there_are_workers(full, before, after):
    ahead = Ahead(16)
    ahead.learn(full=full, before=before, after=after)
    assert ahead.size == 16


def test_it_narrows_again_when_commits_are_fast():
    ahead = Ahead(16)
    ahead.learn(full=True, before=16, after=0)
    for _ in range(10):
        ahead.learn(full=True, before=32, after=30)
    assert ahead.size == 16
