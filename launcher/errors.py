"""Errors an operator can cause or must know of: one line each, never a traceback.

`launcher.cli.exit_codes` is the one table from these to exit codes.
"""


class LauncherError(Exception):
    """Base of all expected errors; `str()` is the one line that the operator reads."""


class UsageError(LauncherError):
    """The command line asks for something that cannot be done; nothing was sent."""


class ManifestError(LauncherError):
    """The manifest has problems; each is one line with its position. Nothing was sent."""

    def __init__(self, problems: tuple[object, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class SecretError(LauncherError):
    """A secret reference (environment, file, command) could not be read; nothing was sent with it."""


class RefusedError(LauncherError):
    """The run was refused before anything was sent: lock, confirmation, empty selection."""


class JournalError(LauncherError):
    """The journal cannot be opened, read or written; no start is sent without it."""
