"""A run of which every kind of event is told."""

from types import SimpleNamespace

import pytest
from receiver import receiving

from launcher.journal.events import (
    AttemptFinished,
    AttemptIntended,
    AttemptWithdrawn,
    DoubtCleared,
    GateOpened,
    LaneClosed,
    LaneWaiting,
    LaunchFinished,
    LaunchPlanned,
    LaunchReopened,
    ReadFinished,
    ReadIntended,
    RestartAllowed,
    RunClosed,
    RunHalted,
    RunOpened,
)
from launcher.manifest.model import Account, Credentials, Identity, Quota, Settings
from launcher.manifest.secrets import Inline, Secret
from launcher.outcome import OutcomeKind, Result
from launcher.plan.model import Launch, Plan
from launcher.report.summary import Summary

T0 = 1_795_435_200.0  # 2026-11-23T12:00:00Z
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"
HOSTILE = 'a\\b"c\nd\u2028\x1b[2J\ud800\u202e'


def identity(number):
    return Identity("https://platform.kore.ai", "id-acme", "st-1", f"cd-{number}", "sms")


def planned(number, account="acme", name=None):
    return LaunchPlanned(number, number, identity(number), account, None, name)


def plan_of(count, name="nightly"):
    credentials = Credentials("account acme", "cs-1", Secret(Inline("do-not-show")))
    account = Account("acme", "id-acme", "https://platform.kore.ai", (Quota(60, 60.0),), credentials)
    launches = tuple(
        Launch(identity(number), account, None, f"Name {number}", (), credentials) for number in range(count)
    )
    return Plan(name, "campaigns.yaml", "ab" * 32, Settings(), launches)


def opening(count, key="nightly-2026-11-23", account="acme"):
    """The summary of a run that was just taken over."""
    events = [RunOpened(T0, "campaigns.yaml", "ab" * 32, "0.1.0")]
    return Summary.of([*events, *(planned(number, account) for number in range(count))], key)


STEPS = (
    RestartAllowed(3, T0 + 1, "the first one reached nobody"),
    LaneWaiting("acme", T0 + 1, T0 + 42, "waits for its budget", 4),
    LaneWaiting("acme", T0 + 1, None, "waits for a reply", 4),
    AttemptIntended(0, 1, T0 + 2),
    AttemptFinished(0, 1, T0 + 3, OutcomeKind.ACCEPTED, None, 200, "status Active"),
    LaunchFinished(0, T0 + 3, Result.STARTED, None, "status Active"),
    AttemptIntended(1, 1, T0 + 3),
    AttemptFinished(1, 1, T0 + 4, OutcomeKind.THROTTLED, "HTTP 429", 429),
    LaneClosed("acme", T0 + 4, T0 + 14, "throttled by the server"),
    AttemptIntended(1, 2, T0 + 14),
    AttemptFinished(1, 2, T0 + 44, OutcomeKind.IN_DOUBT, f"no reply within 30 s {TOKEN}"),
    ReadIntended(1, T0 + 46),
    ReadFinished(1, T0 + 47, None, 500, f"unreadable {TOKEN}", evidence=TOKEN),
    ReadIntended(1, T0 + 48),
    ReadFinished(1, T0 + 49, "Ready", 200),
    DoubtCleared(1, T0 + 49, "read status Ready 2 times, 5 s apart"),
    AttemptIntended(1, 3, T0 + 50),
    AttemptWithdrawn(1, 3, T0 + 50, "halted"),
    LaunchFinished(1, T0 + 51, Result.FAILED, "gave up"),
    AttemptIntended(2, 1, T0 + 51),
    AttemptFinished(2, 1, T0 + 52, OutcomeKind.REFUSED, f"HTTP 401 {HOSTILE}", 401),
    LaunchFinished(2, T0 + 52, Result.REJECTED, f"HTTP 401 {HOSTILE}"),
    LaneClosed("acme", T0 + 52, None, "its credentials are refused"),
    GateOpened(T0 + 52, f"wave 1 of 2: well {TOKEN}"),
    RunHalted(T0 + 52, f"credentials refused {TOKEN}"),
    LaunchFinished(3, T0 + 52, Result.NOT_ATTEMPTED, "halted: credentials refused"),
    LaunchReopened(3, T0 + 53),
    LaunchFinished(3, T0 + 53, Result.NOT_ATTEMPTED, "halted: credentials refused"),
)
"""Every kind of event that an observer can see, in a legal order, of four launches."""


def play(summary, *tellers, steps=STEPS, exit_code=4):
    """Let the tellers see the steps as the engine would show them, and the run end."""
    for event in steps:
        summary.on_event(event)
        for teller in tellers:
            teller.on_event(event)
    if exit_code is not None:
        summary.apply(RunClosed(T0 + 60, exit_code))
    for teller in tellers:
        teller.close()
    return [teller.wait(10.0) for teller in tellers]


@pytest.fixture
def world():
    """Everything above, for test modules (there is no package to import it from)."""
    return SimpleNamespace(
        T0=T0,
        TOKEN=TOKEN,
        HOSTILE=HOSTILE,
        STEPS=STEPS,
        plan_of=plan_of,
        planned=planned,
        opening=opening,
        play=play,
        receiving=receiving,
    )
