"""How much of a budget the launchers on a journal have used up."""

import time

import anyio
import pytest

from launcher.errors import JournalError
from launcher.journal.events import AttemptIntended
from launcher.journal.usage import measure
from launcher.manifest.model import Quota

SECONDS = 60.0


def quotas(plan, *limits):
    return {plan.launches[0].identity[:2]: [Quota(limit, SECONDS) for limit in limits]}


async def test_claimed_starts_hold_places_also_those_of_a_live_launcher(path, plan, journal):
    async with journal.open_run("k", plan, launcher_version="1") as run:
        with anyio.fail_after(20):
            await run.claim([AttemptIntended(number, 1, time.time()) for number in range(3)])
        ((small, large),) = measure(path, quotas(plan, 2, 10), 30.0, 1.0).values()
    assert (small.used, small.left) == (3, 0)
    assert (large.used, large.left) == (3, 7)


def test_a_new_journal_has_used_nothing(path, plan, journal):
    ((usage,),) = measure(path, quotas(plan, 60), 30.0, 1.0).values()
    assert (usage.used, usage.left) == (0, 60)
    assert journal.runs() == []


def test_a_journal_that_another_process_keeps_locked_is_a_sentence(path, plan, child, journal):
    holder = child(
        "import sqlite3\nc = sqlite3.connect(path, isolation_level=None)\nc.execute('BEGIN IMMEDIATE')\n"
        "say('held')\nsys.stdin.readline()\n"
    )
    assert holder.stdout.readline().strip() in ("held", b"held")
    with pytest.raises(JournalError, match="kept locked"):
        measure(path, quotas(plan, 60), 30.0, 0.05)


def test_a_journal_that_is_not_there_is_not_made(path, plan):
    with pytest.raises(JournalError, match="does not exist"):
        measure(path, quotas(plan, 60), 30.0, 1.0)
    assert not path.exists()
