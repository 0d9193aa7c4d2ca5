"""When each account sent, was throttled and paused."""

import pytest

from launcher.journal.events import (
    AttemptWithdrawn,
    GateOpened,
    LaneClosed,
    ReadFinished,
    ReadIntended,
    RunHalted,
)
from launcher.outcome import OutcomeKind
from launcher.report.timeline import FIRST_WIDTH, MOST_PAUSES, MOST_SLOTS, GateMark, Pause, Slot, Timeline


def track_of(story):
    (track,) = Timeline.of(story.events).tracks
    return track


def close(story, until, account="acme", at=None):
    return story.tell(LaneClosed(account, story.now if at is None else at, until, "throttled"))


def test_requests_are_counted_by_kind(story):
    story.plan(0).throttle(0).intend(0, 2).reply(0, OutcomeKind.IN_DOUBT, 2, "no reply").read(0)

    assert track_of(story).totals() == Slot(starts=1, retries=1, reads=1, throttled=1)


def test_a_throttled_read_counts_as_throttled(story):
    story.plan(0).doubt(0).tell(ReadIntended(0, story.now))
    story.tell(ReadFinished(0, story.now, None, 429, "HTTP 429", throttled=True))

    assert track_of(story).totals() == Slot(starts=1, reads=1, throttled=1)


def test_a_withdrawn_start_was_never_sent(story):
    story.plan(0).throttle(0).intend(0, 2).tell(AttemptWithdrawn(0, 2, story.now, "halted"))

    assert track_of(story).totals() == Slot(starts=1, throttled=1)


def test_requests_stand_where_they_were_sent(story, t0):
    story.plan(0).start(0)

    assert track_of(story).slots == {int((t0 + 2) // FIRST_WIDTH): Slot(starts=1)}


def test_accounts_are_apart_and_in_the_order_of_the_plan(story):
    story.plan(0, account="b").plan(1, account="a").plan(2, account="idle").start(1).start(0)

    assert [track.account for track in Timeline.of(story.events).tracks] == ["b", "a"]


def test_the_size_does_not_grow_with_the_run_and_nothing_is_lost(story):
    launches = MOST_SLOTS * 5
    for launch in range(launches):
        story.plan(launch)
    for launch in range(launches):
        story.start(launch)

    track = track_of(story)

    assert MOST_SLOTS / 2 <= len(track.slots) <= MOST_SLOTS
    assert track.totals() == Slot(starts=launches)
    assert track.width > FIRST_WIDTH


def test_a_pause_that_goes_on_is_one(story, t0):
    story.plan(0)
    close(story, t0 + 10, at=t0 + 2)
    close(story, t0 + 30, at=t0 + 9)
    close(story, t0 + 20, at=t0 + 15)
    close(story, t0 + 50, at=t0 + 40)

    assert track_of(story).pauses == [Pause(t0 + 2, t0 + 30), Pause(t0 + 40, t0 + 50)]


def test_a_stop_for_good_lasts_until_the_run_is_taken_up_again(story, t0):
    story.plan(0)
    close(story, None)
    assert track_of(story).pauses[-1].until is None

    story.now = t0 + 100
    story.open()

    assert track_of(story).pauses[-1].until == t0 + 100


def test_many_pauses_are_joined_where_they_are_closest(story, t0):
    story.plan(0)
    for number in range(MOST_PAUSES * 3):
        close(story, t0 + 10 * number + 5, at=t0 + 10 * number)

    pauses = track_of(story).pauses

    assert len(pauses) == MOST_PAUSES
    assert (pauses[0].since, pauses[-1].until) == (t0, t0 + 10 * (MOST_PAUSES * 3 - 1) + 5)


def test_an_episode_lasts_from_its_opening_to_its_last_event(story, t0):
    story.plan(0).start(0).tell(RunHalted(story.now, "enough")).close(4)
    story.now = t0 + 1_000
    story.open().plan(0)

    first, second = Timeline.of(story.events).episodes

    assert (first.since, first.halted_at, first.closed) == (t0, t0 + 5, True)
    assert first.until == t0 + 6
    assert (second.since, second.until, second.closed) == (t0 + 1_000, t0 + 1_000, False)


@pytest.mark.parametrize("cut", range(0, 40, 3))
def test_a_history_cut_off_anywhere_can_be_told(mixed_story, cut):
    timeline = Timeline.of(mixed_story.events[:cut])

    assert len(timeline.episodes) == (cut > 0)


def test_the_live_one_is_the_one_from_the_journal(mixed_story):
    live = Timeline()
    for event in mixed_story.events:
        live.on_event(event)

    assert live.tracks == Timeline.of(mixed_story.events).tracks


def test_its_requests_are_those_of_the_summary(mixed_story):
    told = {track.account: track.totals() for track in Timeline.of(mixed_story.events).tracks}

    for tally in mixed_story.summary.accounts():
        assert (told[tally.account].sent, told[tally.account].throttled) == (tally.requests, tally.throttled)


def test_gates_are_marked_where_they_opened_or_stayed_closed(story, t0):
    closed = "the gate after wave 2 of 3 closed: 1 unknown"
    story.plan(0).start(0).tell(GateOpened(t0 + 10, "wave 1 of 3: 1 looked at"))
    story.tell(RunHalted(t0 + 20, closed)).close(4)
    story.now = t0 + 100
    story.open().tell(RunHalted(t0 + 110, closed)).close(4)

    assert Timeline.of(story.events).gates == [
        GateMark(t0 + 10, True, "wave 1 of 3: 1 looked at"),
        GateMark(t0 + 110, False, closed),
    ]


def test_a_halt_for_another_reason_is_no_gate(story):
    story.plan(0).start(0).tell(RunHalted(story.now, "5 of 60 launches unknown"))

    assert Timeline.of(story.events).gates == []
