"""What every `Api` promises the engine: the fake and the real client against the sandbox pass the same suite.

A bench knows the truth (how often a campaign really started) that the port only reports.
"""

import time
from contextlib import AsyncExitStack

import anyio
import pytest
from fakes.api import FakeApi
from fakes.launches import CAMPAIGN_ID, CLIENT_ID, make_credentials, make_launch

from launcher.kore.client import KoreClient
from launcher.manifest.secrets import Environment, Inline, Secret
from launcher.outcome import OutcomeKind
from launcher.sandbox.config import CampaignSeed, SandboxConfig
from launcher.sandbox.server import Sandbox

TIMEOUT = 1.0  # seconds: long for loopback, also on a machine that is busy with other tests
SECRET = "the sandbox's own secret, 32 bytes and more"
# Read by nobody: against the sandbox the manifest's secrets stay where they are.
UNREADABLE = make_credentials(client_secret=Secret(Environment("NO_SUCH_SECRET")))
LAUNCH = make_launch(credentials=UNREADABLE)


class FakeBench:
    """The fake, in place of the whole network."""

    def __init__(
        self, faults=(), *, reads=(), limit=None, on_active=200, exists=True, reachable=True, named=""
    ):
        self.api = FakeApi(
            script={CAMPAIGN_ID: list(faults)},
            read_script={CAMPAIGN_ID: list(reads)},
            timeout=TIMEOUT,
            limit=limit,
            on_active=on_active,
            unknown=frozenset() if exists else frozenset({CAMPAIGN_ID}),
            reachable=reachable,
        )

    async def __aenter__(self):
        self.api.epoch = time.time() - anyio.current_time()
        return self

    async def __aexit__(self, *exc):
        pass

    @property
    def starts(self):
        return self.api.starts[CAMPAIGN_ID]

    @property
    def requests(self):
        return len(self.api.calls)


class SandboxBench:
    """The real client, over a socket, against the sandbox.

    `named`: the channel of the one campaign that there is then, with a name; otherwise any id is one.
    """

    def __init__(
        self,
        faults=(),
        *,
        reads=(),
        limit=None,
        on_active=200,
        exists=True,
        reachable=True,
        named="",
    ):
        rules = [*faults, *(f"status/{fault}" for fault in reads)]
        identity = LAUNCH.identity
        ids = identity.account_id, identity.stream_id
        seeds = [CampaignSeed(*ids, identity.campaign_id, named, f"name of {identity.campaign_id}")]
        only = seeds if named else None if exists else [CampaignSeed(*ids, "cd-other")]
        self._sandbox = Sandbox(
            SandboxConfig(
                faults=",".join(rules) or "none",
                budget=[limit or (1000, 60.0)],
                on_active=on_active,
                campaigns=only,
                secrets={CLIENT_ID: SECRET},
            )
        )
        self._reachable = reachable

    async def __aenter__(self):
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._sandbox)
            url = self._sandbox.url
            self.api = await stack.enter_async_context(
                KoreClient(
                    timeout=TIMEOUT,
                    concurrency=8,
                    clock=time.time,
                    base_url_override=url if self._reachable else "http://127.0.0.1:1",
                    secret_override=Secret(Inline(SECRET)),
                )
            )
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exc):
        await self._stack.aclose()

    @property
    def starts(self):
        return self._sandbox.ledger().starts_of(CAMPAIGN_ID)

    @property
    def requests(self):
        return self._sandbox.ledger().requests


@pytest.fixture(params=[FakeBench, SandboxBench], ids=["fake", "client"])
def make_bench(request):
    return request.param


@pytest.mark.parametrize("channel", ["sms", "voice"])
async def test_a_start_is_accepted_and_shows_in_the_state(make_bench, channel):
    launch = make_launch(channel=channel, credentials=UNREADABLE)
    async with make_bench() as bench:
        assert (await bench.api.read_status(launch)).state == "Ready"
        outcome = await bench.api.start(launch)
        assert (outcome.kind, outcome.reason, outcome.http_status) == (OutcomeKind.ACCEPTED, None, 200)
        assert "Active" in outcome.evidence
        assert (await bench.api.read_status(launch)).state == "Active"
        assert (bench.starts, bench.requests) == (1, 3)


@pytest.mark.parametrize("channel", ["sms", "voice"])
async def test_details_tell_when_the_campaign_last_changed(make_bench, channel):
    launch = make_launch(channel=channel, credentials=UNREADABLE)
    async with make_bench(named=channel) as bench:
        before = time.time()
        await bench.api.start(launch)
        reading = await bench.api.read_details(launch)
    assert (reading.state, reading.reason, reading.http_status) == ("Active", None, 200)
    assert before - 0.002 <= reading.updated_at <= time.time()  # the API writes whole milliseconds
    assert abs(reading.clock_skew) < 2
    assert reading.name == f"name of {launch.identity.campaign_id}"


@pytest.mark.parametrize("channel", ["sms", "voice"])
async def test_a_stop_is_accepted_when_the_campaign_is_stopped(make_bench, channel):
    launch = make_launch(channel=channel, credentials=UNREADABLE)
    async with make_bench() as bench:
        await bench.api.start(launch)
        outcome = await bench.api.stop(launch)
        assert outcome.kind is OutcomeKind.ACCEPTED
        assert "Stopped" in outcome.evidence
        assert (await bench.api.read_status(launch)).state == "Stopped"


async def test_a_stop_of_what_does_not_run_is_refused(make_bench):
    async with make_bench() as bench:
        outcome = await bench.api.stop(LAUNCH)
    assert outcome.kind is OutcomeKind.REFUSED
    assert outcome.reason


@pytest.mark.parametrize(
    ("fault", "kind", "starts"),
    [
        ("429", OutcomeKind.THROTTLED, 0),
        ("429-seconds", OutcomeKind.THROTTLED, 0),
        ("limit-text-200", OutcomeKind.THROTTLED, 0),
        ("400", OutcomeKind.REFUSED, 0),
        ("401", OutcomeKind.REFUSED, 0),
        ("404", OutcomeKind.REFUSED, 0),
        ("says-failed", OutcomeKind.REFUSED, 0),
        ("redirect", OutcomeKind.REFUSED, 0),
        ("5xx-before", OutcomeKind.IN_DOUBT, 0),
        ("5xx-after", OutcomeKind.IN_DOUBT, 1),
        ("empty-after", OutcomeKind.IN_DOUBT, 1),
        ("truncated-after", OutcomeKind.IN_DOUBT, 1),
        ("reset-before", OutcomeKind.IN_DOUBT, 0),
        ("reset-after", OutcomeKind.IN_DOUBT, 1),
        ("hang-before", OutcomeKind.IN_DOUBT, 0),
        ("hang-after", OutcomeKind.IN_DOUBT, 1),
    ],
)
async def test_a_fault_is_told_for_what_it_is_and_the_request_is_not_repeated(
    make_bench, fault, kind, starts
):
    async with make_bench([fault]) as bench:
        outcome = await bench.api.start(LAUNCH)
        assert outcome.kind is kind
        assert outcome.reason
        assert (bench.starts, bench.requests) == (starts, 1)
        assert (await bench.api.read_status(LAUNCH)).state == ("Active" if starts else "Ready")


async def test_after_what_proves_that_nothing_started_the_next_start_starts_once(make_bench):
    async with make_bench(["429", "401", "5xx-before", "reset-before"]) as bench:
        kinds = [(await bench.api.start(LAUNCH)).kind for _ in range(5)]
        assert kinds[-1] is OutcomeKind.ACCEPTED
        assert OutcomeKind.ACCEPTED not in kinds[:-1]
        assert bench.starts == 1


async def test_an_expired_token_is_marked_and_can_be_renewed(make_bench):
    async with make_bench(["401"]) as bench:
        assert (await bench.api.start(LAUNCH)).unauthorized
        bench.api.renew_token(LAUNCH)
        assert (await bench.api.start(LAUNCH)).kind is OutcomeKind.ACCEPTED


async def test_the_wait_that_the_server_asks_for_is_told(make_bench):
    async with make_bench(["429-seconds"]) as bench:
        assert (await bench.api.start(LAUNCH)).retry_after == 2.0


async def test_the_requests_of_an_account_share_its_budget(make_bench):
    other = make_launch(credentials=UNREADABLE, account_id="6f777ce93e25326494e9bbbb", campaign="cd-other")
    async with make_bench(limit=(2, 60.0)) as bench:
        await bench.api.read_status(LAUNCH)
        assert (await bench.api.start(LAUNCH)).kind is OutcomeKind.ACCEPTED
        assert (await bench.api.start(LAUNCH)).kind is OutcomeKind.THROTTLED
        assert (await bench.api.read_details(LAUNCH)).throttled
        assert (await bench.api.start(other)).kind is OutcomeKind.ACCEPTED
        assert bench.starts == 1


async def test_a_refusal_says_when_the_campaign_is_active_already(make_bench):
    async with make_bench(on_active=409) as bench:
        await bench.api.start(LAUNCH)
        outcome = await bench.api.start(LAUNCH)
        assert (outcome.kind, outcome.already_active) == (OutcomeKind.REFUSED, True)
        assert bench.starts == 1


async def test_a_campaign_that_does_not_exist_is_refused_and_unreadable(make_bench):
    async with make_bench(exists=False) as bench:
        outcome = await bench.api.start(LAUNCH)
        reading = await bench.api.read_status(LAUNCH)
    assert (outcome.kind, outcome.already_active, outcome.unauthorized) == (OutcomeKind.REFUSED, False, False)
    assert reading.state is None
    assert reading.reason


@pytest.mark.parametrize(
    ("fault", "throttled", "unauthorized"),
    [
        ("5xx-before", False, False),
        ("reset-before", False, False),
        ("429", True, False),
        ("401", False, True),
    ],
)
async def test_a_read_that_fails_has_a_reason_and_the_next_one_may_work(
    make_bench, fault, throttled, unauthorized
):
    async with make_bench(reads=[fault]) as bench:
        reading = await bench.api.read_status(LAUNCH)
        assert (reading.state, reading.throttled, reading.unauthorized) == (None, throttled, unauthorized)
        assert reading.reason
        assert (await bench.api.read_status(LAUNCH)).state == "Ready"


async def test_a_host_that_is_not_there_leaves_a_start_unsent_and_a_state_unreadable(make_bench):
    async with make_bench(reachable=False) as bench:
        outcome = await bench.api.start(LAUNCH)
        reading = await bench.api.read_details(LAUNCH)
        assert (outcome.kind, outcome.http_status, bench.starts) == (OutcomeKind.UNSENT, None, 0)
        assert (reading.state, reading.http_status) == (None, None)
    assert outcome.reason
    assert reading.reason


async def test_a_hanging_start_holds_up_no_other_request(make_bench):
    ended = []

    async def call(name, request):
        await request(LAUNCH)
        ended.append(name)

    async with make_bench(["hang-after"]) as bench, anyio.create_task_group() as group:
        group.start_soon(call, "start", bench.api.start)
        group.start_soon(call, "read", bench.api.read_status)
    assert ended == ["read", "start"]
