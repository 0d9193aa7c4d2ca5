"""Standard streams that are closed, full, or whose reader goes away: the run goes on, its code is right."""

import os
import resource
from pathlib import Path

import pytest
from fault_audit import audit, events_of
from fault_manifest import ids

from launcher.journal.events import RunClosed


def closed_pipe():
    """The end of a pipe whose reader went away, as after `| head -0`."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


CLOSING = """
import os, sys
numbers, command = sys.argv[1:sys.argv.index("--")], sys.argv[sys.argv.index("--") + 1:]
for number in numbers:
    os.close(int(number))
os.execv(sys.executable, [sys.executable, "-m", "launcher", *command])
"""


@pytest.mark.parametrize(("stream", "option"), [("stdout", "--json"), ("stdout", "-v"), ("stderr", "-vv")])
def test_a_reader_that_goes_away_does_not_lose_the_run(launchers, serve, write_manifest, stream, option):
    server = serve(latency=0.02)
    command = (
        "run",
        write_manifest(server.url, ids(5)),
        "--yes",
        "--report",
        "report.json",
        "--key",
        "k",
        option,
    )
    pipe = closed_pipe()
    done = launchers.start_anew(*command, **{stream: pipe})
    os.close(pipe)
    assert done.wait().code == 0, done.err
    assert "Traceback" not in done.err + done.out
    assert "BrokenPipe" not in done.err + done.out
    assert len(server.starts) == 5
    assert (launchers.folder / "report.json").exists()
    assert isinstance(events_of(launchers.journal, "k")[-1], RunClosed)
    audit(launchers.journal, server)


@pytest.mark.parametrize("closed", [(2,), (1,), (0, 1, 2)])
def test_streams_that_were_never_open_do_not_lose_the_run(launchers, serve, write_manifest, closed):
    server = serve()
    command = ("run", write_manifest(server.url, ids(2)), "--report", "report.json", "--key", "k")
    done = launchers.start_anew(*command, script=("-c", CLOSING, *map(str, closed), "--")).wait()
    assert done.code == 0, done.err
    assert "Traceback" not in done.err + done.out
    assert len(server.starts) == 2
    assert (launchers.folder / "report.json").exists()
    audit(launchers.journal, server)


@pytest.mark.parametrize("options", [["--json"], []], ids=["json", "table"])
def test_a_full_disk_behind_stdout_is_told_and_changes_no_exit_code(
    launchers, serve, write_manifest, options
):
    server = serve()
    server.faults["cd-000"] = ["404"]
    command = ("run", write_manifest(server.url, ids(2)), "--yes", "--key", "k", *options)
    with Path("/dev/full").open("wb") as full:
        done = launchers.start_anew(*command, stdout=full).wait()
    assert done.code == 1, "what became of the campaigns"
    assert "No space left on device" in done.err
    assert "Traceback" not in done.err
    assert isinstance(events_of(launchers.journal, "k")[-1], RunClosed)


@pytest.mark.parametrize("files", [8, 10, 12, 16])
def test_too_few_file_descriptors_get_a_sentence_and_nothing_is_sent(launchers, serve, write_manifest, files):
    server = serve()
    manifest = write_manifest(server.url, ids(2))
    starved = launchers.start_anew(
        "run",
        manifest,
        "--yes",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files)),
    )
    code = starved.wait().code
    assert code in {0, 5}, starved.err
    assert len(server.plays) == (2 if code == 0 else 0)
