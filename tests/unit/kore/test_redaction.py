import base64
import html
import json
import re
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.kore.redaction import without
from launcher.kore.wording import clean

SECRET = "q0+/Zk'9\"x&<~é Tn=7vPs\\w%41?Ljd2"


def in_url(text):
    return quote(text, safe="")


def in_json(text):
    return json.dumps(text)[1:-1]


def in_base64(before=b"", after=b"", encode=base64.b64encode, pad="="):
    return lambda text: encode(before + text.encode() + after).decode().rstrip("=") + pad


PLAIN = {
    "raw": str,
    "lower": str.lower,
    "upper": str.upper,
    "swapped": str.swapcase,
    "hex": lambda text: text.encode().hex(),
    "hex in capitals": lambda text: text.encode().hex().upper(),
    "hex with colons": lambda text: text.encode().hex(":"),
    "base64": in_base64(),
    "base64 without padding": in_base64(pad=""),
    "base64 of URLs": in_base64(encode=base64.urlsafe_b64encode),
    "base64 of URLs without padding": in_base64(encode=base64.urlsafe_b64encode, pad=""),
    "base64 one byte in": in_base64(b"x", b"y"),
    "base64 two bytes in": in_base64(b"id", b""),
    "base64 of basic authentication": in_base64(b"cs-1234:", b"\n"),
    "base64 in lines": lambda text: "\n ".join(
        base64.b64encode(text.encode()).decode()[at : at + 10] for at in range(0, 60, 10)
    ),
}
ESCAPED = {
    "url": in_url,
    "form": quote_plus,
    "url in small letters": lambda text: quote(text, safe="").lower(),
    "json": in_json,
    "json as php writes it": lambda text: json.dumps(text).replace("/", "\\/")[1:-1],
    "json in unicode escapes": lambda text: re.sub("(..)(..)", r"\\u\1\2", text.encode("utf-16-be").hex()),
    "html": html.escape,
    "html in numbers": lambda text: "".join(f"&#{ord(char)};" for char in text),
    "every byte in the url": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
}
TWICE = {f"{outer}({inner})": (ESCAPED[inner], ESCAPED[outer]) for inner in ESCAPED for outer in ESCAPED}


def gives_nothing_away(text, spelled):
    shown = without(text, (SECRET,))
    assert spelled not in shown
    assert "[redacted]" in shown
    return shown


@pytest.mark.parametrize("spell", PLAIN.values(), ids=PLAIN)
def test_no_spelling_of_a_secret_is_shown(spell):
    shown = gives_nothing_away(f"Invalid secret {spell(SECRET)} given", spell(SECRET))
    assert " ".join(shown.split()) == "Invalid secret [redacted] given"


@pytest.mark.parametrize("escape", ESCAPED.values(), ids=ESCAPED)
@pytest.mark.parametrize("spell", PLAIN.values(), ids=PLAIN)
def test_no_escape_hides_a_spelling_of_a_secret(spell, escape):
    text = escape(spell(SECRET))
    gives_nothing_away(f"Invalid secret {text} given", text)


@pytest.mark.parametrize(("first", "second"), TWICE.values(), ids=TWICE)
def test_no_two_escapes_hide_a_secret(first, second):
    text = second(first(SECRET))
    gives_nothing_away(f"Invalid secret {text} given", text)


def test_every_echo_of_every_secret_goes():
    first, second = "first-secret-of-two", "second-secret-of-two"
    echoes = (first, first.encode().hex(), in_url(second), second.upper(), in_base64(b"x")(first))
    text = " and ".join(echoes)
    shown = without(text, (first, second))
    assert shown.count("[redacted]") == 5
    assert "secret" not in shown


def test_a_text_without_a_secret_stays_as_it_is():
    text = r"100% of \u00e9 &amp; %41 in C:\new dGVzdA=="
    assert without(text, (SECRET, "another secret")) == text


def test_a_text_too_short_to_hold_a_secret_is_not_even_looked_at():
    assert without("Active", (SECRET,)) == "Active"


def test_a_secret_of_three_characters_would_hide_innocent_words():
    assert without("the cat sat", ("cat",)) == "the cat sat"


@pytest.mark.parametrize("secret", ["redacted", "acted", "reda"])
def test_a_secret_that_is_a_part_of_the_mark_leaves_nothing_but_the_mark(secret):
    assert without(f"it is {secret}", (secret,)) == "[redacted]"


@pytest.mark.parametrize("secret", [":" * 40, " " * 40, "İİİİİİİİ", ":\t" * 20])
def test_an_odd_secret_neither_hides_other_texts_nor_shows(secret):
    assert without("a plain sentence of some fifty characters, that is all", (secret,)).startswith("a plain")
    assert secret not in without(f"it is {secret}!", (secret,))


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=8, max_size=60).filter(
        lambda text: text.strip()
    ),
    st.binary(max_size=5),
    st.binary(max_size=5),
    st.sampled_from([base64.b64encode, base64.urlsafe_b64encode]),
)
def test_no_base64_around_any_secret_shows_it(secret, before, after, encode):
    raw = secret.encode()
    shown = without("it is " + encode(before + raw + after).decode() + ".", (secret,))
    assert shown == "it is [redacted]."


@given(
    st.text(st.characters(exclude_categories=["C", "Z"]), min_size=8, max_size=60).filter(
        lambda text: "redacted" not in text
    ),
    st.lists(st.sampled_from([*ESCAPED.values()]), max_size=2),
)
def test_no_escapes_of_any_secret_show_it(secret, escapes):
    text = secret
    for escape in escapes:
        text = escape(text)
    shown = clean(f"it is {text}.", (secret,))
    assert "[redacted]" in shown
    assert secret not in shown


def test_a_hostile_text_costs_little():
    text = "%25" * 20_000 + "\\\\" * 1_000 + "QUFB" * 1_000
    assert without(text, (SECRET,)).startswith("%25")
