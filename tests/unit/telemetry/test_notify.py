"""`--notify`: real requests by apprise, and targets that hang, refuse or are none."""

import json
import logging
import time

import pytest

from launcher.errors import UsageError
from launcher.journal.events import RunClosed
from launcher.telemetry.messages import Messages
from launcher.telemetry.notify import Notifier, targets

SECRET = "path-that-is-a-secret"


def notifier_of(world, told, summary):
    messages = Messages(summary, rehearsal=False, opened_at=world.T0, again="launcher run campaigns.yaml")
    return Notifier(told, messages, now=lambda: world.T0 + 60)


def titles(server):
    return [
        json.loads(request.body)["title"].partition(": ")[2].partition(",")[0] for request in server.received
    ]


def test_start_halt_and_end_are_told_once_each(world):
    with world.receiving() as server:
        summary = world.opening(4)
        notifier = notifier_of(world, targets([f"json://{server.authority}/{SECRET}"], []), summary)
        steps = [*world.STEPS, next(each for each in world.STEPS if type(each).__name__ == "RunHalted")]
        assert world.play(summary, notifier, steps=steps) == [None]
    assert titles(server) == ["begins", "halted", "ended"]
    assert json.loads(server.received[-1].body)["type"] == "failure"


def test_a_refused_message_is_told_without_its_url(world, caplog):
    with world.receiving(status=500) as server, caplog.at_level(logging.DEBUG):
        summary = world.opening(4)
        notifier = notifier_of(world, targets([f"json://{server.authority}/{SECRET}"], []), summary)
        (trouble,) = world.play(summary, notifier)
    assert trouble == "--notify (number 1), JSON: 3 of 3 messages were not delivered"
    assert SECRET not in caplog.text


def test_a_target_that_hangs_holds_up_neither_run_nor_others(world):
    with world.receiving(hang=True) as slow, world.receiving() as quick:
        summary = world.opening(4)
        told = targets([f"json://{slow.authority}/{SECRET}", f"json://{quick.authority}/"], [])
        notifier = notifier_of(world, told, summary)
        begun = time.monotonic()
        for event in world.STEPS:
            summary.on_event(event)
            notifier.on_event(event)
        summary.apply(RunClosed(world.T0 + 60, 4))
        notifier.close()
        while len(quick.received) < 3 and time.monotonic() - begun < 10:
            time.sleep(0.01)
        trouble = notifier.wait(0.05)
        assert titles(quick) == ["begins", "halted", "ended"]
        assert trouble == "--notify (number 1), JSON: no answer in time; the last message may be lost"
        slow.release.set()
        assert notifier.wait(10) is None


def test_a_url_may_be_in_the_environment_or_in_a_file(world, tmp_path, monkeypatch):
    with world.receiving() as server:
        monkeypatch.setenv("OPS_URL", f"json://{server.authority}/env/{SECRET}")
        path = tmp_path / "urls"
        path.write_text(f"# night shift\njson://{server.authority}/one\n\njson://{server.authority}/two\n")
        config = tmp_path / "apprise.yaml"
        config.write_text(f"urls:\n  - json://{server.authority}/config\n")
        summary = world.opening(4)
        told = targets(["env:OPS_URL", f"file://{path}"], [str(config)])
        assert SECRET not in repr(told)
        assert world.play(summary, notifier_of(world, told, summary), steps=()) == [None]
    paths = {request.path for request in server.received}
    assert {path.rstrip("/") for path in paths} == {f"/env/{SECRET}", "/one", "/two", "/config"}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (f"nonsense://{SECRET}", r"--notify \(number 1\): not a notification URL that apprise understands"),
        (f"slack://{SECRET}", r"--notify \(number 1\): not a notification URL that apprise understands"),
        (SECRET, r"--notify \(number 1\): not a notification URL that apprise understands"),
        ("", r"--notify \(number 1\): there is no URL in it"),
        ("env:NOT_SET_AT_ALL", "--notify env:NOT_SET_AT_ALL: the environment variable is not set"),
        ("env:EMPTY", "--notify env:EMPTY: there is no URL in it"),
        ("env:BAD", "--notify env:BAD: not a notification URL"),
        ("file:missing", "--notify file:missing: no such file or directory"),
    ],
)
def test_a_target_that_is_none_is_found_before_the_run_and_not_shown(given, sentence, monkeypatch, capsys):
    monkeypatch.setenv("EMPTY", " \n")
    monkeypatch.setenv("BAD", SECRET)
    with pytest.raises(UsageError, match=sentence) as caught:
        targets([given], [])
    shown = capsys.readouterr()
    assert SECRET not in str(caught.value) + shown.out + shown.err
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    "content",
    ["", "urls: [1, {2: 3}]\n", "include: file:///etc/passwd\n", "nonsense\n", "urls: [{}]\n", "\x00\n"],
)
def test_a_configuration_without_targets_is_none(content, tmp_path):
    path = tmp_path / "apprise.yaml"
    path.write_text(content)
    with pytest.raises(UsageError, match="no notification URL in it"):
        targets([], [str(path)])
