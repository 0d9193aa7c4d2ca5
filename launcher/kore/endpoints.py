"""The requests of the campaign API v2, byte by byte as its reference pages print them. Pure.

The `auth` header is not here: the client adds it. Paths and queries come from the pages named with each
function (docs.kore.ai, "ai-for-service/apis/contact-center"); what they leave open is marked as assumed.
"""

import json
import re
from dataclasses import dataclass
from urllib.parse import quote

from launcher.plan.model import Launch

_PATH_SAFE = "!$&'()*+,;=:@"
_QUERY_SAFE = "!$'()*,;:@/?"
_UNRESERVED = re.compile(r"[\w.~-]+", re.ASCII)
"""What `quote` leaves as it is, whatever is safe: ids as Kore makes them, and quoting is slow."""
_EMPTY_OBJECT = b"{}"


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One HTTP request without its `auth` header; `url` is complete and encoded, to be sent as it is."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None


def start(launch: Launch, base: str | None = None) -> ApiRequest:
    """Start the campaign (pages start-sms-campaign-v2, start-voice-campaign-v2).

    `base`, here and below, replaces the host (with its base path) of the launch's account.
    """
    if launch.identity.channel == "voice":
        return _post(launch, _voice_trigger(launch, base, "play"))
    return _post(launch, f"{_campaign(launch, base)}?campaignType=sms&trigger=play")


def stop(launch: Launch, base: str | None = None) -> ApiRequest:
    """Stop the campaign (pages stop-sms-campaign-v2, with its double slash, and stop-voice-campaign-v2)."""
    if launch.identity.channel == "voice":
        return _post(launch, _voice_trigger(launch, base, "stop"))
    path = f"{_service(launch, base)}/campaign//trigger/{_id(launch.identity.campaign_id)}"
    return _post(launch, f"{path}?{_account(launch)}&campaignType=sms&trigger=stop")


def status(launch: Launch, base: str | None = None) -> ApiRequest:
    """Read the campaign's status (page get-campaign-status-v2): a POST, for both channels."""
    return _post(launch, f"{_campaign(launch, base)}/status?{_account(launch)}&view=status")


def details(launch: Launch, base: str | None = None) -> ApiRequest:
    """Read the campaign by its id (page get-sms-campaign-by-id-v2). For voice the same path is assumed."""
    return ApiRequest("GET", f"{_campaign(launch, base)}?{_account(launch)}", _headers(launch), None)


def page(launch: Launch, skip: int, limit: int, base: str | None = None) -> ApiRequest:
    """Read a page of the stream's campaigns of the launch's channel (page get-all-campaigns-v2): a POST.

    `skip` and `page` say the same in two ways, as no page says which of them counts; the first page is 1.
    The newest come first: a campaign that is made meanwhile moves the others back, and none is missed.
    """
    body = {
        "limit": limit,
        "skip": skip,
        "page": skip // limit + 1,
        "type": launch.identity.channel,
        "sortBy": {"createdAt": "desc"},
    }
    url = f"{_service(launch, base)}/campaign/getAllCampaignDetails?{_account(launch)}"
    return ApiRequest("POST", url, _headers(launch), json.dumps(body, separators=(",", ":")).encode())


def _post(launch: Launch, url: str) -> ApiRequest:
    return ApiRequest("POST", url, _headers(launch), _EMPTY_OBJECT)


def _headers(launch: Launch) -> dict[str, str]:
    identity = launch.identity
    return {
        "iid": identity.stream_id,
        "accountId": identity.account_id,
        "Content-Type": "application/json",
    }


def _service(launch: Launch, base: str | None) -> str:
    return f"{_host(launch, base)}/campaign/api/v2/public/{_id(launch.identity.stream_id)}"


def _campaign(launch: Launch, base: str | None) -> str:
    return f"{_service(launch, base)}/campaign/{_id(launch.identity.campaign_id)}"


def _voice_trigger(launch: Launch, base: str | None, trigger: str) -> str:
    """The voice pages print a path without the `/campaign` prefix."""
    identity = launch.identity
    path = f"/api/v2/public/{_id(identity.stream_id)}/campaign/trigger/{_id(identity.campaign_id)}"
    return f"{_host(launch, base)}{path}?{_account(launch)}&campaignType=voice&trigger={trigger}"


def _host(launch: Launch, base: str | None) -> str:
    return (launch.account.host if base is None else base).rstrip("/")


def _account(launch: Launch) -> str:
    return f"accountId={quote(launch.identity.account_id, safe=_QUERY_SAFE)}"


def _id(text: str) -> str:
    return text if _UNRESERVED.fullmatch(text) else quote(text, safe=_PATH_SAFE)
