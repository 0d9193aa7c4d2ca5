import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.kore.reply import RawReply
from launcher.kore.wording import LONGEST, clean, everything_said, redirect_target, sentence, shorten

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJhcHBJZCI6ImNzLTEifQ.c2lnbmF0dXJl"


def said(body, headers=None, status=400, confidential=()):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    reply = RawReply(status, headers or {}, raw, complete=True, confidential=confidential)
    return [str(one) for one in everything_said(reply, reply.json())]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            {"errors": [{"msg": "Invalid SDK credentials", "code": 4002}]},
            ["Invalid SDK credentials (code 4002)"],
        ),
        ({"errors": [{"message": "no such stream", "code": 400}]}, ["no such stream"]),
        ({"errors": [{"msg": "one"}, {"msg": "two"}]}, ["one", "two"]),
        ({"errors": ["bare text"]}, ["bare text"]),
        ({"errors": {"msg": "not a list"}}, ["not a list"]),
        ({"status": "Error", "message": "gone"}, ["gone"]),
        ({"error": {"message": "nested", "code": "E_X"}}, ["nested (code E_X)"]),
        ({"error": "invalid_token", "error_description": "expired"}, ["expired", "invalid_token"]),
        ("a JSON text", ["a JSON text"]),
        ([{"message": "in a list"}], ["in a list"]),
        ({"message": 7, "errors": None}, []),
        ([], []),
        (b"plain text, no JSON", ["plain text, no JSON"]),
        (
            b"<html><head><TITLE>\n 502 Bad\tGateway </TITLE></head><body>nginx</body></html>",
            ["a web page titled '502 Bad Gateway'"],
        ),
        (b"<html><h1>Not <b>Found</b></h1></html>", ["a web page titled 'Not Found'"]),
        (b"<html><title>Oops &amp; sorry</title></html>", ["a web page titled 'Oops & sorry'"]),
        (b"<p>no title here</p>", ["no title here"]),
        (b"", []),
        (b" \r\n\t ", []),
    ],
)
def test_every_known_envelope_gives_its_message(body, expected):
    assert said(body) == expected


def test_the_description_header_speaks_when_the_body_is_silent():
    assert said(b"", {"Response-Error-Description": "no body, but a header"}) == ["no body, but a header"]


def test_the_same_message_in_body_and_header_is_said_once():
    assert said({"message": "twice"}, {"response-error-description": "twice"}) == ["twice"]


def test_text_becomes_one_printable_line():
    assert clean("a\x00b\x1b[31m\r\n\t c\u202e\ud800\u200b  d") == "ab[31m c d"


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        f"Bearer {TOKEN}!",
        f"a,{TOKEN},b",
        TOKEN.partition(".")[0],
        "eyJhbGciO\x00iJIUzI1NiJ9.eyJhcHBJZCI6ImNzLTEifQ.c2lnbmF0dXJl",
        "eyJhbGciO\u200biJIUzI1NiJ9.eyJhcHBJZCI6ImNzLTEifQ.c2lnbmF0dXJl",
    ],
)
def test_nothing_that_looks_like_a_token_is_left(text):
    cleaned = clean(text)
    assert "[token]" in cleaned
    assert not any(part in cleaned for part in ("eyJ", "JhcHBJZCI", "c2lnbmF0dXJl", "JIUzI1"))


@pytest.mark.parametrize(
    "body",
    [
        {"message": "your secret is canary-secret!"},
        {"message": "your secret is canary\x00-secret!"},
        {"errors": [{"msg": "canary-secret" * 3}]},
        b"<title>canary-secret</title>",
        b"canary-secret",
        {"message": "x" * 110 + " canary-secret"},
        {"message": "look", "code": "canary-secret and more than thirty characters"},
    ],
)
def test_an_echoed_secret_is_redacted_before_anything_is_cut(body):
    messages = said(body, confidential=("canary-secret",))
    assert "[redacted]" in messages[0]
    assert not any("canary" in message for message in messages)


def test_a_secret_with_odd_spaces_is_redacted_before_they_are_folded():
    assert said({"message": "it is canary  \tsecret."}, confidential=("canary  \tsecret",)) == [
        "it is [redacted]."
    ]


def test_a_message_gives_way_so_that_the_advice_stays():
    text = sentence("HTTP 400 Bad Request", "x" * 1000, "do this")
    assert len(text) == LONGEST
    assert text.startswith("HTTP 400 Bad Request: xxx")
    assert text.endswith("x…; do this")


def test_a_sentence_without_a_message_is_short():
    assert sentence("nothing came", "", "wait") == "nothing came; wait"


def test_short_texts_are_not_cut():
    assert shorten("12345", 5) == "12345"
    assert shorten("123456", 5) == "1234…"


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("https://eu.kore.example/path?auth=canary#canary", "https://eu.kore.example/path"),
        ("https://user:canary@eu.kore.example:8443/", "https://eu.kore.example:8443/"),
        (f"https://eu.kore.example/{TOKEN}/x", "https://eu.kore.example/[token]/x"),
        ("/login?canary", "/login"),
        ("//eu.kore.example/x", "://eu.kore.example/x"),
        ("http://[canary", "an unreadable address"),
        ("", "nowhere"),
    ],
)
def test_a_redirect_is_told_without_what_may_be_secret(location, target):
    assert redirect_target(RawReply(307, {"Location": location}, b"", complete=True)) == target


@given(st.binary(max_size=300) | st.text().map(str.encode), st.integers(1, 999))
def test_any_body_gives_clean_lines(body, status):
    for message in said(body, status=status):
        assert message == " ".join(message.split())
        assert message.isprintable()


@given(st.text(max_size=20), st.binary(min_size=1, max_size=40), st.text(max_size=20))
def test_no_token_survives_in_any_surroundings(before, payload, after):
    part = base64.urlsafe_b64encode(payload).rstrip(b"=").decode()
    cleaned = clean(f"{before}eyJhbGciOiJIUzI1NiJ9.{part}.{part} {after}")
    assert "eyJhbGciOiJIUzI1NiJ9" not in cleaned
