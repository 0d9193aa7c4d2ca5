"""The API client of a rehearsal: everything goes to a sandbox in this process, whatever the hosts say."""

import time
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import replace

from launcher.kore.client import KoreClient
from launcher.manifest.secrets import Inline, Secret
from launcher.plan.model import Launch, Plan
from launcher.sandbox.config import CampaignSeed, SandboxConfig
from launcher.sandbox.ledger import Ledger
from launcher.sandbox.server import Sandbox

_SECRET = "no-secret-but-long-enough-to-sign-with"  # noqa: S105  # signs the rehearsal's tokens; real secrets are not read for it
_LATENCY = (0.02, 0.15)


async def sandbox_client(
    stack: AsyncExitStack, plan: Plan, scenario: str, seeds: Iterable[CampaignSeed] | None = None
) -> tuple[KoreClient, Callable[[], Ledger]]:
    """A client of a sandbox that knows the plan's campaigns, and the sandbox's books; both end with `stack`.

    `seeds`: the campaigns as they are found; None: all of the plan, ready to be started.

    Raises:
        UsageError: there is no such scenario.
    """
    config = SandboxConfig(
        faults=scenario or "none",
        latency=_LATENCY,
        secrets={launch.credentials.client_id: _SECRET for launch in plan.launches},
        campaigns=list(ready_seeds(plan) if seeds is None else seeds),
    )
    sandbox = await stack.enter_async_context(Sandbox(config))
    client = KoreClient(
        timeout=plan.settings.timeout,
        concurrency=plan.settings.concurrency,
        clock=time.time,
        base_url_override=sandbox.url,
        secret_override=Secret(Inline(_SECRET)),
    )
    return await stack.enter_async_context(client), sandbox.ledger


def seeds_in_states(states: Iterable[tuple[Launch, str | None]]) -> list[CampaignSeed]:
    """Campaigns that are found in these states; one without a state does not exist."""
    return [replace(_seed(launch), status=state) for launch, state in states if state is not None]


def ready_seeds(plan: Plan) -> list[CampaignSeed]:
    """The plan's campaigns with their names, ready to be started."""
    return [_seed(launch) for launch in plan.launches]


def mixed_seeds(plan: Plan) -> list[CampaignSeed]:
    """Campaigns of which some are not as one would wish: what a look at real accounts may find."""
    seeds: list[CampaignSeed] = []
    for place, launch in enumerate(plan.launches):
        seed = replace(_seed(launch), status=_STATES[place % len(_STATES)])
        match place % len(_STATES):
            case 5:
                continue  # it does not exist
            case 8:
                seed = replace(seed, name="Somebody else's campaign")
            case 12 | 13:
                seed = replace(seed, contact_lists=("Everybody",))
        seeds.append(seed)
    return seeds


_STATES = (
    *("Ready", "Ready", "Completed", "Active", "Ready", "Ready", "Scheduled", "Ready"),
    *("Ready", "Stopped", "Ready", "Paused", "Ready", "Ready", "Ready", "Ready"),
)


def _seed(launch: Launch) -> CampaignSeed:
    identity = launch.identity
    return CampaignSeed(
        identity.account_id,
        identity.stream_id,
        identity.campaign_id,
        "voice" if identity.channel == "voice" else "sms",
        launch.name,
    )
