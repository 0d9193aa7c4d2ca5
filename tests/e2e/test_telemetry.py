"""Telling others, by the real command: readers, collectors and webhooks of every temper."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import jsonschema
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families
from receiver import receiving

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/events.schema.json").read_text())
SECRET = "canary-9f8e7d6c5b4a-do-not-show-to-anybody"
WEBHOOK = "webhook-that-is-a-secret"
AT_MOST = 30
"""Seconds; the flush may last five, a machine under load may double everything."""


def lines_of(text):
    return [json.loads(line) for line in text.splitlines()]


def test_events_in_a_file_tell_the_whole_run(launcher, serve, write_manifest, tmp_path):
    manifest = write_manifest(serve().url, {"acme": 3, "beta": 2})
    done = launcher("run", manifest, "--yes", "--events", "e.ndjson", "--report", "r.json")
    assert done.code == 0
    assert "started" in done.out
    text = (tmp_path / "e.ndjson").read_text()
    lines = lines_of(text)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    assert [error.message for line in lines for error in validator.iter_errors(line)] == []
    report = json.loads((tmp_path / "r.json").read_text())
    assert lines[-1]["totals"] == report["totals"]
    assert lines[-1]["exit_code"] == 0
    ended = {line["campaign_id"]: line["result"] for line in lines if line["event"] == "launch_finished"}
    assert ended == {each["campaign_id"]: each["result"] for each in report["campaigns"]}
    assert SECRET not in text
    assert "eyJ" not in text


def test_a_run_that_is_continued_appends(launcher, serve, write_manifest, tmp_path):
    manifest = write_manifest(serve().url, {"acme": 2})
    for _ in range(2):
        assert launcher("run", manifest, "--yes", "--events", "e.ndjson").code == 0
    lines = lines_of((tmp_path / "e.ndjson").read_text())
    assert [line["event"] for line in lines].count("run_opened") == 2
    before = [line["result_before"] for line in lines if line["event"] == "launch_planned"]
    assert before == [None, None, "started", "started"]


def test_events_on_stdout_are_alone_there(launcher, serve, write_manifest):
    done = launcher("run", write_manifest(serve().url, {"acme": 3}), "--yes", "--events", "-")
    assert done.code == 0
    assert lines_of(done.out)[-1]["event"] == "run_closed"
    assert "3 of 3 launches started" in done.err


def test_events_and_the_report_cannot_share_stdout(launcher, serve, write_manifest):
    server = serve()
    done = launcher("run", write_manifest(server.url, {"acme": 1}), "--yes", "--events", "-", "--json")
    assert done.code == 2
    assert done.err.startswith("launcher: --events - and the report cannot both have stdout")
    assert done.out == ""


@pytest.fixture
def reading(tmp_path):
    """Run the command with stdout in the hands of a reader; gives exit code, stderr and seconds."""

    def run(reader, *arguments):
        begun = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "launcher", *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, "LAUNCHER_JOURNAL": str(tmp_path / "j.sqlite3"), "SECRET": SECRET},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
        )
        reader(process.stdout)
        err = process.stderr.read().decode()
        code = process.wait(50)
        process.stdout.close()
        process.stderr.close()
        return code, err, time.monotonic() - begun

    return run


def test_a_reader_that_goes_away_does_not_change_the_run(reading, serve, write_manifest):
    server = serve()
    manifest = write_manifest(server.url, {"acme": 20})
    code, err, _ = reading(lambda stdout: stdout.close(), "run", manifest, "--yes", "--events", "-")
    assert code == 0
    assert "lines were not written: Broken pipe" in err
    assert "20 of 20 launches started" in err


def test_a_reader_that_never_reads_does_not_hold_up_the_run(reading, serve, write_manifest):
    manifest = write_manifest(serve().url, {"acme": 200})
    code, err, seconds = reading(lambda stdout: None, "run", manifest, "--yes", "--events", "-")
    assert code == 0
    assert "lines were not written: the reader was too slow" in err
    assert "200 of 200 launches started" in err
    assert seconds < AT_MOST


def test_a_named_pipe_that_nobody_reads_does_not_hold_up_the_run(launcher, serve, write_manifest, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    done = launcher("run", write_manifest(serve().url, {"acme": 2}), "--yes", "--events", "pipe")
    assert done.code == 0
    assert "lines were not written: the reader was too slow" in done.err


def test_metrics_are_read_by_the_real_parser(launcher, serve, write_manifest, tmp_path):
    manifest = write_manifest(serve().url, {"acme": 3, "beta": 2})
    assert launcher("run", manifest, "--yes", "--metrics", "m.prom", "--key", 'a "b"').code == 0
    samples = {
        (sample.name, sample.labels.get("account"), sample.labels.get("result")): sample
        for family in text_string_to_metric_families((tmp_path / "m.prom").read_text())
        for sample in family.samples
    }
    assert samples["launcher_launches", "acme", "started"].value == 3
    assert samples["launcher_launches", "acme", "started"].labels["run"] == 'a "b"'
    assert samples["launcher_requests_total", "beta", None].value == 2
    assert samples["launcher_run_exit_code", None, None].value == 0
    assert samples["launcher_last_success_timestamp_seconds", None, None].labels == {"plan": "test"}


def test_a_trace_arrives_at_a_collector(launcher, serve, write_manifest):
    manifest = write_manifest(serve().url, {"acme": 3, "beta": 2})
    with receiving() as collector:
        env = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{collector.authority}"}
        done = launcher("run", manifest, "--yes", "--otel", env=env)
    assert done.code == 0
    assert "--otel" not in done.err
    names = Counter(
        span.name
        for request in collector.received
        for resource in ExportTraceServiceRequest.FromString(request.body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    )
    assert names == {"run": 1, "account": 2, "launch": 5, "attempt": 5}
    assert not any(
        SECRET.encode() in request.body or b"eyJ" in request.body for request in collector.received
    )


@pytest.mark.parametrize("temper", ["refuses", "hangs", "is not there"])
def test_a_bad_collector_costs_spans_and_a_few_seconds(launcher, serve, write_manifest, temper):
    manifest = write_manifest(serve().url, {"acme": 3})
    with receiving(status=500, hang=temper == "hangs") as collector:
        where = "127.0.0.1:9" if temper == "is not there" else collector.authority
        begun = time.monotonic()
        env = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{where}"}
        done = launcher("run", manifest, "--yes", "--otel", env=env)
        seconds = time.monotonic() - begun
    assert done.code == 0
    assert "launcher: --otel: 8 of 8 spans did not reach the collector" in done.err
    assert "Traceback" not in done.err
    assert seconds < AT_MOST


def test_a_webhook_is_told_and_its_url_is_nowhere(launcher, serve, write_manifest, tmp_path):
    manifest = write_manifest(serve().url, {"acme": 3})
    with receiving() as hook:
        url = f"json://{hook.authority}/{WEBHOOK}"
        done = launcher(
            "run", manifest, "--yes", "-vv", "--notify", url, "--notify", "env:OPS", "--report", "r.json",
            env={"OPS": url},
        )  # fmt: skip
    assert done.code == 0
    told = Counter(json.loads(request.body)["title"] for request in hook.received)
    assert sorted(told.values()) == [2, 2]
    assert any("exit code 0: all started" in title for title in told)
    assert WEBHOOK not in done.out + done.err
    for path in tmp_path.iterdir():
        assert path.is_dir() or WEBHOOK.encode() not in path.read_bytes(), path


@pytest.mark.parametrize("temper", ["refuses", "hangs"])
def test_a_bad_webhook_costs_a_line_and_a_few_seconds(launcher, serve, write_manifest, temper):
    manifest = write_manifest(serve().url, {"acme": 3})
    with receiving(status=500, hang=temper == "hangs") as hook:
        begun = time.monotonic()
        done = launcher("run", manifest, "--yes", "--notify", f"json://{hook.authority}/{WEBHOOK}")
        seconds = time.monotonic() - begun
    assert done.code == 0
    assert "launcher: notifications: --notify (number 1), JSON: " in done.err
    assert WEBHOOK not in done.out + done.err
    assert seconds < AT_MOST


def test_a_target_that_is_none_is_found_before_anything_is_sent(launcher, serve, write_manifest):
    server = serve()
    done = launcher("run", write_manifest(server.url, {"acme": 1}), "--yes", "--notify", f"nope://{WEBHOOK}")
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert WEBHOOK not in done.out + done.err
    assert server.requests == []


@pytest.mark.parametrize(
    ("package", "words"),
    [("opentelemetry", ["--otel"]), ("apprise", ["--notify", "json://127.0.0.1"])],
)
def test_a_missing_package_is_a_line_with_what_to_install(launcher, write_manifest, tmp_path, package, words):
    missing = tmp_path / "missing"
    missing.mkdir()
    (missing / f"{package}.py").write_text(f"raise ModuleNotFoundError('no {package}', name='{package}')\n")
    path = os.pathsep.join([str(missing), *filter(None, [os.environ.get("PYTHONPATH")])])
    manifest = write_manifest("https://nobody.invalid", {"acme": 1})
    done = launcher("run", manifest, "--yes", *words, env={"PYTHONPATH": path}, anew=True)
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert f"pip install 'kore-campaign-launcher[{words[0][2:]}]'" in done.err
