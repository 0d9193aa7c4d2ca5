"""YAML events from libyaml, and its complaints as sentences."""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from launcher.manifest.problems import Unreadable
from launcher.manifest.source import BREAK, Source, clamp, why_not_text

FAST_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where PyYAML was built with it; the pure one says the same, far slower."""

_MEANINGS = (
    (
        "mapping values are not allowed",
        "a ':' too many, or wrong indentation: put text that holds ': ' in quotes",
    ),
    ("unknown escape", r"unknown escape in double quotes: write \\ for a backslash, or use single quotes"),
    (
        "escape code|expected escape sequence|hexdecimal",
        r"broken escape in double quotes: write \\ for a backslash",
    ),
    ("could not find expected ':'", "a key without ':', or wrong indentation"),
    ("expected key|expected <block end>", "wrong indentation, or text behind a closing quote or bracket"),
    ("expected '-' indicator", "wrong indentation: a key where a list goes on with '-'"),
    ("unexpected document separator|unexpected end of stream", "a quote opened here is never closed"),
    (r"expected ',' or '\]'", "a '[' opened here is never closed, or a ',' is missing in it"),
    (r"expected ',' or '}'", "a '{' opened here is never closed, or a ',' is missing in it"),
    ("node content", "a value is missing here, or a bracket stands alone"),
    ("alphabetic or numeric character", "a name is missing behind '*' or '&': put such text in quotes"),
    ("undefined tag handle", "a tag ('!…') is not allowed: put text that starts with '!' in quotes"),
)
"""libyaml's words (and those of the pure parser), and what they mean to somebody who wrote a manifest."""


_VARIABLE = re.compile(r"""(?<!["'])\$\{""")
"""A reference to the environment that stands in no quotes."""


def events(source: Source, loader: Any = FAST_LOADER) -> Iterator[yaml.Event]:
    """The YAML events of a text, up to the first place that is not YAML.

    Raises:
        Unreadable: when that place is reached.
    """
    try:
        yield from yaml.parse(source, Loader=loader)
    except yaml.reader.ReaderError:
        raise why_not_text(source.whole()) from None
    except yaml.MarkedYAMLError as error:
        raise _explained(error, source.whole()) from None
    except (yaml.YAMLError, ValueError, OverflowError):
        # The pure parser lets chr() and int() speak for themselves, without a place.
        raise Unreadable(
            1, 1, "the file is not valid YAML: an escape or a directive holds an absurd number"
        ) from None


def _explained(error: yaml.MarkedYAMLError, data: bytes) -> Unreadable:
    problem = error.problem or "it ends too early"
    mark = error.problem_mark or error.context_mark
    message = _meaning(problem)
    if message is not None and "opened here" in message and error.context_mark is not None:
        mark = error.context_mark
    line, column = clamp(data, mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    if message is not None and "'{' opened here" in message and _holds_variable(data, error):
        message = "put '${NAME}' in quotes: inside of { } its own braces are taken for YAML's"
    if "cannot start any token" in problem:
        message = _bad_start(data, line, column)
    return Unreadable(line, column, message or _verbatim(error, problem))


def _holds_variable(data: bytes, error: yaml.MarkedYAMLError) -> bool:
    mark = error.problem_mark
    return mark is not None and _VARIABLE.search(_line(data, mark.line + 1)) is not None


def _meaning(problem: str) -> str | None:
    return next((meaning for words, meaning in _MEANINGS if re.search(words, problem)), None)


def _bad_start(data: bytes, line: int, column: int) -> str:
    char = _line(data, line)[column - 1 : column]
    if char == "\t":
        return "a tab cannot indent or separate here: use spaces"
    return f"text cannot start with '{char}' here: put it in quotes"


def _line(data: bytes, line: int) -> str:
    """A line of the text, from 1; nothing behind its end."""
    lines = BREAK.split(data.decode("utf-8", "replace"))
    return lines[line - 1] if line <= len(lines) else ""


def _verbatim(error: yaml.MarkedYAMLError, problem: str) -> str:
    context = f" {error.context}" if error.context else ""
    return f"the file is not valid YAML{context}: {problem}"
