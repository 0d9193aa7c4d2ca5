"""Errors an operator can cause or must know of: one line each, never a traceback.

`launcher.cli.exit_codes` is the one table from these to exit codes; `launcher.error_codes` explains codes.
"""

OUTPUT = "L051"
"""The code of a standard output that takes no more."""
INTERNAL = "L090"
"""The code of a defect."""


class LauncherError(Exception):
    """Base of all expected errors; `str()` is the one line that the operator reads, without its code.

    `code` says more exactly what is wrong than the class does; one that `launcher.error_codes` explains.
    """

    code = INTERNAL

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class UsageError(LauncherError):
    """The command line asks for something that cannot be done; nothing was sent."""

    code = "L001"


class ManifestError(LauncherError):
    """The manifest has problems; each is one line with its position. Nothing was sent."""

    code = "L010"

    def __init__(self, problems: tuple[object, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class SecretError(LauncherError):
    """A secret reference (environment, file, command) could not be read; nothing was sent with it."""

    code = "L020"


class RefusedError(LauncherError):
    """The run was refused before anything was sent: lock, confirmation, empty selection."""

    code = "L030"


class JournalError(LauncherError):
    """The journal cannot be opened, read or written; no start is sent without it."""

    code = "L040"


def coded(line: str, code: str) -> str:
    """The line that an operator reads, with its code at the end: `… [L012]`."""
    return f"{line} [{code}]"


def is_interrupt(error: BaseException | None) -> bool:
    """Whether a signal is behind it: Python itself wraps a KeyboardInterrupt in the middle of an import."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__
    return error is not None
