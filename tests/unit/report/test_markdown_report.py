"""The end of a run as Markdown, read by a Markdown parser."""

import pytest
from markdown_it import MarkdownIt

from launcher.outcome import Result
from launcher.report.background import Background
from launcher.report.conclusion import Commands
from launcher.report.markdown_report import TROUBLES_SHOWN, escaped, markdown_report_text

PLAIN = {
    "text",
    "softbreak",
    "hardbreak",
    "strong_open",
    "strong_close",
    "em_open",
    "em_close",
    "code_inline",
}


def text_of(summary, background=None):
    return "".join(markdown_report_text(summary, *([background] if background else [])))


def tokens(text):
    return MarkdownIt("gfm-like", {"linkify": False}).parse(text)


def inline(text):
    return [each for token in tokens(text) for each in token.children or []]


def shown(text):
    return "".join(each.content for each in inline(text))


def test_it_says_how_it_ended_and_what_to_do(mixed_story):
    text = text_of(mixed_story.summary)

    assert text.startswith("## nightly-2026-11-23\n\n**5 of 12 launches started** in 49 s\\\nExit code 3: ")
    assert "- **2 rejected**: HTTP 401: Invalid SDK credentials\n" in text
    assert "```sh\nlauncher reconcile nightly-2026-11-23\n```" in text
    assert "```sh\nlauncher run campaigns.yaml --key nightly-2026-11-23\n```" in text


def test_its_table_has_the_counts_of_every_account(mixed_story):
    text = text_of(mixed_story.summary)

    assert "| acme | 4 | 1 | - | - | 1 | - | 8 | 1 |" in text
    assert "| **all** | 5 | 1 | 2 | 1 | 1 | 2 | 12 | 1 |" in text
    assert sum(token.type == "table_open" for token in tokens(text)) == 1


def test_the_commands_are_those_that_fit_the_journal(mixed_story):
    commands = Commands(rerun="launcher run m.yaml --journal /j", settle="launcher reconcile k --journal /j")

    text = text_of(mixed_story.summary, Background(commands=commands))

    assert "launcher run m.yaml --journal /j\n" in text
    assert "launcher reconcile k --journal /j\n" in text


def test_nothing_that_others_wrote_is_markup(hostile_texts):
    for hostile in hostile_texts:
        for frame in ("{}", "- {}", "> {}", "## {}", "| a |\n|---|\n| {} |"):
            text = frame.format(escaped(hostile))
            innocent = frame.format("innocent")
            assert [token.type for token in tokens(text) if token.type != "inline"] in (
                [token.type for token in tokens(innocent) if token.type != "inline"],
                [token.type for token in tokens(frame.format("")) if token.type != "inline"],
            ), text
            assert {each.type for each in inline(text)} <= {"text"}, text


def test_nobody_is_called_and_no_link_made(hostile_story):
    text = text_of(hostile_story.summary)

    assert "@everybody" not in text
    assert "@\u200beverybody" in text
    kinds = {each.type for each in inline(text)}
    assert kinds <= PLAIN
    assert "http://example" not in text
    text.encode()


@pytest.mark.parametrize(
    "text", ["Renewal due (2nd)", "client_id", "HTTP 401: no", "cd-1.2", "50% + more!", "a=b"]
)
def test_innocent_text_stays_readable(text):
    assert escaped(text) == text


@pytest.mark.parametrize("text", ["a|b", "`x`", "_x_", "*x*", "<b>", "1. x", "\\", "&amp;", "#5"])
def test_what_is_escaped_is_shown_as_it_was(text):
    assert shown(escaped(text)).replace("\u200b", "") == text


def test_a_command_with_backticks_stays_in_its_fence(story):
    story.key = "k```\n# heading"
    story.plan(0).skip(0)

    fences = [token for token in tokens(text_of(story.summary)) if token.type == "fence"]

    assert [token.content for token in fences] == ["launcher run campaigns.yaml --key 'k``` # heading'\n"]


def test_it_is_short_however_large_the_run(story):
    for launch in range(3_000):
        story.plan(launch, account=f"a{launch % 100}")
    for launch in range(3_000):
        story.fail(launch, f"reason {'abcdefghijklmnopqrstuvwxyz'[launch % 26]}")

    text = text_of(story.summary)

    assert len(text.splitlines()) < 200
    assert f"- and {26 - TROUBLES_SHOWN} more kinds" in text
    assert "| and 60 more |" in text


def test_a_run_that_went_well_has_nothing_to_do(story):
    text = text_of(story.plan(0).start(0).close(0).summary)

    assert "What did not start" not in text
    assert text.rstrip().endswith(
        "Next: nothing to do, every launch of the manifest is started or was active."
    )
    assert story.summary.totals().results[Result.STARTED] == 1
