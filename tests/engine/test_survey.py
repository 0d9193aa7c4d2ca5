"""Reading the live state: a few requests a stream, inside every budget, and no trouble holds others up."""

from collections import Counter, defaultdict
from dataclasses import replace
from random import Random

import anyio
import pytest
from fakes.journal import plan_of
from fakes.launches import make_launch

from launcher.journal.port import PastRequest
from launcher.manifest.model import Quota
from launcher.outcome import Reading
from launcher.plan.states import CampaignState, Page
from launcher.survey import survey

MINUTE = (Quota(60, 60.0),)
READY = CampaignState("Ready")


def launches(streams, each, account="a", channel="sms", budget=MINUTE):
    made = []
    for stream in range(streams):
        for number in range(each):
            ids = {"account_id": account, "stream_id": f"st-{stream}"}
            launch = make_launch(campaign=f"cd-{stream}-{number}", channel=channel, **ids)
            made.append(replace(launch, account=replace(launch.account, name=account, budget=budget)))
    return made


class FakeReader:
    """Streams of campaigns in pages of at most `page`; `troubles` are answers that come first."""

    def __init__(self, launched, *, page=50, latency=0.2, missing=(), has_list=True):
        self.campaigns = defaultdict(dict)
        for launch in launched:
            if launch.identity.campaign_id not in missing:
                self.campaigns[launch.identity.stream_id][launch.identity.campaign_id] = READY
        self.page, self.latency, self.has_list = page, latency, has_list
        self.troubles = defaultdict(list)
        self.statuses = {}
        self.asked = []
        self.renewed = 0

    async def _come(self, what, launch):
        self.asked.append((what, launch.identity.account_id, anyio.current_time()))
        await anyio.sleep(self.latency)

    async def read_page(self, launch, skip, limit):
        await self._come("page", launch)
        stream = launch.identity.stream_id
        if self.troubles[stream]:
            return self.troubles[stream].pop(0)
        if not self.has_list:
            return Page(reason="HTTP 404 Not Found: no message", http_status=404)
        have = list(self.campaigns[stream].items())
        limit = min(limit, self.page)
        shown = have[skip : skip + limit]
        return Page(dict(shown), len(shown), skip + len(shown) < len(have), http_status=200)

    async def read_status(self, launch):
        await self._come("status", launch)
        known = self.campaigns[launch.identity.stream_id].get(launch.identity.campaign_id)
        if known is None:
            return Reading(None, http_status=400, reason="HTTP 400 Bad Request: Campaign not found")
        return Reading(known.state, http_status=200)

    def renew_token(self, launch):
        self.renewed += 1

    def count(self, what):
        return Counter(kind for kind, *_ in self.asked)[what]


def states(found):
    return Counter(state.state for state in found.states.values())


@pytest.mark.parametrize(("page", "most"), [(50, 10), (100, 5), (20, 25)])
async def test_500_campaigns_in_5_streams_cost_a_dozen_requests(page, most):
    plan = plan_of(launches(5, 100))
    reader = FakeReader(plan.launches, page=page)
    found = await survey(plan, reader)
    assert states(found) == {"Ready": 500}
    assert len(found.replied) == len(reader.asked) == most
    assert reader.count("status") == 0


async def test_pages_end_as_soon_as_every_launch_is_found():
    plan = plan_of(launches(1, 500)[:30])
    reader = FakeReader(launches(1, 500), page=50)
    await survey(plan, reader)
    assert len(reader.asked) == 1


async def test_what_the_list_does_not_have_is_read_by_itself_a_few_at_most():
    plan = plan_of(launches(5, 100))
    gone = {f"cd-{stream}-{number}" for stream in range(5) for number in range(40, 70)}
    reader = FakeReader(plan.launches, missing=gone)
    found = await survey(plan, reader)
    missing = {each.campaign_id for each, state in found.states.items() if state.missing}
    assert missing == gone
    assert len(reader.asked) <= 25
    assert {found.states[each.identity].reason for each in plan.launches} == {
        None,
        "HTTP 400 Bad Request: Campaign not found",
        "the stream's list of 70 campaigns does not have it",
    }


async def test_one_that_can_be_read_but_is_not_in_the_list_is_marked():
    plan = plan_of(launches(1, 10))
    reader = FakeReader(plan.launches)
    hidden = reader.campaigns["st-0"].pop("cd-0-3")

    async def read_status(launch):
        await reader._come("status", launch)
        return Reading(hidden.state, http_status=200, name="x")

    reader.read_status = read_status
    found = await survey(plan, reader)
    by_id = {each.campaign_id: state for each, state in found.states.items()}
    assert by_id["cd-0-3"] == CampaignState("Ready", name="x", unlisted=True)
    assert not by_id["cd-0-4"].unlisted


async def test_channels_of_a_stream_are_lists_of_their_own():
    plan = plan_of([*launches(1, 3), *launches(1, 3, channel="voice")])
    reader = FakeReader(plan.launches)
    found = await survey(plan, reader)
    assert reader.count("page") == 2
    assert len(found.states) == 6


async def test_a_server_without_lists_is_read_one_by_one():
    plan = plan_of(launches(2, 20))
    reader = FakeReader(plan.launches, has_list=False)
    found = await survey(plan, reader)
    assert states(found) == {"Ready": 40}
    assert (reader.count("page"), reader.count("status")) == (2, 40)


async def test_a_server_that_knows_neither_is_given_up_after_a_few():
    plan = plan_of(launches(1, 50))
    reader = FakeReader([], has_list=False)
    found = await survey(plan, reader)
    assert states(found) == {None: 50}
    assert [trouble.reason for trouble in found.troubles] == ["HTTP 404 Not Found: no message"]
    assert len(reader.asked) == 4


@pytest.mark.parametrize("status", [401, 403, 503, None])
async def test_a_stream_that_cannot_be_read_is_told_and_holds_up_no_other(status):
    plan = plan_of(launches(3, 10))
    reader = FakeReader(plan.launches)
    reader.troubles["st-1"] = [Page(reason="no", http_status=status, unauthorized=status == 401)] * 50
    found = await survey(plan, reader)
    assert states(found) == {"Ready": 20, None: 10}
    assert [(trouble.stream_id, trouble.reason) for trouble in found.troubles] == [("st-1", "no")]
    assert len(reader.asked) <= 2 + 4
    assert reader.renewed == (status == 401)


async def test_trouble_that_passes_costs_a_few_requests_more():
    plan = plan_of(launches(1, 120))
    reader = FakeReader(plan.launches)
    throttled = Page(reason="slow down", http_status=429, throttled=True, retry_after=5.0)
    broken = Page(reason="HTTP 503", http_status=503)
    refused = Page(reason="HTTP 401", http_status=401, unauthorized=True)
    reader.troubles["st-0"] = [throttled, broken, refused]
    found = await survey(plan, reader)
    assert states(found) == {"Ready": 120}
    assert len(reader.asked) == 3 + 3
    first, second = (at for _, _, at in reader.asked[:2])
    assert second - first >= 5.0


async def test_what_was_listed_before_the_trouble_is_kept():
    plan = plan_of(launches(1, 120))
    reader = FakeReader(plan.launches)
    whole = reader.read_page

    async def read_page(launch, skip, limit):
        if skip:
            await reader._come("page", launch)
            return Page(reason="HTTP 500", http_status=500)
        return await whole(launch, skip, limit)

    reader.read_page = read_page
    assert states(await survey(plan, reader)) == {"Ready": 50, None: 70}


async def test_a_list_that_repeats_its_first_page_ends():
    plan = plan_of(launches(1, 60))
    reader = FakeReader(plan.launches)
    whole = reader.read_page

    async def read_page(launch, skip, limit):
        return replace(await whole(launch, 0, limit), more=True)

    reader.read_page = read_page
    found = await survey(plan, reader)
    assert states(found) == {"Ready": 60}
    assert reader.count("page") == 2
    assert not any(state.unlisted for state in found.states.values())


@pytest.mark.parametrize("pace", ["burst", "even"])
async def test_no_window_of_the_budget_is_ever_exceeded(pace):
    budget = (Quota(6, 10.0),)
    plan = plan_of(
        [*launches(30, 2, budget=budget), *launches(4, 2, "b", budget=budget)], concurrency=50, pace=pace
    )
    reader = FakeReader(plan.launches)
    rng = Random(3)
    waits = []

    async def come(what, launch):
        reader.asked.append((what, launch.identity.account_id, anyio.current_time()))
        await anyio.sleep(rng.uniform(0.0, 3.0))

    reader._come = come
    found = await survey(plan, reader, on_wait=lambda account, seconds: waits.append((account, seconds)))
    assert states(found) == {"Ready": 68}
    times = [at for _, account, at in reader.asked if account == "a"]
    assert len(times) == 30
    assert all(sum(at <= other < at + 10.0 for other in times) <= 6 for at in times)
    assert all(seconds > 0 for _, seconds in waits)
    if pace == "burst":
        assert {account for account, _ in waits} == {"a"}


async def test_requests_of_earlier_processes_count():
    budget = (Quota(5, 60.0),)
    plan = plan_of(launches(2, 1, budget=budget))
    reader = FakeReader(plan.launches)
    lane = plan.launches[0].account.lane
    past = [PastRequest(lane, 20.0, replied=True)] * 4
    began = anyio.current_time()
    found = await survey(plan, reader, past=past)
    assert sorted(round(at - began) for _, _, at in reader.asked) == [0, 40]
    assert len(found.past_requests(anyio.current_time())) == 2
    assert {request.lane for request in found.past_requests(anyio.current_time())} == {lane}


async def test_one_account_out_of_budget_does_not_hold_up_another():
    slow = launches(3, 1, "slow", budget=(Quota(1, 600.0),))
    quick = launches(3, 1, "quick")
    plan = plan_of([*slow, *quick])
    reader = FakeReader(plan.launches)
    began = anyio.current_time()
    await survey(plan, reader)
    assert max(at for _, account, at in reader.asked if account == "quick") - began < 1.0
    assert max(at for _, account, at in reader.asked if account == "slow") - began > 1200.0
