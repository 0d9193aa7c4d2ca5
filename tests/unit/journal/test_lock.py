import fcntl
import os
import signal

import pytest

from launcher.errors import JournalError, RefusedError
from launcher.journal.lock import Owners, RunLocks

HOLD = """
from launcher.journal.lock import RunLocks
RunLocks(path).acquire(1, "k", lambda: 1_800_000_000.0)
say("held")
time.sleep(60)
"""


@pytest.fixture
def locks(path):
    return RunLocks(path)


def clock():
    return 1_800_000_000.0


def test_a_run_has_one_owner_even_within_a_process(locks, path):
    lock = locks.acquire(1, "k", clock)
    with pytest.raises(RefusedError, match="run 'k' is being executed by pid"):
        RunLocks(path).acquire(1, "k", clock)
    other = locks.acquire(2, "another", clock)
    lock.release()
    locks.acquire(1, "k", clock).release()
    other.release()


def test_the_refusal_says_who_where_and_since_when(child, locks):
    holder = child(HOLD)
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(RefusedError) as refused:
        locks.acquire(1, "k", clock)
    owner = f"pid {holder.pid} on {os.uname().nodename} since 2027-01-15T08:00:00Z"
    assert str(refused.value) == f"run 'k' is being executed by {owner}; wait for it or stop it"
    assert locks.owner(1) == owner


def test_a_killed_owner_is_known_to_be_dead(child, locks):
    holder = child(HOLD)
    holder.stdout.readline()
    assert locks.alive(1)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert not locks.alive(1)
    assert locks.owner(1) is None
    locks.acquire(1, "k", clock).release()


def test_a_stopped_owner_is_still_the_owner(child, locks):
    holder = child(HOLD)
    holder.stdout.readline()
    holder.send_signal(signal.SIGSTOP)
    assert locks.alive(1)
    with pytest.raises(RefusedError):
        locks.acquire(1, "k", clock)


def test_looking_at_a_run_that_never_was_makes_no_file(locks, path):
    assert not locks.alive(1)
    assert list(path.parent.glob("*.locks")) == []


def test_looking_at_a_lock_does_not_take_it(locks):
    locks.acquire(1, "k", clock).release()
    assert not locks.alive(1)
    locks.acquire(1, "k", clock).release()


def test_two_who_look_at_the_same_moment_do_not_take_each_other_for_the_owner(locks):
    lock = locks.acquire(1, "k", clock)
    lock.release()
    with lock.path.open() as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        assert not locks.alive(1)


def test_an_owner_who_has_not_written_its_name_yet_is_somebody(locks, path):
    lock = locks.acquire(1, "k", clock)
    lock.path.write_text("")
    with pytest.raises(RefusedError, match="executed by another process"):
        locks.acquire(1, "k", clock)
    lock.release()


def test_a_lock_that_cannot_be_made_is_told(path):
    path.with_name(path.name + ".locks").write_text("in the way")
    with pytest.raises(JournalError, match="File exists"):
        RunLocks(path).acquire(1, "k", clock)


def test_owners_are_looked_at_once_until_told_to_look_again(locks):
    owners = Owners(locks)
    lock = locks.acquire(1, "k", clock)
    assert owners.alive(1)
    lock.release()
    assert owners.alive(1)
    owners.look_again()
    assert not owners.alive(1)
