"""The time axis of the timeline: from left to right, one stretch for each process that worked. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from launcher.report.timeline import Episode, Timeline
from launcher.report.times import iso_utc

WIDTH = 1000.0
"""Units of the drawing's width, whatever that is on the screen."""
COLUMNS = 150
"""Bars side by side, at most."""
EPISODES_SHOWN = 6
"""Processes that worked on the run; of more, the latest."""


_GAP = 14.0
_LEAST = 24.0
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
_TICKS = 5
_LABEL = 160.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """One episode's part of the axis."""

    episode: Episode
    left: float
    right: float

    def x(self, at: float) -> float:
        """Where `at` is drawn, held within the stretch."""
        length = max(self.episode.until - self.episode.since, 1e-9)
        part = min(max((at - self.episode.since) / length, 0.0), 1.0)
        return self.left + part * (self.right - self.left)


@dataclass(frozen=True, slots=True)
class Axis:
    """Time from left to right; between two episodes nothing is drawn, however long it was."""

    stretches: Sequence[Stretch]
    column: float
    """Seconds of a bar."""
    marks: Sequence[tuple[float, float]]
    """Places with a moment written under them."""

    @classmethod
    def of(cls, timeline: Timeline) -> "Axis":
        """The axis of the latest episodes."""
        episodes = timeline.episodes[-EPISODES_SHOWN:]
        room = WIDTH - _GAP * (len(episodes) - 1) - _LEAST * len(episodes)
        length = sum(each.until - each.since for each in episodes) or 1.0
        stretches, left = [], 0.0
        for each in episodes:
            right = left + _LEAST + room * (each.until - each.since) / length
            stretches.append(Stretch(each, left, right))
            left = right + _GAP
        widest = max((track.width for track in timeline.tracks), default=0.0)
        return cls(stretches, max(length / COLUMNS, widest), _marks(stretches))

    def place(self, at: float) -> tuple[int, int] | None:
        """The stretch that holds `at`, and the bar in it; None when it is not drawn."""
        for number in range(len(self.stretches) - 1, -1, -1):
            episode = self.stretches[number].episode
            if at >= episode.since - self.column:
                return number, max(0, int((at - episode.since) // self.column))
        return None

    def edges(self, place: tuple[int, int]) -> tuple[float, float]:
        """Where the bar begins and ends."""
        stretch = self.stretches[place[0]]
        begin = stretch.episode.since + place[1] * self.column
        left = stretch.x(begin)
        return min(left, stretch.right - 2.0), max(stretch.x(begin + self.column), left + 2.0)

    def x(self, at: float) -> float | None:
        """Where `at` is drawn; None when it is not."""
        inside = (each for each in self.stretches if each.episode.since <= at <= each.episode.until)
        return next((each.x(at) for each in inside), None)


def ticks(axis: Axis) -> str:
    """The moments under the charts."""
    days = {iso_utc(at)[:10] for _, at in axis.marks}
    labels = [
        f'<text x="{x / 10:.1f}%" y="12"{_anchor(x, axis)}>'
        f"{iso_utc(at)[11:19] if len(days) == 1 else iso_utc(at)[5:16].replace('T', ' ')}</text>"
        for x, at in axis.marks
    ]
    return f'<svg class="axis" aria-hidden="true">{"".join(labels)}</svg>\n'


def _marks(stretches: Sequence[Stretch]) -> list[tuple[float, float]]:
    """Where a moment is written: round ones, or where each of several episodes begins."""
    marks = [(each.left, each.episode.since) for each in stretches]
    if len(marks) == 1:
        marks = list(_even(stretches[0])) or marks
    spaced: list[tuple[float, float]] = []
    for x, at in marks:
        if not spaced or x - spaced[-1][0] >= _LABEL:
            spaced.append((x, at))
    return spaced


def _anchor(x: float, axis: Axis) -> str:
    if x < _LABEL / 2 or (len(axis.stretches) > 1 and x <= WIDTH - _LABEL):
        return ""  # several stretches: it says when one begins
    return ' text-anchor="end"' if x > WIDTH - _LABEL / 2 else ' text-anchor="middle"'


def _even(stretch: Stretch) -> Iterator[tuple[float, float]]:
    """Round moments, so few that their labels have room on a phone."""
    since, until = stretch.episode.since, stretch.episode.until
    step = next((each for each in _STEPS if (until - since) / each <= _TICKS - 1), _STEPS[-1])
    while (until - since) / step > _TICKS:
        step *= 2
    at = since - since % step
    while at <= until:
        if at >= since:
            yield stretch.x(at), at
        at += step
