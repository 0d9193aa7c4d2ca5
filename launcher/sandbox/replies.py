"""What the sandbox answers, as values: status, body, the error envelope, how bytes are to be delivered."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

ASSUMED_HEADER = "x-sandbox-assumed"
FAULT_HEADER = "x-sandbox-fault"
BUILDER = "seen in the builder service; the campaign pages document no error"
"""The assumption behind the error texts of kore_api.md section 4."""
MINUTE_TEXT = "You've exceeded the per-minute rate limit. Please wait for sometime before retrying."
HOUR_TEXT = "You've exceeded the hourly rate limit. Please wait for sometime before retrying."


class Delivery(StrEnum):
    """How a reply's bytes reach the client."""

    WHOLE = "whole"
    RESET = "reset"
    """No byte; the connection is reset (RST)."""
    CLOSE = "close"
    """No byte; the connection is closed in an orderly way (FIN)."""
    TRUNCATED = "truncated"
    """Full header, half of the body, then closed."""
    HEADER_CUT = "header-cut"
    """Half a header, then closed."""
    DRIP = "drip"
    """The body byte by byte, spread over `Reply.drip_seconds`."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP response before it is delivered."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"
    delivery: Delivery = Delivery.WHOLE
    delay: float = 0.0
    """Seconds to wait before the first byte; a client that gives up ends the wait."""
    drip_seconds: float = 0.0


class Refusal(Exception):  # noqa: N818 - a reply that ends the checks, not an error of the sandbox
    """Raised by a check; carries what the client gets."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        super().__init__(f"HTTP {reply.status}")


def json_reply(status: int, payload: Any, assumed: str | None = None) -> Reply:
    """Return `payload` as a reply; `assumed` says in the response header what no page documents."""
    headers = ((ASSUMED_HEADER, assumed),) if assumed else ()
    return Reply(status, json.dumps(payload, separators=(",", ":")).encode(), headers)


def error_reply(status: int, code: int, message: str, assumed: str | None) -> Reply:
    """Return the error envelope of the Kore services."""
    return json_reply(status, {"errors": [{"msg": message, "code": code}]}, assumed)


def refusal(status: int, code: int, message: str, assumed: str | None) -> Refusal:
    """Return the exception that answers with the error envelope."""
    return Refusal(error_reply(status, code, message, assumed))
