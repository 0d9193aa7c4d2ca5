"""The writer's thread, with a session that does what the test wants."""

import asyncio
import sqlite3
import threading
import time

import pytest

from launcher.errors import JournalError
from launcher.journal.events import AttemptIntended, AttemptWithdrawn, ReadFinished, ReadIntended, RunHalted
from launcher.journal.lifecycle import IllegalEventError
from launcher.journal.port import Busy, Granted
from launcher.journal.writer import Writer


class Orders:
    """None are given."""

    def look(self):
        pass


class Session:
    """Stands in for the real one: remembers what was committed, and waits at two gates on the way."""

    def __init__(self):
        self.orders = Orders()
        self.committed = []
        self.commits = 0
        self.closed = False
        self.may_begin = threading.Event()
        self.may_commit = threading.Event()
        self.at_commit = threading.Event()
        self.error = None
        self.busy = set()
        self._open = []
        self.may_begin.set()
        self.may_commit.set()

    def begin(self):
        assert self.may_begin.wait(5)
        self._open = []

    def put(self, events):
        self._open += events

    def claim(self, intents):
        if any(intent.launch < 0 for intent in intents):
            raise IllegalEventError("no")
        verdicts = [Busy(1.0) if intent.launch in self.busy else Granted() for intent in intents]
        self._open += [intent for intent in intents if intent.launch not in self.busy]
        return verdicts

    def write(self):
        pass

    def commit(self):
        self.at_commit.set()
        assert self.may_commit.wait(5)
        if self.error is not None:
            raise self.error
        self.commits += 1
        self.committed += self._open

    def close(self):
        self.closed = True


class Files:
    error = None

    def check(self):
        if self.error is not None:
            raise self.error


@pytest.fixture
def session():
    return Session()


@pytest.fixture
def files():
    return Files()


@pytest.fixture
def writer(session, files, path):
    writer = Writer(session, files, path)
    yield writer
    session.may_begin.set()
    session.may_commit.set()
    try:
        writer.close()
    except JournalError:
        assert session.error or files.error


def start(number):
    return AttemptIntended(number, 1, 5.0)


def halted(reason):
    return RunHalted(1.0, reason)


async def posted(*coroutines):
    """Tasks for the coroutines, that have posted what they wait for."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    await asyncio.sleep(0)
    return tasks


async def until(event):
    await asyncio.to_thread(event.wait, 5)
    assert event.is_set()


async def test_all_claims_that_wait_share_one_commit(writer, session):
    session.may_begin.clear()
    claims = await posted(*(writer.claim([start(number)]) for number in range(50)))
    session.may_begin.set()
    assert await asyncio.gather(*claims) == [[Granted()]] * 50
    assert session.commits == 1
    assert session.committed == [start(number) for number in range(50)]


async def test_what_is_posted_during_a_commit_shares_the_next(writer, session):
    session.may_commit.clear()
    first = await posted(writer.claim([start(0)]))
    await until(session.at_commit)
    writer.append([halted("a")])
    others = await posted(writer.claim([start(1)]), writer.claim([start(2)]))
    writer.append([halted("b")])
    session.may_commit.set()
    await asyncio.gather(*first, *others)
    await writer.flush()
    assert session.committed == [start(0), halted("a"), start(1), start(2), halted("b")]
    assert session.commits <= 3


async def test_appended_events_are_committed_without_anybody_waiting(writer, session):
    writer.append([halted("a")])
    await until(session.at_commit)
    writer.close()
    assert session.committed == [halted("a")]


async def test_verdicts_come_back_as_they_were_given(writer, session):
    session.busy = {1}
    assert await writer.claim([start(0), start(1), start(2)]) == [Granted(), Busy(1.0), Granted()]


async def test_nobody_is_granted_anything_before_the_commit(writer, session):
    session.may_commit.clear()
    (claim,) = await posted(writer.claim([start(0)]))
    await until(session.at_commit)
    await asyncio.sleep(0.01)
    assert not claim.done()
    session.may_commit.set()
    assert await claim == [Granted()]


async def test_a_claim_cancelled_before_its_turn_is_never_written(writer, session):
    session.may_begin.clear()
    claim, other = await posted(writer.claim([start(0)]), writer.claim([start(1)]))
    claim.cancel()
    await asyncio.wait([claim])
    session.may_begin.set()
    await other
    assert session.committed == [start(1)]


async def test_a_claim_cancelled_during_its_commit_is_taken_back_before_anything_later(writer, session):
    session.busy = {2}
    session.may_commit.clear()
    (claim,) = await posted(writer.claim([start(0), ReadIntended(1, 6.0), start(2)]))
    await until(session.at_commit)
    claim.cancel()
    await asyncio.wait([claim])
    writer.append([halted("later")])
    session.may_commit.set()
    await writer.flush()
    unsent = "cancelled before it was handed to the network"
    assert session.committed == [
        start(0),
        ReadIntended(1, 6.0),
        AttemptWithdrawn(0, 1, 5.0, unsent),
        ReadFinished(1, 6.0, None, reason=unsent),
        halted("later"),
    ]


def hold_the_loop_until_committed(session):
    """So that the verdict is given, and its task cannot have seen it."""
    while not session.commits:
        time.sleep(0.001)
    time.sleep(0.01)


async def test_a_claim_cancelled_after_its_commit_is_taken_back(writer, session):
    session.may_commit.clear()
    (claim,) = await posted(writer.claim([start(0)]))
    await until(session.at_commit)
    session.may_commit.set()
    hold_the_loop_until_committed(session)
    claim.cancel()
    await asyncio.wait([claim])
    await writer.flush()
    assert [type(event) for event in session.committed] == [AttemptIntended, AttemptWithdrawn]


async def test_a_claim_that_is_a_defect_fails_alone(writer, session):
    session.may_begin.clear()
    claims = await posted(writer.claim([start(-1)]), writer.claim([start(1)]))
    session.may_begin.set()
    bad, good = await asyncio.gather(*claims, return_exceptions=True)
    assert isinstance(bad, IllegalEventError)
    assert good == [Granted()]
    assert session.committed == [start(1)]


@pytest.mark.parametrize(
    "error",
    [
        sqlite3.OperationalError("disk I/O error"),
        OSError(28, "No space left on device"),
        ValueError("a defect"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_failure_fails_every_claim_now_and_later(writer, session, error):
    session.error = error
    session.may_commit.clear()
    first = await posted(writer.claim([start(0)]))
    await until(session.at_commit)
    others = await posted(writer.claim([start(1)]), writer.flush())
    session.may_commit.set()
    failures = await asyncio.gather(*first, *others, return_exceptions=True)
    assert [type(failure) for failure in failures] == [JournalError] * 3
    session.error = None
    writer.append([halted("lost")])
    with pytest.raises(JournalError):
        await writer.claim([start(3)])
    with pytest.raises(JournalError):
        await writer.flush()
    assert session.committed == []
    assert session.closed
    writer.close()


async def test_a_commit_to_a_file_that_is_gone_grants_nothing(writer, files):
    files.error = JournalError("gone")
    with pytest.raises(JournalError, match="gone"):
        await writer.claim([start(0)])


async def test_events_that_were_lost_without_anybody_knowing_are_told_at_the_close(writer, session):
    session.error = sqlite3.OperationalError("disk I/O error")
    writer.append([halted("lost")])
    with pytest.raises(JournalError, match="disk I/O error"):
        writer.close()
    writer.close()


async def test_a_closed_writer_takes_nothing(writer, session):
    writer.close()
    writer.append([halted("late")])
    with pytest.raises(JournalError, match="closed"):
        await writer.claim([start(0)])
    assert session.committed == []


def test_a_loop_that_is_gone_does_not_stop_the_writer(writer, session):
    async def leave():
        session.may_commit.clear()
        await posted(writer.claim([start(0)]))
        await until(session.at_commit)

    loop = asyncio.new_event_loop()
    loop.run_until_complete(leave())
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    session.may_commit.set()
    writer.append([halted("afterwards")])
    writer.close()
    assert session.committed[-1] == halted("afterwards")
