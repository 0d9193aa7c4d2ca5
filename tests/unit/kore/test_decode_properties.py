"""Whatever a server sends: no exception, no secret, and `accepted` only under its rule."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from launcher.kore.decode import outcome_of_start, outcome_of_stop, reading_of_details, reading_of_status
from launcher.kore.reply import RawReply
from launcher.kore.wording import LONGEST
from launcher.outcome import OutcomeKind

SECRET = "canary-secret-0123456789"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJhcHBJZCI6ImNzLTEifQ.Y2FuYXJ5"
WORDS = st.sampled_from(
    [
        *(
            "Active",
            "active ",
            "Act\x00ive",
            "\u200bActive",
            "ACTIVE",
            "Ready",
            "Failed",
            "success",
            "Preparing",
            "Stopped",
            "",
            "Rate limit reached",
        ),
        *(
            "Too many requests",
            "Campaign is already active",
            SECRET,
            TOKEN,
            "x" * 300,
            "\ud83d",
            "\x00",
            "2025-12-05",
        ),
    ]
)
TEXTS = WORDS | st.text(max_size=20)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
KEYS = st.sampled_from(["status", "data", "errors", "error", "message", "msg", "code", "updatedAt", "name"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
ENVELOPES = st.dictionaries(KEYS, VALUES, max_size=5)
BODIES = (
    st.binary(max_size=60)
    | TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.one_of(VALUES, ENVELOPES).map(lambda value: json.dumps(value).encode())
)
NAMES = st.sampled_from(["Date", "Retry-After", "Location", "response-error-description", "X"])
HEADERS = st.dictionaries(NAMES, TEXTS | st.sampled_from(["30", "-1", "Fri, 05 Dec 2025 12:00:07 GMT"]))
STATUSES = st.sampled_from(
    [200, 200, 200, 201, 204, 302, 307, 400, 401, 403, 404, 408, 409, 429, 500, 503]
) | (st.integers(-1, 1000))
REPLIES = st.builds(
    RawReply, STATUSES, HEADERS, BODIES, st.sampled_from([True, True, True, False]), st.just((SECRET, TOKEN))
)
TIMES = st.floats(0, 4e9)
BROKEN = RawReply(200, {}, b'{"status":"Active"', complete=True)


def says(reply, word):
    """The rule, spelled again: 2xx, complete, a JSON object whose status is the word."""
    if not (200 <= reply.status < 300 and reply.complete):
        return False
    try:
        value = json.loads(reply.body.decode("utf-8-sig", "replace"), strict=False)
    except ValueError:
        return False
    status = value.get("status") if isinstance(value, dict) else None
    return isinstance(status, str) and status.strip().lower() == word


def texts_of(*values):
    return [text for value in values for text in (value.reason, getattr(value, "evidence", None)) if text]


@given(REPLIES, TIMES)
@example(BROKEN, 0.0)
def test_a_start_is_accepted_exactly_when_a_complete_2xx_object_says_active(reply, now):
    outcome = outcome_of_start(reply, now)
    assert (outcome.kind is OutcomeKind.ACCEPTED) == says(reply, "active")
    assert (outcome.reason is None) == (outcome.kind is OutcomeKind.ACCEPTED)
    assert outcome.kind is not OutcomeKind.UNSENT


@given(REPLIES, TIMES)
@example(BROKEN, 0.0)
def test_a_stop_is_accepted_exactly_when_a_complete_2xx_object_says_stopped(reply, now):
    assert (outcome_of_stop(reply, now).kind is OutcomeKind.ACCEPTED) == says(reply, "stopped")


@given(REPLIES, TIMES)
def test_a_5xx_or_a_broken_2xx_never_counts_as_refused(reply, now):
    outcome = outcome_of_start(reply, now)
    if reply.status >= 500 or (200 <= reply.status < 300 and not reply.complete):
        assert outcome.kind in (OutcomeKind.IN_DOUBT, OutcomeKind.THROTTLED)


@pytest.mark.parametrize("read", [reading_of_status, reading_of_details])
@given(reply=REPLIES, now=TIMES)
def test_a_reading_has_either_a_state_or_a_reason(read, reply, now):
    reading = read(reply, now)
    assert (reading.state is None) != (reading.reason is None)
    assert reading.state is None or (200 <= reply.status < 300 and reply.complete)
    assert reading.retry_after is None or reading.retry_after >= 0


@given(REPLIES, TIMES)
def test_what_is_told_is_short_printable_and_without_secrets(reply, now):
    outcome, reading = outcome_of_start(reply, now), reading_of_details(reply, now)
    told = [*texts_of(outcome, reading), reading.state or "", reading.name or ""]
    for text in told:
        assert text.isprintable()
        assert len(text) <= LONGEST
        assert not any(part in text for part in ("canary", "eyJ", "Y2FuYXJ5"))
