"""What to do about a launch that did not start."""

import pytest

from launcher.outcome import Result
from launcher.report.advice import RULES, advise, rerun_effects


@pytest.mark.parametrize(
    ("result", "reason", "status", "part"),
    [
        (Result.UNKNOWN, "no answer within 30 s", None, "Run the same key again"),
        (
            Result.UNKNOWN,
            "no answer within 30 s",
            None,
            "`launcher reconcile` with it if the run was stopped",
        ),
        (
            Result.UNKNOWN,
            "on_unknown is hold; last attempt: HTTP 502",
            502,
            "`launcher reconcile` with its key",
        ),
        (Result.UNKNOWN, "on_unknown is hold; last attempt: HTTP 502", 502, "Kore.ai console"),
        (Result.REJECTED, "HTTP 401: Permission denied. Scope is incorrect!", 401, "Campaign Management"),
        (Result.REJECTED, "HTTP 401: Invalid SDK credentials", 401, "client_id"),
        (Result.REJECTED, "HTTP 401: error verifying the jwt: possibly a replay", 401, "jti: true"),
        (Result.REJECTED, "HTTP 400: Invalid StreamId", 400, "check stream"),
        (Result.REJECTED, "HTTP 400: Invalid campaign", 400, "ids of campaign"),
        (Result.REJECTED, "HTTP 405: Method Not Allowed", 405, "host"),
        (Result.REJECTED, "HTTP 409: it is paused", 409, "state"),
        (Result.REJECTED, "HTTP 400: another campaign runs on this contact list", 400, "contact list"),
        (Result.REJECTED, "HTTP 400: Campaign has no valid contacts", 400, "nobody to message"),
        (Result.REJECTED, "HTTP 200: status Scheduled", 200, "schedule"),
        (Result.REJECTED, "something new", 418, "The server said no"),
        (Result.FAILED, "cannot resolve platform.kore.ai", None, "DNS"),
        (Result.FAILED, "the certificate of h is not accepted", None, "certificate"),
        (Result.FAILED, "cannot connect to the proxy p:3128", None, "HTTPS_PROXY"),
        (Result.FAILED, "cannot connect to h: Connection refused", None, "firewall"),
        (Result.FAILED, "too many open files", None, "ulimit"),
        (Result.FAILED, "given up: throttled", 429, "budget"),
        (Result.FAILED, "given up: the hourly rate limit", 200, "budget"),
        (Result.FAILED, "given up after 4 attempts; last attempt: HTTP 503", 503, "Nothing started"),
        (Result.NOT_ATTEMPTED, "halted: 5 of 60 launches unknown", None, "stopped itself"),
        (Result.NOT_ATTEMPTED, "halted: the credentials of bot x were refused", None, "credentials"),
        (Result.NOT_ATTEMPTED, "window: closed until 09:00", None, "window"),
        (Result.NOT_ATTEMPTED, "deadline: 2 h are over", None, "deadline"),
        (Result.NOT_ATTEMPTED, "cooldown: started by nightly-1", None, "Another run"),
        (Result.NOT_ATTEMPTED, "cancelled: interrupted by SIGINT", None, "go on where"),
        (Result.ALREADY_ACTIVE, "it was active", 409, "nothing to do"),
    ],
)
def test_advice_fits_what_happened(result, reason, status, part):
    assert part in advise(result, reason, status)


def test_there_is_nothing_to_advise_about_a_started_launch():
    assert advise(Result.STARTED, None, 200) == ""


def test_a_reason_that_says_what_to_do_is_not_said_again():
    assert advise(Result.REJECTED, "HTTP 404: not found; check host, stream and campaign id", 404) == ""


@pytest.mark.parametrize("result", [result for result in Result if result is not Result.STARTED])
def test_every_result_has_advice_whatever_the_reason(result):
    assert advise(result, None, None)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.advice[:30])
def test_every_rule_can_be_reached(rule):
    reason = rule.words[0] if rule.words else ""
    status = rule.statuses[0] if rule.statuses else None
    results = rule.results or tuple(Result)

    assert rule.advice in {advise(result, reason, status) for result in results}


def test_a_rerun_is_told_by_what_it_does():
    counts = {Result.UNKNOWN: 1, Result.REJECTED: 1200, Result.STARTED: 5, Result.FAILED: 0}

    assert list(rerun_effects(counts)) == [
        "reads the state of 1 unknown",
        "tries 1,200 rejected again (mend the cause first)",
    ]
