"""Get-all: the request as its page prints it, and what a reply says."""

import json

import pytest
from fakes.launches import make_launch

from launcher.kore import endpoints
from launcher.kore.listing import page_of_reply
from launcher.kore.reply import RawReply, TransportFailure
from launcher.plan.states import CampaignState

NOW = 1_795_435_200.0


def reply(body, status=200, headers=None, *, complete=True):
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    return RawReply(status, headers or {}, payload, complete)


def page(body, status=200, **more):
    return page_of_reply(reply(body, status, **more), NOW)


def documented(results, **data):
    tail = {"skip": 0, "limit": 50, "hasMore": False, "totalPages": 1, "totalResults": len(results)}
    return {
        "status": "success",
        "message": "Campaign  retrieved successfully",
        "data": {"results": results, **tail, **data},
    }


def test_the_request_asks_for_one_channel_of_one_stream():
    request = endpoints.page(make_launch(channel="voice"), 100, 50)
    assert request.method == "POST"
    assert request.url.endswith(
        "/campaign/api/v2/public/st-0603182c-7ffb-53c3-b307-47ca14b9aaaa/campaign/getAllCampaignDetails"
        "?accountId=67777ce93e25326494e9aaaa"
    )
    assert json.loads(request.body) == {
        "limit": 50,
        "skip": 100,
        "page": 3,
        "type": "voice",
        "sortBy": {"createdAt": "desc"},
    }


def test_sms_campaigns_have_id_and_voice_campaigns_underscore_id():
    found = page(
        documented(
            [
                {"id": "cd-1", "name": "One", "status": "Ready", "contactLists": ["a", "b"]},
                {"_id": "cd-2", "status": "Active", "schedule": {"isSchedulingEnabled": True}},
            ]
        )
    )
    assert found.campaigns == {
        "cd-1": CampaignState("Ready", name="One", contact_lists=("a", "b")),
        "cd-2": CampaignState("Active", scheduled=True),
    }
    assert (found.count, found.more, found.reason) == (2, False, None)


@pytest.mark.parametrize(
    ("data", "more"),
    [
        ({"hasMore": True}, True),
        ({"hasMore": False, "totalResults": 9}, False),
        ({"hasMore": None, "skip": 0, "totalResults": 2}, True),
        ({"hasMore": None, "skip": 1, "totalResults": 2}, False),
        ({"hasMore": None, "totalResults": None, "limit": 1}, True),
        ({"hasMore": None, "totalResults": None, "limit": 2}, False),
        ({"hasMore": None, "totalResults": None, "limit": None}, False),
    ],
)
def test_whether_more_follows_is_made_out_of_what_the_server_says(data, more):
    assert page(documented([{"id": "cd-1", "status": "Ready"}], **data)).more is more


def test_an_empty_page_ends_the_list_whatever_it_says():
    assert page(documented([], hasMore=True)).more is False


def test_entries_that_are_no_campaigns_are_left_out():
    found = page(documented([None, 3, {"name": "x"}, {"id": 7, "_id": "cd-1", "status": 5}]))
    assert list(found.campaigns) == ["cd-1"]
    assert found.campaigns["cd-1"].state is None
    assert found.campaigns["cd-1"].reason == "the stream's list names no status of it"
    assert found.count == 4


def test_lists_may_be_named_by_mappings():
    found = page(
        documented([{"id": "c", "status": "Ready", "contactLists": [{"name": "a"}, {"id": "cl-1"}, 5, {}]}])
    )
    assert found.campaigns["c"].contact_lists == ("a", "cl-1")


def test_a_hostile_name_is_made_harmless():
    found = page(documented([{"id": "c", "status": "Rea\x1b[31mdy" + "y" * 300, "name": "a\nb\x00"}]))
    assert found.campaigns["c"].state.isprintable()
    assert len(found.campaigns["c"].state) <= 60
    assert found.campaigns["c"].name.isprintable()


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"status": "error", "message": "no such stream"}, 200, "no such stream"),
        ({"status": "error", "data": {"results": []}}, 200, "status 'error'"),
        ({"status": "success", "data": {"status": "Ready", "id": "x"}}, 200, "no list of campaigns"),
        ([], 200, "HTTP 200"),
        (b"<html><title>gone</title>", 200, "gone"),
        ({"errors": [{"msg": "Invalid SDK credentials", "code": 4002}]}, 401, "Invalid SDK credentials"),
        (b"", 503, "HTTP 503"),
    ],
)
def test_what_is_no_list_says_why(body, status, said):
    found = page(body, status)
    assert said in found.reason
    assert (found.http_status, found.campaigns) == (status, {})
    assert found.unauthorized is (status == 401)


def test_a_broken_off_list_is_no_list():
    found = page(documented([{"id": "cd-1", "status": "Ready"}]), complete=False)
    assert found.reason is not None
    assert found.campaigns == {}


@pytest.mark.parametrize("status", [429, 200, 400])
def test_a_throttle_is_one_in_all_its_forms(status):
    text = "You've exceeded the per-minute rate limit. Please wait for sometime before retrying."
    found = page({"errors": [{"msg": text, "code": 429}]}, status, headers={"Retry-After": "7"})
    assert found.throttled
    assert found.retry_after == 7.0


def test_a_campaign_named_rate_limit_is_no_throttle():
    found = page(documented([{"id": "c", "status": "Ready", "name": "You've exceeded the rate limit"}]))
    assert not found.throttled
    assert found.reason is None


def test_no_reply_at_all_says_why():
    found = page_of_reply(TransportFailure(sent=False, reason="nobody there"), NOW)
    assert (found.reason, found.http_status) == ("nobody there", None)
