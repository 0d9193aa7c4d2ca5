"""The faults, each under its label: whether the request took effect, and what the client gets to see."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from email.utils import formatdate
from enum import StrEnum
from types import MappingProxyType

from launcher.sandbox.replies import (
    ASSUMED_HEADER,
    FAULT_HEADER,
    MINUTE_TEXT,
    Delivery,
    Reply,
    error_reply,
    json_reply,
)

REDIRECT_PREFIX = "/_sandbox/redirected"
"""A base path of its own, so that a followed redirect works and is counted."""
ENDLESS = 86_400.0
"""Seconds of a hang that lasts until the client gives up."""

_ASSUMED = "a fault on purpose"
_HTML = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    b"<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
)
_GARBAGE = (b"OK", b"<html><body>Please sign in</body></html>", b"[]", b"null", b'"Active"', b"\xff\xfe\x00")
_SERVER_ERRORS = (
    (500, "Internal Server Error"),
    (503, "Service Unavailable"),
    (504, "Gateway Timeout"),
)


class Effect(StrEnum):
    """What becomes of the request that a fault hits."""

    NONE = "none"
    """Nothing is done."""
    TAKEN = "taken"
    """It is done, before the reply."""
    PREPARING = "preparing"
    """A start is done, and the campaign is in Preparing for `Hit.seconds` first."""
    LATE = "late"
    """It is done `Hit.seconds` later, when the client has long seen the fault."""


@dataclass(frozen=True, slots=True)
class Hit:
    """What a fault may look at when it makes its reply."""

    genuine: Reply
    """What the client would get without the fault."""
    seconds: float
    roll: float
    """Chance in [0, 1) for faults that have variants."""
    wall: float
    target: str
    """Path and query as they were sent."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault."""

    effect: Effect
    summary: str
    reply: Callable[[Hit], Reply]
    seconds: float = 0.0
    """The default of what a rule gives after `@`: a delay, a hang, a Retry-After."""


def _server_error(hit: Hit) -> Reply:
    status, message = _SERVER_ERRORS[int(hit.roll * len(_SERVER_ERRORS))]
    return error_reply(status, status, message, _ASSUMED)


def _gateway(_: Hit) -> Reply:
    return Reply(502, _HTML, content_type="text/html")


def _undelivered(delivery: Delivery) -> Callable[[Hit], Reply]:
    return lambda hit: replace(hit.genuine, delivery=delivery)


def _hang(hit: Hit) -> Reply:
    return replace(hit.genuine, delivery=Delivery.RESET, delay=hit.seconds)


def _garbage(hit: Hit) -> Reply:
    return Reply(200, _GARBAGE[int(hit.roll * len(_GARBAGE))], content_type="text/plain")


def _empty(_: Hit) -> Reply:
    return Reply(200, b"")


_AMBIGUOUS: tuple[tuple[str, str, Callable[[Hit], Reply], float], ...] = (
    ("5xx", "500, 503 or 504 with the error envelope", _server_error, 0.0),
    ("gateway", "502 with the HTML page of a gateway", _gateway, 0.0),
    ("reset", "the connection is reset (RST), no byte of a reply", _undelivered(Delivery.RESET), 0.0),
    ("close", "the connection is closed, no byte of a reply", _undelivered(Delivery.CLOSE), 0.0),
    ("hang", "no reply until the client gives up, or a reset after the seconds given", _hang, ENDLESS),
    (
        "truncated",
        "200 with half of the body that its header promises",
        _undelivered(Delivery.TRUNCATED),
        0.0,
    ),
    ("header-cut", "half of a reply's header, then closed", _undelivered(Delivery.HEADER_CUT), 0.0),
    ("garbage", "200 with a body that is not the API's: text, a page, other JSON, binary", _garbage, 0.0),
    ("empty", "200 with an empty body", _empty, 0.0),
)
"""Faults that look the same whether the request took effect or not."""


def _both_ways() -> dict[str, Fault]:
    """Return each ambiguous fault once before and once after the request took effect."""
    faults = {}
    for label, summary, reply, seconds in _AMBIGUOUS:
        faults[f"{label}-before"] = Fault(Effect.NONE, f"{summary}; nothing was done", reply, seconds)
        faults[f"{label}-after"] = Fault(Effect.TAKEN, f"{summary}; it was done", reply, seconds)
    return faults


def _limited(status: int) -> Callable[[Hit], Reply]:
    return lambda _: error_reply(status, status, MINUTE_TEXT, _ASSUMED)


def _limit_text_in_200(_: Hit) -> Reply:
    return json_reply(200, {"status": "Error", "message": MINUTE_TEXT}, _ASSUMED)


def _retry_in_seconds(hit: Hit) -> Reply:
    return _with_header(_limited(429)(hit), "Retry-After", str(math.ceil(hit.seconds)))


def _retry_at_date(hit: Hit) -> Reply:
    moment = formatdate(math.ceil(hit.wall + hit.seconds), usegmt=True)
    return _with_header(_limited(429)(hit), "Retry-After", moment)


def _refused(status: int, message: str) -> Callable[[Hit], Reply]:
    return lambda _: error_reply(status, status, message, _ASSUMED)


def _expired(_: Hit) -> Reply:
    return error_reply(401, 4002, "Invalid JWT token", _ASSUMED)


def _says_failed(_: Hit) -> Reply:
    return json_reply(200, {"status": "Failed", "message": "Campaign could not be started"}, _ASSUMED)


def _redirect(hit: Hit) -> Reply:
    return Reply(307, b"", (("Location", REDIRECT_PREFIX + hit.target),), content_type="text/html")


def _delayed(hit: Hit) -> Reply:
    return replace(hit.genuine, delay=hit.seconds)


def _drip(hit: Hit) -> Reply:
    return replace(hit.genuine, delivery=Delivery.DRIP, drip_seconds=hit.seconds)


def _with_header(reply: Reply, name: str, value: str) -> Reply:
    return replace(reply, headers=(*reply.headers, (name, value)))


_PLAIN: dict[str, Fault] = {
    "latency": Fault(Effect.TAKEN, "the reply comes late", _delayed, 1.0),
    "drip": Fault(Effect.TAKEN, "the body comes byte by byte", _drip, 1.0),
    "429": Fault(Effect.NONE, "429 with the documented text, no Retry-After", _limited(429)),
    "429-seconds": Fault(Effect.NONE, "429 with Retry-After in seconds", _retry_in_seconds, 2.0),
    "429-date": Fault(Effect.NONE, "429 with Retry-After as a date", _retry_at_date, 2.0),
    "limit-text-200": Fault(Effect.NONE, "200 whose body says rate limit", _limit_text_in_200),
    "limit-text-400": Fault(Effect.NONE, "400 whose body says rate limit", _limited(400)),
    "401": Fault(Effect.NONE, "401, as for an expired token", _expired),
    "400": Fault(Effect.NONE, "400, refused", _refused(400, "Campaign has no valid contacts")),
    "403": Fault(Effect.NONE, "403, refused", _refused(403, "Forbidden")),
    "404": Fault(Effect.NONE, "404, refused", _refused(404, "Campaign not found")),
    "409": Fault(
        Effect.NONE, "409, refused", _refused(409, "Another request for this campaign is in progress")
    ),
    "redirect": Fault(Effect.NONE, "307 to a place that works when it is followed", _redirect),
    "says-failed": Fault(Effect.NONE, "200 whose status is Failed", _says_failed),
    "preparing-after": Fault(
        Effect.PREPARING,
        "500, 503 or 504; it was done, and the campaign is in Preparing first",
        _server_error,
        1.0,
    ),
    "late-start": Fault(
        Effect.LATE, "reset; it is done later, which no client can know", _undelivered(Delivery.RESET), 1.0
    ),
}

FAULTS: Mapping[str, Fault] = MappingProxyType(_PLAIN | _both_ways())
"""Every fault by its label."""


def faulty_reply(label: str, hit: Hit) -> Reply:
    """Return what the client gets when the fault `label` hits; a header names it where one is sent."""
    reply = FAULTS[label].reply(hit)
    plain = tuple(header for header in reply.headers if header[0] != ASSUMED_HEADER)
    return replace(reply, headers=(*plain, (ASSUMED_HEADER, _ASSUMED), (FAULT_HEADER, label)))
