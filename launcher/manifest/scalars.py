"""Scalars, alone and in lists: what is read of them, and how they describe themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from launcher.manifest.context import BAD, Context, JsonSchema
from launcher.manifest.nodes import Node, Scalar, Sequence, is_nothing, kind_of
from launcher.manifest.problems import quote
from launcher.manifest.values import Complaint


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar; quotes and YAML's own ideas of numbers and dates never change what it means."""

    about: str
    parse: Callable[[str], Any]
    """From the text as written; raises Complaint."""
    json: JsonSchema

    def read(self, node: Node, path: str, context: Context) -> Any:
        """The parsed text."""
        if not isinstance(node, Scalar):
            return context.complain(node, f"{path}: {self._not_one(node)}")
        if is_nothing(node):
            return context.complain(node, f"{path}: has no value; give one or remove the key")
        try:
            return self.parse(node.text)
        except Complaint as complaint:
            return context.complain(node, f"{path}: {complaint}")

    def _not_one(self, node: Node) -> str:
        about = self.about.replace("`", "'")
        told = f"expected one value ({about}), got {kind_of(node)}"
        if isinstance(node, Sequence) and len(node.items) == 1 and isinstance(node.items[0], Scalar):
            return f"{told}; did you mean {quote(node.items[0].text)}, without brackets?"
        return told

    def schema(self) -> JsonSchema:
        """As declared."""
        return self.json


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of scalars, as a tuple."""

    item: Text
    parse: Callable[[str], tuple[Any, ...]]
    """From one cell of a CSV file."""

    @property
    def about(self) -> str:
        """Named after its items."""
        return f"list of {self.item.about}"

    def read(self, node: Node, path: str, context: Context) -> Any:
        """Every item is read, so that every problem shows."""
        if is_nothing(node):
            return ()
        if not isinstance(node, Sequence):
            told = f"{path}: expected a list, got {kind_of(node)}"
            hint = "; put it in brackets, with commas: [a, b]" if isinstance(node, Scalar) else ""
            return context.complain(node, told + hint)
        values = [self.item.read(item, f"{path}[{i}]", context) for i, item in enumerate(node.items)]
        return BAD if BAD in values else tuple(values)

    def schema(self) -> JsonSchema:
        """An array."""
        return {"type": "array", "items": self.item.schema()}


@dataclass(frozen=True, slots=True)
class SomeOf(ListOf):
    """A list of scalars, or one text that holds several; a tuple either way."""

    def read(self, node: Node, path: str, context: Context) -> Any:
        """A text is read as a cell of a CSV file is."""
        if not isinstance(node, Scalar) or is_nothing(node):
            return ListOf.read(self, node, path, context)
        try:
            return self.parse(node.text)
        except Complaint as complaint:
            return context.complain(node, f"{path}: {complaint}")

    def schema(self) -> JsonSchema:
        """A text or an array."""
        return {"anyOf": [{"type": "string"}, {"type": "array", "items": self.item.schema()}]}


@dataclass(frozen=True, slots=True)
class OneOrMore:
    """A scalar, or a list of a few; a tuple either way."""

    item: Text
    most: int

    @property
    def about(self) -> str:
        """Named after its items."""
        return f"{self.item.about}, or a list of them"

    def read(self, node: Node, path: str, context: Context) -> Any:
        """One value alone is a tuple of one."""
        if not isinstance(node, Sequence):
            value = self.item.read(node, path, context)
            return BAD if value is BAD else (value,)
        if not 0 < len(node.items) <= self.most:
            return context.complain(
                node, f"{path}: expected a list of 1 to {self.most}, got {len(node.items)}"
            )
        values = [self.item.read(item, f"{path}[{i}]", context) for i, item in enumerate(node.items)]
        return BAD if BAD in values else tuple(values)

    def schema(self) -> JsonSchema:
        """One or an array."""
        item = self.item.schema()
        return {"anyOf": [item, {"type": "array", "items": item, "minItems": 1, "maxItems": self.most}]}


@dataclass(frozen=True, slots=True)
class OrWord:
    """Another kind, or one word that stands for itself."""

    kind: Text | OneOrMore
    word: str

    @property
    def about(self) -> str:
        """Named after both."""
        return f"{self.kind.about}, or `{self.word}`"

    def read(self, node: Node, path: str, context: Context) -> Any:
        """The word, or what the kind makes of it."""
        if isinstance(node, Scalar) and node.text == self.word:
            return self.word
        return self.kind.read(node, path, context)

    def schema(self) -> JsonSchema:
        """Either."""
        return {"anyOf": [{"const": self.word}, self.kind.schema()]}
