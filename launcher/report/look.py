"""How tables look on a terminal, everywhere the same: calm, ruled, colour only for what a word says too."""

from rich.box import Box
from rich.table import Table
from rich.text import Text

from launcher.outcome import Result

RULED = Box("    \n    \n ── \n    \n    \n ── \n    \n    \n")
"""A line under the header and one above the footer, nothing else."""

STYLES = {
    Result.STARTED: "green",
    Result.ALREADY_ACTIVE: "cyan",
    Result.REJECTED: "red",
    Result.FAILED: "red",
    Result.UNKNOWN: "bold magenta",
    Result.NOT_ATTEMPTED: "yellow",
}


def ruled_table(gap: int = 2, footer: bool = False) -> Table:
    """An empty table with `gap` spaces between its columns."""
    return Table(box=RULED, show_edge=False, padding=(0, gap - 1, 0, 0), pad_edge=False, show_footer=footer)


def count_text(count: int) -> Text:
    """A count; zero is a quiet dash, so that the others stand out."""
    return Text(f"{count:,}") if count else Text("-", "dim not bold default")
