"""The timeline of a run as inline SVG: a chart an account, all on one time axis and one scale. Pure.

Position tells what colour tells too: sent requests stand above the line, throttled replies hang below it, and
a strip under both shows where the account paused.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from launcher.report.html_markup import foreign, text
from launcher.report.timeline import Episode, Slot, Timeline, Track
from launcher.report.times import iso_utc, span

WIDTH = 1000.0
"""Units of the drawing's width, whatever that is on the screen."""
COLUMNS = 150
"""Bars side by side, at most."""
ACCOUNTS_SHOWN = 40
"""Charts; of more accounts, those with the most requests."""
EPISODES_SHOWN = 6
"""Processes that worked on the run; of more, the latest."""

_BASE, _HIGH, _LOW = 40.0, 38.0, 14.0
_STRIP = 58.0
_HEIGHT = 62.0
_GAP = 14.0
_LEAST = 24.0
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
_TICKS = 5
_LABEL = 160.0

LEGEND = """<ul class="legend">
<li><svg class="key" viewBox="0 0 12 12"><path class="starts" d="M1 1h10v10H1z"/></svg> starts</li>
<li><svg class="key" viewBox="0 0 12 12"><path class="retries" d="M1 1h10v10H1z"/></svg> retries</li>
<li><svg class="key" viewBox="0 0 12 12"><path class="reads" d="M1 1h10v10H1z"/></svg> reads of state</li>
<li><svg class="key" viewBox="0 0 12 12"><path class="line" d="M0 2h12"/>\
<path class="throttled" d="M3 2h6v8H3z"/></svg> below the line: throttled replies</li>
<li><svg class="key" viewBox="0 0 12 12"><path class="paused" d="M0 5h12v3H0z"/></svg> \
strip: the account paused</li>
</ul>
"""


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


Bars = dict[tuple[int, int], Slot]


def timeline_section(timeline: Timeline) -> Iterator[str]:
    """The whole section, in pieces."""
    tracks = _worth_showing(timeline.tracks)
    if not tracks or not timeline.episodes:
        yield "<p>Nothing was sent.</p>\n"
        return
    axis = Axis.of(timeline)
    bars = [_bars(track, axis) for track in tracks]
    highest = max((bar.sent for each in bars for bar in each.values()), default=0) or 1
    lowest = max((bar.throttled for each in bars for bar in each.values()), default=0) or 1
    yield LEGEND
    yield (
        f'<p class="note">A bar is {_seconds(axis.column)}; the highest stands for {_requests(highest)}. '
        "All charts have the same scale. Times are UTC.</p>\n"
    )
    for track, its_bars in zip(tracks, bars, strict=True):
        yield _chart(track, its_bars, axis, highest, lowest)
    yield _ticks(axis)
    yield from _remarks(timeline, len(tracks))


def _worth_showing(tracks: Sequence[Track]) -> Sequence[Track]:
    if len(tracks) <= ACCOUNTS_SHOWN:
        return tracks
    busiest = sorted(tracks, key=lambda track: -track.totals().sent)[:ACCOUNTS_SHOWN]
    chosen = {id(track) for track in busiest}
    return [track for track in tracks if id(track) in chosen]


def _bars(track: Track, axis: Axis) -> Bars:
    bars: Bars = {}
    for number, slot in track.slots.items():
        place = axis.place((number + 0.5) * track.width)
        if place is not None:
            bars.setdefault(place, Slot()).add(slot)
    return bars


def _chart(track: Track, bars: Bars, axis: Axis, highest: int, lowest: int) -> str:
    told = _told(track, axis)
    paths = "".join(
        f'<path class="{kind}" d="{line}"/>' for kind, line in _paths(bars, axis, highest, lowest)
    )
    return (
        f"<figure><figcaption><b>{foreign(track.account)}</b> <span>{told}</span></figcaption>"
        f'<svg class="chart" role="img" aria-label="{text(track.account)}: {told}" '
        f'viewBox="0 0 {WIDTH:g} {_HEIGHT:g}" preserveAspectRatio="none">'
        f"{_frame(axis)}{paths}{_pauses(track, axis)}</svg></figure>\n"
    )


def _told(track: Track, axis: Axis) -> str:
    """The chart in words."""
    whole = track.totals()
    kinds = [
        (whole.starts, "start", "starts"),
        (whole.retries, "retry", "retries"),
        (whole.reads, "read", "reads"),
    ]
    parts = [f"{count:,} {one if count == 1 else many}" for count, one, many in kinds if count]
    told = [f"{_requests(whole.sent)}: {', '.join(parts)}" if parts else _requests(0)]
    told += [f"{whole.throttled:,} throttled"] if whole.throttled else []
    paused = sum(right - left for _, left, right in _paused(track, axis))
    told += [f"paused {span(paused)}"] if paused else []
    return "; ".join(told)


def _paths(bars: Bars, axis: Axis, highest: int, lowest: int) -> Iterator[tuple[str, str]]:
    lines: dict[str, list[str]] = {"starts": [], "retries": [], "reads": [], "throttled": []}
    for place, bar in sorted(bars.items()):
        left, right = axis.edges(place)
        top = _BASE
        for kind, count in (("starts", bar.starts), ("retries", bar.retries), ("reads", bar.reads)):
            if count > 0:
                height = max(_HIGH * count / highest, 1.5)
                top -= height
                lines[kind].append(_box(left, right, top, height))
        if bar.throttled:
            lines["throttled"].append(_box(left, right, _BASE, max(_LOW * bar.throttled / lowest, 3.0)))
    for kind, boxes in lines.items():
        if boxes:
            yield kind, "".join(boxes)


def _box(left: float, right: float, top: float, height: float) -> str:
    width = max(right - left - 0.6, 1.4)
    return f"M{left:.1f} {top:.1f}h{width:.1f}v{height:.1f}h-{width:.1f}z"


def _frame(axis: Axis) -> str:
    lines = "".join(f"M{each.left:.1f} {_BASE:g}H{each.right:.1f}" for each in axis.stretches)
    halts = "".join(
        f'<path class="halt" d="M{each.x(each.episode.halted_at):.1f} 0V{_HEIGHT:g}"/>'
        for each in axis.stretches
        if each.episode.halted_at is not None
    )
    grid = "".join(f"M{x:.1f} 0V{_HEIGHT:g}" for x, _ in axis.marks)
    return f'<path class="grid" d="{grid}"/><path class="line" d="{lines}"/>{halts}'


def _paused(track: Track, axis: Axis) -> Iterator[tuple[Stretch, float, float]]:
    for pause in track.pauses:
        for stretch in axis.stretches:
            episode = stretch.episode
            begin = max(pause.since, episode.since)
            end = episode.until if pause.until is None else min(pause.until, episode.until)
            if begin < end:
                yield stretch, begin, end


def _pauses(track: Track, axis: Axis) -> str:
    boxes = [
        _box(stretch.x(begin), stretch.x(end), _STRIP, 3.0) for stretch, begin, end in _paused(track, axis)
    ]
    return f'<path class="paused" d="{"".join(boxes)}"/>' if boxes else ""


def _ticks(axis: Axis) -> str:
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


def _remarks(timeline: Timeline, shown: int) -> Iterator[str]:
    remarks = []
    if hidden := len(timeline.tracks) - shown:
        remarks.append(f"{hidden:,} more accounts with fewer requests are not drawn.")
    if len(timeline.episodes) > 1:
        drawn = min(len(timeline.episodes), EPISODES_SHOWN)
        remarks.append(
            f"The run was taken up {len(timeline.episodes):,} times"
            + (f"; the latest {drawn} are drawn" if drawn < len(timeline.episodes) else "")
            + ". A gap in the line stands for the time between two."
        )
    if any(episode.halted_at is not None for episode in timeline.episodes):
        remarks.append("The dashed line is where the run halted.")
    if remarks:
        yield f'<p class="note">{" ".join(remarks)}</p>\n'


def _requests(count: int) -> str:
    return f"{count:,} request{'' if count == 1 else 's'}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.1g} s" if seconds < 1 else span(seconds)
