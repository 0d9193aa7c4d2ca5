"""P3: no account sees more than its limit in any window, fixed or rolling, whatever the latency."""

import heapq
import math

from hypothesis import given
from hypothesis import strategies as st

from launcher.engine.pacer import Pacer
from launcher.manifest.model import Quota

QUOTAS = st.lists(
    st.builds(
        Quota,
        limit=st.integers(1, 12),
        seconds=st.floats(0.5, 60.0, allow_nan=False),
    ),
    min_size=1,
    max_size=3,
)
LATENCIES = st.lists(st.floats(0.0, 90.0, allow_nan=False), min_size=1, max_size=120)


def simulate(quotas, latencies, shares):
    """Send as early as the pacer allows; the server counts each request somewhere within its latency."""
    pacer, now = Pacer(quotas), 0.0
    replies, counted = [], []
    for number, latency in enumerate(latencies):
        while (free := pacer.free_at(now)) > now:
            if replies and replies[0] <= free:
                now = max(now, heapq.heappop(replies))
                pacer.release(now)
            else:
                assert free < math.inf, "nothing in flight, yet no place will ever be free"
                now = free
        pacer.take(now)
        heapq.heappush(replies, now + latency)
        counted.append(now + latency * shares[number % len(shares)])
    return sorted(counted)


def most_in_rolling_window(counted, seconds):
    worst, first = 0, 0
    for last, time in enumerate(counted):
        while counted[first] <= time - seconds:
            first += 1
        worst = max(worst, last - first + 1)
    return worst


def most_in_fixed_window(counted, seconds, offset):
    windows = {}
    for time in counted:
        window = math.floor((time - offset) / seconds)
        windows[window] = windows.get(window, 0) + 1
    return max(windows.values())


@given(QUOTAS, LATENCIES, st.lists(st.floats(0.0, 1.0), min_size=1, max_size=7), st.floats(0.0, 60.0))
def test_never_more_than_the_limit_in_any_window(quotas, latencies, shares, offset):
    counted = simulate(quotas, latencies, shares)
    for quota in quotas:
        assert most_in_rolling_window(counted, quota.seconds) <= quota.limit
        assert most_in_fixed_window(counted, quota.seconds, offset) <= quota.limit


@given(st.integers(1, 20), st.integers(1, 200), st.floats(0.01, 2.0))
def test_the_pace_is_the_theoretical_one_at_constant_latency(limit, requests, latency):
    quota = Quota(limit, 10.0)
    counted = simulate([quota], [latency] * requests, [1.0])
    windows = (requests - 1) // limit
    assert counted[-1] <= (windows * (quota.seconds + latency + 0.03)) + latency


@given(st.lists(st.floats(0.0, 20.0), min_size=1, max_size=30))
def test_requests_of_an_earlier_process_count_too(ages):
    quota = Quota(5, 10.0)
    pacer = Pacer([quota])
    pacer.remember([-age for age in ages])
    sent, now = [], 0.0
    for _ in range(8):
        now = max(now, pacer.free_at(now))
        pacer.take(now)
        pacer.release(now)
        sent.append(now)
    # More requests of earlier processes than the limit may stand in one window; ours must not add to it.
    earlier = sorted(-age for age in ages)
    for time in sent:
        before = [t for t in (*earlier, *sent) if time - quota.seconds < t <= time]
        assert len(before) <= quota.limit
