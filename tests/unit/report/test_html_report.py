"""The report as one HTML page, looked at without a browser; tests/e2e/test_html_report.py has one."""

import base64
import hashlib
import html
import re
from html.parser import HTMLParser

import pytest

from launcher.journal.events import LaneClosed, RunHalted
from launcher.outcome import Result
from launcher.report import html_table
from launcher.report.background import Background
from launcher.report.conclusion import Commands
from launcher.report.html_report import html_report_text
from launcher.report.html_table import SEVERITY
from launcher.report.plain import plain
from launcher.report.standing import words
from launcher.report.summary import Summary
from launcher.report.timeline import Timeline

VOID = {"meta", "link", "input", "br"}
TAGS = {
    *("html", "head", "meta", "title", "style", "link", "body", "header", "main", "footer", "section"),
    *("article", "h1", "h2", "h3", "p", "b", "i", "span", "small", "code", "bdi", "time", "a", "ul", "ol"),
    *("li", "dl", "dt", "dd", "div", "table", "thead", "tbody", "tfoot", "tr", "th", "td", "form", "label"),
    *("input", "select", "option", "button", "figure", "figcaption", "svg", "path", "rect", "text", "script"),
}


class Page(HTMLParser):
    """Elements and texts of a page; unbalanced tags fail."""

    def __init__(self, source):
        super().__init__()
        self.source = source
        self.open = []
        self.elements = []
        self.texts = []
        self.rows = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag == "tr" and "tbody" in self.open:
            self.rows.append([])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append((self.open[-1] if self.open else "", data))
        if self.rows and "tr" in self.open:
            self.rows[-1].append(data)

    def all(self, tag):
        return [attributes for each, attributes in self.elements if each == tag]

    @property
    def shown(self):
        return "".join(data for tag, data in self.texts if tag not in {"style", "script"})


def page_of(story, background=None):
    whole = background or Background(timeline=Timeline.of(story.events))
    return Page("".join(html_report_text(story.summary, whole)))


def squeezed(text):
    return " ".join(text.split())


def test_it_says_how_it_ended_and_what_to_do(mixed_story):
    shown = squeezed(page_of(mixed_story).shown)

    assert "nightly-2026-11-23 5 of 12 launches started in 49 s Exit code 3: at least one unknown" in shown
    assert "Settle: launcher reconcile nightly-2026-11-23 reads the state of the unknown ones" in shown
    assert "Next: launcher run campaigns.yaml --key nightly-2026-11-23 reads the state of 1 unknown" in shown
    assert "2 rejected HTTP 401: Invalid SDK credentials Check client_id" in shown


def test_the_commands_are_those_that_fit_the_journal(mixed_story):
    commands = Commands(rerun="launcher run m.yaml --journal /j")

    assert "launcher run m.yaml --journal /j" in page_of(mixed_story, Background(commands=commands)).shown


def test_every_result_is_told_by_a_word_besides_the_colour(mixed_story):
    page = page_of(mixed_story)

    for row, cells in zip(mixed_story.summary.rows(), page.rows[-12:], strict=True):
        assert words(row.result) in squeezed("".join(cells))
        assert plain(row.reason or "") in "".join(cells)


def test_halts_and_stopped_accounts_are_told(mixed_story):
    mixed_story.tell(RunHalted(mixed_story.now, "5 unknown"))
    mixed_story.tell(LaneClosed("acme", mixed_story.now, None, "HTTP 401"))

    shown = page_of(mixed_story).shown

    assert "Halted: 5 unknown" in shown
    assert "Account acme was stopped: HTTP 401" in shown


def test_a_rehearsal_cannot_be_taken_for_the_real_run(mixed_story):
    shown = page_of(mixed_story, Background(rehearsal=True)).shown

    assert "starts these campaigns for real" in shown


def test_the_page_allows_itself_its_own_style_and_script_and_nothing_else(hostile_story):
    page = page_of(hostile_story)
    (policy,) = [each["content"] for each in page.all("meta") if "http-equiv" in each]

    allowed = dict(part.split(" ", 1) for part in policy.split("; "))
    assert allowed["default-src"] == "'none'"
    for directive, tag in (("style-src", "style"), ("script-src", "script")):
        (content,) = [data for each, data in page.texts if each == tag]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert allowed[directive] == f"'sha256-{digest}'"
    assert set(allowed) == {"default-src", "style-src", "script-src", "img-src", "base-uri", "form-action"}


def test_the_page_refers_to_nothing_outside(mixed_story):
    page = page_of(mixed_story)

    references = [
        value
        for _, attributes in page.elements
        for name, value in attributes.items()
        if name in {"href", "src", "action", "data", "xlink:href", "srcset", "poster"}
    ]
    assert set(references) == {"data:,", "#campaigns"}
    assert re.findall(r"url\(|@import|https?:|fetch\(|XMLHttp|innerHTML|eval\(", page.source) == []


def test_what_others_wrote_is_only_ever_text(hostile_story):
    page = page_of(hostile_story)

    assert {tag for tag, _ in page.elements} <= TAGS
    assert [
        name for _, each in page.elements for name in each if name.startswith("on") or name == "style"
    ] == []
    assert len(page.all("script")) == 1
    assert page.source.isascii()
    assert page.shown.count("<script>alert(1)</script>") > 5


def test_every_name_is_shown_as_it_is(hostile_story):
    page = page_of(hostile_story)

    rows = list(hostile_story.summary.rows())
    for row, cells in zip(rows, page.rows[-len(rows) :], strict=True):
        for text in (row.campaign_id, row.name, row.account, row.reason):
            assert plain(text or "") in "".join(cells)


def test_labels_and_links_lead_to_elements_that_are_there(mixed_story):
    page = page_of(mixed_story)

    ids = [each["id"] for _, each in page.elements if "id" in each]
    assert len(ids) == len(set(ids))
    wanted = [each["aria-labelledby"] for _, each in page.elements if "aria-labelledby" in each]
    wanted += [each["href"][1:] for each in page.all("a")]
    assert set(wanted) <= set(ids)


def test_the_script_knows_results_in_the_order_of_the_page(mixed_story):
    source = page_of(mixed_story).source

    (listed,) = re.findall(r"const RESULTS = \[(.*?)\]", source)
    assert [each.strip('" ') for each in listed.split(",")] == [words(result) for result in SEVERITY]
    assert set(SEVERITY) == set(Result)


def test_a_large_run_has_what_did_not_start_as_rows_and_everything_as_data(mixed_story, monkeypatch):
    monkeypatch.setattr(html_table, "MOST_ROWS", 4)
    monkeypatch.setattr(html_table, "BATCH", 5)

    page = page_of(mixed_story)

    blocks = [each for each in page.all("script") if each.get("type") == "application/json"]
    assert len(blocks) == 3
    told = [cells[1].strip() for cells in page.rows[-4:]]
    assert told == ["unknown", "rejected", "rejected", "failed"]
    assert "Without a script, this table has only the first 4 campaigns" in page.shown


def test_data_cannot_end_its_element(hostile_story, monkeypatch):
    monkeypatch.setattr(html_table, "MOST_ROWS", 4)

    page = page_of(hostile_story)

    assert {tag for tag, _ in page.elements} <= TAGS
    assert len(page.all("script")) == 2
    assert page.source.isascii()


def test_a_large_run_is_never_whole_in_memory(story):
    for launch in range(10_000):
        story.plan(launch)

    longest = max(map(len, html_report_text(story.summary)))

    assert longest < 400_000


@pytest.mark.parametrize("cut", range(0, 50, 4))
def test_a_history_cut_off_anywhere_makes_a_page(mixed_story, cut):
    del mixed_story.events[cut:]

    assert "launches started" in page_of(mixed_story).shown


def test_a_run_without_any_event_makes_a_page():
    page = Page("".join(html_report_text(Summary("key"))))

    assert "0 of 0 launches started" in page.shown


def test_without_events_the_page_says_where_its_timeline_is(mixed_story):
    shown = page_of(mixed_story, Background()).shown

    assert "launcher report KEY --report FILE.html draws it" in squeezed(shown)


def test_charts_are_told_in_words(mixed_story, t0):
    mixed_story.tell(LaneClosed("acme", t0 + 30, t0 + 40, "throttled"))

    page = page_of(mixed_story)

    labels = [each["aria-label"] for each in page.all("svg") if each.get("role") == "img"]
    assert labels[0] == "acme: 8 requests: 6 starts, 1 retry, 1 read; 1 throttled; paused 10 s"
    assert len(labels) == 3


def test_charts_stay_within_their_frame(mixed_story, new_story, t0):
    long = new_story()
    long.plan(0).plan(1)
    for number in range(40):
        long.now = t0 + 86_400 * number
        long.open().plan(0).plan(1).throttle(0, number + 1)
    for story in (mixed_story, long):
        for path in re.findall(r' d="([^"]+)"', page_of(story).source):
            for x, y in re.findall(r"M(-?[\d.]+) (-?[\d.]+)", path):
                assert 0 <= float(x) <= 1_000
                assert 0 <= float(y) <= 62


def test_a_run_taken_up_often_shows_its_latest_episodes(story, t0):
    story.plan(0)
    for number in range(9):
        story.now = t0 + 3_600 * number
        story.open().plan(0).throttle(0, number + 1)

    shown = page_of(story).shown

    assert "The run was taken up 10 times; the latest 6 are drawn" in shown
    assert "11-23 17:00" in shown or "17:00:0" in shown


def test_text_in_attributes_is_quoted(new_story):
    story = new_story()
    story.plan(0, account='" onload="alert(1)').start(0)

    (label,) = [each["aria-label"] for each in page_of(story).all("svg") if each.get("role") == "img"]
    assert label.startswith(html.unescape("&quot; onload=&quot;alert(1): 1 request"))
