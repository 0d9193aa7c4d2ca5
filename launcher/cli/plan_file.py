"""Plans on disk: `plan --out FILE` writes one, `run FILE` starts exactly that."""

import argparse
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.cli.output import talk
from launcher.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from launcher.plan.live import LivePlan
    from launcher.plan.model import Plan
    from launcher.plan.saved import SavedPlan

_LARGEST = 200_000_000
"""Bytes: half a million launches."""


def check_out(arguments: argparse.Namespace) -> None:
    """Make sure that `--out` can be written, and is nobody else's file.

    Raises:
        UsageError: it cannot, or is the manifest.
    """
    if not arguments.out:
        return
    if os.path.realpath(arguments.out) == os.path.realpath(arguments.manifest):
        raise UsageError(
            f"--out {arguments.out}: that is the manifest; give the plan a file of its own", code="L005"
        )
    folder = Path(arguments.out).absolute().parent
    if not os.access(folder, os.W_OK | os.X_OK) or Path(arguments.out).is_dir():
        raise UsageError(
            f"--out {arguments.out}: cannot be written; name a file in a folder of yours", code="L005"
        )


def write(plan: "Plan", live: "LivePlan | None", key: str, arguments: argparse.Namespace) -> None:
    """Save the plan, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    import time  # noqa: PLC0415  # only here

    from launcher.journal.utc import stamp  # noqa: PLC0415  # only here
    from launcher.plan.saved import saved  # noqa: PLC0415  # only here

    found = None if live is None else live.launches
    rehearsed = live is not None and live.rehearsed
    made = saved(_located(plan), key=key, made_at=stamp(time.time()), live=found, sandbox=rehearsed)
    _replace(Path(arguments.out), made.text())
    left = len(plan.launches) - len(made.launches)
    talk(f"{arguments.out}: {len(made.launches):,} launches" + (f"; left out: {left:,}" if left else ""))


def _located(plan: "Plan") -> "Plan":
    from dataclasses import replace  # noqa: PLC0415  # only here

    return replace(plan, manifest_path=str(Path(plan.manifest_path).absolute()))


def _replace(path: Path, text: str) -> None:
    """A reader, or a crash, sees the old file or the new one."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123  # a descriptor
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def read(arguments: argparse.Namespace) -> "SavedPlan | None":
    """The saved plan that stands where the manifest would; None when it is a manifest.

    Raises:
        UsageError: it is damaged, or an option does not go with it.
        RefusedError: it was made of the sandbox, and the run is for real.
    """
    from launcher.plan.saved import read_saved  # noqa: PLC0415  # only here

    text = _text(Path(arguments.manifest))
    plan = None if text is None else read_saved(text, arguments.manifest)
    if plan is None:
        return None
    if arguments.select or arguments.exclude:
        raise UsageError("a saved plan is started as it is; give --select and --exclude to `launcher plan`")
    if plan.sandbox and arguments.sandbox is None:
        raise RefusedError(
            f"{arguments.manifest} was made of the sandbox's campaigns; "
            "make it again without --sandbox, nothing was sent",
            code="L036",
        )
    arguments.key = arguments.key or plan.key
    return plan


def _text(path: Path) -> str | None:
    """What the file holds, when it begins as JSON; of all else the manifest's loader tells what is wrong."""
    try:
        with path.open("rb") as file:
            start = file.read(1)
            if start != b"{":
                return None
            return (start + file.read(_LARGEST)).decode("utf-8", "replace")
    except (OSError, ValueError):
        return None
