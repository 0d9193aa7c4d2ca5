"""A thousand stories of runs that go wrong, each with all promises looked at after every session.

`make soak` tells a hundred thousand. A failing seed is in the message; `python -m engine.simulation SEED` in
tests/ tells its story again.
"""

import pytest
from engine.simulation import simulate

BLOCK = 50


@pytest.mark.parametrize("first", range(0, 1000, BLOCK))
def test_every_promise_is_kept_in_every_story(first):
    for seed in range(first, first + BLOCK):
        assert simulate(seed), "the story tells what happened"


@pytest.mark.soak
@pytest.mark.parametrize("first", range(1000, 101_000, 1000))
def test_every_promise_is_kept_in_a_hundred_thousand_more(first):
    for seed in range(first, first + 1000):
        assert simulate(seed)
