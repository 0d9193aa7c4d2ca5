"""Start many Kore.ai campaigns at the pace each account allows, never one of them twice.

The public API. Names are loaded when they are first used, so that `import launcher` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from launcher.errors import (
    JournalError,
    LauncherError,
    ManifestError,
    RefusedError,
    SecretError,
    UsageError,
)
from launcher.outcome import NotAttempted, Outcome, OutcomeKind, Reading, Result
from launcher.version import __version__

if TYPE_CHECKING:
    from launcher.api import (
        Manifest,
        Options,
        Plan,
        Report,
        Session,
        build_plan,
        launch,
        load_manifest,
        open_session,
    )

__all__ = [
    "JournalError",
    "LauncherError",
    "Manifest",
    "ManifestError",
    "NotAttempted",
    "Options",
    "Outcome",
    "OutcomeKind",
    "Plan",
    "Reading",
    "RefusedError",
    "Report",
    "Result",
    "SecretError",
    "Session",
    "UsageError",
    "__version__",
    "build_plan",
    "launch",
    "load_manifest",
    "open_session",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("launcher.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
