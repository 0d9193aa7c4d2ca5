"""What a notification says."""

import pytest

from launcher.journal.events import RunClosed
from launcher.telemetry.messages import Messages

AGAIN = "launcher run campaigns.yaml --key nightly-2026-11-23"


def messages_of(world, summary, **changes):
    return Messages(summary, **{"rehearsal": False, "opened_at": world.T0, "again": AGAIN, **changes})


def ended(world, exit_code):
    summary = world.opening(4)
    for event in world.STEPS:
        summary.apply(event)
    if exit_code is not None:
        summary.apply(RunClosed(world.T0 + 125, exit_code))
    return summary


def test_the_begin_says_how_much_will_be_done(world):
    message = messages_of(world, world.opening(4)).begin()
    assert message.title == "nightly-2026-11-23: begins"
    assert message.body == "4 campaigns on 1 account"


def test_the_begin_of_a_continued_run_says_what_is_done(world):
    assert messages_of(world, ended(world, 4)).begin().body.endswith("4 of them done before")


def test_the_end_says_counts_and_what_the_exit_code_means_and_what_to_type(world):
    message = messages_of(world, ended(world, 4)).end(world.T0 + 999)
    assert message.title.startswith("nightly-2026-11-23: ended, exit code 4: halted")
    assert message.level == "failure"
    assert "4 planned: 1 started, 1 rejected, 1 failed, 1 not attempted" in message.body
    assert "Took 2 min 05 s, 6 requests, 1 throttled" in message.body
    assert f"Next: {AGAIN}\nwhich tries 1 failed again" in message.body


@pytest.mark.parametrize(
    ("code", "level"),
    [(0, "success"), (1, "warning"), (3, "failure"), (7, "warning"), (4, "failure"), (143, "warning")],
)
def test_the_level_follows_the_exit_code(world, code, level):
    assert messages_of(world, ended(world, code)).end(world.T0).level == level


def test_a_run_without_exit_code_broke_off(world):
    message = messages_of(world, ended(world, None)).end(world.T0 + 5)
    assert "broke off" in message.title
    assert message.level == "failure"


def test_a_rehearsal_says_so_and_what_nobody_kept_is_not_continued(world):
    message = messages_of(world, ended(world, 4), rehearsal=True, again=None).end(world.T0)
    assert "rehearsal" in message.title
    assert "Next" not in message.body


def test_what_others_said_is_short_plain_and_without_tokens(world):
    message = messages_of(world, world.opening(1)).halt(f"{world.TOKEN} \x1b[2J {'x' * 9_000}")
    assert "eyJ" not in message.body
    assert "\x1b" not in message.body
    assert len(message.body) < 600


def test_messages_are_a_few_lines(world):
    message = messages_of(world, ended(world, 4)).end(world.T0)
    assert len(message.body.splitlines()) <= 5
