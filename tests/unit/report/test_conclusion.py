"""What the end of a run says in words."""

from launcher.cli.exit_codes import ExitCode
from launcher.journal.events import LaneClosed, RunHalted
from launcher.report.background import default_commands
from launcher.report.conclusion import (
    NOTHING_TO_DO,
    Commands,
    Findings,
    Weight,
    circumstances,
    duration,
    headline,
    notes,
    steps,
)
from launcher.report.exit_meaning import MEANING, exit_meaning

COMMANDS = Commands(rerun="launcher run m.yaml", settle="launcher reconcile key")


def told(story, *, rehearsal=False, commands=COMMANDS):
    return steps(Findings.of(story.summary.rows()), commands, rehearsal=rehearsal)


def test_every_exit_code_has_a_meaning():
    assert set(MEANING) == {int(code) for code in ExitCode}
    assert "died" in exit_meaning(None)


def test_the_headline_counts_what_was_started(mixed_story):
    assert headline(mixed_story.summary.totals()) == "5 of 12 launches started"
    assert duration(mixed_story.summary) == " in 49 s"


def test_a_run_that_did_not_end_says_so(story):
    assert duration(story.plan(0).summary) == " (not finished)"


def test_of_a_continued_run_only_the_last_processs_time_is_told_as_such(story):
    story.plan(0).close(4)
    story.now += 3600
    story.open().plan(0).start(0)
    story.close(0)
    assert duration(story.summary).startswith("; the last process took ")


def test_unknown_ones_are_settled_before_anything_is_started(mixed_story):
    settle, again = told(mixed_story)

    assert (settle.title, settle.command) == ("Settle:", "launcher reconcile key")
    assert again.command == "launcher run m.yaml"
    assert again.effect == (
        "reads the state of 1 unknown, tries 1 failed again, tries 2 rejected again (mend the cause first), "
        "starts 2 not attempted; starts nothing twice."
    )


def test_without_a_way_to_settle_none_is_told(mixed_story):
    (step,) = told(mixed_story, commands=Commands(rerun="launcher run m.yaml"))

    assert step.title == "Next:"


def test_when_all_is_well_there_is_nothing_to_type(story):
    (step,) = told(story.plan(0).start(0))

    assert (step.command, step.effect) == ("", NOTHING_TO_DO)


def test_a_cooldown_asks_for_nothing(story):
    (step,) = told(story.plan(0).skip(0, "cooldown: started 2 h ago under the run key monday"))

    assert step.command == ""
    assert "1 left alone" in step.effect


def test_after_a_rehearsal_comes_the_real_run(story):
    (step,) = told(story.plan(0).start(0), rehearsal=True)

    assert "for real" in step.effect


def test_what_left_the_manifest_is_not_started_again(story):
    story.plan(0).plan(1).fail(0).unknown(1).open().plan(2).start(2)

    findings = Findings.of(story.summary.rows())

    assert (sum(findings.counts.values()), sum(findings.removed.values()), findings.unknown) == (1, 2, 1)
    assert [note.weight for note in notes(story.summary, findings)] == [Weight.QUIET, Weight.DOUBTFUL]


def test_halts_and_stopped_accounts_come_first(story):
    story.plan(0).tell(RunHalted(story.now, "5 unknown")).tell(
        LaneClosed("acme", story.now, None, "HTTP 401")
    )

    told_notes = notes(story.summary, Findings.of(story.summary.rows()))

    assert [note.text for note in told_notes] == ["Halted: 5 unknown", "Account acme was stopped: HTTP 401"]


def test_a_doubt_says_when_it_was_sent(story):
    (row,) = story.plan(0).unknown(0).summary.rows()

    assert circumstances(row) == "first start sent 2026-11-23T12:00:02.000Z"


def test_commands_are_quoted_for_the_shell(new_story):
    commands = default_commands(new_story("it's nightly", "my campaigns.yaml").plan(0).summary)

    assert commands.rerun == "launcher run 'my campaigns.yaml' --key 'it'\"'\"'s nightly'"
    assert commands.settle == "launcher reconcile 'it'\"'\"'s nightly'"
