"""What a report tells besides the summary: commands to type, when what was sent, and that it was stopped."""

import shlex
from dataclasses import dataclass

from launcher.report.conclusion import Commands
from launcher.report.plain import plain
from launcher.report.stopped import Stopped
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
    stopped: Stopped | None = None
    """The stop of the run; None when nobody stopped it."""

    def commands_for(self, summary: Summary) -> Commands:
        """What to type next."""
        stopped = self.stopped is not None and self.stopped.in_force
        return self.commands or default_commands(summary, stopped=stopped)


NOTHING = Background()
"""Only the summary is known."""


def default_commands(summary: Summary, *, stopped: bool = False) -> Commands:
    """The commands for a run in the default journal; one that was `stopped` goes on only on purpose."""
    manifest, key = summary.run.manifest or "MANIFEST", summary.key
    if not key:
        return Commands(rerun=_line("run", manifest))
    details = _line("report", key, "--json")
    if summary.rehearsed:
        return Commands(rerun=_line("run", manifest, "--key", key, "--sandbox"), details=details)
    on_purpose = ("--continue", "--reason", "WHY") if stopped else ()
    rerun = _line("run", manifest, "--key", key, *on_purpose)
    return Commands(rerun=rerun, settle=_line("reconcile", key), details=details)


def _line(*words: str) -> str:
    return "launcher " + " ".join(shlex.quote(plain(word)) for word in words)
