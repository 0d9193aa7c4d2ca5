"""A run that somebody stopped says so, whatever shows it."""

import io
import json

import pytest
from rich.console import Console

from launcher.journal.orders import Mandate, Order, OrderKind
from launcher.report.background import Background
from launcher.report.conclusion import NOTHING_TO_DO, Commands
from launcher.report.stopped import Stopped
from launcher.report.table import run_table
from launcher.report.write import print_report

ADA = Mandate("ada", "wrong list", "OPS-1")
AT = 1_795_435_260.0
STOP = Order(1, OrderKind.STOP, AT, ADA)
GO_ON = Order(2, OrderKind.CONTINUE, AT + 60, Mandate("bob", "mended"))
SAID = (
    "This run was stopped 2026-11-23T12:01:00Z by ada: wrong list [OPS-1]. "
    "2 of its campaigns are known to be stopped."
)
CONTINUED = " It was continued 2026-11-23T12:02:00Z."


@pytest.fixture
def summary(story):
    """All three launches started."""
    for launch in range(3):
        story.plan(launch).start(launch)
    return story.close(0).summary


def stopped(summary, *orders, at=AT):
    return Stopped.of(orders, {0: at, len(list(summary.rows())) - 1: at}, summary)


def test_without_a_stop_there_is_nothing_to_say(summary):
    assert stopped(summary) is None
    assert stopped(summary, Order(1, OrderKind.PAUSE, AT, ADA)) is None


def test_it_is_told_by_whom_when_why_and_of_how_many(summary):
    assert str(stopped(summary, STOP)) == SAID
    assert str(stopped(summary, STOP, GO_ON)) == SAID + CONTINUED
    assert (stopped(summary, STOP).in_force, stopped(summary, STOP, GO_ON).in_force) == (True, False)


def test_the_latest_stop_counts(summary):
    again = Order(3, OrderKind.STOP, AT + 120, Mandate("bob"))
    assert str(stopped(summary, STOP, GO_ON, again)).startswith(
        "This run was stopped 2026-11-23T12:03:00Z by bob. 2 "
    )


def test_what_was_started_after_its_stop_is_not_counted(summary):
    assert stopped(summary, STOP, at=summary.record(0).last_sent_at - 1).campaigns == 0


def test_a_secret_in_the_reason_or_the_ticket_is_not_shown(summary):
    token = "eyJhbGciOiJIUzI1NiJ9.eyJhcHBJZCI6ImNzIn0.c2lnbmF0dXJlLW9mLWl0"
    order = Order(1, OrderKind.STOP, AT, Mandate("ada", f"see {token}", token))
    assert token not in str(stopped(summary, order))


@pytest.mark.parametrize("form", ["md", "html"])
def test_a_page_says_so_and_not_that_there_is_nothing_to_do(summary, form):
    text = printed(summary, form, stopped(summary, STOP, GO_ON))
    for sentence in (
        "3 of 3 launches started (2 stopped since)",
        "wrong list",
        "2 of its campaigns are known",
    ):
        assert sentence in text
    assert "It was continued 2026-11-23T12:02:00Z." in text
    assert NOTHING_TO_DO not in text
    assert NOTHING_TO_DO in printed(summary, form, None)


def test_what_is_left_of_a_stopped_run_is_started_only_on_purpose(story):
    left = story.plan(0).plan(1).start(0).close(4).summary
    assert "--continue --reason WHY" in printed(left, "md", stopped(left, STOP))
    assert "--continue" not in printed(left, "md", stopped(left, STOP, GO_ON))


def test_unknown_ones_are_told_apart_and_the_headline_counts_started_ones_only(story):
    left = story.plan(0).plan(1).plan(2).start(0).start(1).unknown(2).close(4).summary
    stop = stopped(left, STOP)
    assert (stop.campaigns, stop.started, stop.unknown) == (2, 1, 1)
    assert "2 of its campaigns are known to be stopped, one of them unknown: if it was started, " in str(stop)
    text = printed(left, "md", stop)
    assert "2 of 3 launches started (1 stopped since)" in text
    assert "`launcher reconcile` with it if the run was stopped" in text.replace("\\", "")


def test_the_terminal_says_so(summary):
    out = io.StringIO()
    Console(file=out, width=200).print(run_table(summary, Commands(rerun="x"), stopped(summary, STOP, GO_ON)))
    assert "3 of 3 launches started (2 stopped since)" in out.getvalue()
    assert SAID + CONTINUED in out.getvalue()
    assert NOTHING_TO_DO not in out.getvalue()
    assert "not started again under this key" in out.getvalue()


def test_the_json_has_it_and_the_six_results_stay(summary):
    told, plain = (json.loads(printed(summary, "json", each)) for each in (stopped(summary, STOP), None))
    assert told["run"].pop("stopped") == {
        "at": "2026-11-23T12:01:00.000Z",
        "by": "ada",
        "reason": "wrong list",
        "ticket": "OPS-1",
        "campaigns": 2,
        "continued_at": None,
    }
    assert told == plain


def printed(summary, form, stop):
    out = io.StringIO()
    print_report(summary, form, out, Background(stopped=stop))
    return out.getvalue()
