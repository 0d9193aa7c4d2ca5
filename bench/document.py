"""docs/performance.md: blocks between marks are written anew, all other words are people's."""

import re
from pathlib import Path


def update(path: Path, blocks: dict[str, str]) -> None:
    """Put each block in the place of the one before, or at the end.

    A block's marks are the comments `measured NAME` and `end of NAME`.
    """
    text = path.read_text() if path.exists() else "# Performance\n"
    for name, block in blocks.items():
        text = replaced(text, name, block)
    path.write_text(text)


def replaced(text: str, name: str, block: str) -> str:
    """The text with one block changed."""
    marked = f"<!-- measured {name} -->\n\n{block.strip()}\n\n<!-- end of {name} -->"
    pattern = re.compile(rf"<!-- measured {name} -->.*?<!-- end of {name} -->", re.DOTALL)
    if pattern.search(text):
        return pattern.sub(lambda _: marked, text, count=1)
    return f"{text.rstrip()}\n\n{marked}\n"
