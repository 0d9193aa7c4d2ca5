"""Progress as plain lines."""

import io

import anyio
import pytest
from virtual_time import run_virtual

from launcher.journal.events import LaneWaiting, RunHalted
from launcher.outcome import Result
from launcher.report.line_progress import LineProgress, line
from launcher.report.pulse import AccountPulse, RunPulse, Wait
from launcher.report.summary import Summary
from launcher.report.times import clock


class Broken(io.StringIO):
    def write(self, text):
        raise BrokenPipeError


@pytest.fixture
def watched(make_plan, new_story, t0):
    """Progress of a run of 60 over two accounts, and how to tell it events: `watched(stream)`."""

    def begin(stream):
        plan = make_plan({"acme": 40, "beta": 20})
        story = new_story()
        for number, launch in enumerate(plan.launches):
            story.plan(number, account=launch.account.name)
        summary = Summary.of(story.events, story.key)
        progress = LineProgress(summary, plan, stream, lambda: t0 + anyio.current_time(), interval=5)

        def tell(event):
            summary.on_event(event)
            progress.on_event(event)
            return story

        story.tell = tell
        return story, progress

    return begin


def pulse(t0, **changes):
    settled = dict.fromkeys(Result, 0) | {Result.STARTED: 36, Result.REJECTED: 1, Result.NOT_ATTEMPTED: 1}
    told = {
        "now": t0,
        "done": 38,
        "planned": 60,
        "settled": settled,
        "accounts": (),
        "end": None,
        "halted": None,
    }
    return RunPulse(**(told | changes))


def waiting(account, queued, until, reason="waits for its budget"):
    return AccountPulse(account, 0, 40, {}, queued, 0, Wait(until, reason), until)


def test_a_line_tells_counts_the_longest_wait_and_when_it_will_end(t0):
    accounts = (waiting("acme", 22, t0 + 41), waiting("beta", 3, t0 + 12))

    assert line(pulse(t0, accounts=accounts, end=t0 + 125)) == (
        f"{clock(t0, t0)} 38/60 started 36 rejected 1 not attempted 1 · "
        f"acme: waits for its budget, 41 s, 22 queued (and 1 more) · ETA {clock(t0 + 125, t0)}"
    )


def test_a_line_tells_no_more_than_there_is(t0):
    assert line(pulse(t0, settled=dict.fromkeys(Result, 0), done=0)) == f"{clock(t0, t0)} 0/60"


def test_an_account_with_nothing_queued_does_not_wait(t0):
    assert "acme" not in line(pulse(t0, accounts=(waiting("acme", 0, t0 + 41),)))


def test_a_line_is_written_every_interval_and_one_at_the_end(watched):
    out = io.StringIO()

    async def watch():
        story, progress = watched(out)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(progress.run)
            await anyio.sleep(1)
            story.start(0)
            story.tell(LaneWaiting("acme", story.now, story.now + 60, "waits for its budget", 39))
            await anyio.sleep(10)
            progress.close()
            progress.close()
        return anyio.current_time()

    assert run_virtual(watch) == 11
    told = [text.split(" ", 1)[1].partition(" ·")[0] for text in out.getvalue().splitlines()]
    assert told == ["0/60", "1/60 started 1", "1/60 started 1", "1/60 started 1"]
    assert "acme: waits for its budget" in out.getvalue()


def test_a_halt_is_told_at_once(watched):
    out = io.StringIO()

    async def watch():
        story, _ = watched(out)
        story.tell(RunHalted(story.now, "5 of 60 launches unknown"))

    run_virtual(watch)

    assert "halted: 5 of 60 launches unknown" in out.getvalue()


@pytest.mark.parametrize("stream", [None, Broken()])
def test_a_broken_stream_ends_nothing(watched, stream):
    async def watch():
        story, progress = watched(stream)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(progress.run)
            await anyio.sleep(12)
            story.tell(RunHalted(story.now, "x"))
            progress.close()

    run_virtual(watch)


def test_a_run_that_never_began_leaves_no_line(watched):
    out = io.StringIO()

    async def watch():
        _, progress = watched(out)
        progress.close()
        await progress.run()

    run_virtual(watch)

    assert out.getvalue() == ""


def test_a_defect_of_the_display_does_not_end_the_run(make_plan):
    def broken_clock():
        raise OverflowError

    async def watch():
        progress = LineProgress(Summary(), make_plan({"acme": 1}), io.StringIO(), broken_clock, interval=1)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(progress.run)
            await anyio.sleep(3)
            progress.close()

    run_virtual(watch)
