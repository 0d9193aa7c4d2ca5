"""From a run key to its launches and the way to them, for verbs that send requests about a run."""

import argparse
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from launcher.cli import options
from launcher.cli.output import talk
from launcher.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from launcher.journal.lifecycle import LaunchRecord
    from launcher.journal.store import Journal
    from launcher.kore.client import KoreClient
    from launcher.manifest.model import Credentials, Manifest, Quota, Settings
    from launcher.plan.model import Launch


def add_manifest(parser: argparse.ArgumentParser) -> None:
    """`--manifest`."""
    parser.add_argument(
        "--manifest",
        metavar="MANIFEST",
        type=options.named,
        help="where accounts and credentials are (default: the run's own manifest)",
    )


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways to a run's launches."""

    manifest: "Manifest | None"
    trouble: str | None
    """Why there is no manifest."""

    @property
    def settings(self) -> "Settings":
        """The manifest's settings, or the defaults."""
        from launcher.manifest.model import Settings  # noqa: PLC0415  # only when used

        return Settings() if self.manifest is None else self.manifest.settings

    def to(self, record: "LaunchRecord") -> "Launch | str":
        """The launch of a record, or why it cannot be reached."""
        from launcher.reach import reach  # noqa: PLC0415  # only when used

        return self.trouble or "" if self.manifest is None else reach(self.manifest, record.planned)


def ways(arguments: argparse.Namespace, journal: "Journal") -> Ways:
    """Read the manifest that the run recorded, or that of `--manifest`; never fails."""
    from launcher.manifest.load import load_manifest  # noqa: PLC0415  # yaml, only when used

    path = arguments.manifest or next(run.manifest for run in journal.runs() if run.key == arguments.key)
    try:
        return Ways(load_manifest(path), None)
    except ManifestError as error:
        first, *more = (str(problem) for problem in error.problems)
        also = f" (and {len(more)} more)" if more else ""
        return Ways(None, f"{first}{also}; mend it, or name another with --manifest")


class Reached(Protocol):
    """Something that is to be sent requests about."""

    launch: "Launch | None"
    """None when there is no way to it."""
    reason: str | None


def tell_wait(account: str, until: float | None) -> None:
    """Say on stderr that an account's budget is waited for, and until when in local time."""
    from launcher.report.times import clock  # noqa: PLC0415  # only when it waits

    if until is None:
        talk(f"launcher: account {account}: waiting for the replies to another launcher's requests")
    else:
        at = clock(until, time.time())
        talk(f"launcher: account {account}: its request limit is used up; waiting until {at} local time")


def quotas(reached: "Sequence[Reached]") -> "dict[tuple[str, str], list[Quota]]":
    """The budgets of the launches' accounts, with the margin that a run keeps too."""
    from launcher.journal.places import with_margin  # noqa: PLC0415  # only when used

    accounts = {each.launch.account.lane: each.launch.account for each in reached if each.launch is not None}
    return {lane: with_margin(account.budget) for lane, account in accounts.items()}


def drop_unusable(client: "KoreClient", reached: "Sequence[Reached]") -> None:
    """Take the way away where credentials cannot be used; reads secrets, which may take seconds."""
    from launcher.errors import SecretError  # noqa: PLC0415  # only when used

    launches = [each.launch for each in reached if each.launch is not None]
    bad: dict[Credentials, str] = {}
    for launch in {launch.credentials: launch for launch in launches}.values():
        try:
            client.check_credentials([launch])
        except SecretError as error:
            bad[launch.credentials] = " ".join(str(error).split())
    for each in reached:
        if each.launch is not None and each.launch.credentials in bad:
            each.reason = bad[each.launch.credentials]
            each.launch = None
