"""What a check of `launcher doctor` found: one line, with what to do."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    """A run would begin, and may meet trouble."""
    PROBLEM = "problem"
    """A run would fail, or not be safe."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line."""

    level: Level
    check: str
    """What was looked at: `manifest`, `dns`, `token`, …"""
    subject: str
    """Of what: a host, an account, a file."""
    message: str
    advice: str | None = None
    """What to do; None when it is well."""

    def __str__(self) -> str:
        advice = f"; {self.advice}" if self.advice else ""
        return f"{self.level:<8} {self.check:<12} {self.subject}: {self.message}{advice}"


def ok(check: str, subject: str, message: str) -> Finding:
    """All is well."""
    return Finding(Level.OK, check, subject, message)


def warning(check: str, subject: str, message: str, advice: str) -> Finding:
    """A person should know."""
    return Finding(Level.WARNING, check, subject, message, advice)


def problem(check: str, subject: str, message: str, advice: str | None = None) -> Finding:
    """A person has to act; `advice` may be part of the message."""
    return Finding(Level.PROBLEM, check, subject, message, advice)
