"""What a reply meant: one pure function per operation makes an `Outcome` or a `Reading` of it.

The rule that everything else serves: a start may only be sent again on proof that nothing started. So
`accepted` and `refused` need a plain word from the server, and whatever is left is `in_doubt`. The API pages
print success bodies, error envelopes and rate-limit texts, but no error reply of the campaign service.
"""

from collections.abc import Iterator
from functools import cached_property, lru_cache
from http import HTTPStatus
from typing import Any

from launcher.kore.naming import another_campaign
from launcher.kore.phrases import names_rate_limit, says_already_active, says_rate_limited
from launcher.kore.reply import RawReply, Reply, TransportFailure
from launcher.kore.wire_time import http_date, iso_time, retry_after
from launcher.kore.wording import Said, clean, everything_said, redirect_target, sentence, shorten
from launcher.outcome import Outcome, OutcomeKind, Reading

_STARTED = "active"
_STOPPED = "stopped"
_FAILURES = frozenset({"failed", "failure", "error", "rejected", "denied", "invalid"})
_NOT_STARTED = _FAILURES | {"stopped", "ready", "paused", "scheduled", "rescheduled"}
_NOT_STOPPED = _FAILURES | {"active"}
_ENVELOPE = _FAILURES | {"success", "ok"}
"""Words of the outer `status` that speak of the call, not of the campaign."""

_MAY_HAVE_BEEN_PROCESSED = frozenset({408, 460, 499})
"""4xx with which servers and gateways give up on a request that they may have passed on."""
_REDIRECTED_UNPROCESSED = frozenset({301, 307, 308})
"""The others (302, 303) may follow upon a processed POST."""
_SUCCESS = 2
_CLIENT_ERROR = 4
_STATE_LENGTH = 60
_BAD_CREDENTIALS_CODE = "4002"
_ADVICE = {
    301: "correct `host` in the manifest, redirects are not followed",
    307: "correct `host` in the manifest, redirects are not followed",
    308: "correct `host` in the manifest, redirects are not followed",
    401: "check that the app's scope is published, its client id and secret, and that it belongs to this bot",
    404: "check host, stream and campaign id",
    407: "the proxy wants other credentials",
}


def outcome_of_start(reply: Reply, now: float, campaign: str | None = None) -> Outcome:
    """What a request to start `campaign` (its id) meant; `now` (epoch seconds) is when the reply was read.

    Never raises. None: the reply is taken to be about the right campaign whatever id it names.
    """
    return _outcome(reply, now, campaign, wanted=_STARTED, denied=_NOT_STARTED)


def outcome_of_stop(reply: Reply, now: float, campaign: str | None = None) -> Outcome:
    """What a stop request meant; `accepted` says that the campaign is stopped. Never raises."""
    return _outcome(reply, now, campaign, wanted=_STOPPED, denied=_NOT_STOPPED)


def reading_of_status(reply: Reply, now: float, campaign: str | None = None) -> Reading:
    """What the status endpoint told of `campaign`; `now` (epoch seconds) is when the reply was read.

    Documented is `{"status": "success", "data": {"status": "Ready", …}}`; the flat `{"status": "Ready"}` is
    understood too. A reply that names another campaign is unreadable. Never raises.
    """
    return _reading(reply, now, campaign)


def reading_of_details(reply: Reply, now: float, campaign: str | None = None) -> Reading:
    """What get-by-id told, with the campaign's `updatedAt`. Never raises."""
    return _reading(reply, now, campaign)


class _Answer:
    """A reply, parsed once; what it says is only looked at when that matters."""

    def __init__(self, reply: RawReply, campaign: str | None) -> None:
        self.reply = reply
        self.value: Any = reply.json() if reply.complete else None
        """The body's JSON; None when it is not JSON or incomplete."""
        self.fields: dict[str, Any] = self.value if isinstance(self.value, dict) else {}
        self.stranger = another_campaign(self.fields, campaign) if campaign and self.fields else None
        """The id of another campaign than the one that was asked for; None when the body names none."""

    @cached_property
    def said(self) -> tuple[Said, ...]:
        return everything_said(self.reply, self.value)

    @property
    def status(self) -> int:
        return self.reply.status

    @property
    def family(self) -> int:
        """2 for 2xx, and so on."""
        return self.reply.status // 100

    @property
    def state(self) -> str | None:
        """The outer `status` of the body as it is spelled."""
        return self.text_of(self.fields.get("status"))

    @property
    def word(self) -> str:
        """The outer `status` to compare by: nothing but case and white space around it is forgiven."""
        status = self.fields.get("status")
        return status.strip().lower() if isinstance(status, str) else ""

    @property
    def texts(self) -> Iterator[str]:
        return (one.text for one in self.said)

    def text_of(self, value: object, longest: int = _STATE_LENGTH) -> str | None:
        if not isinstance(value, str):
            return None
        return shorten(clean(value, self.reply.confidential), longest) or None


def _outcome(
    reply: Reply, now: float, campaign: str | None, *, wanted: str, denied: frozenset[str]
) -> Outcome:
    if isinstance(reply, TransportFailure):
        return Outcome(OutcomeKind.IN_DOUBT if reply.sent else OutcomeKind.UNSENT, clean(reply.reason))
    answer = _Answer(reply, campaign)
    kind = _kind(answer, wanted, denied)
    refused = kind is OutcomeKind.REFUSED
    return Outcome(
        kind,
        reason=None if kind is OutcomeKind.ACCEPTED else _reason(answer),
        http_status=answer.status,
        evidence=_evidence(answer),
        retry_after=_retry_after(reply, now),
        already_active=refused and wanted == _STARTED and _already_active(answer),
        unauthorized=refused and answer.status == HTTPStatus.UNAUTHORIZED,
    )


def _kind(answer: _Answer, wanted: str, denied: frozenset[str]) -> OutcomeKind:
    match answer.family:
        case 2:
            return _kind_of_success(answer, wanted, denied)
        case 3 if answer.status in _REDIRECTED_UNPROCESSED:
            return OutcomeKind.REFUSED
        case 4 if answer.status not in _MAY_HAVE_BEEN_PROCESSED:
            return OutcomeKind.THROTTLED if _throttled_client_error(answer) else OutcomeKind.REFUSED
        case 5 if not answer.stranger and says_rate_limited(answer.texts):
            return OutcomeKind.THROTTLED
    return OutcomeKind.IN_DOUBT


def _kind_of_success(answer: _Answer, wanted: str, denied: frozenset[str]) -> OutcomeKind:
    if not answer.reply.complete or answer.stranger:
        return OutcomeKind.IN_DOUBT
    if answer.word == wanted:
        return OutcomeKind.ACCEPTED
    if _throttled_success(answer):
        return OutcomeKind.THROTTLED
    return OutcomeKind.REFUSED if answer.word in denied else OutcomeKind.IN_DOUBT


def _throttled_success(answer: _Answer) -> bool:
    """A 2xx that says rate limit: plainly, where a status such as `success` lets the words be a name."""
    named = (not answer.word or answer.word in _FAILURES) and names_rate_limit(answer.texts)
    return named or says_rate_limited(answer.texts)


def _throttled_client_error(answer: _Answer) -> bool:
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS or says_rate_limited(answer.texts):
        return True
    if answer.status not in (HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN) or _already_active(answer):
        return False
    return names_rate_limit(answer.texts)


def _already_active(answer: _Answer) -> bool:
    return not answer.stranger and (answer.word == _STARTED or says_already_active(answer.texts))


def _reading(reply: Reply, now: float, campaign: str | None) -> Reading:
    if isinstance(reply, TransportFailure):
        return Reading(None, reason=clean(reply.reason))
    answer = _Answer(reply, campaign)
    state = _campaign_state(answer)
    data = _data(answer)
    return Reading(
        state,
        updated_at=iso_time(data.get("updatedAt")) if state else None,
        clock_skew=_clock_skew(reply, now),
        http_status=answer.status,
        reason=None if state else _reason(answer),
        retry_after=_retry_after(reply, now),
        throttled=state is None and _throttled_read(answer),
        unauthorized=answer.status == HTTPStatus.UNAUTHORIZED,
        name=answer.text_of(data.get("name"), 200) if state else None,
    )


def _data(answer: _Answer) -> dict[str, Any]:
    """Where the campaign stands in the body: under `data`, or (flat form) at the top."""
    data = answer.fields.get("data")
    return data if isinstance(data, dict) else answer.fields


def _campaign_state(answer: _Answer) -> str | None:
    """The campaign's state; None when the reply does not tell it."""
    if answer.family != _SUCCESS or answer.word in _FAILURES or answer.stranger:
        return None
    state = answer.text_of(_data(answer).get("status"))
    return None if state is None or state.lower() in _ENVELOPE else state


def _throttled_read(answer: _Answer) -> bool:
    if answer.family == _CLIENT_ERROR:
        return _throttled_client_error(answer)
    return says_rate_limited(answer.texts) or names_rate_limit(answer.texts)


def _retry_after(reply: RawReply, now: float) -> float | None:
    value = reply.header("retry-after")
    return None if value is None else retry_after(value, reply.header("date"), now)


def _clock_skew(reply: RawReply, now: float) -> float | None:
    date = http_date(reply.header("date"))
    return None if date is None else date - now


def _evidence(answer: _Answer) -> str | None:
    """`status Active, updatedAt 2025-…, instance cid-…`, as far as the body has them."""
    state = answer.state
    if state is None:
        return None
    parts = [f"status {state}"]
    for label, key in (("updatedAt", "updatedAt"), ("instance", "campaignInstanceId")):
        text = answer.text_of(answer.fields.get(key))
        if text:
            parts.append(f"{label} {text}")
    return _shared(", ".join(parts))


@lru_cache(maxsize=64)
def _shared(text: str) -> str:
    """The same text for replies that say the same: every launch keeps its evidence until the report."""
    return text


def _reason(answer: _Answer) -> str:
    """One sentence on a reply that did not say what was hoped for."""
    said = str(answer.said[0]) if answer.said else ""
    match answer.family:
        case 2:
            return _reason_of_success(answer, said)
        case 3:
            said = f"redirect to {redirect_target(answer.reply)}"
    return sentence(f"HTTP {_named(answer.status)}", said or _silence(answer), _advice(answer))


def _reason_of_success(answer: _Answer, said: str) -> str:
    http = f"HTTP {answer.status}"
    if not answer.reply.complete:
        return f"{http}, but the reply broke off after {len(answer.reply.body)} bytes"
    if answer.stranger:
        return f"{http}, but the reply is about another campaign, {answer.text_of(answer.stranger)}"
    if answer.state:
        return sentence(f"{http} with status '{answer.state}'", said)
    if answer.value is None:
        return sentence(f"{http}, but the body is not JSON", said) if said else f"{http} with an empty body"
    return sentence(f"{http}, but the reply names no status", said)


def _silence(answer: _Answer) -> str:
    """What stands in for a message when there is none."""
    return "no message" if answer.reply.body else "empty body"


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _advice(answer: _Answer) -> str:
    if any(one.code == _BAD_CREDENTIALS_CODE for one in answer.said):
        return _ADVICE[401]
    return _ADVICE.get(answer.status, "")
