"""What a launch counts as if the process ended now."""

import pytest

from launcher.outcome import OutcomeKind, Result
from launcher.report.standing import reason_now, result_now, words


def planned(story):
    return story.plan(0)


def test_what_was_never_sent_is_not_attempted(story):
    record = planned(story).summary.record(0)

    assert result_now(record) is Result.NOT_ATTEMPTED
    assert reason_now(record, None) == "cancelled: the launcher ended before its turn"
    assert reason_now(record, "5 launches unknown") == "halted: 5 launches unknown"


def test_what_is_on_its_way_is_unknown_and_an_earlier_reason_is_not_repeated(story):
    record = planned(story).throttle(0).intend(0, 2).summary.record(0)

    assert result_now(record) is Result.UNKNOWN
    assert reason_now(record, None).startswith("no reply was recorded")


def test_a_doubt_is_unknown_with_its_reason(story):
    record = planned(story).doubt(0, "no answer within 30 s").summary.record(0)

    assert (result_now(record), reason_now(record, None)) == (Result.UNKNOWN, "no answer within 30 s")


def test_an_accepted_attempt_counts_as_started_before_its_result_is_written(story):
    record = planned(story).intend(0).reply(0, OutcomeKind.ACCEPTED, 1, None, 200).summary.record(0)

    assert (result_now(record), reason_now(record, None)) == (Result.STARTED, None)


@pytest.mark.parametrize("kind", [OutcomeKind.REFUSED, OutcomeKind.THROTTLED, OutcomeKind.UNSENT])
def test_what_was_tried_without_effect_is_failed(story, kind):
    record = planned(story).intend(0).reply(0, kind, 1, "said so").summary.record(0)

    assert (result_now(record), reason_now(record, None)) == (Result.FAILED, "said so")


def test_a_refusal_after_a_doubt_is_unknown_because_it_may_mean_already_active(story):
    planned(story).doubt(0).read(0).clear(0).intend(0, 2).reply(
        0, OutcomeKind.REFUSED, 2, "already active", 409
    )

    assert result_now(story.summary.record(0)) is Result.UNKNOWN


def test_a_reason_that_was_not_given_is_still_a_sentence(story):
    story.plan(0).plan(1).intend(0).reply(0, OutcomeKind.REFUSED).end(0, Result.ALREADY_ACTIVE)
    story.intend(1).reply(1, OutcomeKind.REFUSED).end(1, Result.REJECTED)

    told = [reason_now(story.summary.record(launch), None) for launch in (0, 1)]

    assert told == ["the campaign was active already", "no reason was recorded"]


def test_a_token_in_a_reason_is_removed(story):
    record = planned(story).doubt(0, "echo: eyJhbGciOiJIUzI1NiJ9.eyJhcHBJZCI6MX0.c2ln").summary.record(0)

    assert reason_now(record, None) == "echo: [token removed]"


def test_results_are_written_in_words():
    assert words(Result.NOT_ATTEMPTED) == "not attempted"
