import copy
import dataclasses
import json
import os
import pickle
import signal
import sys
import traceback
from pathlib import Path

import pytest

from launcher.errors import SecretError
from launcher.manifest.model import Credentials
from launcher.manifest.secrets import (
    MAX_BYTES,
    Environment,
    Inline,
    Secret,
    SecretCommand,
    SecretFile,
)

CANARY = "canary-5f0e"


def python(code, directory=Path(), timeout=30.0):
    return SecretCommand((sys.executable, "-c", code), directory, timeout)


def trouble(reference):
    with pytest.raises(SecretError) as caught:
        Secret(reference, "accounts.acme.client_secret").reveal()
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("accounts.acme.client_secret: ")
    return str(caught.value).removeprefix("accounts.acme.client_secret: ")


@pytest.fixture(params=["environment", "file", "command", "inline"])
def secret(request, tmp_path, monkeypatch):
    """A secret of every kind, revealed, so that it holds its text."""
    monkeypatch.setenv("CANARY", CANARY)
    (tmp_path / "secret").write_text(CANARY + "\n")
    references = {
        "environment": Environment("CANARY"),
        "file": SecretFile(tmp_path / "secret"),
        "command": python("import os; print(os.environ['CANARY'])"),
        "inline": Inline(CANARY),
    }
    made = Secret(references[request.param])
    assert made.reveal() == CANARY
    return made


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        lambda secret: f"{secret}",
        lambda secret: f"{secret!r:>80}",
        lambda secret: "%s" % secret,  # noqa: UP031 - the old way must hide it, too
        lambda secret: repr([{"client_secret": secret}]),
        lambda secret: repr(Credentials("account acme", "cs-1", secret)),
        lambda secret: str(dataclasses.asdict(Credentials("account acme", "cs-1", secret))),
        lambda secret: repr(copy.deepcopy(secret)) + repr(copy.copy(secret)),
        lambda secret: json.dumps(secret, default=str),
    ],
)
def test_no_way_of_showing_a_secret_shows_its_text(secret, show):
    assert CANARY not in show(secret)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_secret_cannot_be_pickled_nor_can_what_holds_it(secret, protocol):
    for thing in (secret, Credentials("account acme", "cs-1", secret), Inline(CANARY)):
        with pytest.raises(TypeError, match="pickled"):
            pickle.dumps(thing, protocol)


def test_a_secret_gives_away_no_state_to_a_debugger_that_asks(secret):
    assert not hasattr(secret, "__dict__")
    with pytest.raises(TypeError):
        secret.__getstate__()


def test_copies_of_a_secret_are_the_secret(secret):
    assert copy.copy(secret) is secret
    assert copy.deepcopy(secret) is secret


def test_secrets_are_equal_by_reference_whatever_the_content(monkeypatch):
    monkeypatch.setenv("ONE", "same")
    monkeypatch.setenv("TWO", "same")
    first, again, other = (Secret(Environment(name)) for name in ("ONE", "ONE", "TWO"))
    assert first == again
    assert hash(first) == hash(again)
    assert first != other
    assert first.reveal() == other.reveal()
    assert first != "same"


def test_literals_are_equal_to_themselves_only():
    one = Inline("same")
    assert Secret(one) == Secret(one)
    assert Secret(one) != Secret(Inline("same"))
    assert Secret(one).inline
    assert not Secret(Environment("X")).inline


def test_a_secret_is_read_on_first_use_and_then_kept(monkeypatch):
    secret = Secret(Environment("LATE"))
    monkeypatch.setenv("LATE", "first")
    assert secret.reveal() == "first"
    monkeypatch.setenv("LATE", "second")
    assert secret.reveal() == "first"


def test_a_secret_that_could_not_be_read_is_tried_again(monkeypatch):
    monkeypatch.delenv("LATE", raising=False)
    secret = Secret(Environment("LATE"))
    with pytest.raises(SecretError):
        secret.reveal()
    monkeypatch.setenv("LATE", "now")
    assert secret.reveal() == "now"


def test_an_unset_variable_is_named(monkeypatch):
    monkeypatch.delenv("NOT_THERE", raising=False)
    expected = "environment variable NOT_THERE is not set; export it before the run"
    assert trouble(Environment("NOT_THERE")) == expected


def test_an_empty_variable_is_an_error(monkeypatch):
    monkeypatch.setenv("EMPTY", " ")
    assert trouble(Environment("EMPTY")) == (
        "environment variable EMPTY is set, but empty; export the secret"
    )


def test_a_variable_that_is_not_text_is_an_error(monkeypatch):
    monkeypatch.setenv("BYTES", "\udcff")
    assert "is not UTF-8" in trouble(Environment("BYTES"))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"s3cret", "s3cret"),
        (b"s3cret\n", "s3cret"),
        (b"s3cret\r\n", "s3cret"),
        (b"s3cret\n\n", "s3cret\n"),
        (b" s3cret \n", " s3cret "),
        (b"s3cret\r", "s3cret\r"),
        ("schlüssel\n".encode(), "schlüssel"),
    ],
)
def test_one_newline_at_the_end_of_a_file_does_not_belong_to_the_secret(tmp_path, content, text):
    path = tmp_path / "secret"
    path.write_bytes(content)
    assert Secret(SecretFile(path)).reveal() == text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"canary-5f0e\xff", "is not UTF-8 text"),
        (b"canary-5f0e" * MAX_BYTES, "holds more than 65536 bytes"),
    ],
)
def test_a_file_that_holds_no_secret_is_an_error_that_does_not_show_it(tmp_path, content, words):
    path = tmp_path / "secret"
    path.write_bytes(content)
    message = trouble(SecretFile(path))
    assert words in message
    assert str(path) in message
    assert CANARY not in message


def test_a_missing_file_and_a_directory_are_sentences(tmp_path):
    assert "no such file" in trouble(SecretFile(tmp_path / "nope"))
    assert "is a directory" in trouble(SecretFile(tmp_path))


def test_a_command_runs_in_its_directory_without_a_shell(tmp_path):
    (tmp_path / "key").write_text("from here")
    code = "import sys; print(open('key').read() + sys.argv[1])"
    command = SecretCommand((sys.executable, "-c", code, "$HOME;echo"), tmp_path)
    assert Secret(command).reveal() == "from here$HOME;echo"


def test_a_command_has_no_standard_input():
    assert Secret(python("import sys; print(repr(sys.stdin.read()))")).reveal() == "''"


def test_a_failing_command_is_named_without_its_arguments_and_output(capfd):
    code = f"import sys; print('{CANARY}'); print('{CANARY}', file=sys.stderr); sys.exit(3)"
    message = trouble(python(code))
    assert message.startswith(f"command {sys.executable!r} ended with code 3; run it by hand")
    assert CANARY not in message
    assert capfd.readouterr() == ("", "")


def test_a_command_that_prints_nothing_is_an_error():
    told = f"command {sys.executable!r} ended well, but printed nothing; run it by hand in '.' to see why"
    assert trouble(python("pass")) == told
    assert trouble(python("print()")) == told


def test_a_command_that_is_not_there_is_an_error():
    message = trouble(SecretCommand(("no-such-program",), Path()))
    assert message.startswith("command 'no-such-program' cannot be run: no such file or directory")


def test_a_command_that_hangs_is_killed_with_its_children():
    # The child keeps the pipe open; killing only the parent would leave us waiting for the child.
    sleep = "import time; time.sleep(60)"
    code = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', '{sleep}']); {sleep}"
    assert "took longer than 0.2 s" in trouble(python(code, timeout=0.2))


def test_an_interrupted_command_is_killed(tmp_path):
    started = tmp_path / "pid"
    seen = []

    def interrupt(_signal, _frame):
        # Not at once: the command may run before we are out of the call that begins it.
        seen.append(started.exists())
        if sum(seen) > 10:
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise KeyboardInterrupt

    code = (
        "import os, time; open('new', 'w').write(str(os.getpid())); os.rename('new', 'pid'); time.sleep(60)"
    )
    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
    try:
        with pytest.raises(KeyboardInterrupt):
            Secret(python(code, tmp_path)).reveal()
    finally:
        signal.signal(signal.SIGALRM, before)
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)


def test_a_command_that_never_stops_printing_is_killed():
    code = f"while True: print('{CANARY}')"
    message = trouble(python(code))
    assert "holds more than 65536 bytes" in message
    assert CANARY not in message


@pytest.mark.parametrize("content", [b"canary-5f0e\xff", b"canary-5f0e" * MAX_BYTES])
def test_a_traceback_with_all_locals_does_not_show_the_secret(tmp_path, content):
    path = tmp_path / "secret"
    path.write_bytes(content)
    with pytest.raises(SecretError) as caught:
        Secret(SecretFile(path)).reveal()
    assert caught.value.__context__ is None
    inner = caught.value.with_traceback(caught.tb.tb_next)  # the frame of this test knows the content
    shown = "".join(traceback.TracebackException.from_exception(inner, capture_locals=True).format())
    assert "in reveal" in shown
    assert CANARY not in shown
