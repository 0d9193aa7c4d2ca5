"""Texts to values: what a duration, a budget or an id may look like, and what to say when it does not.

Every function takes the text as written and raises `Complaint` with the sentence that follows the key.
"""

import re
from sys import intern

from launcher.manifest.model import Quota, Threshold
from launcher.manifest.problems import nearest, quote

MAX_ID = 256
MAX_LABEL = 100
MAX_TEXT = 200

SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
NEVER = "never"

DURATION_PATTERN = r"[0-9]{1,9}(\.[0-9]{1,3})?(ms|s|m|h|d)"
QUOTA_PATTERN = rf"[0-9]{{1,7}}/{DURATION_PATTERN}"
BACKOFF_PATTERN = rf"{DURATION_PATTERN}\.\.{DURATION_PATTERN}"
PERCENT_PATTERN = r"[0-9]{1,3}(\.[0-9]{1,3})?%"
# Printable ASCII without what changes a URL or a header, and without what no URL may hold as it is:
# braces and angle brackets also give away a template that nobody filled in.
ID_PATTERN = r"[!$'()*+,.0-9:;=@A-Z_a-z~-]{1,256}"
RUN_NAME_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"

_DURATION = re.compile(DURATION_PATTERN)
_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")
_ID = re.compile(ID_PATTERN)
_COMMON_LABEL = re.compile(r"[A-Za-z0-9._-]{1,100}")
_RUN_NAME = re.compile(RUN_NAME_PATTERN)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_PERCENT = re.compile(PERCENT_PATTERN)
_SPELLED = re.compile(r"([0-9]{1,9})\s*([A-Za-z]*)")
_UNITS = {"msec": "ms", "": "s", "s": "s", "m": "m", "h": "h", "d": "d"}


class Complaint(ValueError):  # noqa: N818 - never leaves the package; it becomes a problem
    """Why a text is not a value; the end of a sentence that starts with the key."""


def whole_number(text: str, low: int, high: int) -> int:
    """`16`, from low to high."""
    # No leading zeros: in YAML 1.1, 010 is 8.
    if _NUMBER.fullmatch(text) is None or not low <= int(text) <= high:
        raise Complaint(f"expected a whole number from {low} to {high}, got {quote(text)}")
    return int(text)


def version(text: str) -> int:
    """`1`, the version of the format."""
    if text != "1":
        raise Complaint(f"expected 1, the version of the format that this launcher reads, got {quote(text)}")
    return 1


def flag(text: str) -> bool:
    """`true` or `false`."""
    value = {"true": True, "false": False}.get(text.lower())
    if value is None:
        meant = _FLAGS.get(text.lower())
        hint = f"; did you mean {meant}?" if meant else ""
        raise Complaint(f"expected true or false, got {quote(text)}{hint}")
    return value


def choice(text: str, choices: dict[str, str]) -> str:
    """One of the given words."""
    value = choices.get(text)
    if value is None:
        near = nearest(text, choices)
        hint = f"; did you mean {quote(near)}?" if near else ""
        raise Complaint(f"expected {' or '.join(choices)}, got {quote(text)}{hint}")
    return value


_FLAGS = {"yes": "true", "on": "true", "1": "true", "no": "false", "off": "false", "0": "false"}
_NEVER_WORDS = frozenset({"none", "off", "no", "null", "~", "false", "unlimited", "infinite"})


def means_never(text: str) -> bool:
    """Whether somebody wrote another word for `never`, or misspelled it."""
    return text.lower() in _NEVER_WORDS or nearest(text, [NEVER]) is not None


def duration(text: str, low: str, high: str) -> float:
    """`500ms`, `30s`, `15m`, `12h` or `1d`, in seconds, from low to high."""
    found = _DURATION.fullmatch(text)
    if found is None:
        hint = "; did you mean '0s'?" if low == "0s" and means_never(text) else _respelled(text)
        raise Complaint(f"expected a duration such as 30s, 15m, 12h or 1d, got {quote(text)}{hint}")
    seconds = _seconds(text)
    if not _seconds(low) <= seconds <= _seconds(high):
        raise Complaint(f"expected a duration from {low} to {high}, got {text}")
    return seconds


def _seconds(text: str) -> float:
    number = text.rstrip("mshd")
    return float(number) * SECONDS[text[len(number) :]]


def _respelled(text: str) -> str:
    """`30`, `30 sec` and `5 minutes` are understood, but not accepted: a wrong unit is 60 times too long."""
    found = _SPELLED.fullmatch(text)
    if found is None:
        return ""
    unit = found[2].lower()
    short = _UNITS.get(unit, unit if unit in SECONDS else unit[:1])
    return f"; did you mean '{found[1]}{short}'?" if short in SECONDS else ""


def backoff(text: str) -> tuple[float, float]:
    """`1s..60s`: the shortest and the longest wait, in seconds."""
    low, dots, high = text.partition("..")
    if not dots:
        raise Complaint(f"expected two durations such as 1s..60s, got {quote(text)}")
    shortest, longest = duration(low, "0s", "1d"), duration(high, "0s", "1d")
    if shortest > longest:
        raise Complaint(f"the first duration is longer than the second: did you mean '{high}..{low}'?")
    return shortest, longest


def quota(text: str) -> Quota:
    """`60/60s`: so many requests in so much time."""
    limit, slash, window = text.partition("/")
    if not slash:
        hint = f"; did you mean '{text}/60s'?" if _NUMBER.fullmatch(text) else ""
        raise Complaint(f"expected requests per time such as 60/60s, got {quote(text)}{hint}")
    if window and window in SECONDS:
        raise Complaint(
            f"expected requests per time such as 60/60s, got {quote(text)}; did you mean '{limit}/1{window}'?"
        )
    return Quota(whole_number(limit, 1, 1_000_000), duration(window, "1ms", "31d"))


def threshold(text: str) -> Threshold:
    """`5` launches or `10%` of the plan."""
    if not text.endswith("%"):
        return threshold_count(text)
    percent = float(text[:-1]) if _PERCENT.fullmatch(text) else 0.0
    if not 0 < percent <= 100:  # noqa: PLR2004 - a hundred per cent is all
        close = text.replace(" ", "")
        hint = f"; did you mean '{close}'?" if close != text and _PERCENT.fullmatch(close) else ""
        raise Complaint(f"expected a percentage above 0% and up to 100%, got {quote(text)}{hint}")
    return Threshold(percent, percent=True)


def headroom(text: str) -> float:
    """`5%`: a part, from 0 to below 1."""
    part = float(text[:-1]) / 100 if _PERCENT.fullmatch(text) else 1.0
    if not 0 <= part < 1:
        raise Complaint(f"expected a percentage from 0% to below 100%, got {quote(text)}")
    return part


def wave(text: str) -> Threshold | None:
    """`5` launches, `10%` of the plan, or None for the `rest`.

    Raises:
        Complaint: it is none of these.
    """
    if text == "rest":
        return None
    try:
        return threshold(text)
    except Complaint as complaint:
        raise Complaint(str(complaint).replace(", got ", ", or 'rest', got ", 1)) from None


def threshold_count(text: str) -> Threshold:
    """`5` launches; no percentage."""
    return Threshold(whole_number(text, 1, 1_000_000))


def identifier(text: str) -> str:
    """An id of the API: free text, but safe in a URL's path and in a header."""
    if _ID.fullmatch(text) is None or text in (".", ".."):
        raise Complaint(_why_no_id(text))
    return text


def _why_no_id(text: str) -> str:
    if not text:
        return "is empty: an id is needed"
    if len(text) > MAX_ID:
        return f"is {len(text)} characters long: an id has at most {MAX_ID}"
    bad = next((char for char in text if not _ID.fullmatch(char)), None)
    if bad is None:
        return f"{quote(text)} would change the URL: an id is needed"
    for first, last in ("{}", "<>"):
        if first in text and last in text:
            return (
                f"{quote(text)} looks like a template that was not filled in: an id must not hold '{first}'"
            )
    return f"an id must not hold {_named(bad)}, got {quote(text)}"


def _named(char: str) -> str:
    if char.isspace():
        return "white space"
    return quote(char) if char.isascii() and char.isprintable() else f"the character U+{ord(char):04X}"


def label(text: str) -> str:
    """A name that the operator gives to an account, a bot or a tag; usable in `--select`."""
    if _COMMON_LABEL.fullmatch(text):
        return intern(text)
    _check_length(text, MAX_LABEL)
    bad = next((char for char in text if char in ",;" or char.isspace() or not char.isprintable()), None)
    if bad is not None:
        raise Complaint(f"a name must not hold {_named(bad)}, got {quote(text)}")
    return intern(text)


def labels(text: str) -> tuple[str, ...]:
    """Tags in one cell of a CSV file, separated by `;` or spaces."""
    return tuple(label(part) for part in text.replace(";", " ").split())


def title(text: str) -> str:
    """A campaign's name for people: free text, brought to one line."""
    line = " ".join(text.split())
    _check_length(line, MAX_TEXT)
    if not line.isprintable():
        raise Complaint(f"must not hold control characters, got {quote(line)}")
    return line


def claim(text: str) -> str:
    """A text that goes into a token: a client id, an issuer."""
    _check_length(text, MAX_ID)
    if text.startswith("$"):
        raise Complaint("is used as it is: only client_secret is read from elsewhere")
    if not text.isprintable() or text != text.strip():
        raise Complaint(f"must not hold control characters, nor white space at its ends, got {quote(text)}")
    return text


def run_name(text: str) -> str:
    """The manifest's name: part of run keys, so safe in file names and on command lines."""
    if _RUN_NAME.fullmatch(text) is None:
        raise Complaint(
            f"expected letters, digits, '.', '_' and '-', up to {MAX_LABEL}, starting with a letter or digit,"
            f" got {quote(text)}{_renamed(text)}"
        )
    return text


def _renamed(text: str) -> str:
    close = _UNSAFE.sub("-", text).strip("-._")[:MAX_LABEL]
    return f"; did you mean '{close}'?" if close else ""


def file_path(text: str) -> str:
    """A path as it stands in the manifest."""
    if not text.strip():
        raise Complaint("is empty: name a file")
    if not text.isprintable():
        raise Complaint(f"must not hold control characters, got {quote(text)}")
    return text


def argument(text: str) -> str:
    """One argument of a command."""
    if "\0" in text:
        raise Complaint("must not hold a NUL character")
    return text


def _check_length(text: str, most: int) -> None:
    if not text.strip():
        raise Complaint("is empty")
    if len(text) > most:
        raise Complaint(f"is {len(text)} characters long: at most {most} are allowed")
