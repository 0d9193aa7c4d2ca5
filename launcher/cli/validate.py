"""`launcher validate M`: every problem of a manifest at once; sends nothing."""

import argparse
import json
import sys
from typing import TYPE_CHECKING

from launcher.cli import options
from launcher.cli.exit_codes import ExitCode
from launcher.cli.output import say, warn
from launcher.errors import ManifestError, RefusedError
from launcher.report.plain import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from launcher.manifest.model import CampaignEntry, Manifest


def add_parser(verbs: options.Verbs) -> None:
    """Add the verb."""
    parser = options.add_verb(
        verbs,
        "validate",
        validate,
        "check a manifest: every problem at once, nothing is sent",
        "example:\n  launcher validate campaigns.yaml",
    )
    options.add_manifest(parser)
    options.add_json(parser, "the problems")


def validate(arguments: argparse.Namespace) -> int:
    """Load the manifest; problems go to stderr, or as JSON to stdout."""
    from launcher.manifest.load import load_campaigns  # noqa: PLC0415  # yaml, only when used
    from launcher.manifest.lookalikes import lookalikes  # noqa: PLC0415  # only here
    from launcher.plan.expect import unexpected  # noqa: PLC0415  # only here

    try:
        manifest, accounts = load_campaigns(arguments.manifest, accounts_of)
    except ManifestError as error:
        if not arguments.json:
            raise
        json.dump({"valid": False, "problems": [str(problem) for problem in error.problems]}, sys.stdout)
        say("")
        return ExitCode.USAGE
    if (sentence := unexpected(manifest, accounts)) is not None:
        if not arguments.json:
            raise RefusedError(f"{sentence}; a run would be refused", code="L038")
        say(json.dumps({"valid": False, "problems": [sentence]}))
        return ExitCode.REFUSED
    warnings = lookalikes(manifest)
    counts = {"campaigns": len(accounts), "accounts": len(manifest.accounts)}
    if arguments.json:
        say(json.dumps({"valid": True, "problems": [], "warnings": warnings, **counts}))
    else:
        warn(warnings)
        told = ", ".join(_counted(number, what) for what, number in counts.items())
        say(f"{plain(manifest.path)}: valid; {told}")
    return ExitCode.OK


def accounts_of(_: "Manifest", campaigns: "Iterable[CampaignEntry]") -> list[str]:
    """The account of every campaign, which is all that counting them needs."""
    return [entry.account for entry in campaigns]


def _counted(number: int, what: str) -> str:
    """`1 campaign`, `2 campaigns`."""
    return f"{number} {what.removesuffix('s') if number == 1 else what}"
