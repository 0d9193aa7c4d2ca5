"""The doctor against real sockets: each trouble is told apart, and nothing is started."""

import resource
import time
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path

import pytest
from fakes.journal import with_budget
from fakes.launches import SECRET, make_credentials, make_launch
from fakes.wire import WireServer, http

from launcher import doctor, doctor_local
from launcher.doctor import examine
from launcher.finding import Level
from launcher.journal.store import Journal
from launcher.manifest.model import Settings
from launcher.manifest.secrets import Environment, Secret, SecretCommand
from launcher.plan.model import Plan

READY = b'{"status": "success", "data": {"status": "Ready"}}'


def plan_of(*launches, timeout=5.0):
    return Plan("test", "m.yaml", "0" * 64, Settings(timeout=timeout), launches)


def serving(status="200 OK", body=READY, root=None):
    """A host that answers its root, and every read of a status with `status` and `body`."""

    async def behave(connection):
        while True:
            request = await connection.request()
            if request.startswith(b"GET / "):
                await connection.send(root or http(b"", Date=formatdate(time.time(), usegmt=True)))
            else:
                await connection.send(http(body, status))

    return WireServer(behave)


def by_check(findings, check):
    return [each for each in findings if each.check == check]


def only(findings, check):
    (found,) = by_check(findings, check)
    return found


@pytest.fixture
def journal(tmp_path):
    return tmp_path / "journal.sqlite3"


async def test_all_is_well(journal):
    async with serving() as server:
        found = await examine(plan_of(make_launch(server.url)), journal)
    assert {each.level for each in found if each.check != "journal"} == {Level.OK}
    assert {each.check for each in found} >= {
        *("journal", "budget", "disk", "open files", "proxy", "dns", "http", "clock", "secret", "token")
    }
    assert "Ready" in only(found, "token").message
    assert not journal.exists()


async def test_nothing_is_started_and_each_of_the_credentials_reads_once(journal):
    one, other = make_credentials(), make_credentials(owner="bot billing", client_id="cs-other")
    async with serving() as server:
        launches = [make_launch(server.url, campaign=f"cd-{number}", credentials=one) for number in range(5)]
        launches += [make_launch(server.url, campaign="cd-9", credentials=other)]
        found = await examine(plan_of(*launches), journal)
    assert [each.subject for each in by_check(found, "token")] == ["account acme", "bot billing"]
    api = [request for request in server.requests if not request.startswith(b"GET / ")]
    assert len(api) == 2
    assert all(b"/status?" in request for request in api)


@pytest.mark.parametrize(
    ("status", "level", "words"),
    [
        ("401 Unauthorized", Level.PROBLEM, "check client id and secret"),
        ("403 Forbidden", Level.PROBLEM, "belongs to this account and bot"),
        ("404 Not Found", Level.WARNING, "was not found (404)"),
        ("429 Too Many Requests", Level.WARNING, "throttled"),
        ("500 Internal Server Error", Level.PROBLEM, "cannot be read"),
    ],
)
async def test_what_the_token_meets_is_told_apart(journal, status, level, words):
    async with serving(status, b"{}") as server:
        found = await examine(plan_of(make_launch(server.url)), journal)
    token = only(found, "token")
    assert token.level is level
    assert words in str(token)


@pytest.mark.parametrize(("ahead", "level"), [(20, Level.OK), (45, Level.PROBLEM), (-45, Level.PROBLEM)])
async def test_a_clock_that_differs_by_more_than_half_a_minute_is_a_problem(journal, ahead, level):
    root = http(b"", Date=formatdate(time.time() + ahead, usegmt=True))
    async with serving(root=root) as server:
        found = await examine(plan_of(make_launch(server.url)), journal)
    clock = only(found, "clock")
    assert clock.level is level
    assert ("ahead of" if ahead > 0 else "behind") in clock.message


async def test_a_name_that_nobody_knows_is_one_line_and_nothing_is_sent_there(journal):
    found = await examine(plan_of(make_launch("https://kore.invalid")), journal)
    assert "cannot resolve kore.invalid" in only(found, "dns").message
    assert by_check(found, "http") == by_check(found, "token") == []


async def test_hosts_are_looked_at_each_on_its_own(journal):
    async with serving() as server:
        plan = plan_of(make_launch(server.url), make_launch("https://kore.invalid", account_id="other"))
        found = await examine(plan, journal)
    assert [each.level for each in by_check(found, "dns")] == [Level.OK, Level.PROBLEM]
    assert only(found, "http").level is Level.OK


async def test_a_host_that_hangs_is_given_up(journal):
    async def hang(connection):
        await connection.hang()

    async with WireServer(hang) as server:
        found = await examine(plan_of(make_launch(server.url), timeout=0.1), journal)
    assert only(found, "http").level is Level.PROBLEM


async def test_a_check_that_hangs_is_a_finding(journal, tmp_path):
    command = Secret(SecretCommand(("sleep", "3"), tmp_path, timeout=0.3))
    launch = make_launch(
        "https://kore.invalid", credentials=replace(make_credentials(), client_secret=command)
    )
    found = await examine(plan_of(launch, timeout=0.1), journal)
    secret = only(found, "secret")
    assert secret.level is Level.PROBLEM
    assert "took longer than 0.1 s" in secret.message


async def test_a_secret_that_is_not_there_is_told_and_no_token_is_tried(journal):
    launch = make_launch(credentials=make_credentials())
    missing = replace(launch.credentials, client_secret=Secret(Environment("NO_SUCH_VARIABLE")))
    async with serving() as server:
        found = await examine(plan_of(make_launch(server.url, credentials=missing)), journal)
    assert "NO_SUCH_VARIABLE is not set" in only(found, "secret").message
    assert by_check(found, "token") == []


async def test_no_secret_is_shown(journal):
    async with serving("401 Unauthorized", f'{{"message": "bad {SECRET}"}}'.encode()) as server:
        found = await examine(plan_of(make_launch(server.url)), journal)
    assert SECRET not in "\n".join(map(str, found))


async def test_a_proxy_in_effect_is_named_without_its_password(journal, monkeypatch):
    async with serving() as server:
        monkeypatch.setenv("HTTP_PROXY", f"http://user:canary@127.0.0.1:{server.port}")
        found = await examine(plan_of(make_launch("http://kore.invalid")), journal)
    assert f"through 127.0.0.1:{server.port}" in only(found, "proxy").message
    assert "canary" not in "\n".join(map(str, found))


async def test_a_rehearsal_asks_the_sandbox_without_the_secret(journal):
    launch = make_launch(
        credentials=replace(make_credentials(), client_secret=Secret(Environment("NO_SUCH")))
    )
    found = await examine(plan_of(launch), journal, "none")
    assert {each.level for each in found} == {Level.OK}
    assert only(found, "token").level is Level.OK


async def test_a_journal_that_is_none_is_one_problem(journal):
    journal.write_text("no journal at all, but longer than the header of a database is" * 3)
    found = await examine(plan_of(make_launch("https://kore.invalid")), journal)
    assert only(found, "journal").level is Level.PROBLEM
    assert by_check(found, "writable") == []


def test_a_journal_that_is_not_there_may_be_a_slip_of_the_pen(journal):
    (found,) = doctor_local.journal(journal)
    assert found.level is Level.WARNING
    assert "a run would begin a new one here" in found.message
    assert "--journal" in found.advice
    Journal.open(journal).close()
    (there,) = doctor_local.journal(journal)
    assert there.level is Level.OK


async def test_a_journal_in_use_is_sound_and_writable(journal):
    with Journal.open(journal) as store:
        plan = plan_of(make_launch("https://kore.invalid"))
        async with store.open_run("k", plan, launcher_version="1"):
            found = await examine(plan, journal)
    assert "1 run" in only(found, "journal").message
    assert only(found, "writable").level is Level.OK
    assert "60 of 60/60s" in only(found, "budget").message


def test_a_journal_without_its_file_is_a_problem(journal):
    journal.with_name(journal.name + ".locks").mkdir()
    (found,) = doctor_local.journal(journal)
    assert found.level is Level.PROBLEM
    assert "is gone" in found.message


def test_a_journal_where_no_folder_can_be(tmp_path):
    (tmp_path / "file").write_text("")
    (found,) = doctor_local.journal(tmp_path / "file" / "journal.sqlite3")
    assert found.level is Level.PROBLEM
    assert "no folder" in found.message


def test_a_disk_without_room_for_the_launches_is_a_problem(journal):
    assert doctor_local.disk(journal, 1)[0].level in {Level.OK, Level.WARNING}
    assert doctor_local.disk(journal, 10**12)[0].level is Level.PROBLEM
    assert doctor_local.disk(Path("/proc/nowhere/j"), 1)[0].level is Level.PROBLEM


@pytest.mark.parametrize(
    ("kind", "level"), [("nfs4", Level.PROBLEM), ("ext4", Level.OK), ("fuse.sshfs", Level.PROBLEM)]
)
def test_a_journal_on_a_network_file_system_is_a_problem(journal, tmp_path, kind, level):
    mounts = tmp_path / "mounts"
    mounts.write_text(
        f"/dev/sda1 / ext4 rw 0 0\nserver:/x {journal.parent} {kind} rw 0 0\nproc /proc proc rw 0 0\n"
    )
    (found,) = doctor_local.disk(journal, 1, mounts)
    assert found.level in ({level} if level is Level.PROBLEM else {Level.OK, Level.WARNING})


def test_open_files_are_held_against_the_concurrency():
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert doctor_local.open_files(1)[0].level is Level.OK
    (found,) = doctor_local.open_files(soft)
    assert found.level is Level.PROBLEM
    assert "ulimit -n" in found.advice


@pytest.mark.parametrize(("days", "level"), [(90, Level.OK), (14.1, Level.OK), (13.9, Level.WARNING)])
def test_a_certificate_that_ends_within_two_weeks_is_a_warning(days, level):
    assert doctor._lasting("https://h", days).level is level


async def test_what_it_asks_counts_in_the_budget_of_a_run_after_it(journal):
    Journal.open(journal).close()
    async with serving() as server:
        plan = plan_of(make_launch(server.url))
        await examine(plan, journal)
    with Journal.open(journal) as opened, opened.open_run("k", plan, launcher_version="1") as run:
        (past,) = run.past_requests
    assert past.lane == plan.launches[0].identity[:2]


async def test_an_account_with_no_request_left_is_not_asked(journal):
    async with serving() as server:
        plan = plan_of(with_budget(make_launch(server.url), 1, 60.0))
        with Journal.open(journal) as opened, opened.looks(plan) as looks:
            looks.answered(looks.claim(plan.launches[0].identity[:2]))
        token = only(await examine(plan, journal), "token")
    assert (token.level, "not asked" in token.message) == (Level.WARNING, True)
