"""What one account would send next, and when."""

import math
from types import SimpleNamespace

import pytest

from launcher.engine.lane import Entry, Job, JobKind, Lane
from launcher.engine.pacer import Pacer
from launcher.manifest.model import Quota


@pytest.fixture
def lane():
    quotas = (Quota(60, 60.0),)
    return Lane("acme", quotas, Pacer(quotas))


def entry(lane, position):
    return Entry(SimpleNamespace(name=f"launch {position}"), SimpleNamespace(), lane, position)


def fill(lane, count):
    entries = [entry(lane, position) for position in range(count)]
    lane.entries = entries
    lane.fresh.extend(range(count))
    return entries


def test_fresh_starts_go_in_plan_order(lane):
    first, second = fill(lane, 2)
    assert [lane.take(0.0).entry, lane.take(0.0).entry] == [first, second]


def test_a_read_goes_before_any_start(lane):
    first, second = fill(lane, 2)
    read = Job(JobKind.READ, second)
    lane.add(read, 0.0)
    assert lane.take(0.0) is read
    assert lane.take(0.0).entry is first


def test_a_retry_goes_before_later_starts_once_it_is_due(lane):
    first, second, third = fill(lane, 3)
    lane.take(0.0)
    retry = Job(JobKind.START, first)
    lane.add(retry, 5.0)
    assert lane.take(0.0).entry is second
    assert lane.take(5.0) is retry
    assert lane.take(5.0).entry is third


def test_a_probe_that_is_taken_out_leaves_its_start_queued(lane):
    first, second = fill(lane, 2)
    lane.add(Job(JobKind.READ, first, probe=True), 5.0)
    assert lane.remove(lambda job: job.kind is JobKind.READ) == [first]
    assert [lane.take(0.0).entry, lane.take(0.0).entry] == [first, second]


def test_an_idle_lane_is_ready_when_its_back_off_ends(lane):
    (only,) = fill(lane, 1)
    lane.take(0.0)
    assert lane.ready_at(0.0) == math.inf
    lane.add(Job(JobKind.START, only), 7.0)
    assert lane.ready_at(0.0) == 7.0


def test_a_surprise_429_closes_the_lane_longer_each_time_until_a_good_reply(lane):
    waits = []
    now = 0.0
    for _ in range(4):
        assert lane.throttled(now, None, jitter=0.0)
        waits.append(lane.closed_until - now)
        now = lane.closed_until
    assert waits == [15.0, 30.0, 60.0, 60.0]
    lane.trust(0.0)
    lane.throttled(now, None, jitter=0.0)
    assert lane.closed_until - now == 15.0


def test_stragglers_do_not_prolong_a_closure(lane):
    lane.throttled(0.0, None, jitter=0.0)
    assert not lane.throttled(1.0, None, jitter=0.9)
    assert lane.closed_until == 15.0


@pytest.mark.parametrize(("asked", "waited"), [(0.0, 0.0), (7.0, 7.0), (100_000.0, 300.0)])
def test_retry_after_is_obeyed_up_to_a_cap(lane, asked, waited):
    lane.throttled(0.0, asked, jitter=0.5)
    assert max(lane.closed_until, 0.0) == waited


def test_after_a_429_one_request_goes_then_two_then_four(lane):
    fill(lane, 10)
    lane.throttled(0.0, 0.0, jitter=0.0)
    lane.take(1.0)
    assert lane.ready_at(1.0) == math.inf
    lane.trust(0.0)
    lane.replied(1.0)
    assert lane.ready_at(1.0) == 1.0
    lane.take(1.0)
    lane.take(1.0)
    assert lane.ready_at(1.0) == math.inf


def test_a_withdrawn_request_gives_its_place_back(lane):
    quotas = (Quota(1, 60.0),)
    narrow = Lane("acme", quotas, Pacer(quotas))
    fill(narrow, 2)
    narrow.take(0.0)
    assert narrow.ready_at(0.0) == math.inf
    narrow.withdrawn()
    assert narrow.ready_at(0.0) == 0.0


def test_remove_takes_queued_starts_and_leaves_reads(lane):
    first, second, third = fill(lane, 3)
    lane.take(0.0)
    lane.add(Job(JobKind.START, first), 9.0)
    read = Job(JobKind.READ, first)
    lane.add(read, 0.0)
    assert lane.remove(lambda job: job.kind is JobKind.START) == [first, second, third]
    assert lane.backlog == 1
    assert lane.take(0.0) is read


def test_windows_left_count_whole_windows_of_the_tightest_quota():
    quotas = (Quota(60, 60.0), Quota(100, 3600.0))
    lane = Lane("acme", quotas, Pacer(quotas))
    fill(lane, 101)
    assert lane.seconds_left == 3600.0


def test_waiting_names_the_reason_that_lasts_longest(lane):
    fill(lane, 1)
    lane.close(30.0, "throttled by the server")
    assert lane.waiting(0.0) == (30.0, "throttled by the server")
