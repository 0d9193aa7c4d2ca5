"""Campaigns from a file of JSON lines: `from: nightly.jsonl`, one object a line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from launcher.manifest.entries import contradiction, make_draft, names_something
from launcher.manifest.keys import EITHER
from launcher.manifest.lists import COLUMNS
from launcher.manifest.model import CampaignEntry, Position
from launcher.manifest.problems import Problems, quote
from launcher.manifest.resolve import Objection, Resolver
from launcher.manifest.rows import MAX_LINE
from launcher.manifest.source import Digest
from launcher.manifest.values import Complaint

SUFFIXES = (".jsonl", ".ndjson")
_BOM = b"\xef\xbb\xbf"


class _DuplicateKeyError(ValueError):
    """A key that stands twice."""


class JsonLines:
    """One such file of a manifest. What a key means is what it means in the manifest."""

    def __init__(self, path: Path, file: str, resolver: Resolver, problems: Problems) -> None:
        self._path = path
        self._file = file
        self._resolver = resolver
        self._problems = problems

    def entries(self, digest: Digest, has_default_bot: bool) -> Iterator[CampaignEntry]:
        """The campaigns of the file, in order; problems are noted, with their line.

        Raises:
            OSError: the file cannot be read.
        """
        self._problems.rank(self._file)
        number = 0
        with self._path.open("rb") as file:
            while raw := file.readline(MAX_LINE):
                number += 1
                digest.update(raw)
                if not raw.endswith(b"\n") and len(raw) == MAX_LINE:
                    self._complain(number, f"the line is longer than {MAX_LINE:,} bytes")
                    return
                if (
                    fields := self._fields(number, raw if number > 1 else raw.removeprefix(_BOM))
                ) is not None:
                    entry = self._entry(number, fields, has_default_bot)
                    if entry is not None:
                        yield entry
        if number == 0:
            self._complain(1, "the file is empty: expected one JSON object a line")

    def _fields(self, number: int, raw: bytes) -> dict[str, Any] | None:
        """The object of a line; None when the line is blank, or a problem was noted."""
        if not raw.strip():
            return None
        try:
            # Numbers stay as they are written: 0123 is no JSON, but 12 and 1e3 may be ids.
            found = json.loads(raw.strip(), object_pairs_hook=_once, parse_int=str, parse_float=str)
        except _DuplicateKeyError as duplicate:
            self._complain(number, f"key {quote(str(duplicate))} stands twice")
            return None
        except (ValueError, RecursionError) as error:
            column = error.colno if isinstance(error, json.JSONDecodeError) else 1
            what = error.msg if isinstance(error, json.JSONDecodeError) else "not UTF-8 text"
            self._complain(number, f"the line is not a JSON object: {what}", column)
            return None
        if not isinstance(found, dict):
            self._complain(number, 'expected an object such as {"bot": "billing", "campaign": "cd-…"}')
            return None
        return found

    def _entry(self, number: int, fields: dict[str, Any], has_default_bot: bool) -> CampaignEntry | None:
        values = self._values(number, fields)
        if clash := contradiction(values):
            self._complain(number, f"{clash} beside bot: give {EITHER}")
            return None
        if not names_something(values) and not has_default_bot:
            self._complain(number, f"missing key {EITHER}")
            return None
        if "campaign" not in fields:
            self._complain(number, "missing key 'campaign'")
        ok = "campaign" in values and len(values) == sum(value is not None for value in fields.values())
        place = number, 1
        try:
            return self._resolver.entry(make_draft(values, ok, place, place), Position(self._file, *place))
        except Objection as objection:
            self._complain(number, objection.message)
            return None

    def _values(self, number: int, fields: dict[str, Any]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, value in fields.items():
            if name not in COLUMNS:
                self._complain(number, f"unknown key {quote(name)}{self._problems.suggest(name, COLUMNS)}")
            elif value is not None:
                try:
                    values[name] = _parsed(name, value)
                except Complaint as complaint:
                    self._complain(number, f"{name}: {complaint}")
        return values

    def _complain(self, number: int, message: str, column: int = 1) -> None:
        self._problems.add(Position(self._file, number, column), message)


def _parsed(name: str, value: object) -> Any:
    if isinstance(value, str):
        return COLUMNS[name](value)
    if isinstance(value, list) and name in {"tags", "window"}:
        return tuple(part for item in value for part in _parsed(name, item))
    raise Complaint(f"expected text, got {json.dumps(value)[:60]}")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _DuplicateKeyError(next(name for name in names if names.count(name) > 1))
    return found
