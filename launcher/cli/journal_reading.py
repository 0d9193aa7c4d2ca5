"""Opening the journal for verbs that only read it."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from launcher.journal.store import Journal


def open_journal(arguments: argparse.Namespace) -> "Journal":
    """The journal that `--journal` names, or the default one.

    Raises:
        JournalError: it is not there, or cannot be used.
    """
    from launcher.errors import JournalError  # noqa: PLC0415  # see above
    from launcher.journal.location import default_path  # noqa: PLC0415  # see above
    from launcher.journal.store import Journal  # noqa: PLC0415  # sqlite3, only when used

    path = Path(arguments.journal) if arguments.journal else default_path()
    if not path.exists():
        raise JournalError(f"there is no journal at {path}; give --journal FILE")
    return Journal.open(path)
