"""The HTML report in a real browser: it opens, asks nobody for anything, sorts, filters, and is readable."""

import json

import pytest
from browser import HINT, find_browser, open_page, started

from launcher.journal.events import (
    AttemptFinished,
    AttemptIntended,
    GateOpened,
    LaunchFinished,
    LaunchPlanned,
    RunClosed,
    RunOpened,
)
from launcher.manifest.model import Identity
from launcher.outcome import OutcomeKind, Result
from launcher.report.background import Background
from launcher.report.summary import Summary
from launcher.report.timeline import Timeline
from launcher.report.write import write_report

T0 = 1_795_435_200.0
SLOW = 120
"""Seconds for a test: a browser on a busy machine."""
NAMES = ("Zahlung", "alpha 10", "alpha 9", "</script><script>window.hurt = 1</script>", "\u202eevil", "=1+1")

pytestmark = [pytest.mark.timeout(SLOW), pytest.mark.browser]


def events_of(launches):
    """A run of so many campaigns in two accounts; of ten, one each is unknown, rejected and not attempted."""
    yield RunOpened(T0, "campaigns.yaml", "ab" * 32, "0.1.0")
    for launch in range(launches):
        identity = Identity("https://host.invalid", "id", "st-1", f"cd-{launch:06}", "sms")
        account = f"account-{launch % 2}"
        yield LaunchPlanned(launch, launch, identity, account, "billing", NAMES[launch % len(NAMES)])
    for launch in range(launches):
        at = T0 + launch
        if launch % 10 == 3:
            yield LaunchFinished(launch, at, Result.NOT_ATTEMPTED, "deadline: two hours are over")
            continue
        yield AttemptIntended(launch, 1, at)
        kind, result, reason = {
            1: (OutcomeKind.IN_DOUBT, Result.UNKNOWN, "no reply within 30 s"),
            2: (OutcomeKind.REFUSED, Result.REJECTED, "HTTP 404: no <b>such</b> campaign"),
        }.get(launch % 10, (OutcomeKind.ACCEPTED, Result.STARTED, None))
        yield AttemptFinished(launch, 1, at + 0.1, kind, reason, None)
        yield LaunchFinished(launch, at + 0.2, result, reason)
        if launches >= 40 and launch in {4, 12}:
            yield GateOpened(at + 0.5, f"wave {1 if launch == 4 else 2} of 3: some looked at, none failed")
    yield RunClosed(T0 + launches, 3)


@pytest.fixture(scope="session")
def page_file(tmp_path_factory):
    """Write a report of so many campaigns and return where it is."""
    folder = tmp_path_factory.mktemp("pages")

    def write(launches):
        path = folder / f"report-{launches}.html"
        if not path.exists():
            events = list(events_of(launches))
            background = Background(timeline=Timeline.of(events))
            write_report(Summary.of(events, "nightly"), str(path), background=background)
        return path

    return write


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """Start one browser for all; its address."""
    if find_browser() is None:
        pytest.fail(HINT, pytrace=False)
    with started(tmp_path_factory.mktemp("profile")) as address:
        yield address


async def rows(page):
    script = "Array.from(document.querySelectorAll('#table tbody tr'), (row) => row.innerText)"
    return await page.evaluate(script)


async def status(page):
    return await page.evaluate("document.getElementById('status').textContent")


async def ids(page):
    script = "Array.from(document.querySelectorAll('#table tbody code'), (code) => code.textContent)"
    return await page.evaluate(script)


async def click(page, selector, place=0):
    await page.evaluate(f"document.querySelectorAll({json.dumps(selector)})[{place}].click()")


async def fill(page, element, value, event):
    await page.evaluate(
        f"(() => {{ const field = document.getElementById({json.dumps(element)}); "
        f"field.value = {json.dumps(value)}; "
        f"field.dispatchEvent(new Event({json.dumps(event)}, {{bubbles: true}})); }})()"
    )
    await page.evaluate("new Promise((done) => setTimeout(done, 150))")


def quiet(page, path):
    """Nothing went wrong in the page, and nothing but the page was asked for."""
    assert page.errors == []
    assert {each for each in page.requests if not each.startswith("data:")} == {path.as_uri()}


async def test_it_opens_without_an_error_or_an_outside_request(page_file, browser):
    path = page_file(40)
    async with open_page(browser) as page:
        await page.look()
        await page.open(path)

        assert await page.evaluate("document.title") == "nightly"
        assert len(await rows(page)) == 40
        assert await page.evaluate("document.querySelectorAll('svg.chart').length") == 2
        assert await page.evaluate("window.hurt === undefined && document.scripts.length === 1")
        assert await page.evaluate("document.compatMode") == "CSS1Compat"
        quiet(page, path)


async def test_a_browser_that_finds_something_wrong_would_be_heard(page_file, browser, tmp_path):
    broken = tmp_path / "broken.html"
    text = (
        page_file(40)
        .read_text()
        .replace("</body>", "<script>nobody()</script><img src=http://host.invalid/x>")
    )
    broken.write_text(text)
    async with open_page(browser) as page:
        await page.open(broken)

        assert any("Content Security Policy" in error for error in page.errors)
        assert await page.evaluate("document.scripts.length") == 2


async def test_it_sorts_by_click_and_says_so(page_file, browser):
    async with open_page(browser) as page:
        await page.look()
        await page.open(page_file(40))
        plan = await ids(page)

        await click(page, "#table thead button", 0)
        first = await rows(page)
        assert "unknown" in first[0]
        assert "started" in first[-1]
        assert await page.evaluate("document.querySelector('[aria-sort=ascending]').innerText") == "Result"

        await click(page, "#table thead button", 0)
        assert "started" in (await rows(page))[0]
        assert await page.evaluate("document.querySelector('[aria-sort=descending]').innerText") == "Result"

        await click(page, "#table thead button", 0)
        assert await ids(page) == plan
        assert await page.evaluate("document.querySelector('[aria-sort]:not([aria-sort=none])')") is None


async def test_numbers_in_names_sort_as_numbers(page_file, browser):
    async with open_page(browser) as page:
        await page.open(page_file(40))

        await click(page, "#table thead button", 1)

        names = [row.split("\n") for row in await rows(page)]
        flat = [
            "alpha 9" if "alpha 9" in each else "alpha 10" if "alpha 10" in each else ""
            for each in map(" ".join, names)
        ]
        assert flat.index("alpha 9") < flat.index("alpha 10")


async def test_it_filters_by_text_result_and_account_together(page_file, browser):
    async with open_page(browser) as page:
        await page.open(page_file(40))

        await fill(page, "find", "ALPHA", "input")
        assert await status(page) == "14 of 40 campaigns, in the order of the plan"
        await fill(page, "account", "account-1", "change")
        accounts = (
            "Array.from(document.querySelectorAll('#table tbody tr'), (row) => row.cells[2].textContent)"
        )
        assert set(await page.evaluate(accounts)) == {"account-1"}
        await fill(page, "find", "no reply", "input")
        await fill(page, "result", "0", "change")
        assert await status(page) == "4 of 40 campaigns, in the order of the plan"
        assert all("no reply within 30 s" in row for row in await rows(page))

        await click(page, "#controls [type=reset]")
        await page.evaluate("new Promise((done) => setTimeout(done, 50))")
        assert len(await rows(page)) == 40


async def test_a_total_leads_to_its_campaigns(page_file, browser):
    async with open_page(browser) as page:
        await page.open(page_file(40))

        await click(page, 'a[data-result="not attempted"]')

        assert await status(page) == "4 of 40 campaigns, in the order of the plan"
        assert await page.evaluate("location.hash") == "#campaigns"


async def test_the_keyboard_reaches_and_works_everything(page_file, browser):
    async with open_page(browser) as page:
        await page.open(page_file(40))
        reached = []
        for _ in range(24):
            await page.press("Tab")
            reached.append(
                await page.evaluate(
                    "document.activeElement.id || document.activeElement.innerText.split('\\n').pop()"
                )
            )
            if reached[-1] == "Result":
                break

        assert [
            each for each in ("find", "result", "account", "Clear", "Result") if each not in reached
        ] == []
        await page.press("Enter", "\r")
        assert "unknown" in (await rows(page))[0]
        assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


async def test_without_scripts_the_table_is_there_and_nothing_is_offered_that_does_not_work(
    page_file, browser
):
    async with open_page(browser) as page:
        await page.look(scripts=False)
        await page.open(page_file(40))
        seen = await page.call("DOM.getDocument", depth=-1)
        text = json.dumps(seen)

        assert text.count('"nodeName": "TR"') >= 40
        controls = await page.call("DOM.querySelector", nodeId=seen["root"]["nodeId"], selector="#controls")
        with pytest.raises(Exception, match="Could not compute box model"):
            await page.call("DOM.getBoxModel", nodeId=controls["nodeId"])


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_text_stands_out_from_its_ground_in(page_file, browser, dark):
    script = """(() => {
      const light = (color) => {
        const [r, g, b] = color.match(/[0-9.]+/g).map((x) => x / 255)
          .map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const ground = (element) => {
        for (let each = element; each; each = each.parentElement) {
          const color = getComputedStyle(each).backgroundColor;
          if (color !== "rgba(0, 0, 0, 0)") return light(color);
        }
      };
      const weak = [];
      for (const element of document.querySelectorAll("body *")) {
        if (element.closest("svg, option, script") || element.querySelector("*")) continue;
        if (!element.innerText || !element.getClientRects().length) continue;
        const a = light(getComputedStyle(element).color), b = ground(element);
        const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (contrast < 4.5) weak.push([element.innerText, contrast]);
      }
      return [ground(document.body), weak.slice(0, 5)];
    })()"""
    async with open_page(browser) as page:
        await page.look(dark=dark)
        await page.open(page_file(40))

        ground, weak = await page.evaluate(script)

        assert (ground < 0.1) == dark
        assert weak == []


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
async def test_nothing_sticks_out_of_a_screen_of(page_file, browser, width):
    async with open_page(browser) as page:
        await page.look(width, 800)
        await page.open(page_file(40))

        assert await page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize(("width", "media"), [(320, ""), (800, ""), (1_024, ""), (1_280, ""), (718, "print")])
async def test_every_column_has_room_for_its_words_on(page_file, browser, width, media):
    script = """(() => {
      const head = Array.from(document.querySelectorAll("#table thead th"));
      const cells = Array.from(document.querySelectorAll("#table tbody td, #table tbody th"))
        .filter((cell) => cell.textContent && cell.getClientRects().length);
      const reasons = cells.filter((cell) => cell.cellIndex === 3);
      return [
        head.concat(cells).filter((cell) => cell.scrollWidth > cell.clientWidth + 1)
          .map((cell) => [cell.innerText, cell.scrollWidth, cell.clientWidth]),
        Math.min(...reasons.map((cell) => cell.clientWidth)),
      ];
    })()"""
    async with open_page(browser) as page:
        await page.look(width, 800, media=media)
        await page.open(page_file(40))

        cramped, narrowest = await page.evaluate(script)

        assert cramped == []
        assert narrowest >= 120


@pytest.mark.parametrize(("width", "dark"), [(320, False), (1_280, True)])
async def test_waves_stand_out_in_every_chart_on(page_file, browser, width, dark):
    """A flag is as dark as text is, its number stands where the flag does, and no two numbers overlap."""
    script = """(() => {
      const box = (each) => each.getBoundingClientRect();
      return Array.from(document.querySelectorAll("figure"), (figure) => {
        const chart = box(figure.querySelector(".chart"));
        const flags = figure.querySelector(".flag");
        return {
          same: getComputedStyle(flags).fill === getComputedStyle(document.body).color,
          inside: box(flags).left >= chart.left - 1 && box(flags).right <= chart.right + 1,
          drawn: flags.getAttribute("d").split("z").length - 1,
          numbers: Array.from(figure.querySelectorAll("text"), (each) => [each.textContent, box(each).left,
            box(each).right]),
        };
      });
    })()"""
    async with open_page(browser) as page:
        await page.look(width, 800, dark=dark)
        await page.open(page_file(40))

        charts = await page.evaluate(script)

        assert len(charts) == 2
        for chart in charts:
            assert (chart["same"], chart["inside"], chart["drawn"]) == (True, True, 3)
            assert [number for number, _, _ in chart["numbers"]] == ["1", "2", "3"]
            edges = [edge for _, left, right in chart["numbers"] for edge in (left, right)]
            assert edges == sorted(edges)
        words = await page.evaluate("document.querySelector('.waves').innerText")
        assert "Wave 3 began 2026-11-23 12:00:12 UTC: the gate after wave 2 of 3 opened" in words


async def test_on_paper_it_is_dark_on_light_and_without_controls(page_file, browser):
    async with open_page(browser) as page:
        await page.look(dark=True, media="print")
        await page.open(page_file(40))

        assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert await page.evaluate("getComputedStyle(document.getElementById('controls')).display") == "none"
        printed = await page.call("Page.printToPDF", printBackground=False)
        assert len(printed["data"]) > 10_000


async def test_two_thousand_campaigns_open_sort_and_filter(page_file, browser):
    path = page_file(2_000)
    async with open_page(browser) as page:
        await page.look()
        await page.open(path)

        # What the time goes with that a page takes to open; docs/reports.md has what was measured.
        assert await page.evaluate("document.querySelectorAll('*').length") < 40_000
        assert len(await rows(page)) == 2_000
        await click(page, "#table thead button", 0)
        await fill(page, "find", "cd-001991", "input")
        assert await ids(page) == ["cd-001991"]
        quiet(page, path)


async def test_a_large_run_makes_rows_as_they_are_looked_at(page_file, browser):
    path = page_file(20_000)
    async with open_page(browser) as page:
        await page.look()
        await page.open(path)

        assert len(await rows(page)) == 500
        assert await status(page) == "20,000 campaigns, the first 500 shown, in the order of the plan"
        await click(page, "#more button")
        assert len(await rows(page)) == 1_000
        await fill(page, "find", "cd-019993", "input")
        (row,) = await rows(page)
        assert "not attempted" in row
        assert "deadline: two hours are over" in row
        await click(page, "#controls [type=reset]")
        await click(page, "#table thead button", 0)
        assert "unknown" in (await rows(page))[0]
        assert await page.evaluate("window.hurt === undefined")
        quiet(page, path)


async def test_rows_made_by_the_script_are_those_of_the_page(page_file, browser, tmp_path, monkeypatch):
    from launcher.report import html_table  # noqa: PLC0415 - only here

    small = page_file(40)
    monkeypatch.setattr(html_table, "MOST_ROWS", 10)
    events = list(events_of(40))
    lazy = tmp_path / "lazy.html"
    write_report(
        Summary.of(events, "nightly"), str(lazy), background=Background(timeline=Timeline.of(events))
    )
    script = "Array.from(document.querySelectorAll('#table tbody tr'), (row) => row.outerHTML)"
    async with open_page(browser) as page:
        await page.open(small)
        written = await page.evaluate(script)
        await page.open(lazy)

        assert await page.evaluate(script) == written


async def test_every_printed_page_of_the_table_has_its_headings(page_file, browser):
    """Buttons would be left out of the repeated ones."""
    script = """Array.from(document.querySelectorAll("#table thead th"), (head) =>
      Array.from(head.children).filter((each) => getComputedStyle(each).display !== "none")
        .map((each) => each.tagName + " " + each.textContent).join())"""
    async with open_page(browser) as page:
        await page.look(718, 1_000, media="print")
        await page.open(page_file(40))

        shown = await page.evaluate(script)

        assert shown[:2] == ["SPAN Result", "SPAN Campaign"]
        assert len(shown) == 7
