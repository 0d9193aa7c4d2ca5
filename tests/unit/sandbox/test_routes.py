import pytest

from launcher.sandbox.replies import Refusal
from launcher.sandbox.routes import Endpoint, find_route

ROOTS = [
    "/campaign/api/v2/public/st-1/campaign",
    "/campaign/api/v1/public/st-1/campaign",
    "/api/v2/public/st-1/campaign",
    "/api/v1/public/st-1/campaign",
    "/agentassist/api/v1/public/st-1/campaign",
    "/a/base/path/campaign/api/v2/public/st-1/campaign",
]


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize(
    ("method", "end", "endpoint"),
    [
        ("POST", "/cd-1", Endpoint.TRIGGER),
        ("POST", "/trigger/cd-1", Endpoint.TRIGGER),
        ("POST", "//trigger/cd-1", Endpoint.TRIGGER),
        ("POST", "/cd-1/status", Endpoint.STATUS),
        ("GET", "/cd-1", Endpoint.DETAILS),
    ],
)
def test_every_form_of_a_campaign_path_is_known(root, method, end, endpoint):
    route = find_route(method, root + end)
    assert (route.endpoint, route.stream_id, route.campaign_id) == (endpoint, "st-1", "cd-1")
    assert route.version == (1 if "/v1/" in root else 2)


@pytest.mark.parametrize("root", ROOTS)
def test_get_all_is_not_taken_for_a_campaign_of_that_name(root):
    route = find_route("POST", root + "/getAllCampaignDetails")
    assert (route.endpoint, route.campaign_id) == (Endpoint.LIST, "")


def test_ids_are_decoded_once():
    assert find_route("GET", "/api/v2/public/st%2D1/campaign/cd-%251").campaign_id == "cd-%1"


@pytest.mark.parametrize(
    "path",
    [
        "/campaign/api/v3/public/st-1/campaign/cd-1",
        "/campaign/api/v2/st-1/campaign/cd-1",
        "/campaign/api/v2/public/st-1/campaign",
        "/campaign/api/v2/public/st-1/campaign/",
        "/campaign/api/v2/public/st-1/campaign/cd-1/",
        "/campaign/api/v2/public/st-1/campaign//cd-1",
        "/campaign/api/v2/public/st-1/campaign///trigger/cd-1",
        "//campaign/api/v2/public/st-1/campaign/cd-1",
        "/campaign//api/v2/public/st-1/campaign/cd-1",
        "/campaign/api/v2/public//campaign/cd-1",
        "/campaign/api/v2/public/st-1/campaign/cd-1/pause",
        "/campaign/api/v2/public/st-1/campaign/schedule",
        "/campaign/api/v2/public/st-1/campaign/contactList/getAllListDetails",
        "*",
    ],
)
def test_any_other_path_is_not_found(path):
    with pytest.raises(Refusal) as caught:
        find_route("POST", path)
    assert caught.value.reply.status == 404


@pytest.mark.parametrize(
    ("method", "end"),
    [
        ("GET", "/trigger/cd-1"),
        ("GET", "/cd-1/status"),
        ("PUT", "/cd-1"),
        ("DELETE", "/cd-1"),
        ("GET", "/getAllCampaignDetails"),
    ],
)
def test_a_known_path_with_another_method_is_not_allowed(method, end):
    with pytest.raises(Refusal) as caught:
        find_route(method, ROOTS[0] + end)
    assert caught.value.reply.status == 405
