"""The waves of a run on its timeline: flags in the charts, numbers above them, all of it in words. Pure."""

from collections.abc import Iterator, Sequence

from launcher.report.html_axis import WIDTH, Axis
from launcher.report.html_markup import text
from launcher.report.timeline import GateMark, Timeline
from launcher.report.times import iso_utc

_ROOM = 60.0
"""Units of the drawing's width that a number needs on a phone."""

LEGEND = """<li><svg class="key" viewBox="0 0 12 12"><path class="gate" d="M2 0v12"/>\
<path class="flag" d="M2 0l9 4l-9 4z"/></svg> a wave begins: its number</li>
"""


def flags(timeline: Timeline, axis: Axis, height: float) -> str:
    """A line with a flag where each wave begins, over the whole height of a chart."""
    drawn = [(x, 12 if x < WIDTH - 12 else -12) for x, _ in _begins(timeline, axis)]
    if not drawn:
        return ""
    lines = "".join(f"M{x:.1f} 0V{height:g}" for x, _ in drawn)
    cloths = "".join(f"M{x:.1f} 0l{length} 5l{-length} 5z" for x, length in drawn)
    return f'<path class="gate" d="{lines}"/><path class="flag" d="{cloths}"/>'


def labels(timeline: Timeline, axis: Axis) -> str:
    """The numbers of the waves, to stand above a chart; those too close together share a label."""
    groups: list[tuple[float, list[int]]] = []
    for x, wave in _begins(timeline, axis):
        if groups and x - groups[-1][0] < _ROOM:
            groups[-1][1].append(wave)
        else:
            groups.append((x, [wave]))
    if not groups:
        return ""
    told = "".join(f'<text x="{x / 10:.1f}%" y="12"{_anchor(x)}>{_name(waves)}</text>' for x, waves in groups)
    return f'<svg class="axis" aria-hidden="true">{told}</svg>'


def in_words(timeline: Timeline) -> Iterator[str]:
    """A line for each wave that began or did not."""
    if not timeline.gates:
        return
    yield '<ol class="waves">\n'
    yield f"<li><b>Wave 1</b> began {_moment(timeline.episodes[0].since)}.</li>\n"
    for wave, mark in enumerate(_with_first(timeline)[1:], 2):
        if mark.opened:
            after, _, why = mark.reason.partition(": ")
            told = f"began {_moment(mark.at)}: the gate after {text(after)} opened ({text(why)})."
        else:
            told = f"did not begin: at {_moment(mark.at)} {text(mark.reason)}."
        if mark.passed_at is not None:
            told = f"did not begin by itself: at {_moment(mark.at)} {text(mark.reason)}; what was left was "
            told += f"started from {_moment(mark.passed_at)} on, without that gate."
        yield f"<li><b>Wave {wave}</b> {told}</li>\n"
    yield "</ol>\n"


def _with_first(timeline: Timeline) -> Sequence[GateMark]:
    """The first wave begins with the run. A gate that stayed closed and opened later counts once."""
    marks = [GateMark(timeline.episodes[0].since, True, "")]
    for number, mark in enumerate(timeline.gates):
        if mark.opened or number == len(timeline.gates) - 1:
            marks.append(mark)
    return marks


def _begins(timeline: Timeline, axis: Axis) -> Iterator[tuple[float, int]]:
    """Where each wave begins, and its number; nothing for a run without gates."""
    if not timeline.gates:
        return
    for wave, mark in enumerate(_with_first(timeline), 1):
        if mark.opened and (x := axis.x(mark.at)) is not None:
            yield x, wave


def _name(waves: Sequence[int]) -> str:
    return str(waves[0]) if len(waves) == 1 else f"{waves[0]}&#8211;{waves[-1]}"


def _anchor(x: float) -> str:
    return ' text-anchor="end"' if x > WIDTH - _ROOM else ""


def _moment(at: float) -> str:
    iso = iso_utc(at)
    return f'<time datetime="{iso}">{iso[:10]} {iso[11:19]} UTC</time>'
