"""Campaigns that stand twice, looked for at the end: a table with all of them is no small part of a plan."""

from array import array
from bisect import bisect
from collections.abc import Iterator
from itertools import pairwise, starmap
from operator import eq

from launcher.manifest.model import Position


class Listed:
    """The campaigns of one host, account id, stream and channel, whatever names led there."""

    def __init__(self) -> None:
        self._campaigns: list[str] = []
        self._places = array("I")
        """Line and column of each."""
        self._file = ""
        self._files: list[tuple[int, str]] = []
        """Files, each with the number of its first campaign here."""

    def add(self, campaign: str, position: Position) -> None:
        """Take in the next one."""
        if position.file is not self._file:
            self._file = position.file
            self._files.append((len(self._campaigns), self._file))
        self._campaigns.append(campaign)
        self._places.extend(position[1:])

    def repeated(self) -> Iterator[tuple[Position, Position]]:
        """Where a campaign stands again, and where it stood first; in the order of the manifest."""
        if not any(starmap(eq, pairwise(sorted(self._campaigns)))):
            return
        firsts: dict[str, int] = {}
        for number, campaign in enumerate(self._campaigns):
            first = firsts.setdefault(campaign, number)
            if first != number:
                yield self._position(number), self._position(first)

    def _position(self, number: int) -> Position:
        _, file = self._files[bisect(self._files, number, key=lambda start: start[0]) - 1]
        line, column = self._places[2 * number : 2 * number + 2]
        return Position(file, line, column)
