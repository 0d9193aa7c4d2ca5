import pytest

ACCOUNT = "67777ce93e25326494e9aaaa"
STREAM = "st-0603182c-7ffb-53c3-b307-47ca14b9aaaa"
OTHER = "67777ce93e25326494e9bbbb"
INVALID = (412, 412, "Validation errors/ Invalid arguments")


async def test_the_account_may_be_in_the_header_the_query_or_both(caller):
    path = caller.path() + "/status"
    for headers, query in [
        (caller.headers(), None),
        (caller.headers(accountId=None), {"accountId": ACCOUNT}),
        (caller.headers(), {"accountId": ACCOUNT}),
    ]:
        assert (await caller.send("POST", path, headers=headers, query=query)).status == 200


async def test_header_names_are_spelled_in_any_case(caller):
    headers = {name.swapcase(): value for name, value in caller.headers().items()}
    assert (await caller.trigger(headers=headers)).status == 200


async def test_an_account_that_is_missing_or_not_the_same_twice_is_refused(caller):
    missing = await caller.status(headers=caller.headers(accountId=None))
    assert missing.error == (400, 400, "accountId is missing")
    differs = await caller.status(query={"accountId": OTHER})
    assert differs.error == (400, 400, "accountId differs")
    assert "accountId" in differs.headers["x-sandbox-assumed"]


@pytest.mark.parametrize("iid", [None, "st-another"])
async def test_the_iid_header_must_be_the_stream_of_the_path(caller, iid):
    answer = await caller.trigger(headers=caller.headers(iid=iid))
    assert answer.error == (401, 4002, "Invalid SDK credentials")
    assert "iid" in answer.headers["x-sandbox-assumed"]
    assert caller.sandbox.ledger().starts == 0


@pytest.mark.parametrize(
    "query",
    [
        {"trigger": "play"},
        {"campaignType": "email", "trigger": "play"},
        {"campaignType": "SMS", "trigger": "play"},
        {"campaignType": "sms"},
        {"campaignType": "sms", "trigger": "pause"},
        {"campaignType": "sms", "trigger": ""},
        [("campaignType", "sms"), ("trigger", "play"), ("trigger", "stop")],
    ],
)
async def test_campaign_type_and_trigger_must_be_documented_ones(caller, query):
    answer = await caller.trigger(query=query)
    assert answer.status == 400
    assert caller.sandbox.ledger().starts == 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"a": 1}', b"\xff", b"[" * 100_000])
async def test_a_start_needs_an_empty_json_object(caller, body):
    assert (await caller.trigger(body=body)).error == INVALID
    assert caller.sandbox.ledger().starts == 0


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
async def test_a_start_needs_its_content_type(caller, content_type):
    headers = caller.headers(**{"Content-Type": content_type})
    assert (await caller.trigger(headers=headers)).error == INVALID


async def test_a_content_type_may_name_its_charset(caller):
    headers = caller.headers(**{"Content-Type": "application/json; charset=utf-8"})
    assert (await caller.trigger(headers=headers)).status == 200


async def test_status_needs_a_body_in_version_2_and_none_in_version_1(caller):
    bare = caller.headers(**{"Content-Type": None})
    assert (await caller.status(headers=bare, body=None)).error == INVALID
    path = caller.path().replace("/campaign/api/v2", "/agentassist/api/v1") + "/status"
    assert (await caller.send("POST", path, headers=bare, body=None, query={"view": "status"})).status == 200


@pytest.mark.parametrize(
    "campaign", ["st-0603182c-7ffb-53c3-b307-47ca14b9aaaa", "cs-1", "a%20b", "a%3Fb", "x" * 129]
)
async def test_an_id_of_another_kind_or_with_other_characters_is_refused(caller, campaign):
    assert (await caller.trigger(campaign)).error == (400, 400, "Invalid campaign ID")


async def test_free_ids_pass_unless_documented_ones_are_asked_for(caller, open_sandbox):
    assert (await caller.trigger("renewal_7")).status == 200
    async with open_sandbox(strict_ids=True) as strict:
        assert (await strict.trigger("renewal_7")).error == (400, 400, "Invalid campaign ID")
        assert (await strict.trigger()).status == 200
        assert (await strict.trigger("cd-469cba4-2597-471d-b5ed-0123456789ab", channel="voice")).status == 200
        wrong = await strict.status(headers=strict.headers(accountId="acme"))
        assert wrong.error == (400, 400, "Invalid accountId ID")


async def test_a_bad_token_is_refused_over_the_wire(caller):
    expected = (401, 4002, "Invalid SDK credentials")
    assert (await caller.trigger(headers=caller.headers(auth=None))).error == expected
    bearer = caller.headers(auth="Bearer " + caller.token())
    assert (await caller.trigger(headers=bearer)).error == (401, 4002, "Invalid JWT token")
    moved = caller.headers(auth=None, Authorization=caller.token())
    assert (await caller.trigger(headers=moved)).error == expected
    assert caller.sandbox.ledger().starts == 0


async def test_a_replayed_jti_is_refused_over_the_wire(caller):
    headers = caller.headers(auth=caller.token(jti="one"))
    assert (await caller.trigger(headers=headers)).status == 200
    assert (await caller.status(headers=headers)).error[0] == 401


async def test_unknown_paths_and_methods_have_the_error_envelope(caller):
    assert (await caller.send("POST", "/nowhere")).error == (404, 404, "Not Found")
    assert (await caller.send("DELETE", caller.path())).error == (405, 405, "Method Not Allowed")
