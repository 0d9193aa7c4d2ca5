"""The waves of a run on the page's timeline."""

import re
from html.parser import HTMLParser

import pytest

from launcher.journal.events import GateOpened, RunHalted
from launcher.report.background import Background
from launcher.report.html_report import html_report_text
from launcher.report.timeline import Timeline


def page_of(story):
    return "".join(html_report_text(story.summary, Background(timeline=Timeline.of(story.events))))


def shown(page):
    texts = []
    parser = HTMLParser()
    parser.handle_data = texts.append
    parser.feed(page)
    return " ".join("".join(texts).split())


def flags(page):
    """Where flags stand in the first chart."""
    path = re.search(r'<path class="flag" d="(M[^"]+5z)"', page.partition("<figure>")[2])
    return [float(x) for x in re.findall(r"M([\d.]+) 0l", path[1])] if path else []


def numbers(page):
    """What stands above the first chart."""
    figure = page.partition("<figure>")[2].partition("</figure>")[0]
    return re.findall(r"<text[^>]*>([^<]*)</text>", figure)


@pytest.fixture
def in_waves(story, t0):
    """Three waves at 0, 300 and 900 of 1,000 seconds."""
    story.plan(0).plan(1, account="beta").plan(2).start(0)
    story.tell(GateOpened(t0 + 300, "wave 1 of 3: 1 looked at, none failed"))
    story.now = t0 + 310
    story.start(1).tell(GateOpened(t0 + 900, "wave 2 of 3: 1 looked at, none failed"))
    story.now = t0 + 997
    return story.start(2).close(0)


def test_a_run_in_one_wave_has_no_flags_and_no_word_of_waves(mixed_story):
    page = page_of(mixed_story)

    assert flags(page) == []
    assert "a wave begins" not in page
    assert "Wave 1" not in page


def test_each_wave_has_a_flag_and_its_number_in_every_chart_where_it_began(in_waves):
    page = page_of(in_waves)

    assert flags(page) == pytest.approx([0.0, 300.0, 900.0], abs=30)
    assert numbers(page) == ["1", "2", "3"]
    assert page.count('class="chart"') == page.count('<path class="flag" d="M0.0 0l') == 2
    assert "a wave begins: its number" in shown(page)


def test_waves_are_told_in_words(in_waves):
    told = shown(page_of(in_waves))

    assert "Wave 1 began 2026-11-23 12:00:00 UTC." in told
    assert "Wave 3 began 2026-11-23 12:15:00 UTC: the gate after wave 2 of 3 opened (1 looked at" in told


def test_a_gate_that_stayed_closed_is_told_and_the_wave_has_no_flag(in_waves, t0):
    events = in_waves.events[:-4]
    in_waves.events = [*events[:-1], RunHalted(t0 + 900, "the gate after wave 2 of 3 closed: 1 <b>unknown")]
    page = page_of(in_waves)

    assert numbers(page) == ["1", "2"]
    assert (
        "Wave 3 did not begin: at 2026-11-23 12:15:00 UTC the gate after wave 2 of 3 closed: 1 <b>"
        in shown(page)
    )
    assert 'class="halt"' in page


@pytest.mark.parametrize(
    ("halted", "started", "said"),
    [
        (
            False,
            True,
            "Wave 3 did not begin by itself: at 2026-11-23 12:15:00 UTC the gate after wave 2 of 3 closed",
        ),
        (False, False, "Wave 3 did not begin: at"),
        (True, True, "Wave 3 did not begin: at"),
    ],
)
def test_what_was_started_later_without_waves_is_not_told_as_held(in_waves, t0, halted, started, said):
    """Somebody took `waves` out of the manifest; reconciling starts nothing and opens nothing."""
    in_waves.events[-5:] = [RunHalted(t0 + 900, "the gate after wave 2 of 3 closed: 1 unknown")]
    in_waves.now = t0 + 5_000
    in_waves.open()
    if started:
        in_waves.start(2)
    if halted:
        in_waves.tell(RunHalted(in_waves.now, "the deadline is over"))
    told = shown(page_of(in_waves.close(0)))
    assert said in told
    assert ("UTC on, without that gate." in told) == (started and not halted)


def test_a_gate_that_a_person_opened_later_counts_once(in_waves, t0):
    held = RunHalted(t0 + 900, "the gate after wave 2 of 3 holds: a person is to look at it")
    in_waves.events[-5:] = [held]
    in_waves.now = t0 + 5_000
    in_waves.open().tell(GateOpened(t0 + 5_001, "wave 2 of 3: a person looked and continued")).start(2)
    page = page_of(in_waves)

    assert numbers(page)[-1] == "3"
    assert "Wave 3 began 2026-11-23 13:23:21 UTC" in shown(page)
    assert "Wave 4" not in shown(page)


def test_waves_that_begin_close_together_share_a_number(story, t0):
    story.plan(0).start(0)
    for wave in (1, 2, 3):
        story.tell(GateOpened(t0 + 10 * wave, f"wave {wave} of 5: 1 looked at, none failed"))
    story.tell(GateOpened(t0 + 600, "wave 4 of 5: 1 looked at, none failed"))
    story.now = t0 + 1_000
    page = page_of(story.close(0))

    assert numbers(page) == ["1&#8211;4", "5"]
    assert len(flags(page)) == 5


def test_a_flag_at_the_very_end_stays_inside(story, t0):
    story.plan(0).start(0).tell(GateOpened(t0 + 100, "wave 1 of 2: 1 looked at, none failed"))

    page = page_of(story)

    assert "M1000.0 0l-12 5l12 5z" in page
    assert '<text x="100.0%" y="12" text-anchor="end">2</text>' in page
