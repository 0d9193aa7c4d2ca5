"""A JSON document with one long list at its end, as text that is never whole in memory. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

BATCH = 500
"""Items joined into one piece of text."""


def document(head: Mapping[str, Any], name: str, items: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """`{**head, name: [*items]}` in pieces: the head indented, then an item a line, so that `grep` is of use.

    All is ASCII: control characters and half surrogates in names reach no terminal and no decoder.
    """
    yield json.dumps({**head, name: []}, indent=2).removesuffix("]\n}")
    lines: list[str] = []
    separator = "\n"
    for item in items:
        lines.append(f"{separator}    {json.dumps(item)}")
        separator = ",\n"
        if len(lines) >= BATCH:
            yield "".join(lines)
            lines.clear()
    yield "".join(lines) + ("]\n}\n" if separator == "\n" else "\n  ]\n}\n")
