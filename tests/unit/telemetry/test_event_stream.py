"""`--events`: every event as a line, and readers that are slow, dead or out of room."""

import errno
import json
import os
import threading
import time
from itertools import pairwise

import jsonschema
import pytest

from launcher.errors import UsageError
from launcher.journal.events import RunClosed
from launcher.telemetry.event_kinds import ENVELOPE, KINDS, json_schema
from launcher.telemetry.event_lines import Begin, EventLines
from launcher.telemetry.event_stream import EventStream, check_events, open_target, unfinished

PATIENT = 10.0
"""Seconds that a machine under load may need."""


def stream_to(world, opener, count=4, summary=None, **changes):
    summary = world.opening(count) if summary is None else summary
    begin = Begin(world.T0, world.plan_of(count), rehearsal=False, restarts={"cd-3": "so be it"})
    return summary, EventStream(EventLines(summary, begin), opener, now=lambda: world.T0 + 60, **changes)


def lines_of(path):
    return [json.loads(line) for line in path.read_text("ascii").splitlines()]


@pytest.fixture
def told(world, tmp_path):
    path = tmp_path / "events.ndjson"
    summary, stream = stream_to(world, open_target(str(path)))
    assert world.play(summary, stream) == [None]
    return lines_of(path)


def test_every_line_is_as_the_schema_says(told):
    validator = jsonschema.Draft202012Validator(json_schema())
    assert [error.message for line in told for error in validator.iter_errors(line)] == []


def test_every_kind_that_can_be_seen_is_written_with_exactly_its_keys(told):
    kinds = {kind.name: kind for kind in KINDS}
    assert {line["event"] for line in told} == kinds.keys() - {"events_dropped"}
    for line in told:
        assert tuple(line) == (*ENVELOPE, *kinds[line["event"]].keys)


def test_the_schema_knows_no_other_kind_and_misses_no_key(told):
    validator = jsonschema.Draft202012Validator(json_schema())
    assert not validator.is_valid({**told[0], "event": "run_lost"})
    assert not validator.is_valid({key: value for key, value in told[0].items() if key != "totals"})


def test_lines_are_numbered_without_a_gap(told):
    assert [line["seq"] for line in told] == list(range(len(told)))


def test_the_first_line_tells_the_run_and_the_last_its_totals(told):
    assert told[0]["event"] == "run_opened"
    assert told[0]["totals"]["planned"] == 4
    assert told[-1]["event"] == "run_closed"
    assert told[-1]["exit_code"] == 4
    assert told[-1]["totals"] == {
        "planned": 4,
        "started": 1,
        "already_active": 0,
        "rejected": 1,
        "failed": 1,
        "unknown": 0,
        "not_attempted": 1,
    }
    assert told[-1]["requests"] == 6


def test_a_line_about_a_launch_needs_no_other_line(told):
    line = next(line for line in told if line["event"] == "launch_finished")
    assert line["account"] == "acme"
    assert line["account_id"] == "id-acme"
    assert line["stream_id"] == "st-1"
    assert line["campaign_id"] == "cd-0"
    assert line["at"] == "2026-11-23T12:00:03.000Z"


def test_no_token_gets_out(told):
    assert "eyJ" not in json.dumps(told)


def test_a_run_that_is_continued_says_what_ended_before(world, tmp_path):
    summary = world.opening(4)
    for event in world.STEPS:
        summary.apply(event)
    path = tmp_path / "events.ndjson"
    summary, stream = stream_to(world, open_target(str(path)), summary=summary)
    stream.close()
    assert stream.wait(PATIENT) is None
    before = [line["result_before"] for line in lines_of(path) if line["event"] == "launch_planned"]
    assert before == ["started", "failed", "rejected", "not_attempted"]


def test_a_run_that_broke_off_ends_without_an_exit_code(world, tmp_path):
    path = tmp_path / "events.ndjson"
    summary, stream = stream_to(world, open_target(str(path)))
    world.play(summary, stream, exit_code=None)
    assert lines_of(path)[-1]["exit_code"] is None


def test_lines_are_appended_after_a_line_that_was_cut_off(world, tmp_path):
    path = tmp_path / "events.ndjson"
    path.write_text('{"whole": 1}\n{"cut o')
    assert unfinished(str(path))
    summary, stream = stream_to(world, open_target(str(path)), torn=True)
    world.play(summary, stream)
    first, cut, second, *_ = path.read_text().split("\n")
    assert (first, cut) == ('{"whole": 1}', '{"cut o')
    assert json.loads(second)["event"] == "run_opened"
    assert not unfinished(str(path))


def test_a_reader_that_does_not_read_holds_nobody_up(world):
    reader, writer = os.pipe()
    _, stream = stream_to(world, lambda: writer, count=2_000, capacity=50)
    begun = time.monotonic()
    for _ in range(20):
        for event in world.STEPS:
            stream.on_event(event)
    stream.close()
    trouble = stream.wait(0.05)
    assert time.monotonic() - begun < PATIENT
    assert trouble.endswith("lines were not written: the reader was too slow")
    os.close(reader)  # lets the thread end
    stream.wait(PATIENT)


def test_what_was_dropped_is_counted_in_its_place(world):
    reader, writer = os.pipe()
    summary, stream = stream_to(world, lambda: writer, count=2_000, capacity=10)
    for event in world.STEPS:  # the pipe is full of announcements by now, or soon is
        summary.on_event(event)
        stream.on_event(event)
    stream.close()
    received = bytearray()

    def read():
        while piece := os.read(reader, 65_536):
            received.extend(piece)

    thread = threading.Thread(target=read)
    thread.start()
    trouble = stream.wait(PATIENT)
    thread.join(PATIENT)
    os.close(reader)
    lines = [json.loads(line) for line in received.decode().splitlines()]
    dropped = [line for line in lines if line["event"] == "events_dropped"]
    numbers = [line["seq"] for line in lines]
    assert numbers == sorted(numbers)
    for before, line in pairwise(lines):
        assert line["seq"] - before["seq"] == line.get("count", 1)
    assert lines[-1]["event"] == "run_closed"
    assert (trouble is None) == (not dropped)
    assert sum(line["count"] for line in dropped) == sum(1 for _ in world.STEPS) + 2_003 - (
        len(lines) - len(dropped)
    )
    assert dropped


def test_a_reader_that_goes_away_is_told_of_at_the_end(world):
    reader, writer = os.pipe()
    os.close(reader)
    summary, stream = stream_to(world, lambda: writer)
    assert world.play(summary, stream) == ["35 of 35 lines were not written: Broken pipe"]


def test_a_full_disk_costs_lines_and_no_more(world, tmp_path):
    summary, stream = stream_to(world, open_target("/dev/full"))
    assert world.play(summary, stream) == [f"35 of 35 lines were not written: {os.strerror(errno.ENOSPC)}"]


def test_a_named_pipe_waits_for_its_reader_in_the_thread(world, tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    check_events(str(path))
    assert not unfinished(str(path))
    summary, stream = stream_to(world, open_target(str(path)))
    text = []
    reader = threading.Thread(target=lambda: text.append(path.read_text()))
    reader.start()
    assert world.play(summary, stream) == [None]
    reader.join(PATIENT)
    assert len(text[0].splitlines()) == 35


def test_an_event_of_the_end_is_told_once(world, tmp_path):
    path = tmp_path / "events.ndjson"
    summary, stream = stream_to(world, open_target(str(path)))
    world.play(summary, stream, steps=[*world.STEPS, RunClosed(world.T0 + 59, 4)])
    assert [line["event"] for line in lines_of(path)].count("run_closed") == 1


@pytest.mark.parametrize("path", ["missing/events.ndjson", ".", "a\0b"])
def test_what_cannot_be_written_is_found_before_the_run(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="cannot write events to"):
        check_events(path)
