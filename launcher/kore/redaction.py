"""Secrets taken out of what a server said, however it spells them. Pure.

Raw and in any case, in hexadecimal and Base64 (both alphabets, any padding, amid other bytes), escaped for
URLs, JSON and HTML up to twice over, and broken up by white space.
"""

import html
import re
from base64 import b64encode
from urllib.parse import unquote, unquote_plus

REDACTED = "[redacted]"
SHORTEST = 4
"""Characters; what is shorter stands in innocent words."""

_READINGS = 24
"""Ways to undo escapes that are tried: every two steps in any order, and a few of three."""
_PASSES = 8
_LONGEST_TEXT = 16_384
"""Characters of a text that are kept; no reason shows more than a few hundred."""
_SURELY_NO_PROSE = 16
"""Characters from which on a secret is also looked for across white space."""

_GAP = r"[\s:]*"
_ESCAPED = re.compile(r"(?:\\u[0-9a-fA-F]{4})+|\\x[0-9a-fA-F]{2}|\\.", re.DOTALL)
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_="


def without(text: str, confidential: tuple[str, ...]) -> str:
    """`text` with `[redacted]` in place of everything that gives away one of the confidential texts.

    A part that had to be unescaped to be recognised leaves the whole text unescaped.
    """
    secrets = [secret for secret in confidential if len(secret) >= SHORTEST]
    # No spelling is shorter than what it spells: so the few words of a good reply cost next to nothing.
    if not secrets or len(text) < min(map(len, secrets)):
        return text
    needles = _Needles(secrets)
    text = text[:_LONGEST_TEXT]
    for _ in range(_PASSES):
        clear = _pass(text, needles)
        if clear == text:
            return text
        text = clear
    return REDACTED  # something like a secret that is a part of the word "redacted"


class _Needles:
    """What to look for, in lower case."""

    def __init__(self, secrets: list[str]) -> None:
        self.plain = tuple(dict.fromkeys(secret.lower() for secret in secrets))
        self.encoded = tuple(dict.fromkeys(one for secret in secrets for one in _encoded(secret)))


def _encoded(secret: str) -> list[str]:
    raw = secret.encode("utf-8", "surrogatepass")
    spelled = [raw.hex()]
    for before in range(3):
        core = _base64_core(raw, before).lower()
        spelled += (core, core.replace("+", "-").replace("/", "_"))
    return [one for one in spelled if len(one) >= SHORTEST]


def _base64_core(raw: bytes, before: int) -> str:
    """The characters of a Base64 text that `raw` alone decides, `before` bytes (modulo 3) into the text."""
    text = b64encode(bytes(before) + raw).decode()
    after = (len(raw) + before) % 3
    return text[(0, 2, 3)[before] : len(text) - (0, 3, 2)[after]]


def _pass(text: str, needles: _Needles) -> str:
    """The first reading of `text` that gave something away, with that taken out; else `text`."""
    for reading in _readings(text):
        clear = _blanked(reading, needles)
        if clear != reading:
            return clear
    return text


def _readings(text: str) -> list[str]:
    """`text`, and what it becomes when escapes are undone."""
    found = [text]
    for one in found:  # grows as it goes
        for undo in (unquote, unquote_plus, _from_json, html.unescape):
            if len(found) < _READINGS and (plainer := undo(one)) not in found:
                found.append(plainer)
    return found


def _from_json(text: str) -> str:
    return _ESCAPED.sub(_unescaped, text)


def _unescaped(found: re.Match[str]) -> str:
    """What a JSON escape stands for; a run of four-digit ones may hold pairs."""
    escape = found[0]
    if escape[1] == "u" and len(escape) > len(r"\u"):
        return bytes.fromhex(escape.replace("\\u", "")).decode("utf-16-be", "replace")
    if escape[1] == "x" and len(escape) > len(r"\x"):
        return bytes.fromhex(escape[2:]).decode("latin-1")
    return _CONTROLS.get(escape[1], escape[1])


def _blanked(text: str, needles: _Needles) -> str:
    low = text.lower()
    tight = _tight(low)
    for needle in (*needles.plain, *needles.encoded):
        pattern = _pattern(needle, low, tight)
        if pattern is not None:
            found = pattern.search(text)
            if found is None:  # letters whose lower case is another number of letters
                return REDACTED
            return _without_run(text, found) if needle in needles.encoded else pattern.sub(REDACTED, text)
    return text


def _pattern(needle: str, low: str, tight: str) -> re.Pattern[str] | None:
    """What finds the needle, as it is or spread over white space; None when it is not there."""
    if needle in low:
        return re.compile(re.escape(needle), re.IGNORECASE)
    needle = _tight(needle)
    if len(needle) >= _SURELY_NO_PROSE and needle in tight:
        return re.compile(_GAP.join(map(re.escape, needle)), re.IGNORECASE)
    return None


def _tight(text: str) -> str:
    return "".join(text.split()).replace(":", "")


def _without_run(text: str, found: re.Match[str]) -> str:
    """`text` without what was found and the Base64 around it, which holds the secret's ends."""
    before, after = text[: found.start()], text[found.end() :]
    return before.rstrip(_BASE64) + REDACTED + after.lstrip(_BASE64)
