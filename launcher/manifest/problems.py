"""Problems of a manifest: one line each, with a position; all of them at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from launcher.errors import ManifestError
from launcher.manifest.model import Position

SHOWN = 100
"""More lines than this help nobody; the rest is counted."""

KEPT = 10_000
"""Problems kept for sorting; a list with more is broken as a whole."""

_SUGGESTED = 2 * SHOWN
_CANDIDATES = 500
_QUOTED = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, where, and what to do about it."""

    position: Position
    message: str

    def __str__(self) -> str:
        return f"{self.position}: {self.message}"


class Unreadable(Exception):  # noqa: N818 - never leaves the package; it becomes a problem
    """Reading a source stops here, as nothing behind this place can be trusted."""

    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.column = column
        self.message = message


class Problems:
    """Collects the problems of one manifest and of the lists that it draws in."""

    def __init__(self) -> None:
        self._found: dict[Problem, None] = {}  # an alias can show the same problem twice
        self._ranks: dict[str, int] = {}
        self._uncounted = 0

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, position: Position, message: str) -> None:
        """Note a problem; files are sorted in the order of their first problem or `rank`."""
        if len(self._found) >= KEPT:
            self._uncounted += 1
            return
        self.rank(position.file)
        self._found[Problem(position, message)] = None

    def rank(self, file: str) -> None:
        """Let the problems of this file stand behind those of the files ranked before."""
        self._ranks.setdefault(file, len(self._ranks))

    def suggest(self, word: str, known: Iterable[str]) -> str:
        """`; did you mean 'x'?`, or nothing: when nothing is near, or many problems were found already."""
        if len(self._found) > _SUGGESTED:
            return ""
        near = nearest(word, known)
        return f"; did you mean {quote(near)}?" if near else ""

    def error(self) -> ManifestError:
        """All problems, sorted by position; more than `SHOWN` end in a line that counts the rest."""
        ordered = sorted(self._found, key=self._order)
        shown: tuple[Problem, ...] = tuple(ordered[:SHOWN])
        rest = len(ordered) - len(shown) + self._uncounted
        if rest:
            position = ordered[SHOWN].position
            shown += (Problem(position, f"and {rest} more problem{'s' if rest > 1 else ''} from here on"),)
        return ManifestError(shown)

    def _order(self, problem: Problem) -> tuple[int, int, int]:
        position = problem.position
        return self._ranks[position.file], position.line, position.column


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant, whatever the case of its letters."""
    if len(word) > _QUOTED:
        return None
    by_lower = {name.lower(): name for name, _ in zip(known, range(_CANDIDATES), strict=False)}
    close = get_close_matches(word.lower(), by_lower, n=1)
    return by_lower[close[0]] if close else None


def quote(text: str) -> str:
    """The text in quotes, short, on one line, with nothing that a terminal obeys."""
    shown = text if len(text) <= _QUOTED else text[: _QUOTED - 1] + "…"
    return f"'{printable(shown)}'"


def printable(text: str) -> str:
    """The text with control characters, line separators and lone surrogates escaped."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
