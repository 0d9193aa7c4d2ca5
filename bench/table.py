"""Tables as Markdown, which reads well on a terminal too. Pure."""

from collections.abc import Sequence

TIMES = "\N{MULTIPLICATION SIGN}"
DASH = "\N{EN DASH}"


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The first column to the left, the others to the right, all padded."""
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    rule = ["-" * width if column == 0 else "-" * (width - 1) + ":" for column, width in enumerate(widths)]
    return "\n".join(_line(row, widths) for row in [header, rule, *rows])


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell.ljust(width) if column == 0 else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return f"| {' | '.join(cells)} |"


def number(value: float | None, digits: int = 0) -> str:
    """With thousands separated; a dash for what is not known."""
    return DASH if value is None else f"{value:,.{digits}f}"
