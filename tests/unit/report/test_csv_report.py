"""The campaigns as CSV."""

import csv
import io

import pytest

from launcher.report.csv_report import COLUMNS, csv_report_text, harmless
from launcher.report.json_report import json_report
from launcher.report.plain import plain
from launcher.report.summary import Summary


def read(summary):
    return list(csv.DictReader(io.StringIO("".join(csv_report_text(summary)), newline="")))


def test_it_reads_back_as_the_rows_of_the_json_report(mixed_story):
    rows = read(mixed_story.summary)

    expected = [
        {**{name: "" if value is None else str(value) for name, value in campaign.items()}, "removed": ""}
        for campaign in json_report(mixed_story.summary)["campaigns"]
    ]
    assert rows == expected


def test_columns_are_those_of_the_json_report(story):
    (campaign,) = json_report(story.plan(0).summary)["campaigns"]

    assert list(COLUMNS) == [*campaign, "removed"]


def test_a_launch_that_left_the_manifest_is_marked(story):
    story.plan(0).plan(1).start(0).open().plan(1, 0)

    assert [row["removed"] for row in read(story.summary)] == ["", "true"]


def test_no_cell_is_a_formula_and_no_row_is_lost(hostile_story):
    rows = read(hostile_story.summary)

    assert len(rows) == len(list(hostile_story.summary.rows()))
    cells = [cell for row in rows for cell in row.values()]
    assert [cell for cell in cells if cell.lstrip()[:1] in set("=+-@\uff1d\uff0b\uff0d\uff20")] == []
    assert all(cell.isprintable() for cell in cells)
    "".join(csv_report_text(hostile_story.summary)).encode()


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "\tx", "\rx", " =1", "\uff1d1"])
def test_an_apostrophe_makes_a_formula_a_text(text):
    assert harmless(text) == f"'{plain(text)}"


@pytest.mark.parametrize("text", ["Renewal - due", "a=b", "1.5", "ops@example.com", "'quoted"])
def test_an_innocent_text_stays_as_it_is(text):
    assert harmless(text) == text


def test_a_run_without_launches_has_a_header():
    assert "".join(csv_report_text(Summary("key"))).splitlines() == [",".join(COLUMNS)]


def test_a_long_run_comes_in_pieces(story):
    for launch in range(1_200):
        story.plan(launch)

    pieces = list(csv_report_text(story.summary))

    assert len(pieces) == 3
    assert len("".join(pieces).splitlines()) == 1_201
