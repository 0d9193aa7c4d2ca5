"""Full disks, files that vanish, journals that cannot be trusted: nothing is sent without an intent."""

import resource
import shutil
import sqlite3
import subprocess
import time
from contextlib import closing

import pytest
from fault_audit import audit
from fault_manifest import ids
from fault_process import until

LIMITS = (1 << 12, 1 << 14, 40_000, 60_000, 80_000, 100_000, 120_000, 150_000, 180_000, 220_000)
"""Bytes that no file of a launcher may exceed: the journal, its log, the report."""


def told(launched):
    """The sentence that the launcher said about its journal; never a traceback or an excuse."""
    assert "Traceback" not in launched.err
    assert "internal error" not in launched.err
    found = [line for line in launched.err.splitlines() if line.startswith("launcher: journal ")]
    assert found, launched.err
    return found[-1]


def test_a_journal_that_may_not_grow_ends_the_run_before_anything_unrecorded_is_sent(
    launchers, serve, write_manifest
):
    server = serve(latency=0.01)
    commands, full = {}, {}
    for limit in LIMITS:
        names = {"name": f"{limit}.yaml", "settings": {"concurrency": 2}}
        manifest = write_manifest(server.url, ids(20, str(limit)), **names)
        journal = launchers.folder / str(limit) / "journal.sqlite3"
        commands[limit] = ("run", manifest, "--yes", "--json", "--key", "k", "--journal", journal)
        full[limit] = launchers.start(*commands[limit], limits={"RLIMIT_FSIZE": limit})
    codes = {limit: launched.wait().code for limit, launched in full.items()}
    assert {4, 5} <= set(codes.values()) <= {0, 4, 5}
    for limit, code in codes.items():
        sent = server.plays.keys() & set(ids(20, str(limit)))
        assert code == 0 or told(full[limit])
        assert (code == 5) <= (not sent)
        if code == 4:
            kinds = full[limit].report["totals"]
            assert kinds["started"] == len(sent), "the report knows what the journal could not take"
            assert kinds["started"] + kinds["not_attempted"] == 20
    rest = {limit: launchers.start(*command) for limit, command in commands.items()}
    for limit, launched in rest.items():
        assert launched.wait().code == 0, launched.err
        assert set(launched.results.values()) == {"started"}
        audit(launchers.folder / str(limit) / "journal.sqlite3", server)
    assert len(server.starts) == 20 * len(LIMITS)


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a file system of 400 kB; None where nobody may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, check=False, capture_output=True).returncode == 0
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_halts_the_run_and_with_space_again_it_goes_on(
    launchers, serve, write_manifest, small_disk
):
    server = serve(latency=0.01)
    manifest = write_manifest(server.url, ids(200), settings={"concurrency": 2})
    disk = small_disk or launchers.folder
    launchers.journal = disk / "journal.sqlite3"
    command = ("run", manifest, "--yes", "--json", "--key", "k", "--report", disk / "report.json")
    limits = {} if small_disk else {"RLIMIT_FSIZE": 300_000}
    full = launchers.run(*command, limits=limits)
    assert full.code == 4, full.err
    assert "the disk is full" in told(full) or not small_disk
    assert "cannot write the report" in full.err or not small_disk
    assert full.report["totals"]["started"] == len(server.starts) < 200
    assert full.report["totals"]["not_attempted"] == 200 - len(server.starts)
    assert told(launchers.run(*command, limits=limits)), "still full"
    if small_disk:
        subprocess.run(["mount", "-o", "remount,size=20m", str(disk)], check=True)
    rest = launchers.run(*command)
    assert rest.code == 0, rest.err
    assert server.starts == dict.fromkeys(ids(200), 1)
    audit(launchers.journal, server)


@pytest.mark.parametrize(("file_mode", "folder_mode"), [(0o444, 0o555), (0o444, 0o755), (0o644, 0o555)])
def test_a_journal_that_must_not_be_written_is_refused_with_nothing_sent(
    launchers, serve, write_manifest, file_mode, folder_mode
):
    server = serve()
    launchers.journal = launchers.folder / "state" / "journal.sqlite3"
    command = ("run", write_manifest(server.url, ids(2)), "--yes", "--key")
    assert launchers.run(*command, "one").code == 0
    launchers.journal.chmod(file_mode)
    launchers.journal.parent.chmod(folder_mode)
    refused = launchers.run(*command, "two", unprivileged=True)
    launchers.journal.parent.chmod(0o755)
    assert refused.code == 5
    assert "read-only" in told(refused) or "cannot be opened" in told(refused)
    assert server.plays.total() == 2


def unlink(journal):
    journal.unlink()


def replace_by_a_copy(journal):
    shutil.copy(journal, journal.with_suffix(".copy"))
    journal.with_suffix(".copy").replace(journal)


def lose_the_log(journal):
    journal.with_name(journal.name + "-wal").unlink()


def lose_the_folder(journal):
    shutil.rmtree(journal.parent)


@pytest.mark.parametrize("vanish", [unlink, replace_by_a_copy, lose_the_log, lose_the_folder])
def test_a_journal_that_vanishes_while_in_use_halts_the_run(launchers, serve, write_manifest, vanish):
    server = serve(latency=0.1)
    launchers.journal = launchers.folder / "state" / "journal.sqlite3"
    manifest = write_manifest(server.url, ids(30), settings={"concurrency": 2})
    running = launchers.start("run", manifest, "--yes", "--json", "--key", "k")
    until(lambda: len(server.starts) >= 4, "some starts")
    vanish(launchers.journal)
    sent = len(server.starts)
    assert running.wait().code == 4
    assert "while in use" in told(running)
    assert len(server.starts) <= sent + 5, "what was claimed by then"
    assert running.report["totals"]["started"] == len(server.starts)
    assert set(running.results.values()) == {"started", "not_attempted"}


@pytest.mark.parametrize("vanish", [unlink, lose_the_log])
def test_a_journal_that_is_gone_is_not_begun_anew_beside_what_it_leaves_behind(
    launchers, serve, write_manifest, vanish
):
    server = serve(latency=0.1)
    command = ("run", write_manifest(server.url, ids(20), settings={"concurrency": 2}), "--yes", "--key", "k")
    running = launchers.start(*command)
    until(lambda: len(server.starts) >= 4, "some starts")
    vanish(launchers.journal)
    assert running.wait().code == 4
    sent = server.plays.total()
    launchers.journal.unlink(missing_ok=True)
    for _ in range(2):
        again = launchers.run(*command)
        assert again.code == 5
        assert "what was started before is no longer known" in told(again)
    assert server.plays.total() == sent
    assert not launchers.journal.exists()


def truncate(journal):
    content = journal.read_bytes()
    journal.write_bytes(content[: len(content) // 2])


def overwrite_the_header(journal):
    content = journal.read_bytes()
    journal.write_bytes(b"\0" * 100 + content[100:])


def overwrite_the_middle(journal):
    content = bytearray(journal.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    journal.write_bytes(content)


def empty(journal):
    journal.write_bytes(b"")


def write_text(journal):
    journal.write_text("2026-11-23 started everything\n" * 200)


@pytest.mark.parametrize(
    "damage",
    [truncate, overwrite_the_header, overwrite_the_middle, empty, write_text],
    ids=lambda it: it.__name__,
)
def test_a_damaged_journal_is_refused_and_left_as_it_is(launchers, serve, write_manifest, damage):
    server = serve()
    command = ("run", write_manifest(server.url, ids(8)), "--yes", "--key", "k")
    assert launchers.run(*command).code == 0
    damage(launchers.journal)
    before = launchers.journal.read_bytes()
    for key in ("k", "another"):
        refused = launchers.run(*command[:-1], key)
        assert refused.code == 5
        assert told(refused)
    assert launchers.journal.read_bytes() == before
    assert server.plays.total() == 8


def test_a_journal_of_a_newer_version_or_another_program_is_refused(launchers, serve, write_manifest):
    server = serve()
    command = ("run", write_manifest(server.url, ids(2)), "--yes", "--key", "k")
    assert launchers.run(*command).code == 0
    with closing(sqlite3.connect(launchers.journal)) as connection:
        connection.execute("PRAGMA user_version = 99")
    newer = launchers.run(*command[:-1], "other")
    assert newer.code == 5
    assert "newer launcher" in told(newer)
    launchers.journal = launchers.folder / "other.sqlite3"
    with closing(sqlite3.connect(launchers.journal)) as connection:
        connection.execute("CREATE TABLE notes (text)")
    assert "another program" in told(launchers.run(*command))
    assert server.plays.total() == 2


def test_a_journal_that_is_kept_locked_holds_up_the_starts_and_no_longer(launchers, serve, write_manifest):
    server = serve(latency=0.02)
    command = ("run", write_manifest(server.url, ids(30), settings={"concurrency": 2}), "--yes", "--key", "k")
    running = launchers.start(*command)
    until(lambda: len(server.starts) >= 4, "some starts")
    with closing(sqlite3.connect(launchers.journal, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(0.2)  # what was claimed by now ends
        held = len(server.starts)
        time.sleep(0.2)  # ten round trips
        assert len(server.starts) == held < 30
        connection.execute("ROLLBACK")
    assert running.wait().code == 0, running.err
    assert server.starts == dict.fromkeys(ids(30), 1)
    audit(launchers.journal, server)


def test_too_few_file_descriptors_start_nothing_twice_and_are_told(launchers, serve, write_manifest):
    server = serve(latency=0.05)
    settings = {"concurrency": 24, "retry": {"attempts": 2, "backoff": "1ms..2ms"}}
    command = ("run", write_manifest(server.url, ids(24), settings=settings), "--yes", "--json", "--key", "k")
    # An interpreter of its own, which also loads modules late.
    starved = launchers.start_anew(
        *command, "-vv", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
    ).wait()
    assert "Traceback" not in starved.err
    assert "too many open files" in starved.err
    assert set(starved.results.values()) <= {"started", "failed"}
    assert starved.code == (1 if "failed" in starved.results.values() else 0)
    assert all("too many open files" in reason for reason in starved.reasons.values() if reason)
    assert starved.report["totals"]["started"] == len(server.starts)
    rest = launchers.run(*command)
    assert rest.code == 0, rest.err
    assert server.starts == dict.fromkeys(ids(24), 1)
    audit(launchers.journal, server)


def test_no_file_descriptor_for_the_journal_sends_nothing(launchers, serve, write_manifest):
    server = serve()
    command = ("run", write_manifest(server.url, ids(2)), "--yes")
    starved = launchers.run(*command, limits={"RLIMIT_NOFILE": 8})
    assert starved.code == 5
    assert told(starved)
    assert server.seen == []
