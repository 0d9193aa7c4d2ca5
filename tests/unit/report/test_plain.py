"""Text of others made harmless."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.report.plain import plain, redact

HEADER, PAYLOAD, SIGNATURE = "eyJhbGciOiJIUzI1NiJ9", "eyJhcHBJZCI6ImNzLTEifQ", "c2lnbmF0dXJlLWNhbmFyeQ"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Renewal due, café, 日本", "Renewal due, café, 日本"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("two\nlines\tand a\u2028half", "two lines and a half"),
        ("\u202etxt.exe", "\\u202etxt.exe"),
        ("\x9b2J", "\\x9b2J"),
        ("half \ud800", "half \\ud800"),
        ("tag \U000e0041", "tag \\U000e0041"),
        ("", ""),
    ],
)
def test_what_could_steer_a_terminal_is_shown_as_an_escape(text, shown):
    assert plain(text) == shown


@given(st.text())
def test_plain_text_is_always_printable_and_one_line(text):
    assert plain(text).isprintable()


@pytest.mark.parametrize(
    "token",
    [
        f"{HEADER}.{PAYLOAD}.{SIGNATURE}",
        f"{HEADER}.{PAYLOAD}",
        f"{HEADER}.{PAYLOAD}.{SIGNATURE}.{SIGNATURE}.{SIGNATURE}",
        HEADER,
    ],
)
def test_what_looks_like_a_token_is_removed(token):
    assert redact(f"auth: {token}, again {token}!") == "auth: [token removed], again [token removed]!"


def test_other_text_is_left_alone():
    assert redact("status Active, they said eyJ") == "status Active, they said eyJ"
