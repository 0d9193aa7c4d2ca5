"""Report files, checked before anything is sent: they must be writable, and nobody else's file."""

import argparse
import os

from launcher.errors import UsageError


def check_targets(arguments: argparse.Namespace) -> None:
    """Make sure that every `--report` can be written, and overwrites neither manifest nor journal.

    Raises:
        UsageError: one cannot, or would.
    """
    from launcher.report.write import STDOUT, check_target  # noqa: PLC0415  # only when used

    for target in arguments.report:
        if target != STDOUT:
            _must_be_its_own(target, arguments)
        check_target(target)


def _must_be_its_own(target: str, arguments: argparse.Namespace) -> None:
    journal = arguments.journal or os.environ.get("LAUNCHER_JOURNAL")
    others = {"the manifest": getattr(arguments, "manifest", None), "the journal": journal}
    for what, path in others.items():
        if path and os.path.realpath(target) in {
            os.path.realpath(path + end) for end in ("", "-wal", "-shm")
        }:
            raise UsageError(
                f"--report {target}: that is {what}; give the report a file of its own", code="L005"
            )
