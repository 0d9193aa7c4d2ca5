"""Log records on stderr: text for people, or one JSON object a line for programs.

Both forms pass through `redact` as the last step, so that no record of any part of the launcher can show a
token. Keys of the JSON form: time, level, logger, message, then `error` after a failure, then the fields of
`launcher.report.event_log`.
"""

import json
import logging
import sys
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from launcher.report.forgiving_stream import ForgivingStream
from launcher.report.plain import plain, redact
from launcher.report.times import iso_utc

ROOT = "launcher"
"""The logger that all loggers of the launcher are children of."""

FIELDS = "launcher_fields"
"""Attribute of a record that holds its fields, in their order."""

_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)
_BEFORE_THE_MESSAGE = ("run", "account", "campaign_id")


def configure_logging(verbosity: int = 0, form: str = "text", stream: TextIO | None = None) -> None:
    """Send the launcher's records to `stream`, by default whatever `sys.stderr` is at the time.

    Args:
        verbosity: how many `-v` were given: none shows warnings, one results and retries, two every request.
        form: a key of `FORMS`.
        stream: may be closed or break at any moment.
    """
    handler = LogHandler(stream)
    handler.setFormatter(FORMS[form]())
    logger = logging.getLogger(ROOT)
    for old in [old for old in logger.handlers if isinstance(old, LogHandler)]:
        logger.removeHandler(old)
    logger.addHandler(handler)
    logger.setLevel(_LEVELS[min(verbosity, len(_LEVELS) - 1)])
    logger.propagate = False


class LogHandler(logging.Handler):
    """Writes each record as one line and never fails: not for a broken pipe, not for a record."""

    def __init__(self, stream: TextIO | None = None) -> None:
        super().__init__()
        self._stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        try:
            text = self.format(record)
        except Exception:  # noqa: BLE001 - a record that cannot be formatted must not end a run
            text = f"a log record of {record.name}, line {record.lineno}, cannot be shown"
        # Not kept: a live display replaces `sys.stderr` while it is on, so that lines do not tear it.
        target = ForgivingStream(sys.stderr if self._stream is None else self._stream)
        target.write(text + "\n")
        target.flush()


class TextFormatter(logging.Formatter):
    """`2026-11-23T12:03:05.123Z INFO    nightly acme cd-…: attempt 2 throttled: HTTP 429`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line for a person."""
        fields = _fields(record)
        about = " ".join(str(fields[name]) for name in _BEFORE_THE_MESSAGE if fields.get(name))
        text = f"{about}: {record.getMessage()}" if about else record.getMessage()
        if error := _error(record):
            text += f" ({error})"
        return f"{_time(record)} {record.levelname:<7} {redact(plain(text))}"


class JsonFormatter(logging.Formatter):
    """`{"time": "2026-11-23T12:03:05.123Z", "level": "info", …}`."""

    def format(self, record: logging.LogRecord) -> str:
        """One JSON object, all ASCII."""
        told: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if error := _error(record):
            told["error"] = error
        # On the finished text: a token is found wherever it hides, and its letters are the same in JSON.
        return redact(json.dumps({**told, **_fields(record)}, default=str))


FORMS: dict[str, Callable[[], logging.Formatter]] = {"text": TextFormatter, "json": JsonFormatter}
"""What `--log-format` takes."""


def _fields(record: logging.LogRecord) -> Mapping[str, Any]:
    fields: Mapping[str, Any] = getattr(record, FIELDS, {})
    return fields


def _time(record: logging.LogRecord) -> str:
    return iso_utc(record.created)


def _error(record: logging.LogRecord) -> str:
    """The exception in one line; where it was raised is of no use to an operator."""
    error = record.exc_info[1] if record.exc_info else None
    return "" if error is None else f"{type(error).__name__}: {error}"
