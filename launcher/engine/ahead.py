"""How far the claimer works ahead of the workers: as little as keeps them busy while a commit lasts. Pure.

What is claimed and not sent is in doubt after a crash, so the window is as wide as there are workers and
grows only while they are seen to run dry behind a slow disk.
"""

WIDEST = 5
"""Times the number of workers."""


class Ahead:
    """The window of requests that are claimed and wait for a worker."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self.size = workers

    def room(self, waiting: int) -> int:
        """How many to claim now, when so many wait already.

        None while more than half of the window waits: a commit for a few costs as much as one for many.
        """
        return self.size - waiting if waiting * 2 <= self.size else 0

    def learn(self, *, full: bool, before: int, after: int) -> None:
        """Take in how a claim went.

        `full`: it took all there was room for, so that more could have been sent. `before`, `after`: how many
        earlier ones waited or were in flight when it began and when it was durable.
        """
        if full and after < min(before, self._workers):  # workers fell idle meanwhile
            self.size = min(self.size * 2, self._workers * WIDEST)
        elif after > self._workers + self.size // 4:
            self.size = max(self.size - self._workers // 4 - 1, self._workers)
