"""Reads a request into a `Call`, or refuses it: ids, headers, query, content type, body."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from launcher.sandbox.campaigns import CampaignKey
from launcher.sandbox.messages import Message
from launcher.sandbox.replies import BUILDER, Refusal, refusal
from launcher.sandbox.routes import Endpoint, Route

INVALID_ARGUMENTS = "Validation errors/ Invalid arguments"

_UUID_TAIL = r"-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
_DOCUMENTED = {
    "accountId": re.compile(r"[0-9a-f]{24}"),
    "stream": re.compile(r"st-[0-9a-f]{8}" + _UUID_TAIL),
    "campaign": re.compile(r"cd-[0-9a-f]{7,8}" + _UUID_TAIL),
}
_FREE = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@-]{1,128}")
_PREFIXES = {"stream": "st-", "campaign": "cd-"}
_KINDS = re.compile(r"(?:st|cd|cs|cid|cl)-")


class Operation(StrEnum):
    """What a call does; fault rules name these."""

    START = "start"
    STOP = "stop"
    STATUS = "status"
    DETAILS = "get"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Call:
    """A request that passed the checks of its form."""

    operation: Operation
    account_id: str
    stream_id: str
    campaign_id: str
    """Empty for `Operation.LIST`."""
    channel: str | None
    """`sms` or `voice` for a start, a stop and a list, else None."""
    body: Any
    """The decoded JSON body, None where none is read."""

    @property
    def key(self) -> CampaignKey:
        """What names the campaign; of a list, its stream."""
        return CampaignKey(self.account_id, self.stream_id, self.campaign_id)


def account_of(message: Message) -> str:
    """Return the account that a request names in its header, its query, or both.

    Raises:
        Refusal: 400 when it is missing or when they disagree.
    """
    header = message.headers.get("accountid")
    names = {name for name in (header, *message.query.get("accountId", ())) if name}
    if not names:
        raise refusal(400, 400, "accountId is missing", "accountId is needed in the header or in the query")
    if len(names) > 1:
        raise refusal(400, 400, "accountId differs", "accountId of header and query must agree")
    return names.pop()


def read_call(message: Message, route: Route, account_id: str, *, strict_ids: bool) -> Call:
    """Return the call that a routed request makes.

    Raises:
        Refusal: the first check that fails.
    """
    if message.headers.get("iid") != route.stream_id:
        raise refusal(
            401, 4002, "Invalid SDK credentials", "the iid header must equal the stream of the path"
        )
    _check_id("accountId", account_id, strict=strict_ids)
    _check_id("stream", route.stream_id, strict=strict_ids)
    if route.campaign_id:
        _check_id("campaign", route.campaign_id, strict=strict_ids)
    operation, channel = _operation_of(message, route)
    body = _read_body(message, operation, route.version)
    if operation is Operation.LIST:
        channel = body.get("type")
    return Call(operation, account_id, route.stream_id, route.campaign_id, channel, body)


def _operation_of(message: Message, route: Route) -> tuple[Operation, str | None]:
    if route.endpoint is not Endpoint.TRIGGER:
        return Operation(route.endpoint.value), None
    channel = _choice(message, "campaignType", ("sms", "voice"))
    trigger = _choice(message, "trigger", ("play", "stop"))
    return (Operation.START if trigger == "play" else Operation.STOP), channel


def _choice(message: Message, name: str, allowed: Iterable[str]) -> str:
    values = message.query.get(name, ())
    if len(values) != 1 or values[0] not in allowed:
        raise refusal(400, 400, f"Invalid {name}", f"{name} must be one of {', '.join(allowed)}, once")
    return values[0]


def _read_body(message: Message, operation: Operation, version: int) -> Any:
    if operation is Operation.DETAILS or (operation is Operation.STATUS and version == 1):
        return None  # documented without a body
    content_type = message.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise _invalid("Content-Type must be application/json")
    try:
        body = json.loads(message.body)
    except (ValueError, RecursionError):
        raise _invalid(BUILDER) from None
    if not isinstance(body, dict):
        raise _invalid("the body must be a JSON object")
    if body and operation is not Operation.LIST:
        raise _invalid("the body must be {}")
    return body


def _check_id(kind: str, value: str, *, strict: bool) -> None:
    """Refuse what cannot be an id of that kind; by default all but another kind's id passes."""
    if strict:
        good = _DOCUMENTED[kind].fullmatch(value)
    else:
        other = _KINDS.match(value)
        good = _FREE.fullmatch(value) if other is None or other[0] == _PREFIXES.get(kind) else None
    if not good:
        raise refusal(400, 400, f"Invalid {kind} ID", f"the {kind} id is not well-formed")


def _invalid(assumed: str) -> Refusal:
    return refusal(412, 412, INVALID_ARGUMENTS, assumed)
