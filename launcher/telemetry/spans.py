"""A run as spans: the run, its accounts, their launches, and every attempt and read.

A launch's span is open from its first request to its result, so that only launches that are on their way or
wait for a retry take memory. Spans take the times of their events, whenever they are made.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer

from launcher.journal.events import (
    AttemptFinished,
    AttemptIntended,
    AttemptWithdrawn,
    DoubtCleared,
    LaneClosed,
    LaunchFinished,
    LaunchPlanned,
    ReadFinished,
    ReadIntended,
    RunHalted,
    Watched,
)
from launcher.outcome import OutcomeKind, Result
from launcher.report.plain import redact
from launcher.report.summary import Summary
from launcher.report.times import iso_utc

_BAD = {Result.REJECTED, Result.FAILED, Result.UNKNOWN}

Value = str | int | bool | None


@dataclass(slots=True)
class _Open:
    """A launch on its way."""

    span: Span
    context: Context
    request: Span | None = None
    """The attempt or read whose reply is awaited."""


class Spans:
    """Turns events into spans; used by one thread.

    Args:
        tracer: makes the spans.
        summary: knows the launches by number.
        parent: what the run is a part of.
        opened_at: when this process took the run over, seconds since the epoch.
        attributes: of the run's span.
    """

    def __init__(
        self,
        tracer: Tracer,
        summary: Summary,
        parent: Context | None,
        opened_at: float,
        attributes: Mapping[str, Value],
    ) -> None:
        self._tracer = tracer
        self._summary = summary
        self._opened_at = opened_at
        self._accounts: dict[str, tuple[Span, Context]] = {}
        self._open: dict[int, _Open] = {}
        self._run = self._start("run", parent, opened_at, {"launcher.run": summary.key, **attributes})
        self._run_context = trace.set_span_in_context(self._run, Context())
        self._last = opened_at

    def take(self, event: Watched) -> None:
        """Take one event in."""
        self._last = max(self._last, getattr(event, "at", self._last))
        match event:
            case AttemptIntended(launch=launch, attempt=attempt, at=at):
                self._request(launch, "attempt", at, {"launcher.attempt": attempt})
            case ReadIntended(launch=launch, at=at):
                self._request(launch, "read", at, {})
            case AttemptFinished() | AttemptWithdrawn() | ReadFinished():
                self._on_reply(event)
            case DoubtCleared(launch=launch, at=at, evidence=evidence):
                told = {"launcher.evidence": _text(evidence)}
                self._launch(launch, at).span.add_event("doubt cleared", told, _ns(at))
            case LaunchFinished():
                self._on_result(event)
            case LaneClosed():
                self._on_lane(event)
            case RunHalted(at=at, reason=reason):
                self._run.add_event("halted", {"launcher.reason": _text(reason)}, _ns(at))

    def close(self) -> None:
        """End all that is open, with what the summary says of the run."""
        for each in self._open.values():
            if each.request is not None:
                each.request.end(_ns(self._last))
            each.span.end(_ns(self._last))
        self._open.clear()
        for span, _ in self._accounts.values():
            span.end(_ns(self._last))
        run, whole = self._summary.run, self._summary.totals()
        totals = {f"launcher.launches.{result.value}": count for result, count in whole.results.items()}
        told = {"launcher.launches.planned": whole.planned, **totals, "launcher.requests": whole.requests}
        _tell(self._run, {**told, "launcher.throttled": whole.throttled, "launcher.exit_code": run.exit_code})
        if run.exit_code != 0:
            self._run.set_status(Status(StatusCode.ERROR, _text(run.halted or f"exit code {run.exit_code}")))
        self._run.end(_ns(max(self._last, run.finished_at or self._last)))

    def _request(self, launch: int, name: str, at: float, attributes: Mapping[str, Value]) -> None:
        each = self._launch(launch, at)
        if each.request is not None:  # its end was dropped
            each.request.end(_ns(at))
        each.request = self._start(name, each.context, at, attributes, SpanKind.CLIENT)

    def _on_reply(self, event: AttemptFinished | AttemptWithdrawn | ReadFinished) -> None:
        each = self._launch(event.launch, event.at)
        span, each.request = each.request, None
        if span is None:  # its begin was dropped
            return
        bad = False
        match event:
            case AttemptFinished(outcome=outcome):
                bad = outcome is not OutcomeKind.ACCEPTED and not event.already_active
                _tell(span, {"launcher.outcome": outcome.value, **_reply(event)})
            case ReadFinished(state=state):
                bad = state is None
                _tell(span, {"launcher.state": state, **_reply(event)})
            case AttemptWithdrawn(reason=reason):
                _tell(span, {"launcher.outcome": "withdrawn", "launcher.reason": reason})
        if bad:
            span.set_status(Status(StatusCode.ERROR, _text(event.reason or "")))
        span.end(_ns(event.at))

    def _on_result(self, event: LaunchFinished) -> None:
        each = self._launch(event.launch, event.at)
        del self._open[event.launch]
        if each.request is not None:
            each.request.end(_ns(event.at))
        attempts = self._summary.record(event.launch).attempts
        told = {"launcher.result": event.result.value, "launcher.reason": event.reason}
        _tell(each.span, {**told, "launcher.attempts": attempts, "launcher.evidence": event.evidence})
        if event.result in _BAD:
            each.span.set_status(Status(StatusCode.ERROR, _text(event.reason or event.result.value)))
        each.span.end(_ns(event.at))

    def _on_lane(self, event: LaneClosed) -> None:
        span, _ = self._account(event.account, None)
        until = {} if event.until is None else {"launcher.until": iso_utc(event.until)}
        span.add_event("sends nothing", {"launcher.reason": _text(event.reason), **until}, _ns(event.at))

    def _launch(self, number: int, at: float) -> _Open:
        each = self._open.get(number)
        if each is None:
            planned = self._summary.record(number).planned
            _, context = self._account(planned.account, planned.identity.account_id)
            span = self._start("launch", context, at, _identity(planned))
            each = self._open[number] = _Open(span, trace.set_span_in_context(span, Context()))
        return each

    def _account(self, name: str, account_id: str | None) -> tuple[Span, Context]:
        found = self._accounts.get(name)
        if found is None:
            told = {"launcher.account": name, "launcher.account_id": account_id}
            span = self._start("account", self._run_context, self._opened_at, told)
            found = self._accounts[name] = span, trace.set_span_in_context(span, Context())
        return found

    def _start(
        self,
        name: str,
        parent: Context | None,
        at: float,
        told: Mapping[str, Value],
        kind: SpanKind = SpanKind.INTERNAL,
    ) -> Span:
        # An empty context and not none at all: else whatever span is current would be the parent.
        context = Context() if parent is None else parent
        return self._tracer.start_span(name, context, kind, attributes=_clean(told), start_time=_ns(at))


def _reply(event: AttemptFinished | ReadFinished) -> dict[str, Value]:
    return {
        "http.response.status_code": event.http_status,
        "launcher.reason": event.reason,
        "launcher.evidence": event.evidence,
    }


def _identity(planned: LaunchPlanned) -> dict[str, Value]:
    identity = planned.identity
    return {
        "launcher.account": planned.account,
        "launcher.account_id": identity.account_id,
        "launcher.bot": planned.bot,
        "launcher.stream_id": identity.stream_id,
        "launcher.campaign_id": identity.campaign_id,
        "launcher.campaign_name": planned.name,
        "launcher.channel": identity.channel,
        "server.address": identity.host,
    }


def _tell(span: Span, attributes: Mapping[str, Value]) -> None:
    span.set_attributes(_clean(attributes))


def _clean(attributes: Mapping[str, Value]) -> dict[str, str | int | bool]:
    return {
        name: _text(value) if isinstance(value, str) else value
        for name, value in attributes.items()
        if value is not None
    }


def _text(value: str) -> str:
    # Half surrogates, from bytes that are no text, cannot be sent.
    return redact(value).encode("utf-8", "backslashreplace").decode()


def _ns(at: float) -> int:
    return int(at * 1e9)
