"""What a run is doing at this moment."""

import anyio
import pytest
from virtual_time import run_virtual

from launcher.journal.events import LaneClosed, LaneWaiting, RunHalted
from launcher.outcome import Result
from launcher.report.pulse import Pulse
from launcher.report.summary import Summary


def lane_of(account):
    return "https://platform.kore.ai", f"id-{account}"


@pytest.fixture
def watch(new_story):
    """A pulse and a story of a plan, wired as the engine does it: `watch(plan)`; `ends` by account."""

    def begin(plan, ends=None):
        story = new_story()
        summary = Summary(story.key)

        async def asked():
            return {lane_of(account): end for account, end in ends.items()}

        pulse = Pulse(summary, plan, asked if isinstance(ends, dict) else ends)

        def tell(event, tell=story.tell):
            summary.on_event(event)
            pulse.on_event(event)
            return tell(event)

        for event in story.events:
            summary.on_event(event)
        story.tell = tell
        for number, launch in enumerate(plan.launches):
            story.plan(number, account=launch.account.name, campaign=launch.identity.campaign_id)
        return story, pulse

    return begin


def by_name(pulse):
    return {account.account: account for account in pulse.accounts}


def test_counts_tell_what_is_done_on_its_way_and_queued(watch, make_plan):
    story, pulse = watch(make_plan({"acme": 5}))
    story.start(0).unknown(1).intend(2)

    (acme,) = pulse.look(story.now).accounts

    assert (acme.done, acme.planned, acme.in_doubt, acme.queued) == (2, 5, 1, 2)
    assert {result: count for result, count in acme.settled.items() if count} == {
        Result.STARTED: 1,
        Result.UNKNOWN: 1,
    }


def test_a_wait_counts_down_and_is_over_at_its_time(watch, make_plan):
    story, pulse = watch(make_plan({"acme": 2}))
    until = story.now + 41
    story.tell(LaneWaiting("acme", story.now, until, "waits for its budget", 2))

    (waiting,) = pulse.look(until - 40.5).waiting
    assert waiting.wait.describe(until - 40.5) == "waits for its budget, 41 s"
    assert waiting.wait.countdown(until - 3) == "3 s, waits for its budget"
    assert pulse.look(until).waiting == []


def test_a_wait_is_over_when_a_request_leaves(watch, make_plan):
    story, pulse = watch(make_plan({"acme": 2}))
    story.tell(LaneWaiting("acme", story.now, None, "checks with one request at a time", 2))

    assert [account.wait.describe(0) for account in pulse.look(story.now).waiting] == [
        "checks with one request at a time"
    ]
    story.intend(0)
    assert pulse.look(story.now).waiting == []


def test_a_closed_lane_waits_and_a_stopped_one_does_not(watch, make_plan):
    story, pulse = watch(make_plan({"acme": 1, "beta": 1}))
    story.tell(LaneClosed("acme", story.now, story.now + 60, "throttled by the server"))
    story.tell(LaneClosed("beta", story.now, None, "credentials refused"))

    assert [account.account for account in pulse.look(story.now).waiting] == ["acme"]


async def look_ahead(pulse, now):
    """Estimate once."""
    async with pulse.looking_ahead(lambda: now):
        pass


async def test_the_end_is_that_of_the_account_that_ends_last(watch, make_plan):
    story, pulse = watch(make_plan({"acme": 4, "beta": 1}), {"acme": 60.6, "beta": 0.3})
    await look_ahead(pulse, story.now)

    look = pulse.look(story.now)

    assert look.end == story.now + 60.6
    assert by_name(look)["beta"].end == story.now + 0.3


async def test_an_estimate_that_is_over_is_now(watch, make_plan):
    story, pulse = watch(make_plan({"acme": 400}), {"acme": 0.1})
    await look_ahead(pulse, story.now)

    assert pulse.look(story.now + 0.15).end == story.now + 0.15


def test_the_more_there_is_to_send_the_more_seldom_the_end_is_asked_for(watch, make_plan):
    async def asked_at(count):
        moments = []

        async def ends():
            moments.append(anyio.current_time())
            return {}

        _, pulse = watch(make_plan({"acme": count}), ends)
        async with pulse.looking_ahead(anyio.current_time):
            await anyio.sleep(10)
        return moments

    few, many = run_virtual(lambda: asked_at(10)), run_virtual(lambda: asked_at(4000))
    assert len(few) > 10 * len(many) > 10


def test_the_first_sight_of_a_run_does_not_wait_for_an_estimate_that_takes_long(watch, make_plan):
    async def ends():
        await anyio.sleep(60)
        return {lane_of("acme"): 60.0}

    async def glances():
        story, pulse = watch(make_plan({"acme": 1}), ends)
        began = anyio.current_time()
        async with pulse.looking_ahead(lambda: story.now):
            waited = anyio.current_time() - began
            first = pulse.look(story.now).end
            await anyio.sleep(60)
            return waited, first, pulse.look(story.now).end - story.now

    waited, first, later = run_virtual(glances)
    assert waited < 1
    assert (first, later) == (None, 60.0)


async def test_an_estimate_that_fails_ends_nothing(watch, make_plan):
    async def ends():
        raise ZeroDivisionError

    story, pulse = watch(make_plan({"acme": 1}), ends)
    await look_ahead(pulse, story.now)

    assert pulse.look(story.now).end is None


def test_without_anybody_to_ask_there_is_no_end(watch, make_plan):
    story, pulse = watch(make_plan({"acme": 1}))

    assert pulse.look(story.now).end is None


async def test_nothing_left_to_send_has_no_estimate(watch, make_plan):
    story, pulse = watch(make_plan({"acme": 1}), {"acme": 5.0})
    await look_ahead(pulse, story.now)
    assert pulse.look(story.now).end is not None
    story.doubt(0)

    assert pulse.look(story.now).end is None


def test_the_account_that_takes_longest_comes_first(watch, make_plan):
    story, pulse = watch(make_plan({"quick": 3, "slow": 200, "done": 1}), {"quick": 0.3, "slow": 180.0})
    story.start(203)

    assert [account.account for account in pulse.look(story.now).accounts] == ["slow", "quick", "done"]


async def test_two_names_of_one_account_share_waits_and_estimates(watch, make_plan):
    plan = make_plan({"acme": 60, "again": 60})
    shared = plan.launches[0].identity.account_id
    moved = [launch.__class__(
        launch.identity._replace(account_id=shared), launch.account, None, None, (), launch.credentials
    ) for launch in plan.launches]  # fmt: skip
    plan = plan.__class__(plan.name, "m", "", plan.settings, tuple(moved))
    story, pulse = watch(plan, {"acme": 90.6})
    story.tell(LaneWaiting("acme", story.now, story.now + 30, "waits for its budget", 120))

    await look_ahead(pulse, story.now - 1)
    look = pulse.look(story.now - 1)

    assert [account.account for account in look.waiting] == ["acme", "again"]
    assert {account.end for account in look.accounts} == {story.now - 1 + 90.6}


def test_a_halt_is_told(watch, make_plan):
    story, pulse = watch(make_plan({"acme": 1}))
    story.tell(RunHalted(story.now, "5 of 60\x1b[2J launches unknown"))

    assert pulse.look(story.now).halted == "5 of 60\\x1b[2J launches unknown"


def test_accounts_of_an_earlier_manifest_do_not_disturb(watch, make_plan):
    story, pulse = watch(make_plan({"acme": 1}), {"acme": 5.0})
    story.plan(7, account="gone").throttle(7)

    assert by_name(pulse.look(story.now))["gone"].end is None
