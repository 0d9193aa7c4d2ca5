"""Commands that the launcher tells people to type, whole: pasted anywhere, they mean this run and no other.

A command that forgot its journal or its key would begin another run, and start everything again.
"""

import argparse
import os
import shlex
from pathlib import Path

from launcher.report.plain import plain


def continue_run(
    arguments: argparse.Namespace, key: str, manifest: str, *, held: bool = False, ordered: bool = False
) -> str:
    """The command that continues the run `key` as these `arguments` of any verb would.

    `held`: at a gate between waves, which it opens. `ordered`: after `launcher stop`, on purpose.
    """
    words = ["launcher", "run", manifest or "MANIFEST", "--key", key, *_journal(arguments)]
    words += ["--continue"] if held or ordered else []
    words += ["--reason", "WHY"] if ordered else []
    sandbox = getattr(arguments, "sandbox", None)
    if sandbox is not None:
        words.append(f"--sandbox={sandbox}" if sandbox else "--sandbox")
    if (share := getattr(arguments, "share", 1.0)) != 1.0:
        words += ["--share", f"{share * 100:g}%"]
    if concurrency := getattr(arguments, "concurrency", None):
        words += ["--concurrency", str(concurrency)]
    return _joined([*words, *_selection(arguments)])


def first_run(manifest: str, arguments: argparse.Namespace) -> str:
    """The command that starts for real what these `arguments` rehearsed, and no more than that."""
    return _joined(["launcher", "run", manifest, *_selection(arguments)])


def of_run(verb: str, key: str, arguments: argparse.Namespace, *options: str) -> str:
    """The command that does something else with the run: `reconcile`, `report`."""
    return _joined(["launcher", verb, key, *options, *_journal(arguments)])


def _selection(arguments: argparse.Namespace) -> list[str]:
    return [
        word
        for option in ("select", "exclude")
        for expression in getattr(arguments, option, ())
        for word in (f"--{option}", expression)
    ]


def _journal(arguments: argparse.Namespace) -> list[str]:
    """Absolute, and also when it comes from the environment: the next terminal may have another one."""
    journal = arguments.journal or os.environ.get("LAUNCHER_JOURNAL", "")
    return ["--journal", str(Path(journal).expanduser().absolute())] if journal else []


def _joined(words: list[str]) -> str:
    return shlex.join(plain(word) for word in words)
