"""The end of a run on a terminal."""

import io
import re

import pytest
from rich.console import Console

from launcher.journal.events import LaneClosed, RunHalted
from launcher.report.conclusion import Commands
from launcher.report.table import ACCOUNTS_SHOWN, TROUBLES_SHOWN, run_table

RERUN = "launcher run m.yaml --key k"


def shown(story, width=80, *, rerun=RERUN, rehearsal=False, settle=None, details=None, **options):
    out = io.StringIO()
    commands = Commands(rerun=rerun, settle=settle, details=details)
    table = run_table(story.summary, commands, rehearsal=rehearsal)
    Console(file=out, width=width, **options).print(table, crop=False)
    return out.getvalue()


def squeezed(text):
    return " ".join(text.split())


def rows_of(text):
    table = text.partition("\n1 unknown")[0]
    return {line.split()[0]: line.split()[1:] for line in table.splitlines() if line.strip()}


def test_counts_stand_per_account_and_in_total(mixed_story):
    rows = rows_of(shown(mixed_story, 120))

    assert rows["acme"] == ["4", "1", "-", "-", "1", "-", "8", "1"]
    assert rows["globex"] == ["1", "-", "2", "-", "-", "-", "3", "-"]
    assert rows["initech-emea"] == ["-", "-", "-", "1", "-", "2", "1", "-"]
    assert rows["all"] == ["5", "1", "2", "1", "1", "2", "12", "1"]


def test_the_headline_says_how_much_was_started_and_how_long_it_took(mixed_story):
    assert shown(mixed_story).startswith("nightly-2026-11-23: 5 of 12 launches started in 49 s")


def test_a_run_that_did_not_end_says_so(story):
    assert "0 of 1 launches started (not finished)" in shown(story.plan(0))


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_is_longer_than_the_terminal(mixed_story, width):
    assert max(map(len, shown(mixed_story, width).splitlines())) <= width


def test_a_narrow_terminal_shows_every_header_whole(mixed_story):
    header = shown(mixed_story, 80).splitlines()[2:4]

    assert header[1].split() == [
        "account", "started", "active", "rejected", "failed", "unknown", "attempted", "requests", "throttled",
    ]  # fmt: skip
    assert header[0].split() == ["already", "not"]


def test_failures_are_grouped_with_examples_and_what_to_do(story):
    for launch in range(5):
        story.plan(launch, name=f"Renewal {launch}").reject(launch, "HTTP 401: Invalid SDK credentials")

    text = squeezed(shown(story.close(1)))

    assert "5 rejected: HTTP 401: Invalid SDK credentials" in text
    assert "acme cd-0 Renewal 0" in text
    assert "cd-3" not in text
    assert "and 2 more" in text
    assert "> Check client_id and client_secret" in text


def test_many_kinds_of_failure_are_cut(story):
    for launch in range(TROUBLES_SHOWN + 3):
        story.plan(launch).reject(launch, "reason " + chr(ord("a") + launch))

    assert "and 3 more kinds, 3 launches" in shown(story)


def test_many_accounts_are_cut_to_those_with_the_most_trouble(story):
    for launch in range(ACCOUNTS_SHOWN + 10):
        story.plan(launch, account=f"account-{launch:02d}").start(launch)
    story.plan(99, account="account-zz").reject(99)

    text = shown(story)

    assert "account-zz" in text
    assert "and 11 more" in text


def test_one_account_needs_no_line_of_totals(story):
    assert "\nall " not in shown(story.plan(0).start(0))


def test_the_end_is_the_command_that_goes_on_and_what_it_does(mixed_story):
    text = squeezed(shown(mixed_story).partition("Next:")[2])

    assert text == (
        "launcher run m.yaml --key k reads the state of 1 unknown, tries 1 failed "
        "again, tries 2 rejected again (mend the cause first), starts 2 not attempted; starts nothing twice."
    )


def test_a_good_run_ends_with_nothing_to_do(story):
    text = shown(story.plan(0).start(0).close(0))

    assert "Next: nothing to do" in text
    assert "throttled" not in text


@pytest.mark.parametrize("width", [20, 40, 80])
def test_a_command_is_never_broken_into_lines(story, width):
    """Half a command, pasted, may be the command that starts everything again."""
    long = (
        "launcher run /" + "very/" * 40 + "long.yaml --key nightly --journal /" + "also/" * 30 + "j.sqlite3"
    )
    for number in range(8):
        story.plan(number).reject(number)
    story.plan(8).unknown(8)

    lines = shown(story, width, rerun=long, settle=long + " 2", details=long + " 3").splitlines()

    assert [line for line in lines if long in line] == [
        f"All: {long} 3",
        f"Settle: {long} 2",
        f"Next: {long}",
    ]


def test_after_a_rehearsal_the_command_is_the_way_to_the_real_run(story):
    text = squeezed(shown(story.plan(0).start(0), rehearsal=True))

    assert f"Next: {RERUN} starts these campaigns for real; this was a rehearsal" in text


def test_nothing_is_promised_for_launches_in_their_cooldown(story):
    for number in range(3):
        story.plan(number)
    story.start(0).skip(1, "cooldown: started 2 h ago by run 'noon'")

    assert "starts 1 not attempted" in shown(story)
    story.start(2)
    text = squeezed(shown(story))
    assert "Next: nothing to do; 1 left alone until the cooldown is over." in text


def test_a_halt_and_a_stopped_account_are_told(story):
    story.plan(0).tell(RunHalted(story.now, "5 of 60 launches unknown"))
    story.tell(LaneClosed("acme", story.now, None, "the credentials were refused 3 times in a row"))

    text = shown(story)

    assert "Halted: 5 of 60 launches unknown" in text
    assert "Account acme was stopped: the credentials were refused 3 times in a row" in text


def test_what_left_the_manifest_is_marked_and_no_rerun_is_promised(story):
    story.plan(0).plan(1).unknown(0).start(1).open().plan(1, 0)

    text = squeezed(shown(story))

    assert "No longer in the manifest or not selected, but part of this run: 1" in text
    assert "1 of these unknown: select them, or put them back into the manifest" in text
    assert re.search(r"cd-0 .*first start sent \S+Z \(no longer in the manifest, or not selected\)", text)
    assert "Next: nothing to do" in text


def test_every_unknown_says_when_it_was_sent_and_how_to_settle_it(story):
    for number in range(8):
        story.plan(number)
    for number in range(8):
        story.unknown(number)

    text = squeezed(shown(story, settle="launcher reconcile it"))

    assert text.count("first start sent") == 8
    assert "Settle: launcher reconcile it reads the state of the unknown ones and starts nothing." in text


@pytest.mark.parametrize(
    ("name", "harmless"),
    [
        ("[bold]x[/]", "[bold]x[/]"),
        ("[/nothing]", "[/nothing]"),
        (":smile: [link=http://x]y[/link]", ":smile: [link=http://x]y[/link]"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("a\nb\rc", "a b c"),
        ("\x9b2J", "\\x9b2J"),
    ],
)
def test_names_ids_and_server_texts_cannot_write_on_the_terminal(new_story, name, harmless):
    story = new_story(key=name, manifest=name).plan(0, account=name, name=name, campaign=name)
    story.reject(0, name).tell(RunHalted(story.now, name)).tell(LaneClosed(name, story.now, None, name))

    text = shown(story, 200)

    assert "\x1b" not in text
    assert "\x9b" not in text
    assert text.count(harmless) >= 7


def test_colour_only_repeats_what_the_words_say(mixed_story):
    plain_text = shown(mixed_story, color_system=None)
    coloured = shown(mixed_story, force_terminal=True, color_system="truecolor", no_color=True)
    out = io.StringIO()
    Console(file=out, width=80, force_terminal=True, color_system="truecolor").print(
        run_table(mixed_story.summary, Commands(rerun=RERUN))
    )

    assert "\x1b[" not in plain_text
    assert "\x1b[3" not in coloured
    assert "\x1b[" in out.getvalue()


def test_an_ascii_terminal_gets_ascii(mixed_story):
    class Ascii(io.StringIO):
        encoding = "ascii"

    out = Ascii()
    Console(file=out, width=80).print(run_table(mixed_story.summary, Commands(rerun=RERUN)))

    assert out.getvalue().isascii()
