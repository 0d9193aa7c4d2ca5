"""Rows of a CSV file with the places of their fields, or a sentence why not."""

import csv
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO, NamedTuple

from launcher.manifest.problems import Unreadable
from launcher.manifest.source import Digest

MAX_LINE = 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class BadRow(NamedTuple):
    """A row that the CSV reader could not take apart."""

    line: int
    message: str


class Rows:
    """The rows of an open file that are not blank; `line` and `place` are of the row in hand."""

    def __init__(self, file: BinaryIO, digest: Digest) -> None:
        self._file = file
        self._digest = digest
        self._raw: list[str] = []
        self._read = 0
        self._reader = csv.reader(self._lines(), strict=True)
        self.line = 1

    def __iter__(self) -> "Iterator[list[str] | BadRow]":
        """Yield rows.

        Raises:
            Unreadable: a line is not UTF-8 text, or endless, or a quote is never closed.
        """
        while True:
            self.line = self._read + 1
            self._raw.clear()
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield self._bad(str(error))
                continue
            if any(cells):
                yield cells

    def _bad(self, problem: str) -> BadRow:
        if "field limit" in problem and not "".join(self._raw).count('"') % 2:
            return BadRow(self.line, f"a field is longer than {csv.field_size_limit()} characters")
        if "unexpected end" in problem or "field limit" in problem:
            raise Unreadable(self.line, 1, "a quote opened in this row is never closed")
        if "expected after" in problem:
            return BadRow(self.line, "text behind a closing quote: double a quote that belongs to the text")
        if "new-line" in problem:
            return BadRow(self.line, "a carriage return alone ends no line: save the file with line feeds")
        return BadRow(self.line, f"the row is not CSV: {problem}")

    def _lines(self) -> Iterator[str]:
        while line := self._file.readline(MAX_LINE):
            self._digest.update(line)
            text = _decoded(line.removeprefix(_BOM) if not self._read else line, self._read + 1)
            self._read += 1
            self._raw.append(text)
            yield text

    def place(self, index: int) -> tuple[int, int]:
        """Line and column, from 1, where the field of this index starts."""
        return next(islice(self.places(), index, None), (self.line, 1))

    def places(self) -> Iterator[tuple[int, int]]:
        """Line and column of every field, in order; the whole row is looked at once."""
        line, column, quoted, fresh, closed = self.line, 1, False, True, False
        yield line, column
        for char in "".join(self._raw):
            closed, quoted = (
                (quoted, not quoted) if char == '"' and (fresh or quoted or closed) else (False, quoted)
            )
            fresh = char == "," and not quoted
            line, column = (line + 1, 1) if char == "\n" else (line, column + 1)
            if fresh:
                yield line, column


def _decoded(line: bytes, number: int) -> str:
    if number == 1 and line.startswith(_UTF16):
        raise Unreadable(1, 1, "the file is UTF-16: save it as CSV in UTF-8")
    if len(line) >= MAX_LINE:
        raise Unreadable(number, 1, "a line of more than 1 MiB: this is not a CSV file")
    if b"\0" in line:
        column = len(line[: line.index(b"\0")].decode("utf-8", "replace")) + 1
        raise Unreadable(number, column, "the file is binary, not CSV")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        column = len(line[: error.start].decode("utf-8")) + 1
        byte = f"0x{line[error.start]:02x}"
        raise Unreadable(number, column, f"byte {byte} is not UTF-8: save the file as CSV in UTF-8") from None
