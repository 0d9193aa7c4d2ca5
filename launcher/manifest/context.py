"""What reading a node needs, and what a kind of value can do."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from launcher.manifest.model import Position
from launcher.manifest.nodes import Node
from launcher.manifest.problems import Problems

JsonSchema = dict[str, Any]


class Bad:
    """What reading gives when a problem was noted instead."""


BAD: Final = Bad()


@dataclass(frozen=True, slots=True)
class Context:
    """What reading a node needs besides the node."""

    file: str
    directory: Path
    """The manifest's; relative paths are relative to it."""
    problems: Problems

    def position(self, node: Node) -> Position:
        """Where the node was written."""
        return Position(self.file, node.line, node.column)

    def complain(self, node: Node, message: str) -> Bad:
        """Note a problem at the node."""
        self.problems.add(self.position(node), message)
        return BAD


class Kind(Protocol):
    """A type of value: reads a node, describes itself."""

    @property
    def about(self) -> str:
        """What the documentation calls it: `duration`, `list of text`."""

    def read(self, node: Node, path: str, context: Context) -> Any:
        """The value, or BAD after a problem was noted; `path` names the value, as `settings.retry`."""

    def schema(self) -> JsonSchema:
        """JSON Schema of the value."""
