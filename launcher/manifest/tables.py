"""Declared keys: a table of fields reads a mapping, describes itself as JSON Schema, and documents itself.

A new key of the manifest is one `Field` in `keys.py` and one attribute of the model.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from launcher.manifest.context import BAD, Bad, Context, JsonSchema, Kind
from launcher.manifest.nodes import Mapping, Node, is_nothing, kind_of
from launcher.manifest.problems import printable, quote
from launcher.manifest.values import Complaint, label


@dataclass(frozen=True, slots=True)
class Nested:
    """A mapping with declared keys, built into what its table builds."""

    table: "Table"

    @property
    def about(self) -> str:
        """Points to the table's own section."""
        return "mapping, see below"

    def read(self, node: Node, path: str, context: Context) -> Any:
        """What the table builds; nothing at all is an empty mapping."""
        record = self.table.read(node, path, context)
        return self.table.build(**record.values) if record is not None and record.ok else BAD

    def schema(self) -> JsonSchema:
        """The table's."""
        return {"$ref": f"#/$defs/{self.table.name}"}


@dataclass(frozen=True, slots=True)
class Named:
    """Names that the operator chose, each with a mapping of declared keys."""

    table: "Table"

    @property
    def about(self) -> str:
        """Points to the table's own section."""
        return "names with mappings, see below"

    def read(self, node: Node, path: str, context: Context) -> "dict[str, Record | None] | Bad":
        """A record for every name; None where the value is no mapping, as the name is known all the same."""
        if is_nothing(node):
            return {}
        if not isinstance(node, Mapping):
            return context.complain(node, f"{path}: expected a mapping of names, got {kind_of(node)}")
        complain_of_duplicates(node, path, context)
        return {
            name: self._read_named(name, pair.key, pair.value, path, context)
            for name, pair in node.pairs.items()
        }

    def _read_named(self, name: str, key: Node, value: Node, path: str, context: Context) -> "Record | None":
        try:
            label(name)
        except Complaint as complaint:
            context.complain(key, f"{path}: {complaint}")
        return self.table.read(value, f"{path}.{printable(name[:60])}", context)

    def schema(self) -> JsonSchema:
        """Any name, the table's mapping."""
        return {"type": "object", "additionalProperties": {"$ref": f"#/$defs/{self.table.name}"}}


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a mapping."""

    name: str
    kind: Kind
    doc: str
    """For the reference and for editors; says what a missing key means where `default` cannot."""
    default: Any = None
    """As it would be written; None when there is none. A test keeps it equal to the model's."""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """What was read of a mapping: good values by key, and where everything stands."""

    values: dict[str, Any]
    node: Mapping
    path: str
    ok: bool = True
    """Whether every key was known and good, and none was missing."""
    unknown: bool = False
    """Whether there was a key that nobody knows; what seems to be missing may be meant by it."""

    def at(self, name: str) -> Node:
        """The node to point at when the value of a key is the trouble; the mapping's when it has none."""
        pair = self.node.pairs.get(name)
        return pair.value if pair is not None else self.node

    def inside(self, name: str, inner: str) -> Node:
        """The node to point at when the value of a key in the mapping behind a key is the trouble."""
        node = self.at(name)
        pair = node.pairs.get(inner) if isinstance(node, Mapping) else None
        return pair.value if pair is not None else node

    def key(self, name: str) -> Node:
        """The node to point at when the key itself is the trouble."""
        pair = self.node.pairs.get(name)
        return pair.key if pair is not None else self.node


@dataclass(frozen=True, slots=True)
class Table:
    """The keys of one kind of mapping."""

    name: str
    heading: str
    """Where it stands in a manifest; heads its section of the reference."""
    doc: str
    fields: tuple[Field, ...]
    build: Callable[..., Any] = dict
    """Takes the values given, as keyword arguments; what is left out has its default there."""
    rules: JsonSchema = field(default_factory=dict)
    """JSON Schema of what the fields alone cannot say."""
    elsewhere: dict[str, str] = field(default_factory=dict)
    """For keys that are often put here in vain: where they belong."""
    by_name: dict[str, Field] = field(init=False)
    required: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {one.name: one for one in self.fields})
        object.__setattr__(self, "required", tuple(one.name for one in self.fields if one.required))

    def read(self, node: Node, path: str, context: Context) -> Record | None:
        """Read every key and note every problem; None when the node is no mapping at all."""
        mapping = Mapping({}, node.line, node.column) if is_nothing(node) else node
        if not isinstance(mapping, Mapping):
            context.complain(node, f"{path}: expected a mapping, got {kind_of(node)}")
            return None
        return self.record(mapping, path, context)

    def record(self, mapping: Mapping, path: str, context: Context) -> Record:
        """Read every key of what is known to be a mapping."""
        values = self._values(mapping, path, context)
        missing = [name for name in self.required if name not in mapping.pairs]
        if len(values) == len(mapping.pairs) and not missing and not mapping.duplicates:
            return Record(values, mapping, path)
        guesses = self._complain_of_unknown(mapping, path, context)
        for name in missing:
            if quote(name) not in guesses:
                context.complain(mapping, f"missing key {quote(name)} in {_place(path)}")
        complain_of_duplicates(mapping, path, context)
        return Record(values, mapping, path, ok=False, unknown=bool(mapping.pairs.keys() - self.by_name))

    def _values(self, mapping: Mapping, path: str, context: Context) -> dict[str, Any]:
        values: dict[str, Any] = {}
        prefix = f"{path}." if path else ""
        for name, pair in mapping.pairs.items():
            one = self.by_name.get(name)
            if one is not None:
                value = one.kind.read(pair.value, prefix + name, context)
                if value is not BAD:
                    values[name] = value
        return values

    def _complain_of_unknown(self, mapping: Mapping, path: str, context: Context) -> str:
        guesses = ""
        for name, pair in mapping.pairs.items():
            if name not in self.by_name:
                guess = context.problems.suggest(name, self.by_name) or self._elsewhere(name)
                context.complain(pair.key, f"unknown key {quote(name)} in {_place(path)}{guess}")
                guesses += guess
        return guesses

    def _elsewhere(self, name: str) -> str:
        """Where a key belongs that stands one level too high, or in another mapping."""
        if name in self.elsewhere:
            return f"; {self.elsewhere[name]}"
        inner = (
            one for one in self.fields if isinstance(one.kind, Nested) and name in one.kind.table.by_name
        )
        return next((f"; it belongs into {quote(one.name)}" for one in inner), "")

    def schema(self) -> JsonSchema:
        """A closed object."""
        properties = {one.name: _property(one) for one in self.fields}
        schema: JsonSchema = {"type": "object", "description": self.doc, "properties": properties}
        if self.required:
            schema["required"] = list(self.required)
        return {**schema, "additionalProperties": False, **self.rules}


def complain_of_duplicates(node: Mapping, path: str, context: Context) -> None:
    """Note the keys that stand twice, which YAML itself would let pass, keeping the last."""
    for key in node.duplicates:
        first = node.pairs.get(key.text)
        where = f"; first in line {first.key.line}" if first is not None else ""
        context.complain(key, f"key {quote(key.text)} stands twice in {_place(path)}{where}")


def _place(path: str) -> str:
    return path or "the manifest"


def _property(one: Field) -> JsonSchema:
    schema = {**one.kind.schema(), "description": one.doc}
    if one.default is not None:
        schema["default"] = one.default
    return schema
