"""`launcher` with another disk: `ours.py none|slow:MILLISECONDS run MANIFEST …`.

`none` swaps the journal for one that keeps nothing, which no option of the product can do. `slow:10` adds
10 ms to every commit, in the journal's own thread, where a slow disk would take them.
"""

import sys
import time
from pathlib import Path
from typing import Any, Self

import launcher.session
from launcher.cli.main import run_command_line
from launcher.journal.events import RunOpened
from launcher.journal.opening import take_over
from launcher.journal.port import Granted
from launcher.journal.replay import History
from launcher.journal.session import Session


class Forgetful:
    """In the place of `launcher.journal.store.Journal`: grants everything and keeps nothing."""

    @classmethod
    def open(cls, _path: Path) -> Self:
        return cls()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""

    def orders(self, _key: str) -> tuple[()]:
        return ()

    def stopped_launches(self, _key: str) -> dict[int, float]:
        return {}

    def open_run(self, key: str, plan: Any, **_: Any) -> "ForgetfulRun":
        opened = RunOpened(time.time(), plan.manifest_path, plan.manifest_sha256, "bench")
        return ForgetfulRun(key, take_over(History.of(()), plan, opened, {}))


class ForgetfulRun:
    """In the place of `launcher.journal.run.SqliteRunJournal`."""

    def __init__(self, key: str, opening: Any) -> None:
        self.key = key
        self.records = opening.records
        self.first_events = opening.events
        self.past_requests: tuple[()] = ()
        self.orders = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing to close."""

    async def claim(self, intents: Any) -> list[Granted]:
        return [Granted()] * len(intents)

    def append(self, events: Any) -> None:
        """Forget them."""

    async def flush(self) -> None:
        """Nothing to write."""


def slow_disk(seconds: float) -> None:
    """Let every commit take so much longer."""
    commit = Session.commit

    def slowly(self: Session) -> None:
        commit(self)
        time.sleep(seconds)

    Session.commit = slowly


if __name__ == "__main__":
    mode, _, amount = sys.argv[1].partition(":")
    if mode == "none":
        launcher.session.Journal = Forgetful
    else:
        slow_disk(float(amount) / 1000)
    sys.exit(run_command_line(sys.argv[2:]))
