"""The launches of a run as its writer sees them."""

import tracemalloc

from launcher.journal.ledger import Hold
from launcher.journal.standings import Standings


def test_a_launch_stands_under_its_number() -> None:
    standings = Standings({1: 7.0})
    standings.add(40, ("host", "acme"), Hold.CLEAR)
    standings.add(41, ("host", "other"), Hold.STARTED)
    assert len(standings) == 2
    assert list(standings.identities) == [40, 41]
    assert [standings.lane(0), standings.lane(1)] == [("host", "acme"), ("host", "other")]
    assert standings.holds == [Hold.CLEAR, Hold.STARTED]
    assert standings.allowed_at.get(0) is None
    assert standings.allowed_at.get(1) == 7.0


def test_a_launch_takes_few_bytes() -> None:
    count = 10_000
    tracemalloc.start()
    try:
        standings = Standings({})
        for number in range(count):
            standings.add(number, ("host", f"account {number % 3}"), Hold.CLEAR)
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(standings) == count
    assert size / count < 28
