"""What a report takes in memory while it is written: bytes a launch, whatever stays the same aside."""

import gc
import tracemalloc

import pytest

from launcher.outcome import Result
from launcher.report.background import NOTHING
from launcher.report.conclusion import Findings
from launcher.report.summary import Summary
from launcher.report.timeline import Timeline
from launcher.report.write import FORMATS

FEW, MANY = 3_100, 9_100
"""More than any format treats as one piece."""

POINTER = 8
STREAMED = 4
"""Nothing, but the pieces of text that are made at once differ a little in size."""
GROUPED = POINTER + 2
SORTED = 2 * POINTER + 2
"""The launches in another order, and by what they are sorted."""


def run(story, count, order):
    for position, launch in enumerate(order(range(count))):
        story.plan(launch, position, account=f"account {launch % 3}")
    for launch in range(count):
        (story.reject if launch % 10 == 0 else story.start)(launch)
    return story.close(1)


def peak(work):
    """Bytes that `work` takes at most, beyond what there was."""
    work()  # caches
    gc.collect()
    tracemalloc.start()
    work()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def a_launch(new_story, work, order=list):
    """Bytes a launch that `work` takes of a summary."""
    few, many = (run(new_story(), count, order).summary for count in (FEW, MANY))
    return (peak(lambda: work(many)) - peak(lambda: work(few))) / (MANY - FEW)


def render(name):
    def work(summary):
        for _ in FORMATS[name](summary, NOTHING):
            pass

    return work


def test_every_format_is_looked_at():
    assert {*FORMATS} == {"json", "csv", "md", "html", "tap", "junit"}


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("json", STREAMED),
        ("csv", STREAMED),
        ("md", STREAMED),
        ("html", STREAMED),
        ("tap", STREAMED),
        ("junit", GROUPED),
    ],
)
def test_a_report_is_written_row_by_row(new_story, name, most):
    assert a_launch(new_story, render(name)) < most


def test_launches_that_are_not_in_the_order_of_the_plan_are_sorted_in_place(new_story):
    assert a_launch(new_story, render("tap"), lambda launches: [*reversed(launches)]) < SORTED


@pytest.mark.parametrize(
    "work",
    [
        lambda summary: Findings.of(summary.rows()),
        Summary.accounts,
        Summary.totals,
        lambda summary: summary.rehearsed,
        lambda summary: summary.shortened,
    ],
    ids=["findings", "accounts", "totals", "rehearsed", "shortened"],
)
def test_the_end_of_a_run_looks_at_one_launch_at_a_time(new_story, work):
    assert a_launch(new_story, work) < STREAMED


def test_a_summary_that_shares_its_records_takes_little_more(story):
    run(story, MANY, list)
    its = story.summary
    records = [its.record(launch) for launch in range(MANY)]
    tracemalloc.start()
    summary = Summary.of(story.events, story.key, records)
    held, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert summary == its
    assert summary.totals().results[Result.REJECTED] == MANY // 10
    assert held / MANY < 19
    assert most / MANY < 30


def test_a_timeline_takes_a_pointer_a_launch(story):
    run(story, MANY, list)
    tracemalloc.start()
    timeline = Timeline.of(story.events)
    before, _ = tracemalloc.get_traced_memory()
    for launch in range(MANY, 2 * MANY):
        timeline.apply(story.plan(launch, account="account 0").events[-1])
        story.events.pop()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (held - before) / MANY < POINTER + 2
    assert len(timeline.tracks) == 3
