from launcher.sandbox.ledger import AccountTally, CampaignTally, WindowPeak

ACCOUNT = "67777ce93e25326494e9aaaa"
STREAM = "st-0603182c-7ffb-53c3-b307-47ca14b9aaaa"
CAMPAIGN = "cd-ed19e3c7-3682-5e72-a839-af9e0711aaaa"


async def test_an_empty_sandbox_has_an_empty_ledger(caller):
    ledger = caller.sandbox.ledger()
    assert (ledger.campaigns, ledger.accounts, ledger.starts, ledger.double_starts) == ((), (), 0, 0)


async def test_starts_and_double_starts_are_counted_per_campaign_and_in_all(caller):
    for campaign in (CAMPAIGN, CAMPAIGN, "cd-2", CAMPAIGN, "cd-3", "cd-3"):
        await caller.trigger(campaign)
    ledger = caller.sandbox.ledger()
    assert (ledger.starts, ledger.double_starts) == (6, 3)
    assert (ledger.starts_of(CAMPAIGN), ledger.starts_of("cd-2"), ledger.starts_of("cd-9")) == (3, 1, 0)
    assert ledger.campaigns[0] == CampaignTally(
        ACCOUNT, STREAM, CAMPAIGN, "sms", "Active", plays=3, starts=3, double_starts=2, reruns=0, stops=0
    )


async def test_requests_are_counted_per_account_with_their_peak(open_sandbox, hand_clock):
    async with open_sandbox(budget=[(2, 10), (100, 3600)]) as caller:
        for _ in range(3):
            await caller.status()
        hand_clock.now += 20
        await caller.status()
        ledger = caller.sandbox.ledger()
    windows = (WindowPeak(2, 10, 3), WindowPeak(100, 3600, 4))
    assert ledger.accounts == (AccountTally(ACCOUNT, 4, 1, windows),)
    assert (ledger.requests, ledger.throttled) == (4, 1)


async def test_a_throttling_that_a_fault_made_up_is_counted_as_a_fault(open_sandbox):
    async with open_sandbox(faults="429") as caller:
        await caller.trigger()
        ledger = caller.sandbox.ledger()
    assert (ledger.throttled, ledger.faults) == (0, {"429": 1})


async def test_requests_in_flight_are_counted_at_their_peak(caller):
    for _ in range(3):
        await caller.status()
    assert caller.sandbox.ledger().max_in_flight == 1


async def test_the_ledger_is_served_as_json(caller):
    await caller.trigger()
    await caller.trigger()
    answer = await caller.send("GET", "/ledger", headers={}, body=None)
    assert answer.json == caller.sandbox.ledger().as_json()
    assert answer.json["campaigns"] == [
        {
            "accountId": ACCOUNT,
            "streamId": STREAM,
            "campaignId": CAMPAIGN,
            "channel": "sms",
            "status": "Active",
            "plays": 2,
            "starts": 2,
            "double_starts": 1,
            "reruns": 0,
            "stops": 0,
        }
    ]
    assert answer.json["totals"] == {
        "campaigns": 1,
        "starts": 2,
        "double_starts": 1,
        "reruns": 0,
        "requests": 2,
        "throttled": 0,
        "max_in_window": {ACCOUNT: {"60s": 2}},
        "max_in_flight": 1,
        "redirects_followed": 0,
        "faults": {},
    }


async def test_reading_the_ledger_costs_no_budget_and_is_not_counted(caller):
    for _ in range(3):
        await caller.send("GET", "/ledger", headers=caller.headers(), body=None)
    assert caller.sandbox.ledger().requests == 0


async def test_no_token_or_secret_is_in_the_ledger(caller):
    headers = caller.headers()
    await caller.trigger(headers=headers)
    ledger = await caller.send("GET", "/ledger", headers={}, body=None)
    assert headers["auth"].encode() not in ledger.body
    assert headers["auth"] not in repr(caller.sandbox.ledger())
