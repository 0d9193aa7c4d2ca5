"""Text of others as parts of an HTML page, so that it is never anything but text. Pure."""

import html
import json
from collections.abc import Sequence

from launcher.outcome import Result
from launcher.report.plain import plain
from launcher.report.standing import words

SYMBOLS = {
    Result.STARTED: "&#10003;",
    Result.ALREADY_ACTIVE: "=",
    Result.REJECTED: "&#10005;",
    Result.FAILED: "!",
    Result.UNKNOWN: "?",
    Result.NOT_ATTEMPTED: "&#8211;",
}
"""Beside the words, for whoever sees no colours; ready to be put into a page."""


def text(value: str) -> str:
    """`value` for element content and quoted attributes: one line, ASCII, whatever is in it.

    ASCII, so that the page reads the same in whatever encoding it is sent, printed or mailed.
    """
    return html.escape(plain(value)).encode("ascii", "xmlcharrefreplace").decode("ascii")


def foreign(value: str) -> str:
    """The same for names, whose letters may run from right to left: they turn nothing around them."""
    return f"<bdi>{text(value)}</bdi>"


def badge(result: Result, count: int | None = None) -> str:
    """The result as a symbol and a word, perhaps with how many there are."""
    told = words(result) if count is None else f"{count:,} {words(result)}"
    return f'<span class="badge {result}"><i aria-hidden="true">{SYMBOLS[result]}</i> {told}</span>'


def data(value: Sequence[object]) -> str:
    """JSON that can stand in a script element: no `<`, and ASCII."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")
