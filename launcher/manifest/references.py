"""Secret references as they stand in a manifest. What is written there is never repeated in a message."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launcher.manifest.context import Context, JsonSchema
from launcher.manifest.nodes import Mapping, Node, Scalar, Sequence, is_nothing, is_null
from launcher.manifest.secrets import Environment, Inline, Reference, Secret, SecretCommand, SecretFile
from launcher.manifest.values import Complaint, argument, file_path

FORMS = "${NAME}, {file: path} or {command: [program, argument]}"

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]{0,255})\}")


@dataclass(frozen=True, slots=True)
class SecretReference:
    """A secret, by reference; or a literal, which is allowed or not when the account is known."""

    about: str = "secret"

    def read(self, node: Node, path: str, context: Context) -> Any:
        """A `Secret`; nothing is read from where it points to."""
        if is_nothing(node) or is_null(node):
            return context.complain(node, f"{path}: has no value; expected {FORMS}")
        if isinstance(node, Sequence):
            return context.complain(node, f"{path}: expected {FORMS}, got a list")
        try:
            reference = (
                _text(node) if isinstance(node, Scalar) else _mapping(node, context.directory.absolute())
            )
        except Complaint as complaint:
            return context.complain(node, f"{path}: {complaint}")
        return Secret(reference, path)

    def schema(self) -> JsonSchema:
        """A text, or one of two mappings."""
        argv = {"type": "array", "items": {"type": ["string", "number"]}, "minItems": 1}
        file = {"type": "string", "minLength": 1}
        return {"anyOf": [{"type": "string", "minLength": 1}, _only("file", file), _only("command", argv)]}


def _only(key: str, schema: JsonSchema) -> JsonSchema:
    return {"type": "object", "properties": {key: schema}, "required": [key], "additionalProperties": False}


def _text(node: Scalar) -> Reference:
    found = _VARIABLE.fullmatch(node.text)
    if found is not None:
        return Environment(found[1])
    if node.text.startswith("$"):
        raise Complaint(
            "expected ${NAME}, with letters, digits and '_' in the braces and nothing around them"
        )
    if not node.text.strip():
        raise Complaint(f"is empty; expected {FORMS}")
    return Inline(node.text)


def _mapping(node: Mapping, directory: Path) -> Reference:
    if set(node.pairs) == {"file"} and not node.duplicates:
        path = file_path(_scalar(node.pairs["file"].value, "file"))
        return SecretFile(directory / os.path.expanduser(path))  # noqa: PTH111 - Path's raises without a home
    if set(node.pairs) == {"command"} and not node.duplicates:
        return SecretCommand(_argv(node.pairs["command"].value), directory)
    raise Complaint(f"expected {FORMS}: one key, file or command")


def _scalar(node: Node, what: str) -> str:
    if not isinstance(node, Scalar):
        raise Complaint(f"{what} must be text")
    return node.text


def _argv(node: Node) -> tuple[str, ...]:
    if not isinstance(node, Sequence) or not node.items:
        raise Complaint("command must be a list, program first: no shell takes a line apart")
    argv = tuple(argument(_scalar(item, "every part of command")) for item in node.items)
    if not argv[0].strip():
        raise Complaint("command must name a program first")
    return argv
