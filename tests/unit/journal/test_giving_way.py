"""How the event loop's thread gives way to the writer's, with a clock that only naps move."""

import threading
from contextlib import closing

import pytest

from launcher.journal.events import AttemptIntended
from launcher.journal.giving_way import GivingWay, Need
from launcher.journal.writer import Writer


class Naps:
    """Every nap takes `length` seconds."""

    def __init__(self, length=1.0):
        self.now = 100.0
        self.length = length
        self.count = 0

    def clock(self):
        return self.now

    def sleep(self, _seconds):
        self.count += 1
        self.now += self.length


@pytest.fixture
def naps():
    return Naps()


@pytest.fixture
def way(naps):
    return GivingWay(naps.clock, naps.sleep)


def test_no_nap_while_the_writer_has_nothing_to_do(way, naps):
    way.give()
    assert naps.count == 0


def test_the_loop_naps_at_once_when_the_writer_works(way, naps):
    way.need = Need.NOW
    way.give()
    assert naps.count == 1


@pytest.mark.parametrize(("need", "apart"), [(Need.NOW, 2.0), (Need.LATER, 9.0)])
def test_naps_are_some_times_as_far_apart_as_they_are_long(way, naps, need, apart):
    way.need = need
    way.give()
    naps.now += apart - 0.1
    way.give()
    assert naps.count == 1
    naps.now += 0.1
    way.give()
    assert naps.count == 2


def test_after_a_long_nap_the_loop_has_as_much_longer(way, naps):
    way.need = Need.NOW
    naps.length = 5.0
    way.give()
    naps.now += 9.9
    way.give()
    assert naps.count == 1


def test_a_writer_that_works_again_is_not_kept_waiting_as_for_a_disk(way, naps):
    way.need = Need.LATER
    way.give()
    way.need = Need.NOW
    naps.now += 2.0
    way.give()
    assert naps.count == 2


class Orders:
    """None are given."""

    def look(self):
        pass


class Session:
    """Notes how much the writer says it needs the lock, step by step."""

    def __init__(self, way):
        self.orders = Orders()
        self.needs = []
        self._way = way

    def _step(self):
        self.needs.append(self._way.need)

    def begin(self):
        self._step()

    def put(self, _events):
        self._step()

    def claim(self, _intents):
        self._step()
        return ()

    def write(self):
        self._step()

    def commit(self):
        self._step()

    def close(self):
        pass


class Files:
    def check(self):
        pass


async def test_the_writer_needs_the_lock_for_its_rows_and_later_for_what_waits(path):
    way = GivingWay()
    session = Session(way)
    with closing(Writer(session, Files(), path, way)) as writer:
        await writer.claim([AttemptIntended(0, 1, 5.0)])
    begin, put, claim, write, commit = session.needs
    assert (begin, commit) == (Need.LATER, Need.LATER)
    assert (put, claim, write) == (Need.NOW, Need.NOW, Need.NOW)
    assert way.need is Need.NONE


async def test_every_post_gives_way_outside_the_lock_that_the_writer_needs(path):
    given = []

    class Way(GivingWay):
        def give(self):
            free = threading.Thread(target=writer.close)  # takes the lock that posting takes
            free.start()
            free.join(5)
            given.append(not free.is_alive())

    way = Way()
    writer = Writer(Session(way), Files(), path, way)
    writer.append([AttemptIntended(0, 1, 5.0)])
    assert given == [True]
