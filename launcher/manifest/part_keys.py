"""The keys of the smaller parts of a manifest: retries, reads, halting, and what is made sure of before."""

from typing import Any

from launcher.manifest.kinds import BACKOFF, FAILURES, LAUNCHES, STATES, count, duration, one_of, or_never
from launcher.manifest.model import Expect, HaltSettings, Preflight, ReconcileSettings, RetrySettings
from launcher.manifest.tables import Field, Table


def _retry(backoff: tuple[float, float] | None = None, **values: Any) -> RetrySettings:
    if backoff is not None:
        values |= {"backoff_min": backoff[0], "backoff_max": backoff[1]}
    return RetrySettings(**values)


RETRY = Table(
    "retry",
    "`settings.retry`",
    "How often and how patiently a launch is tried.",
    (
        Field("attempts", count(1, 100), "Attempts per launch; a throttled one does not count.", 4),
        Field(
            "backoff",
            BACKOFF,
            "Shortest and longest wait between attempts; it doubles in between.",
            "1s..60s",
        ),
        Field(
            "give_up_after",
            duration("1ms", "7d"),
            "Counted from the first attempt: no retry starts later.",
            "15m",
        ),
    ),
    _retry,
)

RECONCILE = Table(
    "reconcile",
    "`settings.reconcile`",
    "How an attempt in doubt is settled by reading the campaign's state.",
    (
        Field(
            "settle", duration("0s", "1h"), "Wait before the first read, so that a slow start can show.", "2s"
        ),
        Field("reads", count(1, 20), "Equal reads in a row that prove that nothing started.", 2),
        Field("interval", duration("0s", "1h"), "Wait between these reads.", "5s"),
    ),
    ReconcileSettings,
)

HALT = Table(
    "halt",
    "`settings.halt`",
    "When the whole run stops starting campaigns.",
    (
        Field(
            "failed",
            or_never(FAILURES),
            "Rejected and failed launches; a percentage is of the plan.",
            "never",
        ),
        Field("unknown", or_never(LAUNCHES), "Launches of which nobody knows whether they started.", 5),
        Field(
            "consecutive",
            or_never(count(1, 1_000_000)),
            "Launches that did not start, one after the other.",
            10,
        ),
    ),
    HaltSettings,
)

PREFLIGHT = Table(
    "preflight",
    "`settings.preflight`",
    "States in which campaigns may be started: a run then reads the state of all of them first.",
    (
        Field(
            "allow",
            STATES,
            "States that a start may meet.",
            ["Ready", "Stopped", "Completed"],
        ),
        Field(
            "on_other",
            one_of("skip", "fail"),
            "Leave launches in other states out, or refuse the whole run.",
            "skip",
        ),
    ),
    Preflight,
)

EXPECT = Table(
    "expect",
    "`expect`",
    "How many campaigns the manifest is meant to have; with others a run is refused.",
    (
        Field("count", count(1, 10_000_000), "Campaigns, lists drawn in included; any number when left out."),
        Field("max_per_account", count(1, 10_000_000), "Campaigns of one account at most."),
    ),
    Expect,
)
