"""What reading a campaign's state proves."""

import pytest

from launcher.engine.reconcile import (
    UNREADABLE_LIMIT,
    Doubt,
    NotStarted,
    ReadAgain,
    Started,
    Unsettled,
    judge,
)
from launcher.manifest.model import ReconcileSettings
from launcher.outcome import Reading

SETTINGS = ReconcileSettings(settle=2.0, reads=2, interval=5.0)
SENT = 1_000_000.0


def read(*readings, details=False):
    """Feed status readings one after the other; the last verdict."""
    doubt = Doubt(SENT)
    for reading in readings:
        verdict = judge(doubt, reading, details, SETTINGS)
        if isinstance(verdict, ReadAgain):
            doubt, details = verdict.doubt, verdict.details
    return verdict


def state(text, **fields):
    return Reading(text, **fields)


UNREADABLE = Reading(None, reason="the server answered 500")


@pytest.mark.parametrize("text", ["Active", "ACTIVE", " active ", "Preparing"])
def test_a_running_campaign_was_started(text):
    assert isinstance(read(state(text)), Started)


def test_ready_once_proves_nothing_yet():
    assert read(state("Ready")) == ReadAgain(Doubt(SENT, quiet=1), 5.0)


def test_ready_again_proves_that_nothing_started():
    assert isinstance(read(state("Ready"), state("ready")), NotStarted)


def test_ready_then_active_is_started():
    assert isinstance(read(state("Ready"), state("Active")), Started)


def test_an_unreadable_answer_between_breaks_the_row():
    verdict = read(state("Ready"), UNREADABLE, state("Ready"))
    assert verdict == ReadAgain(Doubt(SENT, quiet=1, unreadable=1), 5.0)


def test_an_unreadable_state_stays_unsettled_after_a_few_reads_with_growing_pauses():
    pauses = []
    doubt, details = Doubt(SENT), False
    for _ in range(UNREADABLE_LIMIT - 1):
        verdict = judge(doubt, UNREADABLE, details, SETTINGS)
        pauses.append(verdict.seconds)
        doubt = verdict.doubt
    assert pauses == [5.0, 10.0, 20.0]
    last = judge(doubt, UNREADABLE, details, SETTINGS)
    assert isinstance(last, Unsettled)
    assert "the server answered 500" in last.reason


@pytest.mark.parametrize("text", ["Completed", "Stopped", "Paused", "Scheduled", "Whatever"])
def test_any_other_state_is_looked_up_by_id(text):
    assert read(state(text)) == ReadAgain(Doubt(SENT), 0.0, details=True)


def test_completed_after_the_attempt_was_started():
    assert isinstance(read(state("Completed", updated_at=SENT + 3), details=True), Started)


@pytest.mark.parametrize("text", ["Stopped", "Paused"])
def test_stopped_after_the_attempt_proves_nothing(text):
    assert isinstance(read(state(text, updated_at=SENT + 3), details=True), Unsettled)


@pytest.mark.parametrize("text", ["Completed", "Stopped"])
def test_an_update_before_the_attempt_proves_nothing(text):
    verdict = read(state(text, updated_at=SENT - 3600), details=True)
    assert isinstance(verdict, Unsettled)
    assert "3600 s before" in verdict.reason


def test_no_date_proves_nothing():
    assert isinstance(read(state("Completed"), details=True), Unsettled)


@pytest.mark.parametrize(
    ("skew", "updated", "started"),
    [
        (300.0, 301.0, True),
        (300.0, 290.0, False),  # on our clock ten seconds before the attempt
        (-300.0, -299.0, True),
        (-300.0, -310.0, False),
    ],
)
def test_the_servers_clock_may_be_wrong(skew, updated, started):
    reading = state("Completed", updated_at=SENT + updated, clock_skew=skew)
    assert isinstance(read(reading, details=True), Started if started else Unsettled)
