"""The examples of docs/reports.md are what the code writes."""

import io
import re
from pathlib import Path

import pytest

from launcher.outcome import Result
from launcher.report.html_table import MOST_ROWS
from launcher.report.write import FORMATS, SUFFIXES, print_report

PAGE = (Path(__file__).parents[3] / "docs/reports.md").read_text(encoding="utf-8")
LANGUAGES = {"json": "json", "csv": "csv", "junit": "xml", "md": "markdown", "tap": "tap"}


@pytest.fixture
def example(story):
    """The run of the page's examples."""
    story.plan(0, bot="billing", name="Renewal due").plan(1, bot="billing", name="=Renewal|late")
    return story.start(0).reject(1).close(1).summary


@pytest.mark.parametrize(("name", "language"), LANGUAGES.items())
def test_an_example_is_what_the_code_writes(example, name, language):
    out = io.StringIO()
    print_report(example, name, out)

    (shown,) = re.findall(rf"(?ms)^(````?){language}\n(.*?)^\1$", PAGE)

    assert shown[1].strip() == out.getvalue().replace("\r\n", "\n").strip()


def test_the_table_names_every_form_and_suffix():
    rows = re.findall(r"(?m)^\| `(\w+)` \| (`\.[^|]+`) \|", PAGE)

    listed = {(name, suffix) for name, suffixes in rows for suffix in re.findall(r"`(\.\w+)`", suffixes)}
    assert listed == {(name, suffix) for suffix, name in SUFFIXES.items()}
    assert {name for name, _ in listed} == set(FORMATS)


def test_every_result_has_its_place_in_junit_and_tap():
    table = PAGE.split("| result | JUnit | TAP |")[1].split("\n\n")[0]

    assert set(re.findall(r"`(\w+)`(?=[,| ])", table)) & set(Result) == set(Result)


def test_the_page_says_from_when_on_the_table_is_made_by_the_script():
    assert f"Above {MOST_ROWS:,} campaigns" in PAGE
