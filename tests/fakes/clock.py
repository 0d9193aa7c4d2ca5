"""A clock that only a test moves."""


class Clock:
    """Seconds since the epoch: what `now` was last set to."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now
