"""Which account sends next."""

import math
from types import SimpleNamespace

from launcher.engine.lane import Entry, Lane
from launcher.engine.pacer import Pacer
from launcher.engine.scheduler import Scheduler
from launcher.manifest.model import Quota


def make_lane(name, count, limit=60, seconds=60.0):
    quotas = (Quota(limit, seconds),)
    lane = Lane(name, quotas, Pacer(quotas))
    entries = [Entry(SimpleNamespace(), SimpleNamespace(), lane, n) for n in range(count)]
    lane.entries = entries
    lane.fresh.extend(range(count))
    return lane


def accounts(scheduler, count, now=0.0):
    jobs = (scheduler.take(now) for _ in range(count))
    return [job.entry.lane.account if job else None for job in jobs]


def test_equals_are_served_in_turn():
    scheduler = Scheduler([make_lane("a", 3), make_lane("b", 3), make_lane("c", 3)], 0.0)
    assert accounts(scheduler, 10) == [*"abc", *"abc", *"abc", None]


def test_the_account_that_needs_most_windows_goes_first():
    scheduler = Scheduler([make_lane("small", 2), make_lane("big", 7, limit=3)], 0.0)
    assert accounts(scheduler, 6) == ["big", "big", "big", "small", "small", None]


def test_it_wakes_when_a_place_in_the_window_is_free_again():
    lane = make_lane("a", 2, limit=1, seconds=10.0)
    scheduler = Scheduler([lane], 0.0)
    assert accounts(scheduler, 2) == ["a", None]
    assert scheduler.wake_at() == math.inf, "only the reply tells when its place is free"
    lane.replied(3.0)
    scheduler.touch(lane, 3.0)
    wake_at = scheduler.wake_at()
    assert 13.0 <= wake_at < 13.1
    assert accounts(scheduler, 1, 12.99) == [None]
    assert accounts(scheduler, 1, wake_at) == ["a"]


def test_a_closed_account_does_not_hold_up_the_others():
    closed, free = make_lane("closed", 5), make_lane("free", 2)
    scheduler = Scheduler([closed, free], 0.0)
    closed.close(100.0, "throttled by the server")
    scheduler.touch(closed, 0.0)
    assert accounts(scheduler, 3) == ["free", "free", None]
    assert scheduler.wake_at() == 100.0


def test_touching_a_lane_twice_does_not_serve_it_twice():
    lane = make_lane("a", 1)
    scheduler = Scheduler([lane], 0.0)
    scheduler.touch(lane, 0.0)
    scheduler.touch(lane, 0.0)
    assert accounts(scheduler, 2) == ["a", None]
