"""Telling others never fails a run."""

import threading

from launcher.telemetry.teller import Mailbox, Tellers


class Broken:
    """Fails at everything that it is asked."""

    def __init__(self):
        self.seen = 0

    def on_event(self, _):
        self.seen += 1
        raise ValueError("https://user:password@host")

    def close(self):
        raise ValueError("again")

    def wait(self, _):
        raise ValueError("and again")


class Good:
    def __init__(self, trouble=None):
        self.seen, self.trouble, self.closed = 0, trouble, 0

    def on_event(self, _):
        self.seen += 1

    def close(self):
        self.closed += 1

    def wait(self, _):
        return self.trouble


def test_a_defect_of_one_teller_ends_that_one_only(world):
    broken, good = Broken(), Good()
    tellers = Tellers([("--otel", broken), ("--events", good)])
    for event in world.STEPS:
        tellers.on_event(event)
    assert tellers.finish(1.0) == ["--otel: it ended early, a defect of the launcher (ValueError)"]
    assert broken.seen == 1
    assert good.seen == len(world.STEPS)
    assert good.closed == 1


def test_troubles_are_told_with_their_option():
    tellers = Tellers([("--metrics", Good("no room")), ("--notify", Good())])
    assert tellers.finish(1.0) == ["--metrics: no room"]


def test_time_that_one_used_up_is_not_given_to_the_next():
    asked = []

    class Slow(Good):
        def wait(self, seconds):
            asked.append(seconds)
            if len(asked) == 1:
                threading.Event().wait(0.05)

    Tellers([("a", Slow()), ("b", Slow())]).finish(0.05)
    assert asked[1] < asked[0]


def test_a_mailbox_goes_on_after_an_item_that_failed():
    taken = []

    def take(item):
        if item == 1:
            raise ValueError
        taken.append(item)

    mailbox = Mailbox("test", take)
    assert all(mailbox.put(item) for item in range(3))
    mailbox.close()
    assert mailbox.wait(10)
    assert taken == [0, 2]
    assert isinstance(mailbox.trouble, ValueError)


def test_a_full_mailbox_takes_nothing_and_blocks_nobody():
    go = threading.Event()
    taken = []

    def take(item):
        go.wait(10)
        taken.append(item)

    mailbox = Mailbox("test", take, capacity=2)
    results = [mailbox.put(item) for item in range(50)]
    assert results.count(True) in {2, 3}  # one may be in the thread's hands by now
    assert mailbox.full
    assert not mailbox.wait(0.0)
    mailbox.close()
    go.set()
    assert mailbox.wait(10)
    assert len(taken) == results.count(True)
