"""What a launch costs when nothing goes wrong, in calls of our own Python functions: a count, never a time.

From intent to result: the engine, the request, what the reply means, journal, summary, log and progress; only
the network is left out. A change that needs more calls may raise the numbers here, and says so by that; one
that needs fewer lowers them.
"""

import asyncio
import io
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from random import Random

from fakes.journal import plan_of
from fakes.launches import make_launch
from fakes.wire import OK

import launcher
from launcher.engine.conductor import Conductor
from launcher.engine.run import Run
from launcher.journal.store import Journal
from launcher.kore import decode, endpoints
from launcher.kore.reply import RawReply
from launcher.kore.tokens import TokenSource
from launcher.manifest.model import Quota
from launcher.outcome import Result
from launcher.report.event_log import EventLog
from launcher.report.line_progress import LineProgress
from launcher.report.summary import Summary
from launcher.session import SystemClock

LAUNCHES = 1_000
EVENT_LOOP_CALLS = 150
"""Calls a launch in the event loop's thread."""
WRITER_CALLS = 17
"""Calls a launch in the journal's thread."""
SPARE = 1.1

OURS = str(Path(launcher.__file__).parent)
HEADERS = {"Server": "nginx", "Date": "Fri, 05 Dec 2025 12:05:23 GMT", "Content-Type": "application/json"}


class Calls:
    """Counts calls of functions in the package, by thread."""

    def __init__(self):
        self.by_thread = {}

    def __call__(self, frame, event, _argument):
        if event == "call" and frame.f_code.co_filename.startswith(OURS):
            thread = threading.get_ident()
            self.by_thread[thread] = self.by_thread.get(thread, 0) + 1

    def __enter__(self):
        threading.setprofile(self)
        sys.setprofile(self)
        return self

    def __exit__(self, *_error):
        sys.setprofile(None)
        threading.setprofile(None)


class NoNetwork:
    """The API but for the transport: the request is made, and the usual reply understood."""

    def __init__(self):
        self._tokens = TokenSource(time.time)

    async def start(self, launch):
        token = self._tokens.issue(launch.credentials)
        endpoints.start(launch)
        await asyncio.sleep(0)
        return decode.outcome_of_start(RawReply(200, HEADERS, OK, True, token.confidential), time.time())


def make_plan():
    first = make_launch(campaign="cd-0")
    account = replace(first.account, budget=(Quota(1_000_000, 1.0),))
    return plan_of(
        [
            replace(first, account=account, identity=first.identity._replace(campaign_id=f"cd-{number}"))
            for number in range(LAUNCHES)
        ]
    )


async def run_all(store, plan):
    """Launch the plan; how many calls a launch that took in this thread and in the journal's."""
    with Calls() as calls:
        journal = store.open_run("key", plan, launcher_version="1")
    async with journal:
        summary = Summary.of(journal.first_events, journal.key, journal.records)
        conductor = Conductor(
            plan.launches,
            journal.records,
            plan.settings,
            rng=Random(1),
            now=asyncio.get_running_loop().time(),
        )
        run = Run(conductor, journal, NoNetwork(), SystemClock(), concurrency=64)
        for observer in (summary, EventLog(summary), LineProgress(summary, plan, io.StringIO(), time.time)):
            run.watch(observer)
        calls.by_thread.clear()
        with calls:
            await run.execute()
        assert summary.totals().results[Result.STARTED] == LAUNCHES
    mine = calls.by_thread.pop(threading.get_ident())
    (writers,) = calls.by_thread.values()
    return mine / LAUNCHES, writers / LAUNCHES


async def test_a_launch_without_trouble_needs_no_more_calls_than_before(tmp_path):
    with Journal.open(tmp_path / "journal.sqlite3") as store:
        in_loop, in_writer = await run_all(store, make_plan())
    assert EVENT_LOOP_CALLS / SPARE <= in_loop <= EVENT_LOOP_CALLS * SPARE
    assert WRITER_CALLS / SPARE <= in_writer <= WRITER_CALLS * SPARE
