"""Orders to a run: numbered, durable, seen by its writer; the requests beside a run that share its budget."""

import asyncio
import sqlite3
import threading
from contextlib import closing

import pytest
from fakes.clock import Clock
from fakes.journal import plan_of, with_budget
from fakes.launches import make_launch

from launcher.errors import RefusedError, UsageError
from launcher.journal.connection import connect
from launcher.journal.events import AttemptIntended, ReadIntended, RunOpened
from launcher.journal.orders import LEASE, Mandate, Order, OrderKind, Orders, give, stop_in_force
from launcher.journal.port import Busy, Forbidden, Granted
from launcher.journal.requests import Replied, Requests, Wanted
from launcher.manifest.model import Quota
from launcher.outcome import NotAttempted

ADA = Mandate("ada", "wrong list", "OPS-12")
STOP, PAUSE, RESUME, GO_ON = OrderKind.STOP, OrderKind.PAUSE, OrderKind.RESUME, OrderKind.CONTINUE
NOW = 1_800_000_000.0
TIGHT = plan_of([with_budget(make_launch(campaign=f"cd-{number}"), 2) for number in range(6)])
LANE = TIGHT.launches[0].account.lane


@pytest.fixture
def run(journal, plan):
    with journal.open_run("k", plan, launcher_version="1.0") as run:
        yield run


def orders(*kinds):
    return [Order(number, kind, 0.0, ADA) for number, kind in enumerate(kinds, start=1)]


@pytest.mark.parametrize(
    ("kinds", "in_force"),
    [([], None), ([STOP], 1), ([STOP, GO_ON], None), ([STOP, GO_ON, STOP], 3), ([PAUSE, STOP, RESUME], 2)],
)
def test_a_stop_is_in_force_until_the_run_is_continued(kinds, in_force):
    stop = stop_in_force(orders(*kinds))
    assert (stop and stop.number) == in_force


def test_an_order_says_who_and_why():
    assert str(Order(1, STOP, 0.0, ADA)) == "stopped by `launcher stop` (ada: wrong list [OPS-12])"
    assert str(Order(1, PAUSE, 0.0, Mandate())) == "paused by `launcher pause`"


def test_orders_are_numbered_and_can_neither_be_changed_nor_deleted(journal, run):
    assert journal.order("k", STOP, ADA, clock=lambda: 7.0) == Order(1, STOP, 7.0, ADA)
    assert journal.order("k", GO_ON, Mandate()).number == 2
    assert [order.kind for order in journal.orders("k")] == [STOP, GO_ON]
    with closing(sqlite3.connect(journal.path)) as connection:
        for statement in ("UPDATE orders SET at = 2.0", "DELETE FROM orders"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(statement)


def test_nobody_orders_of_a_run_that_is_not_there(journal):
    with pytest.raises(UsageError, match="has no run 'x'"):
        journal.order("x", STOP, ADA)


async def test_no_start_is_granted_after_a_stop_and_reads_still_are(journal, run):
    assert await run.claim([AttemptIntended(0, 1, NOW)]) == [Granted()]
    journal.order("k", STOP, ADA)
    start, read = await run.claim([AttemptIntended(1, 1, NOW), ReadIntended(0, NOW)])
    assert start == Forbidden(NotAttempted.HALTED, "stopped by `launcher stop` (ada: wrong list [OPS-12])")
    assert read == Granted()
    assert not run.orders.may_send


async def test_a_pause_grants_no_start_until_it_is_over(journal, run):
    journal.order("k", PAUSE, ADA)
    (verdict,) = await run.claim([AttemptIntended(0, 1, NOW)])
    assert isinstance(verdict, Busy)
    journal.order("k", RESUME, ADA)
    assert await run.claim([AttemptIntended(0, 1, NOW)]) == [Granted()]
    assert run.orders.may_send


async def test_an_idle_writer_looks_for_orders_and_tells_them(journal, run):
    heard, told = [], threading.Event()
    run.orders.listen(lambda order: (heard.append(order.kind), told.set()))
    journal.order("k", PAUSE, ADA)
    assert await asyncio.to_thread(told.wait, 5)
    assert heard == [PAUSE]


async def test_what_was_ordered_before_anybody_listened_is_told(journal, run):
    journal.order("k", STOP, ADA)
    await run.flush()
    heard = []
    run.orders.listen(heard.append)
    assert [order.kind for order in heard] == [STOP]


def test_a_look_counts_for_a_while_only(journal, run):
    now = [100.0]
    with closing(connect(journal.path, 1.0)) as connection:
        orders = Orders(connection, 1, lambda: now[0])
        assert orders.may_send
        now[0] += LEASE
        assert not orders.may_send
        orders.look()
        assert orders.may_send


def test_a_pause_of_an_earlier_process_is_over_and_a_stop_is_not(journal, run):
    with closing(connect(journal.path, 1.0)) as connection:
        give(connection, 1, PAUSE, 1.0, ADA)
        assert Orders(connection, 1).may_send
        give(connection, 1, STOP, 1.0, ADA)
        assert not Orders(connection, 1).may_send


def test_a_stopped_run_is_opened_again_only_on_purpose(journal, plan):
    journal.open_run("k", plan, launcher_version="1.0").close()
    journal.order("k", STOP, ADA, clock=lambda: 0.0)
    why = r"run 'k' was stopped 1970-01-01T00:00:00Z by ada \(wrong list\) .*--continue --reason TEXT"
    for options in ({}, {"go_on": True}):
        with pytest.raises(RefusedError, match=why):
            journal.open_run("k", plan, launcher_version="1.0", **options)
    journal.open_run("k", plan, launcher_version="1.0", starts=False).close()
    assert stop_in_force(journal.orders("k")) is not None
    by = Mandate("grace", "list mended", None)
    journal.open_run("k", plan, launcher_version="1.0", go_on=True, by=by).close()
    assert journal.orders("k")[-1].by == by
    opened = [event for event in journal.events("k") if isinstance(event, RunOpened)][-1]
    assert (opened.operator, opened.reason) == ("grace", "list mended")
    journal.open_run("k", plan, launcher_version="1.0").close()


def test_continuing_a_run_that_was_not_stopped_is_no_order(journal, plan):
    journal.open_run("k", plan, launcher_version="1.0", go_on=True, by=ADA).close()
    assert journal.orders("k") == []


# -- requests beside a run ---------------------------------------------------------------------------------


@pytest.fixture
def clock():
    return Clock(NOW)


@pytest.fixture
def desk(journal, clock):
    """Claims requests about the run `k`."""
    journal.open_run("k", TIGHT, launcher_version="1.0", clock=clock).close()
    made = []

    def make(*, urgent=False):
        quotas = {LANE: [Quota(2, 60.0)]}
        more = {"clock": clock, "monotonic": lambda: clock.now - 5.0, "patience": 1.0}
        made.append(Requests(journal.path, 1, quotas=quotas, timeout=30.0, urgent=urgent, **more))
        return made[-1]

    yield make
    for each in made:
        each.close()


def wanted(*numbers, kind="stop"):
    return [Wanted(number, kind, LANE) for number in numbers]


def test_requests_beside_a_run_share_its_budget_among_themselves(desk, clock):
    first, second = desk(), desk()
    assert first.exchange([], wanted(0)) == [1]
    assert second.exchange([], wanted(1)) == [2]
    (busy,) = first.exchange([Replied(1, clock.now)], wanted(2))
    assert busy == Busy(pytest.approx(60.0))
    clock.now += 60.0
    assert first.exchange([], wanted(2)) == [3]


def test_an_unanswered_request_holds_its_place_until_timeout_and_window_are_over(desk, clock):
    first = desk()
    assert first.exchange([], wanted(0, 1)) == [1, 2]
    clock.now += 89.0
    assert first.exchange([], wanted(2)) == [Busy(pytest.approx(1.0))]
    clock.now += 1.0
    assert desk().exchange([], wanted(2)) == [3]


async def test_a_run_and_requests_beside_it_count_each_other(journal, desk, clock):
    beside = desk()
    with journal.open_run("other", TIGHT, launcher_version="1.0", clock=clock, cooldown=0.0) as other:
        assert await other.claim([AttemptIntended(0, 1, clock.now)]) == [Granted()]
        assert beside.exchange([], wanted(3, 4)) == [1, Busy(pytest.approx(90.0))]
        (verdict,) = await other.claim([AttemptIntended(1, 1, clock.now)])
        assert isinstance(verdict, Busy)
    with journal.open_run("later", TIGHT, launcher_version="1.0", clock=clock) as later:
        assert len(later.past_requests) == 2


async def test_what_is_urgent_goes_first_and_does_not_wait_for_ever_for_a_frozen_launcher(
    journal, desk, clock
):
    with journal.open_run("other", TIGHT, launcher_version="1.0", clock=clock, cooldown=0.0) as other:
        await other.claim([AttemptIntended(0, 1, clock.now), AttemptIntended(1, 1, clock.now)])
        clock.now += 89.0
        urgent = desk(urgent=True)
        assert urgent.exchange([], wanted(3)) == [Busy(pytest.approx(1.0))]
        assert desk().exchange([], wanted(3)) == [Busy(pytest.approx(3.0))]
        clock.now += 2.0
        assert urgent.exchange([], wanted(3)) == [1], "the other's requests timed out long ago"


def test_a_reply_is_recorded_once(journal, desk, clock):
    first = desk()
    (ticket,) = first.exchange([], wanted(0))
    first.exchange([Replied(ticket, clock.now, "accepted", None, 200)], [])
    first.exchange([Replied(ticket, clock.now, "refused", None, 400)], [])
    (latest,) = journal.latest_requests("k").values()
    assert (latest.kind, latest.outcome) == ("stop", "accepted")
    assert journal.requests_sent("k") == {"stop": 1}
    with closing(sqlite3.connect(journal.path)) as connection:
        for statement in ("UPDATE requests SET outcome = 'x'", "DELETE FROM requests"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(statement)


def stopped(desk, clock, *launches):
    for number in launches:
        (ticket,) = desk.exchange([], wanted(number))
        desk.exchange([Replied(ticket, clock.now, "accepted", None, 200)], [])
        clock.now += 60.0


def read_list(desk, clock, listed):
    """A list that was asked for under launch 0."""
    (ticket,) = desk.exchange([], wanted(0, kind="read"))
    told = Replied(ticket, clock.now, None, None, 200, "a list of 5 campaigns", listed)
    desk.exchange([told, told], [])


def test_a_state_that_a_list_told_counts_for_each_launch_and_takes_no_place(journal, desk, clock):
    first = desk()
    stopped(first, clock, 0, 1)
    assert journal.stopped_launches("k") == {0: NOW, 1: NOW + 60.0}
    read_list(first, clock, {1: "Active", 3: "Stopped", 4: "Ready"})
    assert journal.stopped_launches("k") == {0: NOW, 3: clock.now}
    told = {number: latest.state for number, latest in journal.latest_requests("k").items()}
    assert told == {0: None, 1: "Active", 3: "Stopped", 4: "Ready"}
    assert journal.requests_sent("k") == {"stop": 2, "read": 1}, "a list is one request"
    assert first.exchange([], wanted(2, 5)) == [7, Busy(pytest.approx(60.0))], "one place for the list"
    assert desk().exchange([], wanted(5)) == [Busy(pytest.approx(60.0))]


@pytest.mark.parametrize("listed", [{}, {1: "Active"}])
def test_a_list_does_not_hide_the_stop_of_the_launch_that_it_was_asked_for_under(
    journal, desk, clock, listed
):
    first = desk()
    stopped(first, clock, 0)
    read_list(first, clock, listed)
    assert journal.latest_requests("k")[0].outcome == "accepted"
    assert journal.stopped_launches("k") == {0: NOW}
