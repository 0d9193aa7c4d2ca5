"""When an account fails as a whole."""

import pytest

from launcher.engine.breaker import LIMIT, Breaker
from launcher.outcome import Outcome, OutcomeKind

UNSENT = Outcome(OutcomeKind.UNSENT, "refused")
DOUBT_500 = Outcome(OutcomeKind.IN_DOUBT, "HTTP 500", 500)
DOUBT_502 = Outcome(OutcomeKind.IN_DOUBT, "HTTP 502", 502)
LOST = Outcome(OutcomeKind.IN_DOUBT, "reset")


def opened_at(*outcomes):
    """The 1-based outcome that opens it; None when it stays closed."""
    breaker = Breaker()
    opening = [breaker.count(outcome, float(number)) for number, outcome in enumerate(outcomes, 1)]
    return opening.index(True) + 1 if True in opening else None


@pytest.mark.parametrize("failure", [UNSENT, DOUBT_500, LOST])
def test_the_same_failure_so_often_in_a_row_opens_it(failure):
    assert opened_at(*[failure] * (LIMIT - 1)) is None
    assert opened_at(*[failure] * LIMIT) == LIMIT


@pytest.mark.parametrize("other", [DOUBT_502, LOST, UNSENT])
def test_another_class_of_failure_starts_a_new_row(other):
    assert opened_at(*[DOUBT_500] * (LIMIT - 1), other, *[DOUBT_500] * (LIMIT - 1)) is None


@pytest.mark.parametrize("kind", [OutcomeKind.ACCEPTED, OutcomeKind.THROTTLED, OutcomeKind.REFUSED])
def test_any_answer_ends_the_row(kind):
    assert opened_at(*[UNSENT] * (LIMIT - 1), Outcome(kind), *[UNSENT] * (LIMIT - 1)) is None


def test_it_opens_once_and_knows_since_when():
    breaker = Breaker()
    opening = [breaker.count(UNSENT, float(number)) for number in range(LIMIT + 3)]
    assert opening.count(True) == 1
    assert (breaker.is_open, breaker.opened_at, breaker.probes) == (True, LIMIT - 1.0, 0)


def test_an_answer_to_a_start_of_before_does_not_close_it():
    breaker = Breaker()
    for _ in range(LIMIT):
        breaker.count(UNSENT, 0.0)
    breaker.count(Outcome(OutcomeKind.ACCEPTED), 1.0)
    assert breaker.is_open


def test_after_it_closed_a_whole_row_is_needed_again_and_probes_count_anew():
    breaker = Breaker()
    for _ in range(LIMIT):
        breaker.count(UNSENT, 0.0)
    breaker.probes = 3
    breaker.close()
    assert [breaker.count(UNSENT, 9.0) for _ in range(LIMIT)] == [False] * (LIMIT - 1) + [True]
    assert (breaker.probes, breaker.opened_at) == (0, 9.0)
