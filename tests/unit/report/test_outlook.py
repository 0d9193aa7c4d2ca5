"""What the plan says of windows, waves, and what is not sent."""

import io
from dataclasses import replace
from datetime import date, timedelta

import pytest
from rich.console import Console

from launcher.engine.forecast import forecast
from launcher.manifest.model import Threshold
from launcher.manifest.windows import windows
from launcher.plan.calendar import Calendar
from launcher.report.outlook import MISSES_SHOWN
from launcher.report.plan_table import plan_table

NEW_YORK = Calendar(windows("Mon-Fri 07:00-07:01 America/New_York"))


@pytest.fixture
def shown(make_plan, t0):
    def shown(counts, calendar=None, width=100, **settings):
        plan = make_plan(counts)
        launches = tuple(replace(each, calendar=calendar) for each in plan.launches)
        plan = replace(plan, launches=launches, settings=replace(plan.settings, **settings))
        out = io.StringIO()
        Console(file=out, width=width).print(plan_table(plan, forecast(plan, now=t0), limit=0))
        lines = [" ".join(line.split()) for line in out.getvalue().splitlines()]
        return lines[: lines.index("")], lines[lines.index("") :]

    return shown


def test_a_plan_without_windows_and_waves_says_nothing_of_them(shown):
    _, lines = shown({"acme": 61})
    assert not [line for line in lines if "window" in line or "wave" in line]


def test_what_does_not_fit_waits_and_the_plan_says_until_when_by_the_clock_there(shown):
    head, lines = shown({"acme": 70, "beta": 2}, NEW_YORK)
    assert " ".join(head).startswith(
        "nightly: 72 launches over 2 accounts, done in 1 d 00 h (Tue 2026-11-24 07:00 EST), if nothing goes"
    )
    assert (
        "10 of 72 launches find their send window closed when it is their turn; the last wait until Tue"
        " 2026-11-24 07:00 EST (America/New_York)" in " ".join(lines)
    )
    assert "acme 10 of 70 Mon 2026-11-23 07:01 EST wait until Tue 2026-11-24 07:00 EST" in lines


def test_what_is_skipped_is_not_sent(shown):
    head, lines = shown({"acme": 70}, NEW_YORK, late="skip")
    assert "60 of which are sent in 2 s, if nothing goes wrong" in head[0]
    assert "10 of 70 launches not sent: their send window is closed (late: skip)" in lines
    assert "acme 10 of 70 Mon 2026-11-23 07:01 EST skipped, opens Tue 2026-11-24 07:00 EST" in lines


def test_a_run_that_would_fail_says_so(shown):
    calendar = Calendar(windows("Mon-Fri 10:00-11:00 America/New_York"))
    head, lines = shown({"acme": 3}, calendar, late="fail")
    assert "3 launches over 1 account, none of which is sent" in head[0]
    assert "3 of 3 launches not sent: a closed send window ends the run (late: fail)" in lines
    assert "acme 3 of 3 before the run end the run" in lines


def test_a_window_that_never_opens_is_said(shown):
    _, lines = shown({"acme": 3}, Calendar(windows("Sun 02:30-02:31 UTC"), _sundays()))
    assert "3 of 3 launches not sent: their send window does not open within a year" in lines
    assert "acme 3 of 3 before the run not sent: it does not open within a year" in lines


def _sundays():
    first = date(2026, 11, 22)
    return frozenset(first + timedelta(weeks=number) for number in range(60))


def test_a_deadline_is_said(shown):
    _, lines = shown({"acme": 70}, deadline=30.0)
    assert "10 of 70 launches not sent: the run may last 30 s (deadline)" in lines


def test_waves_have_their_sizes_and_times(shown):
    _, lines = shown({"acme": 10}, waves=(Threshold(1), Threshold(3), None), soak=300.0)
    assert "1 1 at once after 0.3 s" in lines
    assert "2 3 after 5 min 01 s after 5 min 01 s" in lines
    assert "3 6 after 10 min 02 s after 10 min 02 s" in lines
    assert "between two waves: 5 min 00 s of soak, then the states of the one before are read again" in lines


def test_waves_and_windows_together_tell_the_time_of_day(shown):
    _, lines = shown({"acme": 10}, NEW_YORK, waves=(Threshold(1), None), soak=90.0)
    assert "2 9 Tue 2026-11-24 07:00 EST Tue 2026-11-24 07:00 EST" in lines


def test_a_gate_that_asks_is_opened_by_a_person(shown):
    head, lines = shown({"acme": 10}, waves=(Threshold(1), None), gate="ask")
    assert "1 of which is sent in 0.3 s" in head[0]
    assert "9 of 10 launches not sent: a person opens the gate after each wave (`run --continue`)" in lines
    assert "2 9 when a person opens the gate -" in lines


def test_a_wave_that_is_skipped_is_never_and_holds_the_next(shown):
    calendar = Calendar(windows("Mon-Fri 10:00-11:00 America/New_York"))
    _, lines = shown({"acme": 10}, calendar, waves=(Threshold(1), None), late="skip")
    assert "1 of 10 launches not sent: their send window is closed (late: skip)" in lines
    assert (
        "9 of 10 launches not sent: of a wave before them nothing is sent, so its gate stays closed" in lines
    )
    assert "1 1 never -" in lines
    assert "2 9 when a person opens the gate -" in lines


def test_many_accounts_that_miss_a_window_are_cut(shown):
    counts = {f"account-{number:03}": 61 for number in range(MISSES_SHOWN + 5)}
    _, lines = shown(counts, Calendar(windows("Mon-Fri 10:00-10:01 America/New_York")))
    assert len([line for line in lines if "before the run" in line]) <= MISSES_SHOWN
    assert [line for line in lines if line.startswith("and ") and line.endswith(" more")]


@pytest.mark.parametrize("width", [60, 80])
def test_it_fits_a_narrow_terminal(make_plan, t0, width):
    plan = make_plan({"acme": 70})
    plan = replace(plan, launches=tuple(replace(each, calendar=NEW_YORK) for each in plan.launches))
    out = io.StringIO()
    Console(file=out, width=width).print(plan_table(plan, forecast(plan, now=t0), limit=0))
    assert max(map(len, out.getvalue().splitlines())) <= width
