"""Stopping: what is in flight is waited for, the report is written, the same key goes on."""

import json
import os
import select
import signal
import sys
import time
from contextlib import suppress

import pytest
from fault_audit import audit, events_of
from fault_manifest import ids
from fault_process import until

from launcher.journal.events import AttemptFinished, AttemptIntended, LaunchFinished, RunClosed
from launcher.outcome import OutcomeKind, Result

SLOTS = 4
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 130}
EARLY = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
"""Before anything was sent there is no report; a hang-up ends as a shell expects it."""


def busy(server, count=SLOTS):
    until(lambda: server.answering == count, "requests in flight")


@pytest.mark.parametrize("number", CODES, ids=lambda number: number.name)
def test_the_first_signal_lets_what_is_in_flight_end_and_the_same_key_does_the_rest(
    launchers, serve, write_manifest, number
):
    server = serve(latency=0.3)
    manifest = write_manifest(server.url, ids(12), settings={"concurrency": SLOTS, "timeout": "5s"})
    command = ("run", manifest, "--yes", "--json", "--key", "k", "--report", "report.json")
    stopped = launchers.start(*command)
    busy(server)
    stopped.send(number)
    assert stopped.wait().code == CODES[number], stopped.err
    assert server.plays.total() == SLOTS, "no start after the signal"
    totals = stopped.report["totals"]
    assert (totals["planned"], totals["started"], totals["not_attempted"]) == (12, SLOTS, 12 - SLOTS)
    assert {reason for reason in stopped.reasons.values() if reason} == {
        f"cancelled: interrupted by {number.name}"
    }
    assert (launchers.folder / "report.json").read_text() == stopped.out
    assert events_of(launchers.journal, "k")[-1].exit_code == CODES[number]
    server.latency = 0.0
    rest = launchers.run(*command)
    assert rest.code == 0
    assert server.plays == dict.fromkeys(ids(12), 1)
    audit(launchers.journal, server)


def test_a_drain_settles_what_hangs_within_its_timeout(launchers, serve, write_manifest):
    server = serve()
    server.faults |= {"cd-000": ["hang-after"], "cd-001": ["hang-before"]}
    manifest = write_manifest(server.url, ids(8), settings={"concurrency": 2, "timeout": "400ms"})
    stopped = launchers.start("run", manifest, "--yes", "--json")
    busy(server, 2)
    stopped.send(signal.SIGTERM)
    assert stopped.wait().code == 143
    assert stopped.results["cd-000"] == "started", "read after the timeout"
    assert stopped.results["cd-001"] == "failed", "read as Ready, and not sent again"
    assert server.plays.total() == 2
    audit(launchers.journal, server)


def test_the_second_signal_ends_at_once_and_a_later_run_settles_what_was_cut_off(
    launchers, serve, write_manifest
):
    server = serve()
    server.faults |= {"cd-000": ["hang-after"], "cd-001": ["hang-before"]}
    manifest = write_manifest(server.url, ids(6), settings={"concurrency": 2, "timeout": "30s"})
    command = ("run", manifest, "--yes", "--json", "--key", "k")
    stopped = launchers.start(*command)
    busy(server, 2)
    stopped.send(signal.SIGINT)
    until(lambda: "no further start" in stopped.err, "the answer to the first signal")
    stopped.send(signal.SIGTERM)
    assert stopped.wait(10).code == 143
    assert [*stopped.results.values()] == ["unknown"] * 2 + ["not_attempted"] * 4
    assert all("SIGTERM" in stopped.reasons[campaign] for campaign in ("cd-000", "cd-001"))
    events = events_of(launchers.journal, "k")
    assert isinstance(events[-1], RunClosed)
    outcomes = [event.outcome for event in events if isinstance(event, AttemptFinished)]
    assert outcomes == [OutcomeKind.IN_DOUBT] * 2
    results = [event.result for event in events if isinstance(event, LaunchFinished)]
    assert results.count(Result.UNKNOWN) == 2
    rest = launchers.run(*command)
    assert rest.code == 0, rest.err
    assert server.starts == dict.fromkeys(ids(6), 1)
    assert server.plays["cd-000"] == 1
    audit(launchers.journal, server)


@pytest.mark.parametrize("again", [signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_a_lost_terminal_only_ever_drains(launchers, serve, write_manifest, again):
    """A shell that ends may hang up twice, and a service manager after its SIGTERM."""
    server = serve(latency=0.4)
    manifest = write_manifest(server.url, ids(6), settings={"concurrency": 2, "timeout": "5s"})
    stopped = launchers.start("run", manifest, "--yes", "--json")
    busy(server, 2)
    stopped.send(again)
    until(lambda: "no further start" in stopped.err, "the answer to the first signal")
    stopped.send(signal.SIGHUP)
    assert stopped.wait().code == 130
    assert [*stopped.results.values()] == ["started"] * 2 + ["not_attempted"] * 4


def test_what_was_told_to_outlive_its_terminal_does(launchers, serve, write_manifest):
    server = serve(latency=0.3)
    manifest = write_manifest(server.url, ids(4), settings={"concurrency": 2})
    immune = launchers.start_anew(
        "run", manifest, "--yes", "--json", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)
    )
    busy(server, 2)
    immune.send(signal.SIGHUP)
    assert immune.wait().code == 0, immune.err
    assert len(server.starts) == 4


def test_a_stop_that_arrives_twice_within_an_instant_is_one_stop(launchers, serve, write_manifest):
    """`timeout 1h launcher run …` signals its child, and then its whole group."""
    server = serve(latency=0.3)
    manifest = write_manifest(server.url, ids(4), settings={"concurrency": 2})
    stopped = launchers.start("run", manifest, "--yes", "--json")
    busy(server, 2)
    for _ in range(3):
        stopped.send(signal.SIGTERM)
        time.sleep(0.002)
    assert stopped.wait().code == 143
    assert [*stopped.results.values()] == ["started"] * 2 + ["not_attempted"] * 2


def test_a_signal_while_everything_waits_for_the_budget_leaves_everything_unsent(
    launchers, serve, write_manifest
):
    server = serve()
    before = write_manifest(server.url, ["other"], name="before.yaml", budget="1/1h")
    assert launchers.run("run", before, "--yes", "--key", "before").code == 0
    manifest = write_manifest(server.url, ids(3), budget="1/1h")
    waiting = launchers.start("run", manifest, "--yes", "--json", "--key", "k")
    until(lambda: "0/3" in waiting.err, "the first progress line")
    waiting.send(signal.SIGTERM)
    assert waiting.wait().code == 143
    assert set(waiting.results.values()) == {"not_attempted"}
    assert server.plays == {"other": 1}
    assert not any(isinstance(event, AttemptIntended) for event in events_of(launchers.journal, "k"))


@pytest.mark.parametrize("number", EARLY, ids=lambda number: number.name)
def test_a_signal_while_secrets_are_read_ends_it_with_nothing_sent(launchers, serve, write_manifest, number):
    server = serve()
    script = "import pathlib, time; pathlib.Path('asked').touch(); time.sleep(1); print('x')"
    secret = {"client_secret": {"command": [sys.executable, "-c", script]}}
    waiting = launchers.start(
        "run", write_manifest(server.url, ids(2), account=secret), "--yes", "--key", "k"
    )
    until((launchers.folder / "asked").exists, "the secret's command")
    waiting.send(number)
    assert waiting.wait().code == EARLY[number], waiting.err
    assert waiting.err == f"launcher: interrupted ({number.name}); nothing was sent\n"
    assert server.seen == []
    assert not launchers.journal.exists()


def test_a_frozen_launcher_goes_on_at_the_right_pace_and_starts_nothing_twice(
    launchers, serve, write_manifest
):
    limit, window = 10, 0.8
    server = serve(latency=0.2, limit=limit, window=window)
    settings = {"concurrency": 6, "timeout": "500ms"}
    budget = f"{limit}/{window:g}s"
    manifest = write_manifest(server.url, ids(14), budget=budget, settings=settings)
    frozen = launchers.start("run", manifest, "--yes", "--json")
    busy(server, 6)
    frozen.send(signal.SIGSTOP)
    time.sleep(1.4)  # longer than the timeout and the window together
    frozen.send(signal.SIGCONT)
    assert frozen.wait().code == 0, frozen.err
    assert server.starts == dict.fromkeys(ids(14), 1)
    assert server.throttled.total() == 0
    assert server.busiest("id-a", window) <= limit
    audit(launchers.journal, server)


def reporting(launchers, serve, write_manifest):
    """A launcher that started everything and waits for the reader of its long report."""
    manifest = write_manifest(serve().url, ids(300))
    reading, writing = os.pipe()
    unbuffered = {"PYTHONUNBUFFERED": "1"}  # as in containers: a raw stdout loses what a write left over
    launched = launchers.start_anew(
        "run", manifest, "--yes", "--json", "--key", "k", stdout=writing, env=unbuffered
    )
    os.close(writing)
    until(lambda: select.select([reading], [], [], 0)[0], "the report's beginning")
    return launched, reading


@pytest.mark.parametrize("number", CODES, ids=lambda number: number.name)
def test_a_signal_while_the_report_is_printed_does_not_take_it_along(
    launchers, serve, write_manifest, number
):
    launched, reading = reporting(launchers, serve, write_manifest)
    launched.send(number)
    until(lambda: "writing the report" in launched.err, "the answer to the signal")
    with os.fdopen(reading, encoding="utf-8") as report:
        assert json.load(report)["totals"]["started"] == 300
    assert launched.wait().code == 0


def test_a_reader_that_never_reads_does_not_keep_the_launcher_from_being_stopped(
    launchers, serve, write_manifest
):
    launched, reading = reporting(launchers, serve, write_manifest)
    launched.send(signal.SIGINT)
    until(lambda: "writing the report" in launched.err, "the answer to the signal")
    launched.send(signal.SIGINT)
    assert launched.wait(10).code == 130
    assert "Traceback" not in launched.err
    os.close(reading)


@pytest.mark.parametrize("number", EARLY, ids=lambda number: number.name)
def test_while_the_manifest_is_read_a_signal_says_that_nothing_was_sent(launchers, number):
    os.mkfifo(launchers.folder / "m.yaml")
    early = launchers.start("run", "m.yaml", "--yes")
    writer = opened_for_writing(launchers.folder / "m.yaml")
    # Python hears of a signal that arrives between its last look and the read only when the read ends.
    time.sleep(0.1)
    early.send(number)
    done = early.wait()
    os.close(writer)
    assert done.code == EARLY[number]
    assert done.err == f"launcher: interrupted ({number.name}); nothing was sent\n"
    assert not launchers.journal.exists()


def opened_for_writing(fifo):
    """The fifo, once somebody reads it."""
    found = []

    def is_read():
        with suppress(OSError):
            found.append(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
        return found

    until(is_read, "a reader of the manifest")
    return found[0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_watching_status_ends_with_a_line(launchers, serve, write_manifest, number):
    server = serve()
    assert launchers.run("run", write_manifest(server.url, ids(5)), "--yes", "--key", "k").code == 0
    watching = launchers.start("status", "k", "--watch", "60")
    until(lambda: "5 active" in watching.out, "the first look")
    watching.send(number)
    assert watching.wait().code == EARLY[number]
    assert watching.err == f"launcher: interrupted ({number.name}); states were read at most\n"


def test_a_sandbox_ends_with_its_terminal(launchers):
    sandbox = launchers.start("sandbox")
    until(lambda: "sandbox on" in sandbox.err, "its address")
    sandbox.send(signal.SIGHUP)
    assert sandbox.wait().code == 0
    assert "0 starts" in sandbox.err
