import asyncio
import time
from dataclasses import replace

import aiohttp
import pytest

from launcher.sandbox.clock import Clock
from launcher.sandbox.faults import ENDLESS, FAULTS, Effect
from launcher.sandbox.ledger import Ledger

CAMPAIGN = "cd-ed19e3c7-3682-5e72-a839-af9e0711aaaa"
CUT = [label for label in FAULTS if label.startswith(("reset", "close", "hang", "header-cut"))] + [
    "late-start"
]
PLAIN_STATUS = {
    "latency": {200},
    "drip": {200},
    "429": {429},
    "429-seconds": {429},
    "429-date": {429},
    "limit-text-200": {200},
    "limit-text-400": {400},
    "401": {401},
    "400": {400},
    "403": {403},
    "404": {404},
    "409": {409},
    "redirect": {307},
    "says-failed": {200},
    "preparing-after": {500, 503, 504},
    "5xx-before": {500, 503, 504},
    "5xx-after": {500, 503, 504},
    "gateway-before": {502},
    "gateway-after": {502},
    "garbage-before": {200},
    "garbage-after": {200},
    "empty-before": {200},
    "empty-after": {200},
}
LIMIT_TEXT = b"You've exceeded the per-minute rate limit. Please wait for sometime before retrying."


def test_every_fault_is_tried_in_this_file():
    assert set(FAULTS) == {*PLAIN_STATUS, *CUT, "truncated-before", "truncated-after"}


@pytest.mark.parametrize("label", sorted(PLAIN_STATUS))
async def test_a_fault_that_answers_has_its_status_and_its_effect_and_comes_once(open_sandbox, label):
    async with open_sandbox(faults=label) as caller:
        answer = await caller.trigger()
        assert answer.status in PLAIN_STATUS[label]
        assert answer.headers["x-sandbox-fault"] == label
        effect = FAULTS[label].effect
        assert caller.sandbox.ledger().starts == (effect is not Effect.NONE)
        assert (await caller.trigger("cd-2")).headers["x-sandbox-fault"] == label
        second = await caller.trigger()
        assert (second.status, second.json["status"]) == (200, "Active")
        assert caller.sandbox.ledger().faults == {label: 2}


@pytest.mark.parametrize("label", CUT)
async def test_a_fault_that_cuts_the_connection_has_its_effect(open_sandbox, label):
    async with open_sandbox(faults=label) as caller:
        error = aiohttp.ClientOSError if label.startswith(("reset", "hang", "late")) else aiohttp.ClientError
        with pytest.raises(error):
            await caller.trigger()
        expected = "Ready" if FAULTS[label].effect is Effect.NONE else "Active"
        assert await caller.state() == expected


@pytest.mark.parametrize(("label", "state"), [("truncated-before", "Ready"), ("truncated-after", "Active")])
async def test_a_truncated_body_ends_before_its_length(open_sandbox, label, state):
    async with open_sandbox(faults=label) as caller:
        with pytest.raises(aiohttp.ClientPayloadError):
            await caller.trigger()
        assert await caller.state() == state


@pytest.mark.parametrize("label", ["hang-before", "hang-after"])
async def test_a_hang_lasts_as_long_as_the_client_waits(open_sandbox, label):
    async with open_sandbox(faults=label, clock=Clock(wall=time.time)) as caller:
        with pytest.raises(TimeoutError):
            await caller.trigger(timeout=aiohttp.ClientTimeout(total=0.1))
        assert caller.sandbox.ledger().starts == (label == "hang-after")


async def test_a_hang_may_be_given_its_seconds(open_sandbox, hand_clock):
    async with open_sandbox(faults="hang-after,hang-after@1.5") as caller:
        for _ in range(2):
            with pytest.raises(aiohttp.ClientOSError):
                await caller.trigger()
    assert hand_clock.waits == [ENDLESS, 1.5]


async def test_latency_and_drip_wait_before_and_within_the_body(open_sandbox, hand_clock):
    async with open_sandbox(faults="latency@3,drip@2") as caller:
        await caller.trigger()
        assert hand_clock.waits == [3.0]
        answer = await caller.trigger()
    assert sum(hand_clock.waits) == pytest.approx(5.0)
    assert len(hand_clock.waits) == 1 + len(answer.body)


async def test_a_late_start_takes_effect_after_the_client_has_seen_the_reset(open_sandbox):
    due, asked = asyncio.Event(), []

    async def sleep(seconds):
        asked.append(seconds)
        await due.wait()

    async with open_sandbox(faults="late-start@2", clock=Clock(sleep=sleep)) as caller:
        with pytest.raises(aiohttp.ClientOSError):
            await caller.trigger()
        assert (await caller.state(), asked) == ("Ready", [2.0])
        due.set()
        assert await caller.state() == "Active"


async def test_a_late_start_dies_with_its_sandbox(open_sandbox):
    async with open_sandbox(faults="late-start@3600", clock=Clock()) as caller:
        with pytest.raises(aiohttp.ClientOSError):
            await caller.trigger()
        sandbox = caller.sandbox
    assert sandbox.ledger().starts == 0
    assert not [task for task in asyncio.all_tasks() if "_act_later" in repr(task)]


async def test_preparing_comes_before_active_when_its_reply_was_lost(open_sandbox, hand_clock):
    async with open_sandbox(faults="preparing-after@5") as caller:
        await caller.trigger()
        assert await caller.state() == "Preparing"
        hand_clock.now += 5
        assert await caller.state() == "Active"


async def test_throttling_says_the_documented_text_and_when_to_come_again(open_sandbox):
    async with open_sandbox(faults="429,429-seconds,429-date@60,limit-text-200,limit-text-400") as caller:
        answers = [await caller.trigger() for _ in range(5)]
    assert all(LIMIT_TEXT in answer.body for answer in answers)
    waits = [answer.headers.get("Retry-After") for answer in answers]
    assert waits == [None, "2", "Thu, 28 May 2026 20:27:40 GMT", None, None]


async def test_a_gateway_answers_with_a_page(open_sandbox):
    async with open_sandbox(faults="gateway-before") as caller:
        answer = await caller.trigger()
    assert answer.headers["Content-Type"].startswith("text/html")
    assert b"<title>502 Bad Gateway</title>" in answer.body


async def test_server_errors_and_garbage_come_in_variants(open_sandbox):
    async with open_sandbox(faults="5xx-before:1") as caller:
        assert {(await caller.trigger(f"cd-{n}")).status for n in range(30)} == {500, 503, 504}
    async with open_sandbox(faults="garbage-before:1") as caller:
        assert len({(await caller.trigger(f"cd-{n}")).body for n in range(30)}) > 3


async def test_a_redirect_that_is_followed_starts_the_campaign_and_is_counted(open_sandbox):
    async with open_sandbox(faults="redirect") as caller:
        url = caller.sandbox.url + caller.path()
        query = {"campaignType": "sms", "trigger": "play"}
        async with caller.session.post(url, params=query, headers=caller.headers(), data=b"{}") as response:
            assert (await response.json())["status"] == "Active"
        ledger = caller.sandbox.ledger()
    assert (ledger.starts, ledger.redirects_followed, ledger.requests) == (1, 1, 2)


async def test_a_start_that_would_be_refused_has_no_effect_behind_a_fault_either(open_sandbox):
    async with open_sandbox(faults="5xx-after") as caller:
        await caller.put(status="Scheduled")
        assert (await caller.trigger()).status >= 500
        assert (await caller.state(), caller.sandbox.ledger().starts) == ("Scheduled", 0)


async def test_rules_for_reads_hit_reads(open_sandbox):
    async with open_sandbox(faults="status/5xx-before:1,get/403:1,list/empty-after:1,stop/409") as caller:
        assert (await caller.trigger()).status == 200
        assert (await caller.status()).status >= 500
        assert (await caller.details()).status == 403
        assert (await caller.list_all()).body == b""
        assert (await caller.trigger(trigger="stop")).status == 409
        assert set(caller.sandbox.ledger().faults) == {
            "status/5xx-before",
            "get/403",
            "list/empty-after",
            "stop/409",
        }


async def test_reads_are_spared_by_rules_for_starts(open_sandbox):
    async with open_sandbox(faults="5xx-before:1") as caller:
        assert {(await caller.status()).status, (await caller.details()).status} == {200}


async def _nasty_run(open_sandbox, seed: int, order: range) -> Ledger:
    async with open_sandbox(faults="faults", seed=seed, budget=[(10_000, 60)]) as caller:
        for number in order:
            try:
                await caller.trigger(f"cd-{number}")
            except aiohttp.ClientError:
                continue
        ledger = caller.sandbox.ledger()
        return replace(ledger, campaigns=tuple(sorted(ledger.campaigns, key=lambda each: each.campaign_id)))


async def test_the_same_seed_gives_the_same_ledger_in_any_order(open_sandbox):
    forwards = await _nasty_run(open_sandbox, 7, range(60))
    assert forwards == await _nasty_run(open_sandbox, 7, range(59, -1, -1))
    assert forwards != await _nasty_run(open_sandbox, 8, range(60))
    assert len(forwards.faults) > 5
