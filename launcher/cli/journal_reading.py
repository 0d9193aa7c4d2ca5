"""Opening the journal for verbs that only read it."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from launcher.journal.store import Journal


def open_journal(arguments: argparse.Namespace, patience: float | None = None) -> "Journal":
    """The journal that `--journal` names, or the default one.

    `patience`: seconds to wait for another process that keeps it locked; None: as long as a run does.

    Raises:
        JournalError: it is not there, or cannot be used.
    """
    from launcher.journal.location import default_path  # noqa: PLC0415  # see above
    from launcher.journal.store import PATIENCE, Journal  # noqa: PLC0415  # sqlite3, only when used

    path = Path(arguments.journal) if arguments.journal else default_path()
    return Journal.open(path, must_exist=True, patience=PATIENCE if patience is None else patience)
