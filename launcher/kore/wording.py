"""Server text made fit for a person's eyes: one line, short, printable, without secrets. Pure."""

import html
import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from launcher.kore.redaction import without
from launcher.kore.reply import RawReply

LONGEST = 200
"""Characters of a whole reason."""

_TOKEN = re.compile(r"eyJ[\w-]{4,}(?:\.[\w-]*)*", re.ASCII)
_TEXT_LOOKED_AT = 65_536
_MESSAGE_KEYS = ("msg", "message", "error_description", "reason", "detail", "title", "error")
# Bounded, or a hostile page of unclosed tags would cost quadratic time.
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{0,500})</title", re.IGNORECASE)
_HEADING = re.compile(r"<h1[^<>]{0,200}>(.{0,500}?)</h1", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
_DEEPEST = 3


class Said(NamedTuple):
    """One thing that the server said, cleaned."""

    text: str
    code: str | None = None
    page: bool = False
    """Taken from a web page: a gateway spoke, not the API."""

    def __str__(self) -> str:
        if self.page:
            return f"a web page titled '{self.text}'"
        return f"{self.text} (code {self.code})" if self.code else self.text


def clean(text: str, confidential: tuple[str, ...] = ()) -> str:
    """`text` as one printable line in which no secret and nothing that looks like a JWT is left."""
    said, text = text, _tidy(without(text, confidential))
    if text != said:  # what was taken out may have brought the parts of a secret together
        text = _tidy(without(text, confidential))
    return _TOKEN.sub("[token]", text) if "eyJ" in text else text


def shorten(text: str, longest: int) -> str:
    """`text`, cut with an ellipsis when it is longer than `longest` characters."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def sentence(before: str, said: str = "", advice: str = "") -> str:
    """`before: said; advice`, where what the server said gives way so that all stays within `LONGEST`."""
    after = f"; {advice}" if advice else ""
    if not said:
        return shorten(before + after, LONGEST)
    room = max(LONGEST - len(before) - len(after) - 2, 20)
    return shorten(f"{before}: {shorten(said, room)}{after}", LONGEST)


def everything_said(reply: RawReply, value: Any) -> tuple[Said, ...]:
    """The messages of a reply whose JSON value is `value` (None: not JSON), the most telling first.

    Known envelopes: `{"errors": [{"msg" or "message", "code"}]}`, `{"status": "Error", "message"}` and the
    header `response-error-description`; gateways answer with web pages or bare text instead.
    """
    found = list(_messages(value)) if value is not None else list(_page_or_text(reply))
    found += [(text, None, False) for text in (reply.header("response-error-description"),) if text]
    said = (
        Said(clean(text[:_TEXT_LOOKED_AT], reply.confidential), _code(code, reply), page)
        for text, code, page in found
    )
    return tuple(dict.fromkeys(one for one in said if one.text))


def redirect_target(reply: RawReply) -> str:
    """Where a redirect points to, without user info, query and fragment; they may hold secrets."""
    location = reply.header("location") or ""
    try:
        parts = urlsplit(location)
        authority = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "an unreadable address"
    origin = f"{parts.scheme}://{authority}" if authority else ""
    return shorten(clean(origin + parts.path, reply.confidential), 90) or "nowhere"


_Found = tuple[str, object, bool]


def _messages(value: Any, depth: int = 0) -> Iterator[_Found]:
    if isinstance(value, str):
        yield value, None, False
    elif isinstance(value, list) and depth < _DEEPEST:
        for item in value[:_DEEPEST]:
            yield from _messages(item, depth + 1)
    elif isinstance(value, dict) and depth < _DEEPEST:
        yield from _messages(value.get("errors"), depth + 1)
        yield from _own_messages(value, depth)


def _own_messages(value: dict[str, Any], depth: int) -> Iterator[_Found]:
    for key in _MESSAGE_KEYS:
        inner = value.get(key)
        if isinstance(inner, str):
            yield inner, value.get("code"), False
        else:
            yield from _messages(inner, depth + 1)


def _code(code: object, reply: RawReply) -> str | None:
    """An error code worth printing: a number or a word, but not the HTTP status once more."""
    if isinstance(code, bool) or not isinstance(code, int | str) or str(code) == str(reply.status):
        return None
    return shorten(clean(str(code), reply.confidential), 30) or None


def _page_or_text(reply: RawReply) -> Iterator[_Found]:
    text = reply.text()[:_TEXT_LOOKED_AT]
    if "<" not in text:
        yield text, None, False
        return
    heading = _TITLE.search(text) or _HEADING.search(text)
    if heading:
        yield html.unescape(_TAG.sub(" ", heading[1])), None, True
    else:
        yield html.unescape(_TAG.sub(" ", text)), None, False


def _tidy(text: str) -> str:
    """One printable line without a space too many."""
    if text.isprintable() and "  " not in text and text[:1] != " " and text[-1:] != " ":
        return text
    return " ".join("".join(c for c in text if c.isprintable() or c.isspace()).split())
