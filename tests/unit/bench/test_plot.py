"""The plots are well-formed, and their lines are where the numbers are."""

import re
from xml.etree.ElementTree import fromstring

from bench import plot

SVG = "{http://www.w3.org/2000/svg}"


def test_bars_are_as_long_as_their_values_and_end_at_the_most():
    picture = fromstring(plot.bars("T", {"g": [("a", 1.0, ""), ("b", 2.0, ""), ("c", 99.0, "stopped")]}, 4.0))
    widths = [float(bar.get("width")) for bar in picture.findall(f"{SVG}rect")[1:]]
    assert widths == [widths[0], 2 * widths[0], 4 * widths[0]]


def test_text_is_escaped():
    picture = fromstring(plot.bars("a < b & c", {}, 4.0))
    assert "a < b & c" in [text.text for text in picture.findall(f"{SVG}text")]


def test_a_line_rises_one_step_for_each_request():
    picture = fromstring(plot.steps("T", {"ours": [0.0, 1.0, 6.0]}, 6.0, 2))
    lines = [path.get("d") for path in picture.findall(f"{SVG}path") if path.get("stroke-width") == "2"]
    heights = [float(height) for height in re.findall(r"V([\d.]+)", lines[0])]
    assert heights == sorted(heights, reverse=True)
    assert len(heights) == 3


def test_nothing_that_was_counted_still_gives_a_picture():
    assert fromstring(plot.steps("T", {"stopped at once": []}, 6.0, 60)).tag == f"{SVG}svg"
