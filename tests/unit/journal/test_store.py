"""The journal as a whole, on a real disk, with real processes."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from fakes.histories import applied, walks
from fakes.journal import plan_of, with_budget
from fakes.launches import make_launch
from hypothesis import given, settings

from launcher.errors import JournalError, UsageError
from launcher.journal.check import check
from launcher.journal.events import (
    AttemptFinished,
    AttemptIntended,
    LaunchPlanned,
    ReadIntended,
    RunClosed,
    RunHalted,
)
from launcher.journal.port import Busy, Granted
from launcher.journal.replay import History
from launcher.journal.store import Journal
from launcher.outcome import OutcomeKind


def open_run(journal, plan, key="k", **options):
    return journal.open_run(key, plan, launcher_version="1.0", **options)


def intents(journal, key="k"):
    """The launches that the journal says may have been sent."""
    return [event.launch for event in journal.events(key) if isinstance(event, AttemptIntended)]


def start(number, at=1_800_000_000.0):
    return AttemptIntended(number, 1, at)


# -- reading -----------------------------------------------------------------------------------------------


async def test_runs_are_listed_in_the_order_of_their_last_opening(journal, plan):
    for at, key in enumerate(["first", "second", "first"]):
        open_run(journal, plan, key, clock=lambda at=at: 100.0 + at).close()
    with open_run(journal, plan_of(plan.launches[:2]), "third", clock=lambda: 200.0) as run:
        run.append([RunHalted(201.0, "enough"), RunClosed(202.0, 4)])
        await run.flush()
    listed = journal.runs()
    assert [run.key for run in listed] == ["second", "first", "third"]
    assert (listed[1].created_at, listed[1].opened_at, listed[1].closed_at) == (100.0, 102.0, None)
    last = listed[-1]
    assert (last.closed_at, last.exit_code, last.halted) == (202.0, 4, "enough")
    assert (last.manifest, last.manifest_sha256, last.launcher_version) == ("nightly.yaml", "0" * 64, "1.0")


def test_a_run_is_known_to_be_at_work_while_it_is_open(journal, plan):
    with open_run(journal, plan):
        assert journal.owner("k").startswith("pid ")
    assert journal.owner("k") is None
    with pytest.raises(UsageError, match="has no run 'nightly'; `launcher runs` lists them"):
        journal.owner("nightly")


@pytest.mark.parametrize("key", ["", " ", "a\nb", "half \ud83d", "\0"])
def test_a_run_key_is_printable_text(journal, plan, key):
    with pytest.raises(UsageError, match="--key"):
        open_run(journal, plan, key)


def test_any_printable_key_will_do(journal, plan):
    for key in ["../etc/passwd", "Müller's %s; DROP TABLE runs --", "x" * 999]:
        open_run(journal, plan, key).close()
        assert next(iter(journal.events(key))).manifest == "nightly.yaml"


def test_a_launch_has_its_account_bot_and_name_in_the_journal(journal):
    launch = make_launch(campaign="cd-1")
    open_run(journal, plan_of([launch])).close()
    assert list(journal.events("k"))[1] == LaunchPlanned(0, 0, launch.identity, "acme", None, None)


def test_a_plan_of_thousands_is_recorded_in_its_order(journal):
    plan = plan_of([make_launch(campaign=f"cd-{number}") for number in range(1_700)])
    with open_run(journal, plan) as run:
        announced = list(run.first_events)
    assert len(announced) == 1_701
    assert list(journal.events("k")) == announced


async def test_text_that_is_half_a_surrogate_pair_is_written_out_and_hinders_nothing(journal):
    launch = replace(make_launch(campaign="cd-1"), name="half \ud83d")
    plan = replace(plan_of([launch]), manifest_path="half \udcff.yaml")
    for _ in range(2):
        with open_run(journal, plan) as run:
            run.append([RunHalted(1.0, "half \ud83d")])
            await run.flush()
    assert journal.runs()[0].manifest == "half \\udcff.yaml"
    assert check(journal) == []


def test_an_identity_that_cannot_be_stored_as_it_is_is_refused(journal):
    for _ in range(2):
        with pytest.raises(JournalError, match=r"cannot hold the identity 'half \\ud83d': it is no text"):
            open_run(journal, plan_of([make_launch(campaign="half \ud83d")]))
    assert journal.runs() == []


async def test_an_open_journal_is_no_hindrance_to_reading_events_slowly(journal, plan):
    with open_run(journal, plan) as run:
        reading = journal.events("k")
        next(reading)
        assert await run.claim([start(0)]) == [Granted()]
        assert len(list(reading)) == 300


def test_an_edited_manifest_leaves_a_sound_journal(journal, plan):
    for launches in (plan.launches, plan.launches[5:2:-1], plan.launches[::2]):
        open_run(journal, plan_of(launches)).close()
        assert check(journal) == []


def test_a_start_and_its_outcome_in_one_transaction_leave_a_sound_journal(journal, plan):
    with open_run(journal, plan) as run:
        session = run._writer._session  # the writer waits for its outcome: nobody posts both at once
        session.begin()
        session.claim([start(0)])
        session.put([AttemptFinished(0, 1, 1_800_000_001.0, OutcomeKind.ACCEPTED)])
        session.commit()
    assert check(journal) == []


async def test_a_reply_that_is_written_together_with_a_claim_counts_for_its_budget(journal, path):
    now = 1_800_000_000.0
    tight = [with_budget(make_launch(campaign=f"cd-{number}"), 1) for number in range(2)]
    with (
        open_run(journal, plan_of(tight), clock=lambda: now) as run,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        await run.claim([start(0, now)])
        with open_run(journal, plan_of(tight[1:]), "another", clock=lambda: now):
            other.execute("BEGIN IMMEDIATE")
            run.append([AttemptFinished(0, 1, now, OutcomeKind.UNSENT)])
            claim = asyncio.create_task(run.claim([start(1, now)]))
            await asyncio.sleep(0)
            other.execute("ROLLBACK")
            assert await claim == [Busy(pytest.approx(60.0, abs=1.0))]


# -- durability --------------------------------------------------------------------------------------------


async def test_a_granted_intent_can_be_seen_by_whoever_looks(journal, plan, path):
    with open_run(journal, plan) as run, closing(sqlite3.connect(path)) as other:
        await run.claim([start(3), start(4)])
        query = "SELECT launch FROM events WHERE kind = 'attempt_intended'"
        assert other.execute(query).fetchall() == [(3,), (4,)]
        assert other.execute("SELECT launch, state FROM ledger").fetchall() == [
            (3, "claimed"),
            (4, "claimed"),
        ]


async def test_claims_that_wait_together_share_one_commit(journal, plan, path):
    statements = []
    with open_run(journal, plan) as run, closing(sqlite3.connect(path, isolation_level=None)) as other:
        run._writer._session._connection.set_trace_callback(statements.append)
        other.execute("BEGIN IMMEDIATE")
        claims = [asyncio.create_task(run.claim([start(number)])) for number in range(100)]
        await asyncio.sleep(0)
        other.execute("ROLLBACK")
        assert await asyncio.gather(*claims) == [[Granted()]] * 100
        assert statements.count("COMMIT") == 1
    assert intents(journal) == list(range(100))


async def test_a_claim_of_thousands_is_one_claim(journal):
    plan = plan_of([make_launch(campaign=f"cd-{number}") for number in range(2000)])
    with open_run(journal, plan) as run:
        assert await run.claim([start(number) for number in range(2000)]) == [Granted()] * 2000


KILLED = """
async def main():
    with Journal.open(path) as journal, journal.open_run("k", plan, launcher_version="1.0") as run:
        for number in range(0, 300, 2):
            await run.claim([AttemptIntended(number, 1, 5.0), AttemptIntended(number + 1, 1, 5.0)])
            say(number)
            run.append([
                AttemptFinished(number, 1, 6.0, OutcomeKind.ACCEPTED),
                LaunchFinished(number, 6.0, Result.STARTED),
            ])

asyncio.run(main())
"""


@pytest.mark.parametrize("after", [1, 30, 77])
def test_a_killed_process_leaves_every_granted_intent(child, path, plan, after):
    process = child(KILLED)
    granted = [int(process.stdout.readline()) for _ in range(after)]
    process.kill()
    granted += [int(line) for line in process.stdout.read().split()]
    with Journal.open(path, must_exist=True) as journal:
        assert {each for number in granted for each in (number, number + 1)} <= set(intents(journal))
        assert check(journal) == []
        with open_run(journal, plan) as run:
            assert not [record for record in run.records if record.state == "sending"]
        assert check(journal) == []


FULL = """
import resource

async def main():
    with Journal.open(path) as journal, journal.open_run("k", plan, launcher_version="1.0") as run:
        size = Path(f"{path}-wal").stat().st_size + 50_000
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        for number in range(300):
            try:
                await run.claim([AttemptIntended(number, 1, 5.0)])
            except LauncherError as error:
                say(type(error).__name__, error)
                break
            say("granted", number)
        for again in (run.claim([AttemptIntended(299, 1, 5.0)]), run.flush()):
            try:
                await again
            except LauncherError as error:
                say(type(error).__name__)

asyncio.run(main())
"""


def test_a_disk_that_fills_up_grants_nothing_more(child, path):
    told, _ = child(FULL).communicate()
    lines = told.splitlines()
    granted = [int(line.split()[1]) for line in lines if line.startswith("granted")]
    sentence, *later = lines[len(granted) :]
    assert sentence.startswith(f"JournalError journal {path} cannot be")
    assert later == ["JournalError", "JournalError"]
    with Journal.open(path) as journal:
        assert intents(journal) == granted
        assert len(granted) > 1


@pytest.mark.parametrize("ending", ["", "-wal", "-shm", ".locks/1.lock"])
def test_a_journal_that_is_deleted_in_use_grants_nothing_more(journal, plan, path, ending):
    async def claim(run, number):
        return await run.claim([start(number)])

    run = open_run(journal, plan)
    asyncio.run(claim(run, 0))
    Path(f"{path}{ending}").unlink()
    for number in (1, 2):
        with pytest.raises(JournalError, match="while in use; restore it"):
            asyncio.run(claim(run, number))
    run.close()


async def test_a_journal_that_is_replaced_in_use_grants_nothing_more(journal, plan, path):
    run = open_run(journal, plan)
    await run.claim([start(0)])
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    copy.replace(path)
    with pytest.raises(JournalError, match="was deleted or replaced while in use"):
        await run.claim([start(1)])
    run.close()


async def test_leaving_with_an_error_of_its_own_does_not_hide_it_behind_the_journal_s(journal, plan, path):
    def leave():
        with open_run(journal, plan) as run:
            path.unlink()
            run.append([RunClosed(1.0, 0)])
            raise KeyError

    with pytest.raises(KeyError):
        leave()


async def test_events_that_were_lost_are_told_when_the_run_is_left(journal, plan, path):
    async def leave():
        async with open_run(journal, plan) as run:
            path.unlink()
            run.append([RunClosed(1.0, 0)])

    with pytest.raises(JournalError, match="deleted or replaced"):
        await leave()


async def test_a_run_can_be_left_asynchronously(journal, plan):
    async with open_run(journal, plan) as run:
        run.append([RunClosed(1.0, 0)])
    assert list(journal.events("k"))[-1] == RunClosed(1.0, 0)
    open_run(journal, plan).close()


FULL_BEFORE = """
import resource
with Journal.open(path) as journal:
    resource.setrlimit(resource.RLIMIT_FSIZE, (9000, resource.RLIM_INFINITY))
    try:
        journal.open_run("k", plan, launcher_version="1.0")
    except LauncherError as error:
        say(type(error).__name__, error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    say(journal.runs())
    journal.open_run("k", plan, launcher_version="1.0").close()
"""


def test_a_disk_that_is_full_before_the_run_opens_leaves_no_trace_of_it(child, path):
    told, _ = child(FULL_BEFORE).communicate()
    sentence, runs = told.splitlines()
    assert sentence.startswith(f"JournalError journal {path} cannot be")
    assert runs == "[]"
    with Journal.open(path) as journal:
        assert check(journal) == []
        assert len(list(journal.events("k"))) == 301


def test_a_run_that_cannot_be_opened_is_not_left_locked(journal, plan, path):
    open_run(journal, plan).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("INSERT INTO events (run, seq, kind) VALUES (1, 999, 'nonsense')")
    for _ in range(2):
        with pytest.raises(JournalError, match=r"is damaged \(run 'k': event 999: .*nonsense"):
            open_run(journal, plan)
    with pytest.raises(JournalError, match="is damaged"):
        list(journal.events("k"))
    open_run(journal, plan, "another").close()


async def test_two_writers_of_one_run_cannot_both_go_on(journal, plan, path):
    """Whatever became of the locks: the numbers of events are unique."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        run = open_run(journal, plan)
        other.execute(
            "INSERT INTO events (run, seq, kind, at, reason) VALUES (1, 301, 'run_halted', 1.0, 'x')"
        )
        with pytest.raises(JournalError, match="UNIQUE"):
            await run.claim([start(0)])
        run.close()


# -- processes ---------------------------------------------------------------------------------------------


CREATE = """
sys.stdin.readline()
try:
    with Journal.open(path) as journal:
        journal.open_run(sys.argv[2], plan, launcher_version="1.0").close()
    say("opened")
except LauncherError as error:
    say(error)
"""


def test_processes_that_make_a_journal_at_the_same_moment_all_get_it(child, path):
    processes = [child(CREATE, f"run-{number}") for number in range(4)]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.stdout.readline() for process in processes] == ["opened\n"] * 4
    with Journal.open(path) as journal:
        assert len(journal.runs()) == 4
        assert check(journal) == []


RACE = """
async def main():
    with Journal.open(path) as journal, journal.open_run(sys.argv[2], plan, launcher_version="1.0") as run:
        say("ready")
        sys.stdin.readline()
        for number in range(300):
            (verdict,) = await run.claim([AttemptIntended(number, 1, time.time())])
            if isinstance(verdict, Granted):
                say(number)
                run.append([
                    AttemptFinished(number, 1, time.time(), OutcomeKind.ACCEPTED),
                    LaunchFinished(number, time.time(), Result.STARTED),
                ])

asyncio.run(main())
"""


def granted_in_all(processes):
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    outputs = [process.communicate("go\n")[0].split() for process in processes]
    return sorted(int(number) for output in outputs for number in output)


def test_two_processes_under_different_keys_start_each_campaign_once(child, path):
    script = RACE.replace("plan,", "unhurried,")
    assert granted_in_all([child(script, key) for key in ("one", "two")]) == list(range(300))
    with Journal.open(path) as journal:
        assert check(journal) == []


def test_two_processes_share_the_budget_of_an_account(child):
    assert len(granted_in_all([child(RACE, key) for key in ("one", "two")])) == 60


# -- properties --------------------------------------------------------------------------------------------

LAUNCHES = [with_budget(make_launch(campaign=f"cd-{number}"), 10**6) for number in range(3)]
PLANNED = [LaunchPlanned(n, n, launch.identity, "acme", None, None) for n, launch in enumerate(LAUNCHES)]


@pytest.fixture(scope="module")
def shared_journal(tmp_path_factory):
    with Journal.open(tmp_path_factory.mktemp("journal") / "journal.sqlite3") as journal:
        yield journal, count()
        assert check(journal) == []


async def feed(run, events):
    for event in events:
        if isinstance(event, AttemptIntended | ReadIntended):
            assert await run.claim([event]) == [Granted()]
        else:
            run.append([event])
    await run.flush()


@settings(max_examples=settings.default.max_examples // 2)  # every claim waits for the disk
@given(events=walks(PLANNED, longest=6))
def test_the_replay_of_what_was_written_equals_the_live_records(shared_journal, events):
    journal, numbers = shared_journal
    key, plan = f"run {next(numbers)}", plan_of(LAUNCHES)
    with open_run(journal, plan, key, cooldown=0.0) as run:
        for record, event in ((run.records[event.launch], event) for event in events):
            record.apply(event)
        asyncio.run(feed(run, events))
        replayed = History.of(journal.events(key)).records
        assert replayed == run.records == applied(PLANNED, events)
    with open_run(journal, plan, key, cooldown=0.0) as again:
        assert [record.state for record in again.records] == [
            {"sending": "doubt", "accepted": "started"}.get(record.state, record.state)
            for record in run.records
        ]


def test_an_outcome_that_no_launcher_should_write_is_still_one_sentence(journal, plan, path):
    async def misuse(run):
        run.append([AttemptFinished(10**30, 1, 1.0, OutcomeKind.ACCEPTED)])
        await run.flush()

    with open_run(journal, plan) as run, pytest.raises(JournalError, match="cannot be written"):
        asyncio.run(misuse(run))
