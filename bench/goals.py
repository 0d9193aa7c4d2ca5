"""What the project wants of each work, and whether it was reached. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.table import DASH, TIMES, markdown


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure and its bound."""

    what: str
    value: float | None
    """None when it could not be measured."""
    bound: float
    at_least: bool = False
    unit: str = TIMES

    @property
    def verdict(self) -> str:
        """In a word."""
        if self.value is None:
            return "not measured"
        reached = self.value >= self.bound if self.at_least else self.value <= self.bound
        return "met" if reached else "**missed**"

    def row(self) -> list[str]:
        """A line of the table."""
        sign = "≥" if self.at_least else "≤"
        value = DASH if self.value is None else _figure(self.value, self.unit)
        return [self.what, f"{sign} {_figure(self.bound, self.unit)}", value, self.verdict]


def table(goals: Sequence[Goal]) -> str:
    """All of them."""
    return markdown(["goal", "bound", "measured", ""], [goal.row() for goal in goals])


def _figure(value: float, unit: str) -> str:
    if unit == TIMES:
        return f"{value:.3f} {TIMES}"
    return f"{value * 100:.1f} %" if unit == "%" else f"{value:,.0f}{unit}"
