"""What replies mean: tables of the documented and of the unexpected."""

import json

import pytest
from fakes.wire import OK

from launcher.kore.decode import outcome_of_start, outcome_of_stop, reading_of_details, reading_of_status
from launcher.kore.reply import RawReply, TransportFailure
from launcher.outcome import Outcome, OutcomeKind, Reading

NOON = 1_764_936_000.0  # Fri, 05 Dec 2025 12:00:00 GMT
DATE = {"Date": "Fri, 05 Dec 2025 12:00:07 GMT"}
MINUTE_TEXT = "You've exceeded the per-minute rate limit. Please wait for sometime before retrying."
HOUR_TEXT = "You've exceeded the hourly rate limit. Please wait for sometime before retrying."
OLD_TEXT = "Rate limit for this API has been reached. Please try again after some time."
GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"


def reply(status, body=b"", headers=None, *, complete=True):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return RawReply(status, headers or {}, raw, complete)


def start(status, body=b"", headers=None, *, complete=True):
    return outcome_of_start(reply(status, body, headers, complete=complete), NOON)


def error(message, code=400):
    return {"errors": [{"msg": message, "code": code}]}


@pytest.mark.parametrize("status", [200, 201, 202, 206])
@pytest.mark.parametrize("word", ["Active", "active", " ACTIVE\n"])
def test_a_2xx_that_says_active_is_accepted(status, word):
    outcome = start(status, {"status": word, "updatedAt": "2025-12-05T12:05:23.765Z"})
    assert outcome == Outcome(
        OutcomeKind.ACCEPTED,
        http_status=status,
        evidence=f"status {word.strip()}, updatedAt 2025-12-05T12:05:23.765Z",
    )


def test_the_instance_of_a_voice_campaign_is_kept_as_evidence():
    assert start(200, {"status": "Active", "campaignInstanceId": "cid-835ee4a"}).evidence == (
        "status Active, instance cid-835ee4a"
    )


def test_an_accepted_reply_that_mentions_a_rate_limit_stays_accepted():
    assert start(200, {"status": "Active", "message": MINUTE_TEXT}).kind is OutcomeKind.ACCEPTED


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, b""),
        (429, GATEWAY),
        (429, {"status": "Active"}),
        (200, {"message": MINUTE_TEXT}),
        (200, {"status": "Error", "message": OLD_TEXT}),
        (200, {"status": "success", "message": MINUTE_TEXT}),
        (200, error("rate limit hit", 429)),
        (200, HOUR_TEXT.encode()),
        (400, error(MINUTE_TEXT)),
        (400, error("slow down, rate limit")),
        (403, error(HOUR_TEXT, 403)),
        (403, b"Rate-Limit"),
        (401, error(MINUTE_TEXT)),
        (412, error(OLD_TEXT)),
        (500, error(MINUTE_TEXT, 500)),
        (503, b"Too many requests"),
        (503, b"<html><title>429 Too Many Requests</title></html>"),
    ],
)
def test_a_reply_that_says_rate_limit_is_throttled(status, body):
    outcome = start(status, body)
    assert outcome.kind is OutcomeKind.THROTTLED
    assert not outcome.already_active
    assert not outcome.unauthorized


def test_the_description_header_can_say_rate_limit_too():
    assert start(400, b"", {"response-error-description": OLD_TEXT}).kind is OutcomeKind.THROTTLED


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, error("Invalid StreamId")),
        (400, error("Campaign 'Rate limit promo' not found")),
        (401, error("Invalid SDK credentials", 4002)),
        (403, GATEWAY),
        (404, b""),
        (405, error("Method Not Allowed", 405)),
        (407, b""),
        (409, error("Contact list is in use", 409)),
        (412, error("Validation errors/ Invalid arguments", 412)),
        (422, b"{"),
        (425, b""),
        *[(200, {"status": word, "message": "no"}) for word in ("Failed", "FAILURE", "error", "Rejected")],
        *[(200, {"status": word}) for word in ("denied", "Invalid", "Stopped", "READY", "Paused")],
        *[(202, {"status": word}) for word in ("Scheduled", " rescheduled ")],
        (301, b""),
        (307, b""),
        (308, b""),
    ],
)
def test_a_reply_that_plainly_did_not_start_anything_is_refused(status, body):
    assert start(status, body).kind is OutcomeKind.REFUSED


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (204, b""),
        (200, b"Active"),
        (200, b'"Active"'),
        (200, b'["Active"]'),
        (200, b'{"status": "Act'),
        (200, b"null"),
        (200, {}),
        (200, {"status": None}),
        (200, {"status": ["Active"]}),
        (200, {"status": {"status": "Active"}}),
        (200, {"data": {"status": "Active"}}),
        (200, {"status": "Activé"}),
        (200, {"status": "Act\x00ive"}),
        (200, {"status": "Inactive"}),
        *[(200, {"status": word}) for word in ("Preparing", "Completed", "success", "ok", "Queued", "")],
        (200, {"status": "success", "message": "Campaign Rate limit promo started"}),
        (200, {"status": "Preparing", "message": "rate limit"}),
        (200, GATEWAY),
        (500, error("Internal Server Error", 500)),
        (500, error("Cannot start campaign Rate limit", 500)),
        (500, error("Rate limit reached alert: no contact list", 500)),
        (500, {"status": "Active"}),
        (502, GATEWAY),
        (503, b""),
        (504, b"upstream request timeout"),
        (408, b""),
        (460, b""),
        (499, b""),
        (300, b""),
        (302, b""),
        (303, b""),
        (304, b""),
        (100, b""),
        (101, b""),
        (600, b""),
        (999, OK),
        (0, OK),
    ],
)
def test_whatever_proves_nothing_is_in_doubt(status, body):
    outcome = start(status, body)
    assert outcome.kind is OutcomeKind.IN_DOUBT
    assert outcome.http_status == status


@pytest.mark.parametrize("body", [OK, OK[:-5], b"", b'{"status":"Failed"}', MINUTE_TEXT.encode()])
def test_a_2xx_that_broke_off_is_in_doubt_whatever_arrived(body):
    outcome = start(200, body, complete=False)
    assert outcome.kind is OutcomeKind.IN_DOUBT
    assert outcome.reason == f"HTTP 200, but the reply broke off after {len(body)} bytes"


@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, OutcomeKind.THROTTLED), (404, OutcomeKind.REFUSED), (500, OutcomeKind.IN_DOUBT)],
)
def test_a_status_line_alone_decides_outside_of_2xx(status, kind):
    assert start(status, b"<html", complete=False).kind is kind


@pytest.mark.parametrize(
    ("status", "body", "already_active"),
    [
        (409, error("Campaign is already active", 409), True),
        (400, error("Campaign 'Rate limit promo' is already running"), True),
        (400, error("Campaign Rate limit promo is already running"), True),
        (400, {"status": "Active", "message": "nothing to do"}, True),
        (200, {"status": "Error", "message": "Campaign already started"}, True),
        (409, error("Another campaign is already running on this list", 409), False),
        (404, error("Campaign not found"), False),
        (500, error("Campaign is already active", 500), False),
        (200, {"status": "success", "message": "Campaign already active"}, False),
    ],
)
def test_only_a_refusal_can_say_that_the_campaign_is_active_already(status, body, already_active):
    assert start(status, body).already_active is already_active


@pytest.mark.parametrize(("status", "unauthorized"), [(401, True), (403, False), (400, False), (500, False)])
def test_a_401_is_marked_for_a_renewed_token(status, unauthorized):
    assert start(status, error("Invalid SDK credentials", 4002)).unauthorized is unauthorized


@pytest.mark.parametrize(
    ("status", "body", "headers", "reason"),
    [
        (
            401,
            error("Invalid SDK credentials", 4002),
            {},
            (
                "HTTP 401 Unauthorized: Invalid SDK credentials (code 4002); check that the app's scope is "
                "published, its client id and secret, and that it belongs to this bot"
            ),
        ),
        (400, error("Invalid StreamId"), {}, "HTTP 400 Bad Request: Invalid StreamId"),
        (404, b"", {}, "HTTP 404 Not Found: empty body; check host, stream and campaign id"),
        (412, {"other": 1}, {}, "HTTP 412 Precondition Failed: no message"),
        (502, GATEWAY, {}, "HTTP 502 Bad Gateway: a web page titled '502 Bad Gateway'"),
        (799, b"odd", {}, "HTTP 799: odd"),
        (200, b"", {}, "HTTP 200 with an empty body"),
        (200, b"hello", {}, "HTTP 200, but the body is not JSON: hello"),
        (200, [], {}, "HTTP 200, but the reply names no status"),
        (
            200,
            {"status": "Failed", "message": "no contacts"},
            {},
            "HTTP 200 with status 'Failed': no contacts",
        ),
        (200, {"status": "Preparing"}, {}, "HTTP 200 with status 'Preparing'"),
        (302, GATEWAY, {"Location": "/login"}, "HTTP 302 Found: redirect to /login"),
        (
            307,
            b"",
            {"Location": "https://eu.kore.example/x?auth=canary"},
            (
                "HTTP 307 Temporary Redirect: redirect to https://eu.kore.example/x; correct `host` in the "
                "manifest, redirects are not followed"
            ),
        ),
    ],
)
def test_the_reason_is_a_sentence_with_what_to_do(status, body, headers, reason):
    assert start(status, body, headers).reason == reason


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "30"}, 30.0),
        ({"retry-after": "Fri, 05 Dec 2025 12:01:07 GMT"} | DATE, 60.0),
        ({"Retry-After": "Fri, 05 Dec 2025 12:01:07 GMT"}, 67.0),
        ({"Retry-After": "-1"}, None),
        ({}, None),
    ],
)
def test_retry_after_reaches_outcomes_and_readings(headers, seconds):
    assert start(429, b"", headers).retry_after == seconds
    assert reading_of_status(reply(503, b"", headers), NOON).retry_after == seconds


@pytest.mark.parametrize(("sent", "kind"), [(False, OutcomeKind.UNSENT), (True, OutcomeKind.IN_DOUBT)])
def test_a_failure_of_the_network_is_unsent_only_when_nothing_left(sent, kind):
    failure = TransportFailure(sent, "the cable\nbroke")
    assert outcome_of_start(failure, NOON) == Outcome(kind, "the cable broke")
    assert outcome_of_stop(failure, NOON) == Outcome(kind, "the cable broke")
    assert reading_of_status(failure, NOON) == Reading(None, reason="the cable broke")


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, {"status": "Stopped", "message": "Campaign Stopped"}, OutcomeKind.ACCEPTED),
        (200, {"status": "Active"}, OutcomeKind.REFUSED),
        (200, {"status": "Failed"}, OutcomeKind.REFUSED),
        (200, {"status": "Ready"}, OutcomeKind.IN_DOUBT),
        (400, error("Campaign is not running"), OutcomeKind.REFUSED),
        (429, b"", OutcomeKind.THROTTLED),
        (500, b"", OutcomeKind.IN_DOUBT),
    ],
)
def test_a_stop_is_accepted_when_the_reply_says_stopped(status, body, kind):
    outcome = outcome_of_stop(reply(status, body), NOON)
    assert outcome.kind is kind
    assert not outcome.already_active


@pytest.mark.parametrize("read", [reading_of_status, reading_of_details])
def test_a_documented_state_is_read_with_name_date_and_skew(read):
    data = {"id": "cd-1", "status": "Ready", "name": "Renewal due", "updatedAt": "2025-12-05T12:00:00.500Z"}
    assert read(reply(200, {"status": "success", "data": data}, DATE), NOON) == Reading(
        "Ready", updated_at=NOON + 0.5, clock_skew=7.0, http_status=200, name="Renewal due"
    )


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ({"status": "Ready"}, "Ready"),
        ({"status": " Run as Emergency "}, "Run as Emergency"),
        ({"status": "SUCCESS", "data": {"status": "active"}}, "active"),
        ({"data": {"status": "Paused"}}, "Paused"),
        ({"status": "Active", "data": None}, "Active"),
        ({"status": "success", "data": {"status": "Rate limit reached"}}, "Rate limit reached"),
    ],
)
def test_a_state_is_told_as_it_is_spelled_in_either_form(body, state):
    reading = reading_of_status(reply(200, body), NOON)
    assert (reading.state, reading.reason, reading.throttled) == (state, None, False)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (200, {"status": "success"}, "HTTP 200 with status 'success'"),
        (200, {"status": "success", "data": {}}, "HTTP 200 with status 'success'"),
        (200, {"status": "success", "data": {"status": 7}}, "HTTP 200 with status 'success'"),
        (200, {"status": "failure", "message": "boom"}, "HTTP 200 with status 'failure': boom"),
        (200, {"status": "Error", "data": {"status": "Ready"}}, "HTTP 200 with status 'Error'"),
        (200, [], "HTTP 200, but the reply names no status"),
        (200, b"", "HTTP 200 with an empty body"),
        (500, {"status": "Ready"}, "HTTP 500 Internal Server Error: no message"),
        (404, {"status": "Ready"}, "HTTP 404 Not Found: no message; check host, stream and campaign id"),
        (302, b"", "HTTP 302 Found: redirect to nowhere"),
    ],
)
def test_a_state_that_is_not_told_is_unreadable_with_a_reason(status, body, reason):
    reading = reading_of_status(reply(status, body), NOON)
    assert (reading.state, reading.reason) == (None, reason)


def test_a_state_that_broke_off_is_unreadable():
    assert reading_of_status(reply(200, {"status": "Ready"}, complete=False), NOON).state is None


@pytest.mark.parametrize(
    ("status", "body", "throttled", "unauthorized"),
    [
        (429, b"", True, False),
        (400, error(MINUTE_TEXT), True, False),
        (200, {"status": "failure", "message": OLD_TEXT}, True, False),
        (503, b"Too many requests", True, False),
        (401, error("Invalid SDK credentials", 4002), False, True),
        (404, b"", False, False),
        (200, {"status": "Active", "message": MINUTE_TEXT}, False, False),
    ],
)
def test_an_unreadable_state_tells_why_to_wait_or_renew(status, body, throttled, unauthorized):
    reading = reading_of_details(reply(status, body), NOON)
    assert (reading.throttled, reading.unauthorized) == (throttled, unauthorized)


OURS, OTHER = "cd-1", "cd-2"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, {"status": "Active"}, OutcomeKind.ACCEPTED),
        (200, {"status": "Active", "id": OURS}, OutcomeKind.ACCEPTED),
        (200, {"status": "Active", "campaignInstanceId": "cid-2"}, OutcomeKind.ACCEPTED),
        (200, {"status": "Active", "id": OTHER}, OutcomeKind.IN_DOUBT),
        (200, {"status": "Active", "data": {"campaignId": OTHER}}, OutcomeKind.IN_DOUBT),
        (200, {"status": "Stopped", "id": OTHER}, OutcomeKind.IN_DOUBT),
        (200, {"message": MINUTE_TEXT, "id": OTHER}, OutcomeKind.IN_DOUBT),
        (500, {"message": MINUTE_TEXT, "id": OTHER}, OutcomeKind.IN_DOUBT),
        (400, error("Campaign is already active") | {"id": OTHER}, OutcomeKind.REFUSED),
        (429, {"id": OTHER}, OutcomeKind.THROTTLED),
    ],
)
def test_a_body_about_another_campaign_proves_nothing_of_this_one(status, body, kind):
    outcome = outcome_of_start(reply(status, body), NOON, OURS)
    assert outcome.kind is kind
    assert not outcome.already_active


@pytest.mark.parametrize("read", [reading_of_status, reading_of_details])
def test_the_state_of_another_campaign_is_unreadable(read):
    body = {"status": "success", "data": {"id": OTHER, "status": "Active", "name": "theirs", "updatedAt": 1}}
    reading = read(reply(200, body), NOON, OURS)
    assert (reading.state, reading.name, reading.updated_at) == (None, None, None)
    assert reading.reason == "HTTP 200, but the reply is about another campaign, cd-2"
    assert read(reply(200, body), NOON, OTHER).state == "Active"


def test_a_start_or_stop_answered_for_another_campaign_says_so():
    told = "HTTP 200, but the reply is about another campaign, cd-2"
    assert outcome_of_start(reply(200, {"status": "Active", "id": OTHER}), NOON, OURS).reason == told
    assert outcome_of_stop(reply(200, {"status": "Stopped", "id": OTHER}), NOON, OURS).reason == told
