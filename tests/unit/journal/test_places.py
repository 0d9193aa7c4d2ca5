import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.journal.events import (
    AttemptFinished,
    AttemptIntended,
    AttemptWithdrawn,
    ReadFinished,
    ReadIntended,
    RunOpened,
)
from launcher.journal.places import POLL, Places
from launcher.journal.port import PastRequest
from launcher.manifest.model import Quota
from launcher.outcome import CUT_OFF, OutcomeKind

LANE = ("https://platform.kore.ai", "account")
OPENED = RunOpened(0.0, "m.yaml", "0", "1")
ME, OTHER = 1, 2


def places(*quotas, timeout=30.0):
    return Places({LANE: quotas or (Quota(1, 60.0),)}, timeout)


def alive(_run):
    return True


def dead(_run):
    return False


def send(places, launch, at, run=OTHER):
    places.apply(run, AttemptIntended(launch, 1, at), LANE, at)


def reply(places, launch, at, run=OTHER):
    places.apply(run, AttemptFinished(launch, 1, at, OutcomeKind.ACCEPTED), LANE, at)


def test_an_unused_lane_has_a_place():
    assert places().wait(LANE, 0.0, alive) == 0.0


def test_a_request_holds_its_place_until_the_window_after_its_reply():
    held = places()
    send(held, 0, 0.0)
    reply(held, 0, 5.0)
    assert held.wait(LANE, 6.0, alive) == pytest.approx(59.0)
    assert held.wait(LANE, 65.0, alive) == 0.0


def test_an_unanswered_request_of_a_live_process_holds_its_place_however_long():
    held = places()
    send(held, 0, 0.0)
    assert held.wait(LANE, 1e6, alive) == POLL


def test_an_unanswered_request_of_a_dead_process_holds_its_place_for_timeout_and_window():
    held = places()
    send(held, 0, 0.0)
    assert held.wait(LANE, 40.0, dead) == pytest.approx(50.0)
    assert held.wait(LANE, 90.0, dead) == 0.0


def test_a_process_that_takes_over_proves_the_one_before_it_dead():
    held = places()
    send(held, 0, 0.0)
    held.apply(OTHER, OPENED, None, 40.0)
    assert held.wait(LANE, 40.0, alive) == pytest.approx(50.0)
    reply(held, 0, 41.0)  # in doubt, as the new process records it: another place, to be on the safe side
    assert held.wait(LANE, 42.0, alive) == pytest.approx(59.0)


def test_a_withdrawn_start_holds_no_place():
    held = places()
    send(held, 0, 0.0)
    held.apply(OTHER, AttemptWithdrawn(0, 1, 1.0, "halted"), LANE, 1.0)
    assert held.wait(LANE, 1.0, alive) == 0.0


def test_a_read_and_a_start_of_one_launch_are_two_requests():
    held = places(Quota(2, 60.0))
    send(held, 0, 0.0)
    held.apply(OTHER, ReadIntended(0, 1.0), LANE, 1.0)
    held.apply(OTHER, ReadFinished(0, 2.0, "Ready"), LANE, 2.0)
    assert held.wait(LANE, 3.0, alive) == pytest.approx(59.0)
    reply(held, 0, 4.0)
    assert held.wait(LANE, 62.0, alive) == 0.0


def test_the_same_launch_number_in_two_runs_is_two_requests():
    held = places(Quota(2, 60.0))
    send(held, 0, 0.0, run=ME)
    send(held, 0, 0.0, run=OTHER)
    assert held.wait(LANE, 1.0, alive) == POLL
    reply(held, 0, 1.0, run=ME)
    assert held.wait(LANE, 61.5, alive) == 0.0


def test_a_reply_to_a_request_from_before_the_horizon_counts():
    held = places()
    reply(held, 0, 5.0)
    assert held.wait(LANE, 6.0, alive) == pytest.approx(59.0)


def test_the_wait_is_for_as_many_places_as_are_too_many():
    held = places(Quota(2, 60.0))
    for launch, at in enumerate([1.0, 2.0, 3.0, 4.0]):
        send(held, launch, at)
        reply(held, launch, at)
    assert held.wait(LANE, 10.0, alive) == pytest.approx(53.0)


def test_the_longest_of_several_windows_decides():
    held = places(Quota(5, 60.0), Quota(1, 3600.0))
    send(held, 0, 0.0)
    reply(held, 0, 0.0)
    assert held.wait(LANE, 100.0, alive) == pytest.approx(3500.0)
    assert held.horizon == 3630.0


def test_a_lane_of_somebody_else_does_not_matter():
    held = places()
    foreign = ("https://platform.kore.ai", "another")
    held.apply(OTHER, AttemptIntended(0, 1, 0.0), foreign, 0.0)
    held.apply(OTHER, AttemptFinished(0, 1, 0.0, OutcomeKind.ACCEPTED), foreign, 0.0)
    assert held.wait(LANE, 0.0, alive) == 0.0
    assert held.wait(foreign, 0.0, alive) == 0.0


def test_past_requests_have_their_age():
    held = places(Quota(9, 60.0))
    send(held, 0, 1.0)
    reply(held, 0, 3.0)
    send(held, 1, 4.0)
    assert held.past(10.0) == [PastRequest(LANE, 7.0, replied=True), PastRequest(LANE, 6.0, replied=False)]
    held.clear()
    assert held.past(10.0) == []


TIMES = st.floats(0.0, 300.0)


@given(st.lists(st.tuples(TIMES, st.none() | TIMES), max_size=8), TIMES, st.integers(1, 3), st.booleans())
def test_after_the_wait_there_is_a_place_and_expired_requests_do_not_matter(requests, now, limit, lives):
    owners = alive if lives else dead
    held, dropped = places(Quota(limit, 60.0)), places(Quota(limit, 60.0))
    for launch, (sent, took) in enumerate(requests):
        for each in (held, dropped):
            send(each, launch, sent)
            if took is not None:
                reply(each, launch, sent + took)
    dropped.drop_expired(now, owners)
    wait = held.wait(LANE, now, owners)
    assert dropped.wait(LANE, now, owners) == wait
    if wait not in {0.0, POLL}:
        assert held.wait(LANE, now + wait + 1e-6, owners) == 0.0


def test_a_start_that_was_cut_off_may_still_arrive_and_counts_as_unanswered():
    held = places()
    held.apply(1, AttemptIntended(0, 1, 0.0), LANE, 0.0)
    lost = AttemptFinished(0, 1, 1.0, OutcomeKind.IN_DOUBT, f"interrupted by SIGINT{CUT_OFF}")
    held.apply(1, lost, LANE, 1.0)
    assert held.wait(LANE, 2.0, dead) == pytest.approx(30.0 + 60.0 - 2.0)
