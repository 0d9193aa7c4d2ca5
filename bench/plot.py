"""Two plots as SVG, by hand. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

_WIDTH = 760
_LEFT = 250
_COLOURS = ("#1b6ca8", "#c0392b", "#d68910", "#7d3c98", "#566573")
_INK = "#1c2833"
_PALE = "#d5d8dc"


def bars(title: str, groups: Mapping[str, Sequence[tuple[str, float, str]]], most: float) -> str:
    """Horizontal bars in groups, each a name, a value, and what is written behind it; a line at 1.

    Bars end at `most`.
    """
    scale = (_WIDTH - _LEFT - 170) / most
    one = _LEFT + scale
    parts = [_text(16, 26, title, size=15, bold=True)]
    y = 48
    for group, members in groups.items():
        parts.append(_text(16, y + 12, group, bold=True))
        y += 20
        for index, (name, value, note) in enumerate(members):
            width = min(value, most) * scale
            colour = _COLOURS[index % len(_COLOURS)]
            parts.append(_text(_LEFT - 8, y + 12, name, anchor="end"))
            parts.append(f'<rect x="{_LEFT}" y="{y + 2}" width="{width:.1f}" height="13" fill="{colour}"/>')
            parts.append(_text(max(_LEFT + width, one) + 6, y + 12, note))
            y += 19
        y += 12
    parts.append(f'<path d="M{one:.1f} 52V{y - 8}" stroke="{_INK}" stroke-dasharray="3 3"/>')
    parts.append(_text(one, y + 6, "1 = the theoretical minimum", anchor="middle"))
    return _document(y + 20, parts)


def steps(title: str, lines: Mapping[str, Sequence[float]], window: float, limit: int) -> str:
    """How many requests were counted by when; dashed, how many the limit allows if used from the start."""
    last = max((times[-1] for times in lines.values() if times), default=window)
    most = max((len(times) for times in lines.values() if times), default=limit)
    left, top, width, height = 56, 44, _WIDTH - 80, 300
    axes = _Axes(left, top + height, width / last, height / most)
    parts = [_text(16, 26, title, size=15, bold=True)]
    for number in range(0, most + 1, limit):
        parts += axes.row(number, width)
    parts += [axes.column(tick * window) for tick in range(int(last / window) + 1)]
    allowed = [window * (n // limit) for n in range(most)]
    parts.append(axes.path(allowed, _INK, 'stroke-dasharray="4 3"'))
    for index, (name, times) in enumerate(lines.items()):
        colour = _COLOURS[index % len(_COLOURS)]
        parts.append(axes.path(times, colour, 'stroke-width="2"'))
        y = top + height + 38 + 18 * index
        parts.append(f'<path d="M{left} {y - 4}h22" stroke="{colour}" stroke-width="3"/>')
        parts.append(_text(left + 30, y, name))
    y = top + height + 38 + 18 * len(lines)
    parts.append(f'<path d="M{left} {y - 4}h22" stroke="{_INK}" stroke-dasharray="4 3"/>')
    parts.append(_text(left + 30, y, "what the limit allows"))
    return _document(y + 14, parts)


@dataclass(frozen=True, slots=True)
class _Axes:
    left: float
    bottom: float
    x: float
    """Pixels a second."""
    y: float
    """Pixels a request."""

    def path(self, times: Sequence[float], colour: str, style: str) -> str:
        moves = "".join(
            f"H{self.left + time * self.x:.1f}V{self.bottom - number * self.y:.1f}"
            for number, time in enumerate(times, 1)
        )
        start = f"M{self.left} {self.bottom}"
        return f'<path d="{start}{moves}" fill="none" stroke="{colour}" {style}/>'

    def row(self, number: int, width: float) -> list[str]:
        y = self.bottom - number * self.y
        line = f'<path d="M{self.left} {y:.1f}h{width}" stroke="{_PALE}"/>'
        return [line, _text(self.left - 6, y + 4, str(number), anchor="end")]

    def column(self, seconds: float) -> str:
        return _text(self.left + seconds * self.x, self.bottom + 16, f"{seconds:g} s", anchor="middle")


def _text(x: float, y: float, text: str, *, size: int = 12, anchor: str = "start", bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    attributes = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"{weight}'
    return f'<text {attributes} fill="{_INK}">{escape(text)}</text>'


def _document(height: float, parts: Sequence[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" '
        f'width="{_WIDTH}" height="{height:.0f}" font-family="sans-serif">'
    )
    background = f'<rect width="{_WIDTH}" height="{height:.0f}" fill="#ffffff"/>'
    return "\n".join([head, background, *parts, "</svg>", ""])
