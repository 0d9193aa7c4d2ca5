"""The campaigns as TAP."""

import json
import re

import pytest

from launcher.outcome import Result
from launcher.report.summary import Summary
from launcher.report.tap_report import tap_report_text

POINT = re.compile(
    r"(?P<ok>(?:not )?ok) (?P<number>\d+) - (?P<description>(?:[^\\#]|\\[\\#])*?)(?P<skip> # SKIP .*)?"
)


def parsed(text):
    """Read TAP 14 as its specification has it; anything that it does not allow raises."""
    lines = text.split("\n")
    assert lines.pop() == ""
    assert lines.pop(0) == "TAP version 14"
    plan = re.fullmatch(r"1\.\.(\d+)(?: # SKIP .+)?", lines.pop(0))
    points = []
    while lines:
        point = POINT.fullmatch(lines.pop(0)).groupdict()
        point["description"] = re.sub(r"\\(.)", r"\1", point["description"])
        point["told"] = {}
        if lines and lines[0] == "  ---":
            lines.pop(0)
            while (line := lines.pop(0)) != "  ...":
                key, value = re.fullmatch(r"  (\w+): (.*)", line).groups()
                point["told"][key] = json.loads(value)
        points.append(point)
    assert [int(point["number"]) for point in points] == list(range(1, int(plan[1]) + 1))
    return points


def test_every_launch_is_a_point_in_the_order_of_the_plan(mixed_story):
    points = parsed("".join(tap_report_text(mixed_story.summary)))

    rows = list(mixed_story.summary.rows())
    fine = {Result.STARTED, Result.ALREADY_ACTIVE, Result.NOT_ATTEMPTED}
    assert [point["ok"] == "ok" for point in points] == [row.result in fine for row in rows]
    assert [point["skip"] is not None for point in points] == [
        row.result is Result.NOT_ATTEMPTED for row in rows
    ]
    assert all(row.campaign_id in point["description"] for row, point in zip(rows, points, strict=True))


def test_a_failure_says_why_and_what_to_do(mixed_story):
    points = parsed("".join(tap_report_text(mixed_story.summary)))

    assert points[6]["told"]["result"] == "rejected"
    assert points[6]["told"]["http_status"] == 401
    assert points[6]["told"]["advice"].startswith("Check client_id")
    assert points[10]["skip"] == " # SKIP halted: 5 of 60 launches unknown"


def test_nothing_that_others_wrote_makes_a_line_a_directive_or_a_point(hostile_story):
    text = "".join(tap_report_text(hostile_story.summary))

    points = parsed(text)

    rows = list(hostile_story.summary.rows())
    assert len(points) == len(rows)
    assert [point["skip"] is not None for point in points] == [
        row.result is Result.NOT_ATTEMPTED for row in rows
    ]
    text.encode()


def test_yaml_reads_the_blocks_too(mixed_story):
    import yaml  # noqa: PLC0415 - only here

    text = "".join(tap_report_text(mixed_story.summary))

    blocks = re.findall(r"(?ms)^  ---\n(.*?)^  \.\.\.\n", text)
    assert [yaml.safe_load(block)["result"] for block in blocks] == [
        "unknown",
        "rejected",
        "rejected",
        "failed",
    ]


@pytest.mark.parametrize("summary", [Summary("key")])
def test_a_run_without_launches_is_a_plan_of_none(summary):
    assert parsed("".join(tap_report_text(summary))) == []
