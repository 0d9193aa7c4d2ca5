import pytest

MINUTE_TEXT = "You've exceeded the per-minute rate limit. Please wait for sometime before retrying."
HOUR_TEXT = "You've exceeded the hourly rate limit. Please wait for sometime before retrying."
OTHER = "67777ce93e25326494e9bbbb"


async def test_all_endpoints_share_the_budget_of_an_account(open_sandbox, hand_clock):
    async with open_sandbox(budget=[(4, 60)]) as caller:
        answers = [
            await caller.trigger(),
            await caller.status(),
            await caller.details(),
            await caller.list_all(),
        ]
        assert {answer.status for answer in answers} == {200}
        assert (await caller.status()).error == (429, 429, MINUTE_TEXT)
        assert (await caller.status(headers=caller.headers(accountId=OTHER))).status == 200
        hand_clock.now += 60
        assert (await caller.status()).status == 200


async def test_the_default_budget_is_60_in_any_60_seconds(open_sandbox, hand_clock):
    async with open_sandbox() as caller:
        for _ in range(60):
            assert (await caller.status()).status == 200
        hand_clock.now += 59.9
        assert (await caller.status()).status == 429
        hand_clock.now += 0.2
        assert (await caller.status()).status == 200


async def test_accounts_may_have_their_own_budgets(open_sandbox):
    async with open_sandbox(budget=[(1, 60)], budgets={OTHER: [(2, 60)]}) as caller:
        other = {"headers": caller.headers(accountId=OTHER)}
        assert [(await caller.status()).status for _ in range(2)] == [200, 429]
        assert [(await caller.status(**other)).status for _ in range(3)] == [200, 200, 429]


async def test_fixed_windows_can_be_chosen(open_sandbox, hand_clock):
    hand_clock.now = 60.0 * 29_000_000 + 59
    async with open_sandbox(budget=[(1, 60)], windows="fixed") as caller:
        assert [(await caller.status()).status for _ in range(2)] == [200, 429]
        hand_clock.now += 1
        assert [(await caller.status()).status for _ in range(2)] == [200, 429]


async def test_an_hourly_breach_says_so(open_sandbox):
    async with open_sandbox(budget=[(60, 60), (1, 3600)]) as caller:
        await caller.status()
        assert (await caller.status()).error == (429, 429, HOUR_TEXT)


@pytest.mark.parametrize(("wanted", "value"), [(False, None), (True, "50")])
async def test_retry_after_is_sent_where_it_is_wanted(open_sandbox, hand_clock, wanted, value):
    async with open_sandbox(budget=[(1, 60)], retry_after=wanted) as caller:
        await caller.status()
        hand_clock.now += 10.5
        assert (await caller.status()).headers.get("Retry-After") == value


async def test_a_throttled_start_starts_nothing_and_uses_up_its_token(open_sandbox, hand_clock):
    async with open_sandbox(budget=[(1, 60)]) as caller:
        await caller.status()
        once = caller.headers(auth=caller.token(jti="one"))
        assert (await caller.trigger(headers=once)).status == 429
        assert caller.sandbox.ledger().starts == 0
        hand_clock.now += 60
        assert (await caller.trigger(headers=once)).error == (
            401,
            401,
            "error verifying the jwt: possibly a replay",
        )


async def test_a_refused_token_uses_up_budget(open_sandbox):
    async with open_sandbox(budget=[(1, 60)]) as caller:
        assert (await caller.status(headers=caller.headers(auth=None))).status == 401
        assert (await caller.status()).status == 429
        assert (await caller.status(headers=caller.headers(auth=None))).status == 429


async def test_latency_is_waited_before_every_reply(open_sandbox, hand_clock):
    async with open_sandbox(latency=0.25) as caller:
        await caller.trigger()
        await caller.send("POST", "/nowhere")
    assert hand_clock.waits == [0.25, 0.25]


async def test_a_range_of_latency_follows_from_the_seed(open_sandbox, hand_clock):
    seen = []
    for seed in (1, 1, 2):
        hand_clock.waits.clear()
        async with open_sandbox(latency=(0.1, 0.4), seed=seed) as caller:
            for _ in range(5):
                await caller.status()
        seen.append(list(hand_clock.waits))
    assert seen[0] == seen[1] != seen[2]
    assert len(set(seen[0])) == 5
    assert all(0.1 <= wait < 0.4 for wait in seen[0] + seen[2])


async def test_secrets_are_checked_where_they_are_given(open_sandbox):
    client = "cs-5250bdc9-6bfe-5ece-92c9-ab54aa2d4285"
    async with open_sandbox(secrets={client: "the right secret, with its thirty-two bytes"}) as caller:
        assert (await caller.status()).error == (401, 4002, "Invalid SDK credentials")
        good = caller.token(secret="the right secret, with its thirty-two bytes")
        assert (await caller.status(headers=caller.headers(auth=good))).status == 200
