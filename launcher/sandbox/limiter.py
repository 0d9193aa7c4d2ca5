"""The request budget of each account: rolling or fixed windows, shared by all endpoints."""

import math
from collections import deque
from collections.abc import Callable
from typing import Literal, NamedTuple

WindowKind = Literal["rolling", "fixed"]


class Budget(NamedTuple):
    """At most `limit` requests in a window of `seconds`."""

    limit: int
    seconds: float


class Breach(NamedTuple):
    """A request was over `budget`; one more would be let in after `wait` seconds."""

    budget: Budget
    wait: float


class Window:
    """One budget of one account. A refused request takes no room, but counts in `peak`."""

    def __init__(self, budget: Budget, kind: WindowKind) -> None:
        self.budget = budget
        self.peak = 0
        """Most requests, refused ones among them, that arrived in any `budget.seconds`."""
        self._fixed = kind == "fixed"
        self._admitted: deque[float] = deque()
        self._arrived: deque[float] = deque()

    def arrive(self, now: float) -> None:
        """Note that a request came at `now`, whatever becomes of it."""
        self._arrived.append(now)
        while self._arrived[0] + self.budget.seconds <= now:
            self._arrived.popleft()
        self.peak = max(self.peak, len(self._arrived))

    def admit(self, now: float) -> None:
        """Give the request of `now` a place."""
        self._admitted.append(now)

    def wait(self, now: float) -> float:
        """Return the seconds until there is room; 0 when there is room at `now`."""
        while self._admitted and self._leaves(self._admitted[0]) <= now:
            self._admitted.popleft()
        if len(self._admitted) < self.budget.limit:
            return 0.0
        return self._leaves(self._admitted[0]) - now

    def _leaves(self, admitted: float) -> float:
        """Return when a request admitted then stops to count."""
        if self._fixed:
            return (math.floor(admitted / self.budget.seconds) + 1) * self.budget.seconds
        return admitted + self.budget.seconds


class AccountLimiter:
    """All windows of one account, and its counts."""

    def __init__(self, budgets: tuple[Budget, ...], kind: WindowKind) -> None:
        self.windows = tuple(Window(budget, kind) for budget in budgets)
        self.requests = 0
        self.throttled = 0

    def admit(self, now: float) -> Breach | None:
        """Count a request; return the breach that keeps it out, the one with the longest wait."""
        self.requests += 1
        for window in self.windows:
            window.arrive(now)
        breaches = [Breach(window.budget, wait) for window in self.windows if (wait := window.wait(now)) > 0]
        if breaches:
            self.throttled += 1
            return max(breaches, key=lambda breach: breach.wait)
        for window in self.windows:
            window.admit(now)
        return None


class Limiter:
    """The limiters of all accounts, made when an account is first seen."""

    def __init__(self, budgets_of: Callable[[str], tuple[Budget, ...]], kind: WindowKind) -> None:
        self.accounts: dict[str, AccountLimiter] = {}
        self._budgets_of = budgets_of
        self._kind = kind

    def admit(self, account_id: str, now: float) -> Breach | None:
        """Count a request of the account at `now` (seconds, monotonic); return the breach, if any."""
        limiter = self.accounts.get(account_id)
        if limiter is None:
            limiter = AccountLimiter(self._budgets_of(account_id), self._kind)
            self.accounts[account_id] = limiter
        return limiter.admit(now)
