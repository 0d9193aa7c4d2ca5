"""Campaigns from a CSV file: `from: nightly.csv`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from launcher.manifest.entries import NAMING, contradiction, make_draft
from launcher.manifest.keys import CAMPAIGN, EITHER
from launcher.manifest.model import CampaignEntry, Position
from launcher.manifest.problems import Problems, Unreadable, quote
from launcher.manifest.resolve import Objection, Resolver
from launcher.manifest.rows import BadRow, Rows
from launcher.manifest.scalars import ListOf, Text
from launcher.manifest.source import Digest
from launcher.manifest.values import Complaint

COLUMNS = {one.name: one.kind.parse for one in CAMPAIGN.fields if isinstance(one.kind, Text | ListOf)}
"""What a cell means is what the key of the same name means."""


class CampaignList:
    """One CSV file of a manifest."""

    def __init__(self, path: Path, file: str, resolver: Resolver, problems: Problems) -> None:
        self._path = path
        self._file = file
        self._resolver = resolver
        self._problems = problems

    def entries(self, digest: Digest, has_default_bot: bool) -> Iterator[CampaignEntry]:
        """The campaigns of the file, in order; problems are noted, with their place in the file.

        Raises:
            OSError: the file cannot be read.
        """
        self._problems.rank(self._file)
        try:
            with self._path.open("rb") as file:
                rows = Rows(file, digest)
                header = self._header(rows, has_default_bot)
                yield from self._body(rows, header) if header is not None else ()
        except Unreadable as stop:
            self._complain((stop.line, stop.column), stop.message)

    def _header(self, rows: Rows, has_default_bot: bool) -> list[str] | None:
        names = next(iter(rows), None)
        if names is None:
            self._complain((1, 1), "the file is empty: its first row names the columns")
            return None
        if isinstance(names, BadRow):
            self._complain((names.line, 1), names.message)
            return None
        if len(names) == 1 and (other := next((char for char in ";\t|" if char in names[0]), None)):
            what = "a tab" if other == "\t" else f"'{other}'"
            self._complain((rows.line, 1), f"columns are separated by {what}: use ','")
            return None
        good = self._check_names(rows, names)
        return names if good and self._check_columns(rows, names, has_default_bot) else None

    def _check_names(self, rows: Rows, names: list[str]) -> bool:
        """Whether every column is known and stands once; the header may be thousands of columns wide."""
        seen: set[str] = set()
        good = True
        for name, place in zip(names, rows.places(), strict=False):
            if name not in COLUMNS:
                guess = self._problems.suggest(name, COLUMNS)
                self._complain(place, f"unknown column {quote(name)}{guess}")
            elif name in seen:
                self._complain(place, f"column '{name}' stands twice")
            good = good and name in COLUMNS and name not in seen
            seen.add(name)
        return good

    def _check_columns(self, rows: Rows, names: list[str], has_default_bot: bool) -> bool:
        missing = []
        if "campaign" not in names:
            missing.append("missing column 'campaign'")
        if "bot" not in names and "stream" not in names and not has_default_bot:
            missing.append(f"missing column {EITHER}")
        for message in missing:
            self._complain((rows.line, 1), message)
        return not missing

    def _body(self, rows: Rows, names: list[str]) -> Iterator[CampaignEntry]:
        for cells in rows:
            if isinstance(cells, BadRow):
                self._complain((cells.line, 1), cells.message)
            elif len(cells) != len(names):
                what = f"{len(cells)} field{'s' if len(cells) > 1 else ''}"
                self._complain((rows.line, 1), f"the row has {what}, the header has {len(names)}")
            else:
                entry = self._entry(rows, names, cells)
                if entry is not None:
                    yield entry

    def _entry(self, rows: Rows, names: list[str], cells: list[str]) -> CampaignEntry | None:
        values, bad = self._values(rows, names, cells)
        if "campaign" not in values and "campaign" not in bad:
            self._complain(rows.place(names.index("campaign")), "campaign: is empty")
        ok = "campaign" in values and not bad
        if clash := contradiction(values):
            self._complain(rows.place(names.index(clash)), f"{clash} beside bot: give {EITHER}")
            return None
        if not bad.isdisjoint(NAMING):
            return None
        place = (rows.line, 1)
        try:
            return self._resolver.entry(make_draft(values, ok, place, place), Position(self._file, *place))
        except Objection as objection:
            known = objection.key is not None and objection.key in values
            at = rows.place(names.index(objection.key)) if known and objection.key is not None else place
            self._complain(at, objection.message)
        return None

    def _values(self, rows: Rows, names: list[str], cells: list[str]) -> tuple[dict[str, Any], set[str]]:
        values: dict[str, Any] = {}
        bad: set[str] = set()
        for index, (name, text) in enumerate(zip(names, cells, strict=True)):
            if text:
                try:
                    values[name] = COLUMNS[name](text)
                except Complaint as complaint:
                    bad.add(name)
                    self._complain(rows.place(index), f"{name}: {complaint}")
        return values, bad

    def _complain(self, place: tuple[int, int], message: str) -> None:
        self._problems.add(Position(self._file, *place), message)
