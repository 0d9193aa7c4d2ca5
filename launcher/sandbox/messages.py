"""One HTTP request as the sandbox's logic sees it: no socket, no web framework."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Message:
    """A request that has arrived in full."""

    method: str
    path: str
    """Percent-encoded, as it was sent; empty segments kept."""
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Names in lower case. Not in the repr: one of them is a token."""
    body: bytes = b""
    query_string: str = ""
    """As it was sent, for a redirect that keeps it."""
