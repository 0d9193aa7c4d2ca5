"""Events of a run as log records."""

import logging
from typing import get_args

import pytest

from launcher.journal.events import (
    AttemptWithdrawn,
    GateOpened,
    LaneClosed,
    LaneWaiting,
    LaunchReopened,
    RestartAllowed,
    RunHalted,
    Watched,
)
from launcher.report.event_log import EventLog, level_of, message_of
from launcher.report.log import FIELDS
from launcher.report.summary import Summary


class Records(logging.Handler):
    def __init__(self):
        super().__init__()
        self.all = []

    def emit(self, record):
        self.all.append(record)


def log_of(story, level=logging.DEBUG):
    records = Records()
    logger = logging.getLogger("test_event_log")
    logger.setLevel(level)
    logger.handlers, logger.propagate = [records], False
    summary = Summary(story.key)
    log = EventLog(summary, logger)
    for event in story.events:
        summary.on_event(event)
        log.on_event(event)
    return [(record.levelname, record.getMessage(), getattr(record, FIELDS)) for record in records.all]


@pytest.fixture
def full_story(story):
    story.plan(0, bot="billing").plan(1)
    story.throttle(0).tell(LaneClosed("acme", story.now, story.now + 41, "throttled by the server"))
    story.tell(LaneWaiting("acme", story.now, None, "checks with one request at a time", 2))
    story.doubt(0, "no answer within 30 s", 2).read(0).read(0, None).clear(0).start(0, 3)
    story.intend(1).tell(AttemptWithdrawn(1, 1, story.now, "the account closed in between"))
    story.tell(LaneClosed("acme", story.now, None, "credentials refused")).skip(
        1, "halted: credentials refused"
    )
    story.tell(LaunchReopened(1, story.now)).tell(RestartAllowed(1, story.now, "agreed with marketing"))
    story.tell(GateOpened(story.now, "wave 1 of 2: well"))
    story.tell(RunHalted(story.now, "5 of 60 launches unknown"))
    return story.close(4)


def test_results_and_retries_are_told_and_single_requests_are_not(full_story):
    told = [(level, message) for level, message, _ in log_of(full_story, logging.INFO)]

    assert told == [
        ("INFO", "launcher 0.1.0 works on campaigns.yaml"),
        ("INFO", "attempt 1 throttled: HTTP 429"),
        ("INFO", "sends nothing for 41 s: throttled by the server"),
        ("INFO", "attempt 2 in doubt: no answer within 30 s"),
        ("INFO", "proven not started: read status Ready 2 times, 5 s apart"),
        ("INFO", "started"),
        ("WARNING", "stopped: credentials refused"),
        ("INFO", "not attempted: halted: credentials refused"),
        ("INFO", "gate opened: wave 1 of 2: well"),
        ("WARNING", "halted: 5 of 60 launches unknown"),
        ("INFO", "done, exit code 4"),
    ]


def test_every_attempt_and_read_is_told_to_who_wants_to_know(full_story):
    messages = [message for level, message, _ in log_of(full_story) if level == "DEBUG"]

    assert messages == [
        "attempt 1 is sent",
        "checks with one request at a time, 2 queued",
        "attempt 2 is sent",
        "its state is read",
        "its state is Ready",
        "its state is read",
        "its state could not be read",
        "attempt 3 is sent",
        "attempt 3 accepted: status Active",
        "attempt 1 is sent",
        "attempt 1 is not sent after all: the account closed in between",
        "taken up again",
        "may be started in spite of the cooldown: agreed with marketing",
    ]


def test_a_record_knows_its_run_launch_and_attempt(full_story):
    fields = next(
        fields for _, message, fields in log_of(full_story) if message.startswith("attempt 1 throttled")
    )

    assert fields == {
        "event": "AttemptFinished",
        "run": "nightly-2026-11-23",
        "account": "acme",
        "account_id": "id-acme",
        "bot": "billing",
        "stream_id": "st-1",
        "campaign_id": "cd-0",
        "channel": "sms",
        "attempt": 1,
        "outcome": "throttled",
        "reason": "HTTP 429",
        "http_status": 429,
    }


def test_a_wait_of_an_account_tells_until_when(story, t0):
    story.tell(LaneClosed("acme", story.now, t0 + 60, "throttled by the server"))

    assert log_of(story)[-1][2] == {
        "event": "LaneClosed",
        "run": "nightly-2026-11-23",
        "account": "acme",
        "until": "2026-11-23T12:01:00.000Z",
        "reason": "throttled by the server",
    }


def test_every_kind_of_event_has_a_level_and_a_message(full_story):
    told = {type(event) for event in full_story.events}

    assert told == set(get_args(Watched))
    assert all(message_of(event) and level_of(event) for event in full_story.events)


def test_a_result_is_told_with_its_reason(story):
    story.plan(0).plan(1).reject(0).intend(1)

    assert log_of(story, logging.INFO)[-1][1] == "rejected: HTTP 401: Invalid SDK credentials"
