"""Medians, ratios and the theoretical minimum. Pure."""

import heapq
import itertools
import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from statistics import median


def paired_ratio(ours: Sequence[float], base: Sequence[float]) -> float:
    """The median of the ratios within each round: what slowed a whole round down cancels out.

    Rounds that only one of the two has are left out.
    """
    return median(mine / other for mine, other in zip(ours, base, strict=False))


def spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Median, least, greatest."""
    return median(values), min(values), max(values)


def minimum(counts: Iterable[int], *, limit: int, window: float, latency: float, concurrency: int) -> float:
    """Seconds below which no launcher can finish `counts` requests per account.

    After k windows an account has been allowed at most `limit` * k requests; what is left then still has to
    pass through `concurrency` slots of `latency` seconds each. The greatest of these bounds over all k holds.
    """
    accounts = list(counts)
    longest = max(math.ceil(count / limit) for count in accounts)
    bounds = (
        window * k + math.ceil(sum(max(0, count - limit * k) for count in accounts) / concurrency) * latency
        for k in range(longest)
    )
    return max(bounds)


def most_in_window(times: Iterable[float], window: float) -> int:
    """The greatest number of `times`, sorted, in any half-open window of so many seconds."""
    seen: deque[float] = deque()
    most = 0
    for time in times:
        seen.append(time)
        while seen[0] <= time - window:
            seen.popleft()
        most = max(most, len(seen))
    return most


def zipf(accounts: int, largest: int) -> list[int]:
    """Campaigns per account where the n-th has 1/n of the largest, the largest first."""
    return [max(1, round(largest / rank)) for rank in range(1, accounts + 1)]


def mean_finish(finished: Mapping[str, float], among: Iterable[str]) -> float | None:
    """The mean of when the accounts among those that finished were done; None if none did."""
    times = [finished[account] for account in among if account in finished]
    return sum(times) / len(times) if times else None


def ideal(
    counts: Sequence[int], latencies: Iterable[float], *, limit: int, window: float, concurrency: int
) -> float:
    """Seconds of a launcher that takes no time itself and meets exactly these latencies, one a request.

    Unlike `minimum` it has to wait for its last replies, and for what slow ones there are among them. A place
    is free again one window after its request was sent; whoever has most left goes first.
    """
    left = list(counts)
    free = [[0.0] * limit for _ in counts]  # a heap an account: when each place may be used again
    slots = [0.0] * concurrency
    last = 0.0
    for latency in itertools.islice(latencies, sum(counts)):
        now = heapq.heappop(slots)
        waiting = [account for account, count in enumerate(left) if count]
        now = max(now, min(free[account][0] for account in waiting))
        account = max((each for each in waiting if free[each][0] <= now), key=left.__getitem__)
        left[account] -= 1
        heapq.heapreplace(free[account], now + window)
        heapq.heappush(slots, now + latency)
        last = max(last, now + latency)
    return last
