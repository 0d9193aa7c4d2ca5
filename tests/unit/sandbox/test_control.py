import pytest

STREAM = "st-0603182c-7ffb-53c3-b307-47ca14b9aaaa"
STATUSES = ["Ready", "Preparing", "Active", "Paused", "Stopped", "Completed", "Scheduled", "Rescheduled"]


@pytest.mark.parametrize("status", STATUSES)
async def test_a_tester_can_put_a_campaign_in_any_state(caller, status):
    answer = await caller.put(status=status)
    assert (answer.status, answer.json["status"]) == (200, status)
    assert await caller.state() == status


async def test_what_is_not_named_stays(caller):
    await caller.put(name="Renewal due", contactLists=["Customers"], priority="2", channel="sms")
    await caller.put(status="Paused")
    item = (await caller.list_all()).json["data"]["results"][0]
    shown = [item[name] for name in ("name", "contactLists", "priority", "status")]
    assert shown == ["Renewal due", ["Customers"], "2", "Paused"]


async def test_a_start_after_a_testers_hand_is_no_double_start(caller):
    await caller.trigger()
    await caller.put(status="Ready")
    await caller.trigger()
    ledger = caller.sandbox.ledger()
    assert (ledger.starts, ledger.double_starts) == (2, 0)


async def test_a_change_that_leaves_the_status_alone_does_not_excuse_a_double_start(caller):
    await caller.trigger()
    await caller.put(name="Another name")
    await caller.trigger()
    assert caller.sandbox.ledger().double_starts == 1


async def test_a_new_contact_list_collides_from_then_on(caller):
    await caller.trigger("cd-1")
    await caller.put("cd-1", contactLists=["Customers"])
    await caller.put("cd-2", contactLists=["Customers"])
    answer = await caller.trigger("cd-2")
    assert answer.error == (400, 400, "Contact list is in use by another active campaign")


async def test_a_put_adds_a_campaign_where_only_known_ones_exist(open_sandbox):
    async with open_sandbox(campaigns=[]) as caller:
        assert (await caller.status()).status == 400
        await caller.put(status="Ready")
        assert (await caller.trigger()).status == 200


@pytest.mark.parametrize(
    "change",
    [{"status": "Running"}, {"status": 1}, {"channel": "email"}, {"contactLists": "x"}, {"colour": "x"}],
)
async def test_a_change_that_means_nothing_is_refused(caller, change):
    assert (await caller.put(**change)).status == 400
    assert caller.sandbox.ledger().campaigns == ()


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
async def test_a_change_must_be_a_json_object(caller, body):
    path = f"/_sandbox/campaigns/a/{STREAM}/cd-1"
    assert (await caller.send("PUT", path, headers={}, body=body)).status == 400


async def test_a_reset_forgets_campaigns_counts_budget_and_tokens(open_sandbox):
    async with open_sandbox(budget=[(1, 60)], faults="429") as caller:
        headers = caller.headers(auth=caller.token(jti="one"))
        assert (await caller.trigger(headers=headers)).status == 429
        assert (await caller.send("POST", "/_sandbox/reset", headers={})).status == 200
        assert caller.sandbox.ledger().requests == 0
        answer = await caller.trigger(headers=headers)
        assert (answer.status, answer.headers["x-sandbox-fault"]) == (429, "429")


async def test_the_root_says_what_this_is(caller):
    answer = await caller.send("GET", "/", headers={}, body=None)
    assert "GET /ledger" in answer.json


@pytest.mark.parametrize(("method", "path"), [("POST", "/ledger"), ("GET", "/_sandbox/reset"), ("POST", "/")])
async def test_a_wrong_method_on_the_sandboxes_own_paths_is_not_allowed(caller, method, path):
    assert (await caller.send(method, path, headers={})).status == 405


async def test_other_paths_below_the_sandboxes_own_are_unknown(caller):
    assert (await caller.send("POST", "/_sandbox/other")).status == 404
