"""The sandbox's own paths, which no campaign API has: the ledger, the reset, campaigns changed by hand."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from launcher.sandbox.campaigns import CampaignKey, Status
from launcher.sandbox.messages import Message
from launcher.sandbox.replies import Refusal, Reply, json_reply, refusal
from launcher.sandbox.roster import Change
from launcher.sandbox.service import Service

_CAMPAIGN = re.compile(r"/_sandbox/campaigns/([^/]+)/([^/]+)/([^/]+)")
_WORDS = {"status": str, "name": str, "channel": str, "priority": str, "contactLists": list}
_HELP = {
    "sandbox": "a stand-in for the campaign API; nothing is sent to anybody",
    "GET /ledger": "what really happened: starts, double starts, requests",
    "POST /_sandbox/reset": "forget everything",
    "PUT /_sandbox/campaigns/{accountId}/{streamId}/{campaignId}": "make or change a campaign",
}


def answer_control(message: Message, service: Service, reset: Callable[[], None]) -> Reply | None:
    """Return the reply to a request for one of the sandbox's own paths, None for any other."""
    campaign = _CAMPAIGN.fullmatch(message.path)
    try:
        if campaign is not None:
            _only("PUT", message)
            return _change(service, CampaignKey(*map(unquote, campaign.groups())), message.body)
        if message.path == "/_sandbox/reset":
            _only("POST", message)
            reset()
            return json_reply(200, {"status": "reset"})
        if message.path in ("/", "/ledger"):
            _only("GET", message)
            return json_reply(200, _HELP if message.path == "/" else service.ledger().as_json())
    except Refusal as refused:
        return refused.reply
    return None


def _only(method: str, message: Message) -> None:
    if message.method != method:
        raise refusal(405, 405, "Method Not Allowed", None)


def _change(service: Service, key: CampaignKey, body: bytes) -> Reply:
    tally = service.change(key, _read_change(body))
    return json_reply(
        200, {"campaignId": tally.campaign_id, "channel": tally.channel, "status": tally.status}
    )


def _read_change(body: bytes) -> Change:
    try:
        wanted = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise _bad("the body must be JSON") from None
    if not isinstance(wanted, dict):
        raise _bad("the body must be a JSON object")
    for name, value in wanted.items():
        if name not in _WORDS or not isinstance(value, _WORDS[name]):
            raise _bad(f"{name!r} is not among {', '.join(_WORDS)}, or not of its type")
    return Change(
        status=_one_of(wanted, "status", Status),
        name=wanted.get("name"),
        channel=_one_of(wanted, "channel", ("sms", "voice")),
        contact_lists=_names(wanted.get("contactLists")),
        priority=wanted.get("priority"),
    )


def _one_of(wanted: dict[str, Any], name: str, allowed: Any) -> Any:
    value = wanted.get(name)
    if value is not None and value not in list(allowed):
        raise _bad(f"{name} must be one of {', '.join(allowed)}")
    return Status(value) if allowed is Status and value is not None else value


def _names(value: list[Any] | None) -> tuple[str, ...] | None:
    return None if value is None else tuple(str(name) for name in value)


def _bad(message: str) -> Refusal:
    return refusal(400, 400, message, None)
