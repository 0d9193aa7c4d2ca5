"""Launches that did not start, by what was wrong."""

from launcher.outcome import Result
from launcher.report.troubles import EXAMPLES, group_troubles


def groups_of(story):
    return group_troubles(story.summary.rows())


def test_launches_with_one_reason_are_one_group_with_a_few_examples(story):
    for launch in range(9):
        story.plan(launch).reject(launch, "HTTP 401: Invalid SDK credentials")

    (group,) = groups_of(story)

    assert (group.result, group.count, group.text) == (
        Result.REJECTED,
        9,
        "HTTP 401: Invalid SDK credentials",
    )
    assert [row.campaign_id for row in group.examples] == [f"cd-{n}" for n in range(EXAMPLES)]


def test_reasons_that_differ_in_ids_moments_and_spans_are_one_group(story):
    for launch in range(2):
        campaign = f"cd-{launch:08d}-3682-5e72-a839-af9e0711aaaa"
        story.plan(launch, campaign=campaign)
        story.unknown(
            launch, f"{campaign} of st-0603182c-7ffb-53c3-b307-47ca14b9aaa{launch}: changed {launch} s ago"
        )

    (group,) = groups_of(story)

    assert (group.count, group.text) == (2, "… of …: changed … s ago")


def test_a_reason_shared_by_all_keeps_its_own_words(story):
    story.plan(0).plan(1).unknown(0, "no answer within 30 s").unknown(1, "no answer within 30 s")

    assert [group.text for group in groups_of(story)] == ["no answer within 30 s"]


def test_a_short_id_does_not_tear_words_apart(story):
    story.plan(0, campaign="a").reject(0, "an answer that makes no sense")

    assert [group.reason for group in groups_of(story)] == ["an answer that makes no sense"]


def test_unknown_comes_first_then_the_larger_groups(story):
    for launch in range(6):
        story.plan(launch)
    story.fail(0).reject(1, "one").reject(2, "two").reject(3, "two").skip(4).unknown(5)

    assert [(group.result, group.count) for group in groups_of(story)] == [
        (Result.UNKNOWN, 1),
        (Result.REJECTED, 2),
        (Result.REJECTED, 1),
        (Result.FAILED, 1),
        (Result.NOT_ATTEMPTED, 1),
    ]


def test_what_went_well_is_no_trouble(story):
    assert groups_of(story.plan(0).start(0)) == []
