"""Which path is which endpoint: every documented form, behind any base path."""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote

from launcher.sandbox.replies import BUILDER, refusal


class Endpoint(StrEnum):
    """What a path and a method ask for."""

    TRIGGER = "trigger"
    STATUS = "status"
    DETAILS = "get"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Route:
    """A recognised request line."""

    endpoint: Endpoint
    version: int
    stream_id: str
    campaign_id: str
    """Empty for `Endpoint.LIST`."""


# The stop page of SMS v2 prints `campaign//trigger/` in its table and in its sample: only there is an
# empty segment accepted.
# What stands before `/api` is not looked at: the pages use `/campaign`, `/agentassist` and nothing for the
# same calls, and a host may have a base path of its own.
_SERVICE = r"(?:/[^/]+)*?/api/v(?P<version>[12])/public/(?P<stream>[^/]+)/campaign"
_ID = r"(?P<campaign>[^/]+)"
_FORMS: tuple[tuple[re.Pattern[str], dict[str, Endpoint]], ...] = (
    (re.compile(_SERVICE + r"/getAllCampaignDetails"), {"POST": Endpoint.LIST}),
    (re.compile(_SERVICE + r"/(?:schedule|contactList)(?:/.*)?"), {}),
    (re.compile(_SERVICE + r"//?trigger/" + _ID), {"POST": Endpoint.TRIGGER}),
    (re.compile(_SERVICE + "/" + _ID + r"/status"), {"POST": Endpoint.STATUS}),
    (re.compile(_SERVICE + "/" + _ID), {"POST": Endpoint.TRIGGER, "GET": Endpoint.DETAILS}),
)


def find_route(method: str, raw_path: str) -> Route:
    """Return the route of a request line, its path still percent-encoded.

    Raises:
        Refusal: 404 for an unknown path, 405 for a known path with another method.
    """
    for form, methods in _FORMS:
        match = form.fullmatch(raw_path)
        if match is None or not methods:
            if match:
                break
            continue
        if method not in methods:
            raise refusal(405, 405, "Method Not Allowed", BUILDER)
        ids = {name: unquote(value) for name, value in match.groupdict(default="").items()}
        return Route(methods[method], int(ids["version"]), ids["stream"], ids.get("campaign", ""))
    raise refusal(
        404, 404, "Not Found", "the answer to an unknown path; also to documented paths not offered here"
    )
