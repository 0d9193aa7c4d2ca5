"""The requests, byte by byte as the API pages print them."""

import pytest
from fakes.launches import ACCOUNT_ID, CAMPAIGN_ID, STREAM_ID, make_launch

from launcher.kore import endpoints
from launcher.kore.endpoints import ApiRequest

HEADERS = {"iid": STREAM_ID, "accountId": ACCOUNT_ID, "Content-Type": "application/json"}
HOST = "https://platform.kore.ai"


@pytest.mark.parametrize(
    ("call", "channel", "method", "url", "body"),
    [
        (
            endpoints.start,
            "sms",
            "POST",
            f"{HOST}/campaign/api/v2/public/{STREAM_ID}/campaign/{CAMPAIGN_ID}?campaignType=sms&trigger=play",
            b"{}",
        ),
        (
            endpoints.start,
            "voice",
            "POST",
            (
                f"{HOST}/api/v2/public/{STREAM_ID}/campaign/trigger/{CAMPAIGN_ID}"
                f"?accountId={ACCOUNT_ID}&campaignType=voice&trigger=play"
            ),
            b"{}",
        ),
        (
            endpoints.stop,
            "sms",
            "POST",
            (
                f"{HOST}/campaign/api/v2/public/{STREAM_ID}/campaign//trigger/{CAMPAIGN_ID}"
                f"?accountId={ACCOUNT_ID}&campaignType=sms&trigger=stop"
            ),
            b"{}",
        ),
        (
            endpoints.stop,
            "voice",
            "POST",
            (
                f"{HOST}/api/v2/public/{STREAM_ID}/campaign/trigger/{CAMPAIGN_ID}"
                f"?accountId={ACCOUNT_ID}&campaignType=voice&trigger=stop"
            ),
            b"{}",
        ),
        (
            endpoints.status,
            "sms",
            "POST",
            (
                f"{HOST}/campaign/api/v2/public/{STREAM_ID}/campaign/{CAMPAIGN_ID}/status"
                f"?accountId={ACCOUNT_ID}&view=status"
            ),
            b"{}",
        ),
        (
            endpoints.status,
            "voice",
            "POST",
            (
                f"{HOST}/campaign/api/v2/public/{STREAM_ID}/campaign/{CAMPAIGN_ID}/status"
                f"?accountId={ACCOUNT_ID}&view=status"
            ),
            b"{}",
        ),
        (
            endpoints.details,
            "sms",
            "GET",
            f"{HOST}/campaign/api/v2/public/{STREAM_ID}/campaign/{CAMPAIGN_ID}?accountId={ACCOUNT_ID}",
            None,
        ),
        (
            endpoints.details,
            "voice",
            "GET",
            f"{HOST}/campaign/api/v2/public/{STREAM_ID}/campaign/{CAMPAIGN_ID}?accountId={ACCOUNT_ID}",
            None,
        ),
    ],
)
def test_a_request_is_exactly_the_documented_one(call, channel, method, url, body):
    assert call(make_launch(HOST, channel=channel)) == ApiRequest(method, url, HEADERS, body)


@pytest.mark.parametrize("host", ["https://kore.example/base/path", "https://kore.example/base/path/"])
@pytest.mark.parametrize("channel", ["sms", "voice"])
def test_a_base_path_stands_once_before_the_path_with_or_without_a_trailing_slash(host, channel):
    start = endpoints.start(make_launch(host, channel=channel)).url
    path = "/campaign/api/v2" if channel == "sms" else "/api/v2"
    assert start.startswith(f"https://kore.example/base/path{path}/public/st-")


@pytest.mark.parametrize(
    "call",
    [endpoints.start, endpoints.stop, endpoints.status, endpoints.details],
    ids=lambda call: call.__name__,
)
@pytest.mark.parametrize("channel", ["sms", "voice"])
def test_a_base_takes_the_place_of_the_launches_host(call, channel):
    launch = make_launch("https://kore.example/base", channel=channel)
    assert call(launch, "http://127.0.0.1:8080/").url == call(launch).url.replace(
        "https://kore.example/base", "http://127.0.0.1:8080"
    )


def test_an_id_of_another_system_cannot_leave_its_place_in_the_url():
    launch = make_launch(campaign="a/b?c#d%e é", stream_id="s&t", account_id="x&trigger=play#")
    assert endpoints.stop(launch).url == (
        f"{HOST}/campaign/api/v2/public/s&t/campaign//trigger/a%2Fb%3Fc%23d%25e%20%C3%A9"
        "?accountId=x%26trigger%3Dplay%23&campaignType=sms&trigger=stop"
    )
