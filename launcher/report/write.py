"""Putting a report where the operator wants it: whole or not at all.

A report file is written beside its target, made durable and then renamed, so that whoever reads the target
sees the old report or the new one. `check_target` finds what would go wrong before anything is sent.
"""

import os
import secrets
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from launcher.errors import LauncherError, UsageError
from launcher.report.background import NOTHING, Background
from launcher.report.csv_report import csv_report_text
from launcher.report.html_report import html_report_text
from launcher.report.json_report import json_report_text
from launcher.report.junit_report import junit_report_text
from launcher.report.markdown_report import markdown_report_text
from launcher.report.plain import plain
from launcher.report.summary import Summary
from launcher.report.tap_report import tap_report_text

STDOUT = "-"
"""The target that means standard output, as JSON."""

Renderer = Callable[[Summary, Background], Iterable[str]]


def _without_background(render: Callable[[Summary], Iterable[str]]) -> Renderer:
    return lambda summary, _background: render(summary)


FORMATS: dict[str, Renderer] = {
    "json": json_report_text,
    "csv": _without_background(csv_report_text),
    "junit": _without_background(junit_report_text),
    "md": markdown_report_text,
    "html": html_report_text,
    "tap": _without_background(tap_report_text),
}
"""From the name of a format to what writes it; a new format is a line here and one in `SUFFIXES`."""

SUFFIXES: dict[str, str] = {
    ".json": "json",
    ".csv": "csv",
    ".xml": "junit",
    ".junit": "junit",
    ".md": "md",
    ".html": "html",
    ".htm": "html",
    ".tap": "tap",
}
"""From the suffix of the target (lower case) to its format; the first of a format is its usual one."""


class ReportError(LauncherError):
    """A report could not be written; the run itself is unharmed, in the journal."""

    code = "L050"


def check_target(path: str) -> None:
    """Make sure, before the run, that a report can be written to `path`.

    Raises:
        UsageError: unknown suffix, no such directory, not writable, or something else than a file is there.
    """
    if path == STDOUT:
        return
    format_of(path)
    try:
        target = _resolved(path)
        _must_be_file(target, path)
        with _temporary(target.parent):
            pass
    except (OSError, ValueError) as error:
        raise UsageError(_sentence(path, error), code="L005") from error


def write_report(
    summary: Summary, path: str, stdout: TextIO | None = None, background: Background = NOTHING
) -> None:
    """Write the report to the file `path`, or as JSON to `stdout` when `path` is `-`.

    Raises:
        UsageError: the suffix of `path` names no format.
        ReportError: it cannot be written; a report that was there before is untouched.
        BrokenPipeError: whoever read `stdout` is gone.
    """
    if path == STDOUT:
        print_report(summary, "json", stdout, background)
        return
    render = FORMATS[format_of(path)]
    try:
        _write_file(render(summary, background), _resolved(path))
    except (OSError, ValueError) as error:
        raise ReportError(f"{_sentence(path, error)}; the run is in the journal") from error


def print_report(
    summary: Summary, name: str, stdout: TextIO | None = None, background: Background = NOTHING
) -> None:
    """Write the report in the format `name`, a key of `FORMATS`, to `stdout`.

    Raises:
        ReportError: it cannot be written.
        BrokenPipeError: whoever read `stdout` is gone.
    """
    _write_stream(FORMATS[name](summary, background), sys.stdout if stdout is None else stdout)


def wants_timeline(paths: Iterable[str]) -> bool:
    """Whether one of these targets, which `check_target` has passed, is a page with a timeline."""
    return any(path != STDOUT and format_of(path) == "html" for path in paths)


def format_of(path: str) -> str:
    """The format that the suffix of `path` asks for.

    Raises:
        UsageError: the suffix names none.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise UsageError(
            f"cannot write the report {plain(path)}: give it one of these suffixes: {known}", code="L005"
        )
    return SUFFIXES[suffix]


def _resolved(path: str) -> Path:
    # Renaming onto a symbolic link would replace the link and leave the file behind it as it was.
    return Path(os.path.realpath(path))


def _must_be_file(target: Path, path: str) -> None:
    with suppress(FileNotFoundError):
        if not stat.S_ISREG(target.stat().st_mode):
            raise UsageError(
                f"cannot write the report {plain(path)}: that is not a regular file", code="L005"
            )


def _sentence(path: str, error: OSError | ValueError) -> str:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    if isinstance(error, FileNotFoundError):
        reason = "its directory does not exist; create it first"
    return f"cannot write the report {plain(path)}: {reason}"


def _write_stream(pieces: Iterable[str], stream: TextIO) -> None:
    try:
        stream.writelines(pieces)
        stream.flush()
    except BrokenPipeError:
        raise  # whoever read it has enough; only the command knows what that means
    except (OSError, ValueError) as error:
        raise ReportError(_sentence("on standard output", error)) from error


def _write_file(pieces: Iterable[str], target: Path) -> None:
    with _temporary(target.parent) as (descriptor, temporary):
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n", closefd=False) as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(descriptor)
        temporary.replace(target)
    _sync_directory(target.parent)


@contextmanager
def _temporary(directory: Path) -> Iterator[tuple[int, Path]]:
    """A new file in `directory`, open for writing, with the mode that the umask gives; gone at the end."""
    temporary = directory / f".launcher-report-{secrets.token_hex(8)}.tmp"
    # Not `tempfile`: its files are 0600 and would stay so after the rename.
    mode = stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP | stat.S_IWGRP | stat.S_IROTH | stat.S_IWOTH
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        yield descriptor, temporary
    finally:
        os.close(descriptor)
        with suppress(OSError):  # renamed already, or gone with its directory
            temporary.unlink()


def _sync_directory(directory: Path) -> None:
    # The rename itself must survive a power loss; some file systems cannot sync a directory, and need not.
    with suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
