"""`--otel`: what the SDK's own exporters see, and what arrives at a real OTLP/HTTP receiver."""

import time
from collections import Counter

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from launcher.errors import UsageError
from launcher.journal.events import AttemptFinished, AttemptIntended, LaunchFinished
from launcher.outcome import OutcomeKind, Result
from launcher.telemetry.traces import Traces, exporter_from_environment


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    for name in ("OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_PROTOCOL", "TRACEPARENT", "OTEL_SERVICE_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")


def traces_of(world, exporter, summary, **changes):
    return Traces(exporter, summary, world.T0, {"launcher.plan": "nightly"}, **changes)


@pytest.fixture
def spans(world):
    exporter, summary = InMemorySpanExporter(), world.opening(4)
    assert world.play(summary, traces_of(world, exporter, summary)) == [None]
    return exporter.get_finished_spans()


def named(spans, name):
    return [span for span in spans if span.name == name]


def test_a_span_for_the_run_each_account_launch_attempt_and_read(spans):
    # One launch was reopened and ended again: two spans.
    assert Counter(span.name for span in spans) == {
        "run": 1,
        "account": 1,
        "launch": 5,
        "attempt": 5,
        "read": 2,
    }


def test_spans_are_inside_each_other(spans):
    by_id = {span.context.span_id: span for span in spans}
    inside = {"attempt": "launch", "read": "launch", "launch": "account", "account": "run"}
    for span in spans:
        if span.name == "run":
            assert span.parent is None
            continue
        parent = by_id[span.parent.span_id]
        assert parent.name == inside[span.name]
        assert parent.start_time <= span.start_time <= span.end_time <= parent.end_time
    assert len({span.context.trace_id for span in spans}) == 1


def test_an_attempt_tells_outcome_status_and_reason_at_the_times_of_its_events(world, spans):
    throttled = next(
        span for span in named(spans, "attempt") if span.attributes["launcher.outcome"] == "throttled"
    )
    assert throttled.attributes["http.response.status_code"] == 429
    assert throttled.attributes["launcher.reason"] == "HTTP 429"
    assert throttled.start_time == int((world.T0 + 3) * 1e9)
    assert throttled.end_time == int((world.T0 + 4) * 1e9)
    assert throttled.status.status_code is StatusCode.ERROR


def test_a_launch_tells_ids_and_result(spans):
    launches = {span.attributes["launcher.campaign_id"]: span for span in named(spans, "launch")}
    assert launches["cd-0"].attributes["launcher.result"] == "started"
    assert launches["cd-0"].attributes["launcher.account_id"] == "id-acme"
    assert launches["cd-0"].status.status_code is StatusCode.UNSET
    assert launches["cd-1"].attributes["launcher.attempts"] == 2
    assert launches["cd-1"].status.status_code is StatusCode.ERROR


def test_the_run_tells_its_end(spans):
    (run,) = named(spans, "run")
    assert run.attributes["launcher.run"] == "nightly-2026-11-23"
    assert run.attributes["launcher.exit_code"] == 4
    assert run.attributes["launcher.launches.started"] == 1
    assert [event.name for event in run.events] == ["halted"]


def test_no_token_gets_out(spans):
    assert not any("eyJ" in span.to_json() for span in spans)


def test_the_run_is_part_of_the_trace_that_traceparent_names(world, monkeypatch):
    monkeypatch.setenv("TRACEPARENT", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    exporter, summary = InMemorySpanExporter(), world.opening(1)
    world.play(summary, traces_of(world, exporter, summary), steps=())
    (run,) = exporter.get_finished_spans()
    assert f"{run.context.trace_id:032x}" == "0af7651916cd43dd8448eb211c80319c"
    assert f"{run.parent.span_id:016x}" == "b7ad6b7169203331"


def test_a_real_receiver_can_read_it(world, monkeypatch):
    with world.receiving() as server:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://{server.authority}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a-key")
        monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test")
        summary = world.opening(4)
        assert world.play(summary, traces_of(world, exporter_from_environment(), summary)) == [None]
    names, resources = Counter(), []
    for request in server.received:
        assert request.path == "/v1/traces"
        assert request.headers["api-key"] == "a-key"
        for resource in ExportTraceServiceRequest.FromString(request.body).resource_spans:
            resources.append({each.key: each.value.string_value for each in resource.resource.attributes})
            names.update(span.name for scope in resource.scope_spans for span in scope.spans)
    assert names == {"run": 1, "account": 1, "launch": 5, "attempt": 5, "read": 2}
    assert resources[0]["service.name"] == "kore-campaign-launcher"
    assert resources[0]["deployment.environment"] == "test"


def test_the_service_may_have_another_name(world, monkeypatch):
    monkeypatch.setenv("OTEL_SERVICE_NAME", "night-shift")
    exporter, summary = InMemorySpanExporter(), world.opening(1)
    world.play(summary, traces_of(world, exporter, summary), steps=())
    assert exporter.get_finished_spans()[0].resource.attributes["service.name"] == "night-shift"


def test_a_collector_that_refuses_costs_spans_and_no_more(world, monkeypatch, capsys, caplog):
    with world.receiving(status=400) as server:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://{server.authority}")
        summary = world.opening(4)
        (trouble,) = world.play(summary, traces_of(world, exporter_from_environment(), summary))
    assert trouble == "14 of 14 spans did not reach the collector"
    assert capsys.readouterr().err == caplog.text == ""


def test_a_collector_that_hangs_delays_the_end_by_no_more_than_is_allowed(world, monkeypatch):
    with world.receiving(hang=True) as server:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://{server.authority}")
        summary = world.opening(4)
        traces = traces_of(world, exporter_from_environment(), summary)
        for event in world.STEPS:
            summary.on_event(event)
            traces.on_event(event)
        begun = time.monotonic()
        traces.close()
        trouble = traces.wait(0.1)
        assert time.monotonic() - begun < 5
        assert "did not reach the collector" in trouble or "did not become spans" in trouble
        server.release.set()
        assert traces.wait(10) is None


class Slow(SpanExporter):
    """Takes everything, in its time."""

    def __init__(self):
        self.taken = 0

    def export(self, spans):
        time.sleep(0.002)
        self.taken += len(spans)
        return SpanExportResult.SUCCESS

    def shutdown(self):
        pass


def launches(world, count):
    for number in range(count):
        at = world.T0 + number
        yield AttemptIntended(number, 1, at)
        yield AttemptFinished(number, 1, at + 1, OutcomeKind.ACCEPTED, None, 200)
        yield LaunchFinished(number, at + 1, Result.STARTED)


def test_a_slow_collector_loses_no_span_though_the_queue_is_small(world, monkeypatch):
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "128")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "32")
    exporter, summary = Slow(), world.opening(1_000)
    traces = traces_of(world, exporter, summary)
    assert world.play(summary, traces, steps=launches(world, 1_000), exit_code=0) == [None]
    assert exporter.taken == 2_002


def test_launches_that_ended_take_no_memory(world):
    exporter, summary = Slow(), world.opening(300)
    traces = traces_of(world, exporter, summary)
    world.play(summary, traces, steps=launches(world, 300), exit_code=0)
    assert traces._spans._open == {}


def test_events_for_which_there_is_no_room_are_counted(world, monkeypatch):
    class Stuck(Slow):
        def export(self, spans):
            time.sleep(0.1)
            return super().export(spans)

    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "65")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "65")
    exporter, summary = Stuck(), world.opening(500)
    traces = traces_of(world, exporter, summary, capacity=20)
    (trouble,) = world.play(summary, traces, steps=launches(world, 500), exit_code=0)
    assert trouble.endswith("events did not become spans: the collector was too slow")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("OTEL_TRACES_EXPORTER", "zipkin", "it can be otlp or none"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "the protocol 'grpc' is not supported"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "many", "a value that cannot be"),
    ],
)
def test_settings_that_cannot_be_are_found_before_the_run(name, value, sentence, monkeypatch):
    monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match=sentence):
        exporter_from_environment()


def test_no_exporter_is_a_choice(monkeypatch):
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")
    assert exporter_from_environment() is None
