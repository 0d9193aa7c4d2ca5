import re

import pytest

from launcher.sandbox.config import CampaignSeed

ACCOUNT = "67777ce93e25326494e9aaaa"
STREAM = "st-0603182c-7ffb-53c3-b307-47ca14b9aaaa"
CAMPAIGN = "cd-ed19e3c7-3682-5e72-a839-af9e0711aaaa"
VOICE = "cd-469cba4-2597-471d-b5ed-0123456789ab"
ROOTS = ["/campaign/api/v2", "/api/v2", "/campaign/api/v1", "/agentassist/api/v1", "/base/campaign/api/v2"]
TIME = "2026-05-28T20:26:40.000Z"


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize("infix", ["/", "/trigger/", "//trigger/"])
@pytest.mark.parametrize("channel", ["sms", "voice"])
async def test_each_path_form_starts_and_stops_over_a_real_socket(caller, root, infix, channel):
    path = f"{root}/public/{STREAM}/campaign{infix}{CAMPAIGN}"
    for trigger, state in (("play", "Active"), ("stop", "Stopped")):
        answer = await caller.send("POST", path, query={"campaignType": channel, "trigger": trigger})
        assert (answer.status, answer.json["status"]) == (200, state)
    assert caller.sandbox.ledger().starts_of(CAMPAIGN) == 1


async def test_a_double_slash_arrives_as_it_was_sent(caller):
    answer = await caller.send("POST", "/nowhere//trigger/x")
    assert answer.status == 404
    assert (await caller.send("POST", caller.path().replace("/cd-", "///trigger/cd-"))).status == 404


async def test_an_sms_start_is_answered_as_documented(caller):
    answer = await caller.trigger()
    assert answer.body.decode() == f'{{"status":"Active","message":"Campaign Started","updatedAt":"{TIME}"}}'
    assert answer.headers["Content-Type"] == "application/json"
    assert "x-sandbox-assumed" not in answer.headers


async def test_a_voice_start_and_stop_name_their_instance(caller):
    start = (await caller.trigger(VOICE, channel="voice")).json
    instance_id = start.pop("campaignInstanceId")
    assert re.fullmatch(r"cid-[0-9a-f]{7}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", instance_id)
    assert start == {
        "status": "Active",
        "message": "Campaign Started",
        "updatedAt": TIME,
        "totalCallsCompleted": 0,
    }
    stop = (await caller.trigger(VOICE, channel="voice", trigger="stop")).json
    assert stop == {
        "status": "Stopped",
        "message": "Campaign Stopped",
        "updatedAt": TIME,
        "campaignInstanceId": instance_id,
    }


async def test_an_sms_stop_is_answered_as_documented(caller):
    await caller.trigger()
    assert (await caller.trigger(trigger="stop")).json == {
        "status": "Stopped",
        "message": "Campaign Stopped",
        "updatedAt": TIME,
        "campaignExecutionType": "NORMAL",
    }


async def test_status_is_answered_as_documented(caller):
    answer = await caller.status()
    data = {"id": CAMPAIGN, "status": "Ready", "name": ""}
    assert answer.json == {"status": "success", "data": data}


async def test_get_by_id_shows_when_the_campaign_last_changed(caller, hand_clock):
    before = (await caller.details()).json["data"]
    hand_clock.now += 10
    await caller.trigger()
    answer = await caller.details(query={"accountId": ACCOUNT})
    data = answer.json["data"]
    assert answer.json["message"] == "Campaign  retrieved successfully"
    assert (data["_id"], data["status"], data["updatedAt"]) == (
        CAMPAIGN,
        "Active",
        "2026-05-28T20:26:50.000Z",
    )
    assert before["status"] == "Ready"
    assert before["updatedAt"] < TIME


async def test_the_date_header_shows_the_sandboxes_own_clock(caller):
    assert (await caller.status()).headers["Date"] == "Thu, 28 May 2026 20:26:40 GMT"


async def test_without_configured_campaigns_whatever_is_asked_for_exists(caller):
    assert await caller.state("cd-whatever") == "Ready"


@pytest.mark.parametrize("code", [400, 404])
async def test_with_configured_campaigns_others_do_not_exist(open_sandbox, code):
    seed = CampaignSeed(ACCOUNT, STREAM, CAMPAIGN, name="Renewal due", status="Completed")
    async with open_sandbox(campaigns=[seed], unknown_campaign=code) as caller:
        assert (await caller.status()).json["data"]["name"] == "Renewal due"
        assert await caller.state() == "Completed"
        for answer in (
            await caller.status("cd-2"),
            await caller.trigger("cd-2"),
            await caller.details("cd-2"),
        ):
            assert answer.error == (code, code, "Campaign not found")
            assert "x-sandbox-assumed" in answer.headers


async def test_the_same_campaign_in_another_stream_does_not_exist(open_sandbox):
    async with open_sandbox(campaigns=[CampaignSeed(ACCOUNT, "st-other", CAMPAIGN)]) as caller:
        assert (await caller.status()).status == 400


async def test_a_start_of_an_active_campaign_is_marked_as_assumed(caller):
    await caller.trigger()
    answer = await caller.trigger()
    assert (answer.status, answer.json["status"]) == (200, "Active")
    assert "active" in answer.headers["x-sandbox-assumed"]


async def test_a_refusal_of_the_state_machine_arrives_as_an_error(open_sandbox):
    async with open_sandbox(on_active=409) as caller:
        await caller.trigger()
        assert (await caller.trigger()).error == (409, 409, "Campaign is already active")
        await caller.put("cd-2", status="Scheduled")
        assert (await caller.trigger("cd-2")).error == (400, 400, "Campaign is scheduled")


async def test_get_all_lists_the_stream_with_what_a_live_plan_needs(open_sandbox):
    seeds = [
        CampaignSeed(ACCOUNT, STREAM, "cd-1", name="One", contact_lists=("Customers",)),
        CampaignSeed(ACCOUNT, STREAM, "cd-2", name="Two", contact_lists=("Customers",), status="Scheduled"),
        CampaignSeed(ACCOUNT, STREAM, "cd-3", channel="voice"),
        CampaignSeed(ACCOUNT, "st-other", "cd-4"),
    ]
    async with open_sandbox(campaigns=seeds) as caller:
        await caller.trigger("cd-1")
        answer = (await caller.list_all()).json
        voice = (await caller.list_all(type="voice")).json
    assert (answer["status"], answer["message"]) == ("success", "Campaign  retrieved successfully")
    results = answer["data"].pop("results")
    assert answer["data"] == {"skip": 0, "limit": 50, "hasMore": False, "totalPages": 1, "totalResults": 2}
    shown = [(item["id"], item["name"], item["status"], item["contactLists"]) for item in results]
    assert shown == [("cd-1", "One", "Active", ["Customers"]), ("cd-2", "Two", "Scheduled", ["Customers"])]
    assert "campaignInstanceId" in results[0]
    assert "campaignInstanceId" not in results[1]
    assert [item["_id"] for item in voice["data"]["results"]] == ["cd-3"]
