"""Launches as a plan would hold them, without a manifest."""

from launcher.manifest.model import Account, Credentials, Identity, Quota, normal_host
from launcher.manifest.secrets import Inline, Secret
from launcher.plan.model import Launch

ACCOUNT_ID = "67777ce93e25326494e9aaaa"
STREAM_ID = "st-0603182c-7ffb-53c3-b307-47ca14b9aaaa"
CAMPAIGN_ID = "cd-ed19e3c7-3682-5e72-a839-af9e0711aaaa"
CLIENT_ID = "cs-5250bdc9-6bfe-5ece-92c9-ab54aa2d4285"
SECRET = "canary/Secret+0123456789abcdefghijklmnop="


def make_credentials(secret=SECRET, **changes):
    fields = {"owner": "account acme", "client_id": CLIENT_ID, "client_secret": Secret(Inline(secret))}
    return Credentials(**fields | changes)


def make_launch(
    host="https://platform.kore.ai", campaign=CAMPAIGN_ID, channel="sms", credentials=None, **ids
):
    account_id, stream_id = ids.get("account_id", ACCOUNT_ID), ids.get("stream_id", STREAM_ID)
    credentials = credentials or make_credentials()
    return Launch(
        identity=Identity(normal_host(host), account_id, stream_id, campaign, channel),
        account=Account("acme", account_id, host, (Quota(60, 60.0),), credentials),
        bot=None,
        name=None,
        tags=(),
        credentials=credentials,
    )
