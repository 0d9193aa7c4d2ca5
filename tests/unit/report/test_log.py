"""Log records on stderr."""

import io
import json
import logging
import sys

import pytest

from launcher.report.log import FIELDS, LogHandler, configure_logging

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJhcHBJZCI6ImNzLTEifQ.c2lnbmF0dXJlLWNhbmFyeQ"


@pytest.fixture(autouse=True)
def logger():
    logger = logging.getLogger("launcher")
    before = logger.level, logger.propagate, list(logger.handlers)
    yield logging.getLogger("launcher.somewhere")
    logger.setLevel(before[0])
    logger.propagate, logger.handlers = before[1], before[2]


def log_failure(logger, error):
    try:
        raise error
    except type(error):
        logger.exception("it broke")


@pytest.fixture
def out():
    return io.StringIO()


@pytest.mark.parametrize(
    ("verbosity", "levels"),
    [
        (0, ["WARNING"]),
        (1, ["INFO", "WARNING"]),
        (2, ["DEBUG", "INFO", "WARNING"]),
        (7, ["DEBUG", "INFO", "WARNING"]),
    ],
)
def test_verbosity_is_what_is_shown(logger, out, verbosity, levels):
    configure_logging(verbosity, "text", out)

    logger.debug("d")
    logger.info("i")
    logger.warning("w")

    assert [text.split()[1] for text in out.getvalue().splitlines()] == levels


def test_text_tells_the_launch_before_the_message(logger, out):
    configure_logging(1, "text", out)

    logger.info(
        "attempt %d throttled",
        2,
        extra={FIELDS: {"run": "nightly", "account": "acme", "campaign_id": "cd-1"}},
    )

    moment, told = out.getvalue().split(" ", 1)
    assert told == "INFO    nightly acme cd-1: attempt 2 throttled\n"
    assert moment.endswith("Z")


def test_json_is_one_object_a_line_with_stable_keys(logger, out):
    configure_logging(1, "json", out)

    logger.info("attempt\n2", extra={FIELDS: {"run": "nightly", "attempt": 2}})

    (text,) = out.getvalue().splitlines()
    told = json.loads(text)
    assert list(told) == ["time", "level", "logger", "message", "run", "attempt"]
    assert (told["level"], told["logger"], told["message"]) == ("info", "launcher.somewhere", "attempt\n2")


@pytest.mark.parametrize("form", ["text", "json"])
def test_tokens_are_removed_wherever_they_hide(logger, out, form):
    configure_logging(1, form, out)

    logger.info("sent %s", TOKEN, extra={FIELDS: {"reason": f"echo {TOKEN}", "account": TOKEN}})
    log_failure(logger, RuntimeError(f"header auth: {TOKEN}"))

    assert "eyJ" not in out.getvalue()
    assert "c2lnbmF0dXJl" not in out.getvalue()
    assert out.getvalue().count("[token removed]") >= 3


@pytest.mark.parametrize("form", ["text", "json"])
def test_nobody_can_forge_a_line_or_steer_the_terminal(logger, out, form):
    configure_logging(1, form, out)

    logger.info("said %s", "one\nINFO two\x1b[2J")

    assert len(out.getvalue().splitlines()) == 1
    assert "\x1b" not in out.getvalue()


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_exception_is_one_line_without_a_traceback(logger, out, form):
    configure_logging(0, form, out)

    log_failure(logger, ValueError("bad"))

    assert "ValueError: bad" in out.getvalue()
    assert "Traceback" not in out.getvalue()


def test_a_record_that_cannot_be_formatted_is_told_and_ends_nothing(logger, out, capsys):
    configure_logging(1, "text", out)

    logger.info("%d", "not a number")

    assert "a log record of launcher.somewhere" in out.getvalue()
    assert capsys.readouterr().err == ""


def test_a_broken_stream_ends_nothing(logger, out):
    configure_logging(1, "text", out)
    out.close()

    logger.info("nobody hears")


def test_the_stream_is_whatever_stderr_is_at_the_time(logger, out, monkeypatch):
    configure_logging(1, "text")
    monkeypatch.setattr(sys, "stderr", out)

    logger.info("here")

    assert "here" in out.getvalue()


def test_configuring_again_replaces_the_handler(logger, out):
    configure_logging(1, "text", out)
    configure_logging(1, "text", out)

    logger.info("once")

    assert out.getvalue().count("once") == 1
    assert sum(isinstance(handler, LogHandler) for handler in logging.getLogger("launcher").handlers) == 1
