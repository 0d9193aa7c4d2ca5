"""The API client of a rehearsal: everything goes to a sandbox in this process, whatever the hosts say."""

import time
from collections.abc import Callable
from contextlib import AsyncExitStack

from launcher.kore.client import KoreClient
from launcher.manifest.secrets import Inline, Secret
from launcher.plan.model import Launch, Plan
from launcher.sandbox.config import CampaignSeed, SandboxConfig
from launcher.sandbox.ledger import Ledger
from launcher.sandbox.server import Sandbox

_SECRET = "no-secret-but-long-enough-to-sign-with"  # noqa: S105  # signs the rehearsal's tokens; real secrets are not read for it
_LATENCY = (0.02, 0.15)


async def sandbox_client(
    stack: AsyncExitStack, plan: Plan, scenario: str
) -> tuple[KoreClient, Callable[[], Ledger]]:
    """A client of a sandbox that knows the plan's campaigns, and the sandbox's books; both end with `stack`.

    Raises:
        UsageError: there is no such scenario.
    """
    config = SandboxConfig(
        faults=scenario or "none",
        latency=_LATENCY,
        secrets={launch.credentials.client_id: _SECRET for launch in plan.launches},
        campaigns=[_seed(launch) for launch in plan.launches],
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


def _seed(launch: Launch) -> CampaignSeed:
    identity = launch.identity
    return CampaignSeed(
        identity.account_id,
        identity.stream_id,
        identity.campaign_id,
        "voice" if identity.channel == "voice" else "sms",
        launch.name,
    )
