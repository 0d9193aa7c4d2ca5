"""What a report for people tells besides the summary: commands to type, and when what was sent."""

import shlex
from dataclasses import dataclass

from launcher.report.conclusion import Commands
from launcher.report.plain import plain
from launcher.report.summary import Summary
from launcher.report.timeline import Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """All of it can be left out: the report then says less, never something else."""

    timeline: Timeline | None = None
    """None: the report has no timeline."""
    commands: Commands | None = None
    """None: those that fit the default journal."""
    rehearsal: bool = False
    """It was one, and is not continued: the next command is the way to the real run."""

    def commands_for(self, summary: Summary) -> Commands:
        """What to type next."""
        return self.commands or default_commands(summary)


NOTHING = Background()
"""Only the summary is known."""


def default_commands(summary: Summary) -> Commands:
    """The commands for a run in the default journal."""
    manifest, key = summary.run.manifest or "MANIFEST", summary.key
    if not key:
        return Commands(rerun=_line("run", manifest))
    details = _line("report", key, "--json")
    if summary.rehearsed:
        return Commands(rerun=_line("run", manifest, "--key", key, "--sandbox"), details=details)
    return Commands(
        rerun=_line("run", manifest, "--key", key), settle=_line("reconcile", key), details=details
    )


def _line(*words: str) -> str:
    return "launcher " + " ".join(shlex.quote(plain(word)) for word in words)
