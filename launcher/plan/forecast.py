"""When a plan can be done at the earliest, from its budgets alone.

The model is the pacer's own rule: a request holds its place in a window from the moment it is sent until
*window seconds after its reply*. With a constant latency, sending as early as every window allows is the
optimum, so the numbers are theoretical minima: no retry, no read, nobody else on the budget.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from launcher.manifest.model import Quota
from launcher.plan.model import Launch, Plan

LATENCY = 0.3
"""Seconds between a request and its reply that a forecast assumes."""

EXACT = 1_000
"""Requests that a live estimate goes through one burst at a time; beyond, a rate will do."""


class Burst(NamedTuple):
    """Requests sent at once, `at` seconds from now."""

    at: float
    size: int


@dataclass(frozen=True, slots=True)
class AccountForecast:
    """What one account has to do and how long that takes at least."""

    account: str
    account_id: str
    launches: int
    requests: int
    """One start request a launch; retries and reads come on top."""
    budget: str
    finish: float
    """Seconds from the start of the run to the last reply, at the earliest."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """The earliest end of a plan."""

    accounts: tuple[AccountForecast, ...]
    """In the order in which the plan first names them."""
    launches: int
    requests: int
    makespan: float
    """Seconds from the start of the run to the last reply of all, at the earliest."""
    latency: float


@dataclass(slots=True)
class _Lane:
    """Accounts that share one budget: the same host and account id under one or more names."""

    quotas: dict[Quota, None]
    launches: int = 0


def forecast(plan: Plan, latency: float = LATENCY) -> Forecast:
    """How long `plan` takes at least, if every reply takes `latency` seconds."""
    lanes = _lanes(plan)
    concurrency = Quota(plan.settings.concurrency, 0.0)
    finish = {
        key: _finish(bursts(lane.launches, (*lane.quotas, concurrency), latency), latency)
        for key, lane in lanes.items()
    }
    total = len(plan.launches)
    shared = _slots_bound(lanes.values(), total, plan.settings.concurrency, latency)
    return Forecast(
        accounts=_accounts(plan, finish),
        launches=total,
        requests=total,
        makespan=max([shared, *finish.values()]),
        latency=latency,
    )


def remaining_seconds(
    remaining: int,
    quotas: Sequence[Quota],
    used: Sequence[float] = (),
    *,
    latency: float = LATENCY,
    wait: float = 0.0,
) -> float:
    """Seconds until `remaining` requests of one account have their replies, at the earliest: the live ETA.

    Args:
        remaining: requests that are still to be sent.
        quotas: the account's budget.
        used: seconds since each earlier request was sent that may still hold a place, in any order.
        latency: seconds that a reply is assumed to take.
        wait: seconds in which nothing may be sent, whatever the budget says (the account is closed).
    """
    if remaining <= 0:
        return 0.0
    if len(quotas) == 1:
        return _one_window(remaining, quotas[0], used, latency, wait)
    exact = min(remaining, EXACT)
    seconds = _finish(bursts(exact, quotas, latency, used, wait), latency)
    slowest = max(((quota.seconds + latency) / quota.limit for quota in quotas), default=0.0)
    return seconds + (remaining - exact) * slowest


def bursts(
    count: int,
    quotas: Sequence[Quota],
    latency: float,
    used: Sequence[float] = (),
    wait: float = 0.0,
) -> Iterator[Burst]:
    """The earliest moments at which `count` requests can be sent under all `quotas` at once.

    A bound on requests in flight is one more quota, with a window of 0 seconds.
    """
    sent = [Burst(-age, 1) for age in sorted(used, reverse=True)]
    windows = [_Window(quota, latency, sent) for quota in quotas]
    now = wait
    while count > 0:
        for window in windows:
            window.release(now)
        free = min((window.free for window in windows), default=count)
        if free <= 0:
            now = max(window.next_free() for window in windows if window.free <= 0)
            continue
        burst = Burst(now, min(free, count))
        count -= burst.size
        sent.append(burst)
        yield burst


def _one_window(count: int, quota: Quota, used: Sequence[float], latency: float, wait: float) -> float:
    """Closed form of `bursts` for one window: each place serves one request every `hold` seconds."""
    hold = quota.seconds + latency
    taken = sorted(max(wait, hold - age) for age in used)[-quota.limit :]
    free = quota.limit - len(taken)
    rounds, place = divmod(count - 1, quota.limit)
    return (wait if place < free else taken[place - free]) + rounds * hold + latency


class _Window:
    """One quota's view of what was sent: how many places are free, and when the next one will be."""

    def __init__(self, quota: Quota, latency: float, sent: list[Burst]) -> None:
        self._limit = quota.limit
        self._hold = quota.seconds + latency
        self._sent = sent
        self._released = 0  # bursts that hold no place any more
        self._counted = 0  # bursts that `free` knows of
        self.free = quota.limit

    def release(self, now: float) -> None:
        """Count what was sent since the last call, and give back what is over by `now`."""
        for burst in self._sent[self._counted :]:
            self.free -= burst.size
        self._counted = len(self._sent)
        while self._released < self._counted and self._over(self._released) <= now:
            self.free += self._sent[self._released].size
            self._released += 1

    def next_free(self) -> float:
        """When a place comes free, if none is: enough of the oldest bursts must be over."""
        free, index = self.free, self._released
        while free <= 0:
            free += self._sent[index].size
            index += 1
        return self._over(index - 1)

    def _over(self, index: int) -> float:
        return self._sent[index].at + self._hold


def _finish(sends: Iterable[Burst], latency: float) -> float:
    last = None
    for last in sends:  # noqa: B007 - only the last one counts, and there may be none
        pass
    return 0.0 if last is None else last.at + latency


def _lanes(plan: Plan) -> dict[tuple[str, str], _Lane]:
    lanes: dict[tuple[str, str], _Lane] = {}
    for launch in plan.launches:
        key = launch.identity.host, launch.identity.account_id
        lane = lanes.get(key)
        if lane is None:
            lane = lanes[key] = _Lane({})
        lane.quotas.update(dict.fromkeys(launch.account.budget))
        lane.launches += 1
    return lanes


def _accounts(plan: Plan, finish: dict[tuple[str, str], float]) -> tuple[AccountForecast, ...]:
    counts: dict[str, int] = {}
    firsts: dict[str, Launch] = {}
    for launch in plan.launches:
        counts[launch.account.name] = counts.get(launch.account.name, 0) + 1
        firsts.setdefault(launch.account.name, launch)
    return tuple(
        AccountForecast(
            account=name,
            account_id=first.account.id,
            launches=counts[name],
            requests=counts[name],
            budget=budget_text(first.account.budget),
            finish=finish[first.identity.host, first.identity.account_id],
        )
        for name, first in firsts.items()
    )


def _slots_bound(lanes: Iterable[_Lane], total: int, concurrency: int, latency: float) -> float:
    """A lower bound for the whole plan: what the budgets hold back until `t` needs the slots after `t`."""
    sends = sorted(burst for lane in lanes for burst in bursts(lane.launches, tuple(lane.quotas), latency))
    bound, left = 0.0, total
    for burst in sends:
        bound = max(bound, burst.at + math.ceil(left / concurrency) * latency)
        left -= burst.size
    return bound


def budget_text(quotas: Sequence[Quota]) -> str:
    """The budget as a manifest writes it: `60/60s, 1800/1h`."""
    return ", ".join(f"{quota.limit}/{_span(quota.seconds)}" for quota in quotas)


def _span(seconds: float) -> str:
    for unit, name in ((86_400, "d"), (3_600, "h")):
        if seconds >= unit and seconds % unit == 0:
            return f"{seconds / unit:.0f}{name}"
    return f"{seconds:g}s"
