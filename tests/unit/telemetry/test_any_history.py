"""Whatever happens to launches: lines follow the schema, spans end and nest, metrics can be read."""

import json

import jsonschema
from fakes.histories import walks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families

from launcher.journal.events import RunClosed
from launcher.telemetry.event_kinds import json_schema
from launcher.telemetry.event_lines import Begin, EventLines
from launcher.telemetry.metrics_text import Observed, exposition, metrics
from launcher.telemetry.spans import Spans

VALIDATOR = jsonschema.Draft202012Validator(json_schema())
COUNT = 3
LATE = 1_900_000_000.0
any_history = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@any_history
@given(st.data())
def test_lines_follow_the_schema(world, data):
    summary = world.opening(COUNT)
    events = data.draw(walks([world.planned(number) for number in range(COUNT)]))
    lines = EventLines(summary, Begin(world.T0, world.plan_of(COUNT), rehearsal=False, restarts={}))
    written = [*lines.opening(), *lines.announcement()]
    for event in events:
        summary.on_event(event)
        written.append(lines.line(event))
    summary.apply(RunClosed(LATE, 0))
    written.append(lines.closing(LATE))
    assert [seq for seq, _ in written] == list(range(len(written)))
    for seq, text in written:
        line = json.loads(text)
        VALIDATOR.validate(line)
        assert line["seq"] == seq
    assert sum(json.loads(written[-1][1])["totals"].values()) == 2 * COUNT


@any_history
@given(st.data(), st.sets(st.integers(0, 40)))
def test_spans_end_and_nest_though_some_events_were_dropped(world, data, dropped):
    summary, exporter = world.opening(COUNT), InMemorySpanExporter()
    events = data.draw(walks([world.planned(number) for number in range(COUNT)]))
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    spans = Spans(provider.get_tracer("test"), summary, Context(), world.T0, {})
    for number, event in enumerate(events):
        summary.on_event(event)
        if number not in dropped:
            spans.take(event)
    summary.apply(RunClosed(LATE, 0))
    spans.close()
    finished = exporter.get_finished_spans()
    by_id = {span.context.span_id: span for span in finished}
    assert [span.name for span in finished].count("run") == 1
    for span in finished:
        if span.name != "run":
            parent = by_id[span.parent.span_id]  # which ended too
            assert parent.start_time <= span.start_time <= span.end_time <= parent.end_time


@any_history
@given(st.data())
def test_metrics_can_be_read_and_add_up(world, data):
    summary = world.opening(COUNT)
    for event in data.draw(walks([world.planned(number) for number in range(COUNT)])):
        summary.apply(event)
        text = exposition(
            metrics(Observed(summary, "nightly", world.T0, rehearsal=False), LATE, {}, over=False)
        )
        families = {family.name: family for family in text_string_to_metric_families(text)}
        assert sum(sample.value for sample in families["launcher_launches"].samples) == COUNT
