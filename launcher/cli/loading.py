"""From a manifest's file straight to its plan."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from launcher.manifest.model import Manifest
    from launcher.plan.model import Plan


def load_plan(path: str) -> "tuple[Plan, Manifest]":
    """The plan, and the manifest without its campaigns: beside their launches they would double the room.

    Raises:
        ManifestError: the manifest has problems.
    """
    from launcher.manifest.load import load_campaigns  # noqa: PLC0415  # yaml, only when used
    from launcher.plan.build import launches_of, plan_of  # noqa: PLC0415  # see above

    manifest, launches = load_campaigns(path, launches_of)
    return plan_of(manifest, launches), manifest
