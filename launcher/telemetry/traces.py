"""`--otel`: traces by OpenTelemetry's SDK, set up by the standard OTEL_* variables. Owner of the SDK.

Events wait in a bounded queue; a thread makes spans of them, and the SDK's own thread sends those in batches.
While the collector takes them, the first thread waits for the second, so that no span is lost; when it does
not, spans are dropped and counted.
"""

import os
import time
from collections.abc import Mapping, Sequence

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from launcher.errors import UsageError
from launcher.journal.events import Watched
from launcher.report.summary import Summary
from launcher.telemetry.quiet import silence
from launcher.telemetry.spans import Spans, Value
from launcher.telemetry.teller import CAPACITY, Mailbox, defect
from launcher.version import __version__

_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_QUEUE = 2048
"""The SDK's own default for OTEL_BSP_MAX_QUEUE_SIZE."""
_MARGIN = 64
"""Places in the SDK's queue that stay free: one event may end several spans."""
_LOOK = 0.01
"""Seconds between two looks at whether there is room again."""


def exporter_from_environment() -> SpanExporter | None:
    """What OTEL_TRACES_EXPORTER and OTEL_EXPORTER_OTLP_* ask for; None for none.

    Raises:
        UsageError: they ask for something that there is not.
    """
    silence("opentelemetry", "urllib3")
    wanted = os.environ.get("OTEL_TRACES_EXPORTER", "").strip() or "otlp"
    if wanted == "none":
        return None
    if wanted != "otlp":
        raise UsageError(f"--otel: OTEL_TRACES_EXPORTER is {wanted!r}; it can be otlp or none", code="L007")
    protocol = next((value for name in _PROTOCOLS if (value := os.environ.get(name))), "http/protobuf")
    if protocol != "http/protobuf":
        raise UsageError(
            f"--otel: the protocol {protocol!r} is not supported; "
            f"set {_PROTOCOLS[0]}=http/protobuf and an endpoint that speaks it (port 4318 as a rule)",
            code="L007",
        )
    try:
        _queue_size()
        return OTLPSpanExporter()
    except (OSError, ValueError) as error:  # not its text: it may quote a header, which holds a token
        raise UsageError(
            f"--otel: an OTEL_* variable has a value that cannot be ({type(error).__name__})", code="L007"
        ) from None


def _queue_size() -> int:
    return int(os.environ.get("OTEL_BSP_MAX_QUEUE_SIZE", "").strip() or _QUEUE)


class _Counting(SpanExporter):
    """Passes spans on and counts what became of them."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self.delivered = 0
        self.failed = 0
        self.failing = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        try:
            result = self._exporter.export(spans)
        except Exception:  # noqa: BLE001 - the SDK would log it with all it holds
            result = SpanExportResult.FAILURE
        self.failing = result is not SpanExportResult.SUCCESS
        if self.failing:
            self.failed += len(spans)
        else:
            self.delivered += len(spans)
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._exporter.force_flush(timeout_millis)


class _Batches(BatchSpanProcessor):
    """The SDK's batches, counting what goes in."""

    def __init__(self, exporter: _Counting, queue_size: int) -> None:
        super().__init__(exporter, max_queue_size=queue_size)
        self._counting = exporter
        self._limit = max(1, queue_size - _MARGIN)
        self.ended = 0

    def on_end(self, span: ReadableSpan) -> None:
        self.ended += bool(span.context and span.context.trace_flags.sampled)
        super().on_end(span)

    @property
    def crowded(self) -> bool:
        """Whether waiting a little may save spans from being dropped."""
        settled = self._counting.delivered + self._counting.failed
        return not self._counting.failing and self.ended - settled > self._limit


class Traces:
    """Sends a run as a trace. A teller.

    Args:
        exporter: where spans go.
        summary: the run; it must see each event before this does.
        opened_at: when this process took the run over, seconds since the epoch.
        attributes: of the run's span.
        capacity: events that wait to become spans.

    Raises:
        UsageError: an OTEL_* variable has a value that cannot be.
    """

    def __init__(
        self,
        exporter: SpanExporter,
        summary: Summary,
        opened_at: float,
        attributes: Mapping[str, Value],
        capacity: int = CAPACITY,
    ) -> None:
        silence("opentelemetry", "urllib3")
        self._counting = _Counting(exporter)
        try:
            self._batches = _Batches(self._counting, _queue_size())
            self._provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
        except ValueError as error:
            raise UsageError(
                f"--otel: an OTEL_* variable has a value that cannot be: {error}", code="L007"
            ) from error
        self._provider.add_span_processor(self._batches)
        tracer = self._provider.get_tracer("launcher", __version__)
        self._spans = Spans(tracer, summary, _parent(), opened_at, attributes)
        self._dropped = 0
        self._mailbox: Mailbox[Watched] = Mailbox("launcher-otel", self._take, capacity, self._finish)

    def on_event(self, event: Watched) -> None:
        """Queue one event, unless there is no room."""
        if not self._mailbox.put(event):
            self._dropped += 1

    def close(self) -> None:
        """Have all that is left sent."""
        self._mailbox.close()

    def wait(self, seconds: float) -> str | None:
        """Wait for the collector."""
        self._mailbox.wait(seconds)
        if self._mailbox.trouble is not None:
            return f"not all events became spans: {defect(self._mailbox.trouble)}"
        if lost := self._batches.ended - self._counting.delivered:
            return f"{lost:,} of {self._batches.ended:,} spans did not reach the collector"
        if left := self._dropped + self._mailbox.waiting:
            return f"{left:,} events did not become spans: the collector was too slow"
        return None

    def _take(self, event: Watched) -> None:
        self._spans.take(event)
        while self._batches.crowded:
            time.sleep(_LOOK)

    def _finish(self) -> None:
        self._spans.close()
        self._provider.shutdown()


def _resource() -> Resource:
    ours = {SERVICE_VERSION: __version__}
    found = Resource.create()
    if str(found.attributes.get(SERVICE_NAME, "")).startswith(
        "unknown_service"
    ):  # the SDK's word for: not set
        ours[SERVICE_NAME] = "kore-campaign-launcher"
    return Resource(ours).merge(found) if SERVICE_NAME not in ours else found.merge(Resource(ours))


def _parent() -> Context | None:
    """What TRACEPARENT names, as tools that trace whole pipelines set it."""
    names = {"traceparent": "TRACEPARENT", "tracestate": "TRACESTATE"}
    carrier = {key: os.environ[name] for key, name in names.items() if os.environ.get(name)}
    return TraceContextTextMapPropagator().extract(carrier, Context()) if carrier else None
