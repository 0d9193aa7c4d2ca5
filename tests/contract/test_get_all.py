"""Get-all: the client that sends it and the sandbox that answers it share no code, and agree."""

import time

import pytest
from fakes.journal import plan_of
from fakes.launches import make_launch

from launcher.kore.client import KoreClient
from launcher.manifest.secrets import Inline, Secret
from launcher.sandbox.config import CampaignSeed, SandboxConfig
from launcher.sandbox.server import Sandbox
from launcher.survey import survey

SECRET = "no-secret-but-long-enough-to-sign-with"


def launches(count, channel="sms"):
    return [make_launch(campaign=f"cd-{channel}-{number}", channel=channel) for number in range(count)]


def seed(launch, **changes):
    identity = launch.identity
    return CampaignSeed(
        identity.account_id, identity.stream_id, identity.campaign_id, identity.channel, **changes
    )


@pytest.fixture
def look():
    """Survey launches in a sandbox with these campaigns; what was found, and the sandbox's books."""

    async def run(wanted, seeds, **config):
        config = SandboxConfig(campaigns=seeds, **config)
        async with Sandbox(config) as sandbox:
            client = KoreClient(
                timeout=5.0,
                concurrency=8,
                clock=time.time,
                base_url_override=sandbox.url,
                secret_override=Secret(Inline(SECRET)),
            )
            async with client:
                found = await survey(plan_of(wanted), client)
            return found, sandbox.ledger()

    return run


@pytest.mark.parametrize("max_page", [7, 50, 1000])
async def test_every_page_is_found_however_few_the_server_gives(look, max_page):
    sms = launches(120)
    found, ledger = await look(sms[5:], [seed(each) for each in sms], max_page=max_page)
    assert {state.state for state in found.states.values()} == {"Ready"}
    assert ledger.requests == -(-115 // min(max_page, 100))
    assert ledger.requests == len(found.replied)


async def test_each_channel_has_its_own_entries(look):
    both = launches(3) + launches(3, "voice")
    found, ledger = await look(both, [seed(each) for each in both])
    assert {state.state for state in found.states.values()} == {"Ready"}
    assert ledger.requests == 2


async def test_names_states_and_contact_lists_come_through(look):
    (launch,) = launches(1)
    found, _ = await look([launch], [seed(launch, name="Renewal", status="Paused", contact_lists=("a", "b"))])
    (state,) = found.states.values()
    assert (state.state, state.name, state.contact_lists) == ("Paused", "Renewal", ("a", "b"))


async def test_a_campaign_of_the_other_channel_is_read_and_marked(look):
    (launch,) = launches(1)
    voice = make_launch(campaign="cd-sms-0", channel="voice")
    found, _ = await look([voice], [seed(launch)])
    assert found.states[voice.identity].unlisted


async def test_what_does_not_exist_is_missing(look):
    wanted = launches(30)
    found, ledger = await look(wanted, [seed(each) for each in wanted[:10]], unknown_campaign=404)
    assert [state.missing for state in found.states.values()].count(True) == 20
    assert ledger.requests == 1 + 3


async def test_a_throttled_list_is_asked_for_again(look):
    (launch,) = launches(1)
    found, ledger = await look([launch], [seed(launch)], faults="list/429-seconds@1")
    assert found.states[launch.identity].state == "Ready"
    assert ledger.requests == 2
