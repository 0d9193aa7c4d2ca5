"""What came back over the wire, before anybody says what it means. Pure."""

import json
from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_DIGITS_OF_AN_INTEGER = 18


@dataclass(frozen=True, slots=True)
class RawReply:
    """An HTTP reply of which at least the status line and the headers were read."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    """What was read of it, decompressed."""
    complete: bool
    """False when the body broke off, timed out or was too large to be read."""
    confidential: tuple[str, ...] = field(default=(), repr=False)
    """Texts that no reason may repeat, should the server echo them: the secret and the token."""

    def header(self, name: str) -> str | None:
        """The first header of that name (in lower case), whatever its spelling on the wire."""
        for key, value in self.headers.items():
            if len(key) == len(name) and key.lower() == name:
                return value
        return None

    def text(self) -> str:
        """The body as UTF-8; bytes that are not become a replacement character."""
        # Not the codec `utf-8-sig`: it is loaded at its first use, which fails when files have run out.
        return self.body.removeprefix(BOM_UTF8).decode("utf-8", "replace")

    def json(self) -> Any:
        """The body's JSON value; None when it is not JSON (or null).

        Tolerant where tolerance changes no meaning: NaN, control characters in texts, integers of any length.
        """
        try:
            return _DECODER.decode(self.text())
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True, slots=True)
class TransportFailure:
    """No status line was read."""

    sent: bool
    """False only when it is certain that no byte of the request left."""
    reason: str
    """A sentence for a person: which host, what happened, what to do."""


Reply = RawReply | TransportFailure


def _integer(digits: str) -> int | float:
    """Python refuses to read integers of more than 4300 digits; nothing here needs them exactly."""
    return int(digits) if len(digits) <= _DIGITS_OF_AN_INTEGER else float(digits)


_DECODER = json.JSONDecoder(parse_int=_integer, strict=False)
