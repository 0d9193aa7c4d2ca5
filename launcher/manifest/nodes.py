"""What a manifest's text is made of: scalars, mappings and lists, each with its place.

Tuples, as 100,000 campaigns make a million of them and the garbage collector leaves tuples of text alone.
Lines and columns count from 1. A scalar is the text as written: 0123, 12:30:45 and no stay what they are.
"""

from typing import NamedTuple


class Scalar(NamedTuple):
    """A single value, as text."""

    text: str
    line: int
    column: int
    plain: bool = True
    """Without quotes; only then can nothing at all be meant (`key:`)."""


class Mapping(NamedTuple):
    """Keys with values; merges (`<<`) are done."""

    pairs: "dict[str, Pair]"
    line: int
    column: int
    duplicates: "tuple[Scalar, ...]" = ()
    """Keys that were there already; their values are dropped."""


class Sequence(NamedTuple):
    """A list."""

    items: "list[Node]"
    line: int
    column: int


Node = Scalar | Mapping | Sequence


class Pair(NamedTuple):
    """A key and its value, both with their places."""

    key: Scalar
    value: Node


def is_nothing(node: Node) -> bool:
    """Whether nothing was written behind a key."""
    return isinstance(node, Scalar) and node.plain and not node.text


def is_null(node: Node) -> bool:
    """Whether it is what YAML itself takes for nothing; here it is text, and seldom the right one."""
    return isinstance(node, Scalar) and node.plain and node.text in ("~", "null", "Null", "NULL")


def kind_of(node: Node) -> str:
    """What a sentence calls the node."""
    if isinstance(node, Scalar):
        return "nothing" if is_nothing(node) or is_null(node) else "text"
    return "a mapping" if isinstance(node, Mapping) else "a list"
