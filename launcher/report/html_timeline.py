"""The timeline of a run as inline SVG: a chart an account, all on one time axis and one scale. Pure.

Position tells what colour tells too: sent requests stand above the line, throttled replies hang below it, and
a strip under both shows where the account paused.
"""

from collections.abc import Iterator, Sequence

from launcher.report import html_waves
from launcher.report.html_axis import EPISODES_SHOWN, WIDTH, Axis, Stretch, ticks
from launcher.report.html_markup import foreign, text
from launcher.report.timeline import Slot, Timeline, Track
from launcher.report.times import span

ACCOUNTS_SHOWN = 40
"""Charts; of more accounts, those with the most requests."""
_BASE, _HIGH, _LOW = 40.0, 38.0, 14.0
_STRIP = 58.0
_HEIGHT = 62.0
_LEGEND = """<ul class="legend">
<li><svg class="key" viewBox="0 0 12 12"><path class="starts" d="M1 1h10v10H1z"/></svg> starts</li>
<li><svg class="key" viewBox="0 0 12 12"><path class="retries" d="M1 1h10v10H1z"/></svg> retries</li>
<li><svg class="key" viewBox="0 0 12 12"><path class="reads" d="M1 1h10v10H1z"/></svg> reads of state</li>
<li><svg class="key" viewBox="0 0 12 12"><path class="line" d="M0 2h12"/>\
<path class="throttled" d="M3 2h6v8H3z"/></svg> below the line: throttled replies</li>
<li><svg class="key" viewBox="0 0 12 12"><path class="paused" d="M0 5h12v3H0z"/></svg> \
strip: the account paused</li>
"""


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
    yield f"{_LEGEND}{html_waves.LEGEND if timeline.gates else ''}</ul>\n"
    yield (
        f'<p class="note">A bar is {_seconds(axis.column)}; the highest stands for {_requests(highest)}. '
        "All charts have the same scale. Times are UTC.</p>\n"
    )
    waves = html_waves.labels(timeline, axis), html_waves.flags(timeline, axis, _HEIGHT)
    for track, its_bars in zip(tracks, bars, strict=True):
        yield _chart(track, its_bars, axis, (highest, lowest), waves)
    yield ticks(axis)
    yield from html_waves.in_words(timeline)
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


def _chart(track: Track, bars: Bars, axis: Axis, scale: tuple[int, int], waves: tuple[str, str]) -> str:
    told, (numbers, flags) = _told(track, axis), waves
    paths = "".join(f'<path class="{kind}" d="{line}"/>' for kind, line in _paths(bars, axis, *scale))
    return (
        f"<figure><figcaption><b>{foreign(track.account)}</b> <span>{told}</span></figcaption>{numbers}"
        f'<svg class="chart" role="img" aria-label="{text(track.account)}: {told}" '
        f'viewBox="0 0 {WIDTH:g} {_HEIGHT:g}" preserveAspectRatio="none">'
        f"{_frame(axis)}{paths}{_pauses(track, axis)}{flags}</svg></figure>\n"
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
