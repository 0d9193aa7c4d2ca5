"""`launcher sandbox`: serve the stand-in for the API on loopback."""

import argparse
import signal
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from launcher.cli import options
from launcher.cli.exit_codes import ExitCode
from launcher.cli.loading import load_plan
from launcher.cli.output import talk

if TYPE_CHECKING:
    from launcher.sandbox.config import CampaignSeed


def add_parser(verbs: options.Verbs) -> None:
    """Add the verb."""
    parser = options.add_verb(
        verbs,
        "sandbox",
        sandbox,
        "serve a stand-in for the campaign API on this machine, with faults if you like",
        "examples:\n  launcher sandbox --port 8080\n"
        "  launcher sandbox --port 8080 --manifest campaigns.yaml\n"
        "  launcher sandbox --port 8080 --faults faults --seed 7\n"
        "\nThen, in a manifest: host: http://127.0.0.1:8080",
    )
    parser.add_argument(
        "--port", metavar="N", type=options.port, default=0, help="the port (default: a free one)"
    )
    parser.add_argument(
        "--manifest",
        metavar="MANIFEST",
        type=options.named,
        help="know the campaigns of this manifest, with their names, and no others "
        "(default: whatever is asked for exists, and has no name)",
    )
    parser.add_argument(
        "--faults",
        metavar="SCENARIO",
        type=options.named,
        default="none",
        help="a scenario such as demo or faults, or rules; see docs/sandbox.md (default: none)",
    )
    parser.add_argument(
        "--seed", metavar="N", type=options.whole, default=0, help="what the faults follow from (default: 0)"
    )
    parser.add_argument(
        "--latency",
        metavar="SECONDS",
        type=options.seconds,
        default=0.0,
        help="before every reply (default: 0)",
    )
    parser.add_argument("--retry-after", action="store_true", help="send Retry-After with a 429")


def sandbox(arguments: argparse.Namespace) -> int:
    """Serve until SIGINT, SIGTERM or SIGHUP; the ledger's totals at the end."""
    import anyio  # noqa: PLC0415  # the event loop, only when used

    anyio.run(_serve, arguments)
    return ExitCode.OK


async def _serve(arguments: argparse.Namespace) -> None:
    import anyio  # noqa: PLC0415  # see sandbox

    from launcher.sandbox.config import SandboxConfig  # noqa: PLC0415  # aiohttp, only when used
    from launcher.sandbox.serve import serve  # noqa: PLC0415  # aiohttp, only when used

    config = SandboxConfig(
        seed=arguments.seed,
        faults=arguments.faults,
        latency=arguments.latency,
        retry_after=arguments.retry_after,
        campaigns=None if arguments.manifest is None else _campaigns(arguments.manifest),
    )
    ending = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    heeded = [each for each in ending if signal.getsignal(each) is not signal.SIG_IGN]
    with anyio.open_signal_receiver(*heeded) as signals:
        await serve(config, arguments.port, talk, _FirstSignal(signals))


def _campaigns(manifest: str) -> "list[CampaignSeed]":
    """Those of a manifest; its secrets are not read."""
    from launcher.rehearse import ready_seeds  # noqa: PLC0415  # aiohttp, only when used

    plan, _ = load_plan(manifest)
    return ready_seeds(plan)


class _FirstSignal:
    """What ends the serving."""

    def __init__(self, signals: AsyncIterator[signal.Signals]) -> None:
        self._signals = signals

    async def wait(self) -> object:
        """Return when a signal came."""
        return await anext(self._signals)
