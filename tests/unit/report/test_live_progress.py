"""Progress on a terminal."""

import io
import sys

import anyio
import pytest
from rich.console import Console
from virtual_time import run_virtual

from launcher.journal.events import RunHalted
from launcher.outcome import Result
from launcher.report.live_progress import LiveProgress, frame
from launcher.report.pulse import AccountPulse, RunPulse, Wait
from launcher.report.summary import Summary
from launcher.report.times import clock


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


class LostTerminal(Terminal):
    def __init__(self, lasts):
        super().__init__()
        self.left = lasts

    def write(self, text):
        self.left -= 1
        if self.left < 0:
            raise BrokenPipeError
        return super().write(text)


@pytest.fixture(autouse=True)
def a_terminal_that_can_draw(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.fixture
def progress_on(make_plan, new_story, t0):
    """Progress of a run of 60 over two accounts: `progress_on(stream)`."""

    def begin(stream):
        plan = make_plan({"acme": 40, "beta": 20})
        story = new_story()
        for number, launch in enumerate(plan.launches):
            story.plan(number, account=launch.account.name)
        summary = Summary.of(story.start(0).events, story.key)
        progress = LiveProgress(summary, plan, stream, lambda: t0 + anyio.current_time(), width=80)
        return progress, story

    return begin


def settled(**counts):
    return {result: counts.get(result.value, 0) for result in Result}


def account(name, done=0, planned=40, *, queued=10, wait=None, end=None, results=None):
    return AccountPulse(name, done, planned, results or settled(started=done), queued, 3, wait, end)


def run_of(t0, accounts, **changes):
    told = {
        "done": 38,
        "planned": 60,
        "settled": settled(started=36, rejected=2),
        "end": t0 + 125,
        "halted": None,
    }
    return RunPulse(now=t0, accounts=accounts, **(told | changes))


def drawn(pulse, width=80, room=20):
    out = io.StringIO()
    Console(file=out, width=width).print(frame("nightly-2026-11-23", pulse, room))
    return [" ".join(text.split()) for text in out.getvalue().splitlines()]


def test_the_top_tells_how_far_the_whole_run_is(t0):
    top, results, *_ = drawn(run_of(t0, ()))

    assert top.startswith("nightly-2026-11-23 ━")
    assert top.endswith(f"38/60 ETA {clock(t0 + 125, t0)}, 2 min 05 s")
    assert results == "started 36 rejected 2"


def test_each_account_tells_what_it_does(t0):
    wait = Wait(t0 + 41, "waits for its budget")
    accounts = [
        account("acme", 18, wait=wait, queued=22, end=t0 + 60),
        account("beta", 4, results=settled(started=2, unknown=2)),
        account("gamma", 37, queued=0),
        account("delta", 40, queued=0),
    ]

    lines = drawn(run_of(t0, accounts))

    assert f"acme 18/40 - 22 41 s, waits for its budget {clock(t0 + 60, t0)}" in lines
    assert "beta 4/40 2 10 sends" in lines
    assert "gamma 37/40 - - awaits answers" in lines
    assert "delta 40/40 - - done" in lines


def test_a_wide_terminal_tells_the_results_of_each_account_in_words(t0):
    lines = drawn(run_of(t0, [account("acme", 3, results=settled(started=2, unknown=1))]), width=120)

    assert "acme 3/40 started 2 unknown 1 10 sends" in lines


def test_hundreds_of_accounts_do_not_flood_the_screen(t0):
    accounts = [account(f"account-{n}", 40 if n > 99 else 0) for n in range(300)]

    lines = drawn(run_of(t0, accounts), room=20)

    assert len(lines) < 30
    assert "and 280 more 200 of them done" in lines


@pytest.mark.parametrize("width", [40, 80])
def test_no_line_is_longer_than_the_terminal(t0, width):
    wait = Wait(t0 + 41, "a reason of somebody who likes to explain things at length")
    out = io.StringIO()

    Console(file=out, width=width).print(frame("t" * 90, run_of(t0, [account("a" * 90, wait=wait)]), 20))

    assert max(map(len, out.getvalue().splitlines())) <= width


def test_a_halt_is_told(t0):
    assert "halted: 5 unknown; waiting for what is on its way" in drawn(run_of(t0, (), halted="5 unknown"))


def test_names_cannot_write_on_the_terminal(t0):
    lines = drawn(run_of(t0, [account("[bold]x[/]", wait=Wait(None, "[red]y[/]"))], halted="[/z]"))

    assert any("[bold]x[/]" in text and "[red]y[/]" in text for text in lines)
    assert any("[/z]" in text for text in lines)


def test_frames_are_drawn_until_the_end_and_then_taken_away(progress_on):
    terminal = Terminal()

    async def watch():
        progress, story = progress_on(terminal)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(progress.run)
            await anyio.sleep(1.1)
            progress.on_event(RunHalted(story.now, "5 of 60 launches unknown"))
            await anyio.sleep(0.6)
            progress.close()
            progress.close()

    run_virtual(watch)

    text = terminal.getvalue()
    assert text.count("nightly-2026-11-23") >= 3
    assert "halted: 5 of 60 launches unknown" in text
    assert "\x1b[?25l" in text
    assert text.rstrip("\r\n").rfind("\x1b[?25h") > text.rfind("nightly")


def test_a_cancelled_run_gives_the_terminal_back(progress_on):
    terminal = Terminal()
    stderr = sys.stderr

    async def watch():
        progress, _ = progress_on(terminal)
        with anyio.move_on_after(1):
            await progress.run()

    run_virtual(watch)

    assert "\x1b[?25h" in terminal.getvalue()
    assert sys.stderr is stderr


@pytest.mark.parametrize("lasts", [0, 1, 3])
def test_a_terminal_that_goes_away_ends_nothing(progress_on, lasts):
    async def watch():
        progress, _ = progress_on(LostTerminal(lasts))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(progress.run)
            await anyio.sleep(2)
            progress.close()

    run_virtual(watch)


def test_a_missing_stream_ends_nothing(progress_on):
    async def watch():
        progress, _ = progress_on(None)
        with anyio.move_on_after(1):
            await progress.run()

    run_virtual(watch)


def test_a_defect_of_the_display_does_not_end_the_run(make_plan):
    def broken_clock():
        raise OverflowError

    async def watch():
        progress = LiveProgress(Summary(), make_plan({"acme": 1}), Terminal(), broken_clock)
        with anyio.move_on_after(1):
            await progress.run()

    run_virtual(watch)


def test_a_run_that_never_began_draws_nothing(progress_on):
    terminal = Terminal()

    async def watch():
        progress, _ = progress_on(terminal)
        progress.close()
        await progress.run()

    run_virtual(watch)

    assert terminal.getvalue() == ""
