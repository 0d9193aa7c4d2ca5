import errno
import io
import sys

import pytest

from launcher.cli.output import forgive_encodings, talk, unwritable
from launcher.journal.orders import Mandate, Order, OrderKind, refusal
from launcher.journal.store import Journal

RED = "\x1b[31mX"


def test_talk_is_one_line_that_no_terminal_obeys(capsys):
    talk(f"launcher: {RED} and\nmore \u202e of it \udcff")
    assert capsys.readouterr().err == "launcher: \\x1b[31mX and more \\u202e of it \\udcff\n"


def test_talk_says_no_token_that_somebody_typed_as_a_reason(capsys):
    token = "eyJhbGciOiJIUzI1NiJ9.eyJhcHBJZCI6ImNzIn0.c2lnbmF0dXJlLW9mLWl0"
    stop = Order(1, OrderKind.STOP, 1_795_435_260.0, Mandate("ada", f"see {token}"))
    talk(refusal("k", stop))
    assert token not in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [RED],
        ["validate", RED],
        ["validate", "m.yaml", f"--{RED}"],
        ["report", RED],
        ["runs", RED],
        ["runs", "list", RED],
        ["runs", "check", RED],
        ["sandbox", "--port", RED],
        ["runs", "--journal", RED],
    ],
)
def test_what_was_typed_is_escaped_wherever_it_is_repeated(launcher, arguments, tmp_path):
    Journal.open(tmp_path / "j.sqlite3").close()
    done = launcher(*arguments)
    assert done.code != 0
    assert "\x1b" not in done.err
    assert "\\x1b[31mX" in done.err
    assert "\\\\x1b" not in done.err


@pytest.mark.parametrize("verb", [["validate", "m.yaml"], ["schema"], ["plan", "m.yaml"]])
def test_a_full_disk_is_told_in_the_words_of_the_system(launcher, verb, tmp_path, monkeypatch):
    (tmp_path / "m.yaml").write_text(
        "version: 1\n"
        "accounts: {a: {id: a1, host: 'http://127.0.0.1:9', client_id: cs-1, client_secret: '${S}'}}\n"
        "campaigns: [{account: a, stream: st-1, campaign: cd-1}]\n"
    )
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123  # as the shell opens it
        monkeypatch.setattr("sys.stdout", full)
        done = launcher(*verb)
        assert done.err == (
            "launcher: standard output cannot be written: No space left on device; "
            "free some space, then do it again [L051]\n"
        )
        assert done.code == 70


def test_an_error_about_a_file_names_it_and_any_other_error_is_not_about_output():
    told = unwritable(OSError(errno.EFBIG, "x", "big.json"))
    assert told == "big.json cannot be written: File too large; send it elsewhere"
    assert unwritable(OSError(errno.EMFILE, "x")) is None


def test_an_answer_that_is_no_text_is_an_answer(monkeypatch):
    typed = io.TextIOWrapper(io.BytesIO(b"\xff3\n"), encoding="utf-8", errors="strict")
    monkeypatch.setattr("sys.stdin", typed)
    forgive_encodings()
    assert sys.stdin.readline() == "\\xff3\n"
