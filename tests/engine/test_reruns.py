"""The same key again: by identity, never by position, and again and again."""

import pytest
from engine.stage import make_launches, play, set_up
from fakes.api import FakeApi

from launcher.manifest.model import HaltSettings, Threshold
from launcher.outcome import Result
from launcher.session import ONLY


async def mixed(api=None):
    """A run with one launch of each kind of end, and the API it talked to."""
    api = api or FakeApi(
        script={"a-1": ["400"], "a-2": ["unsent"] * 4, "a-3": ["hang-after"]},
        read_script={"a-3": ["5xx-before"] * 4},
    )
    stage = await play(make_launches(a=5), api, concurrency=1, deadline=20.0)
    assert list(stage.results.values()) == ["started", "rejected", "failed", "unknown", "not_attempted"]
    return stage, api


async def again(stage, launches=None, **options):
    return await play(launches or make_launches(a=5), stage.api, journal=stage.journal, **options)


async def test_a_rerun_takes_up_all_that_has_not_started_and_settles_doubts():
    first, api = await mixed()
    stage = await again(first)
    assert stage.totals == {"started": 5}
    assert stage.kinds("a-3").count("start") == 1
    assert set(api.starts.values()) == {1}


async def test_what_has_started_is_not_touched():
    first, api = await mixed()
    sent = len(api.calls)
    await again(first)
    assert "a-0" not in {call.campaign for call in api.calls[sent:]}


async def test_a_rerun_of_a_rerun_of_a_rerun_sends_nothing_more():
    first, api = await mixed()
    stage = await again(await again(first))
    sent = len(api.calls)
    stage = await again(await again(stage))
    assert stage.totals == {"started": 5}
    assert len(api.calls) == sent


@pytest.mark.parametrize(
    ("only", "touched"),
    [("failed", {"a-1", "a-2"}), ("unknown", {"a-3"}), ("not-attempted", {"a-4"})],
)
async def test_a_narrowed_rerun_touches_exactly_what_was_asked_for(only, touched):
    script = {"a-1": ["400"], "a-2": ["unsent"] * 4, "a-3": ["reset-after"]}
    api = FakeApi(script=script, read_script={"a-3": ["5xx-before"] * 4})
    first = set_up(make_launches(a=4), api)
    await first.execute()
    sent = len(api.calls)
    stage = await again(first, only=ONLY[only])
    assert {call.campaign for call in api.calls[sent:]} == touched
    before = {"a-0": "started", "a-1": "rejected", "a-2": "failed", "a-3": "unknown", "a-4": "not_attempted"}
    assert stage.results == before | dict.fromkeys(touched, "started")


async def test_settling_without_starting_reads_and_leaves_the_rest():
    api = FakeApi(script={"a-0": ["reset-after"], "a-1": ["reset-before"], "a-2": ["400"]})
    first = await play(make_launches(a=3), api, on_unknown="hold")
    sent = len(api.calls)
    stage = await again(first, make_launches(a=4), only=ONLY["unknown"], starts=False)
    assert {call.kind for call in api.calls[sent:]} == {"status"}
    assert stage.results == {"a-0": "started", "a-1": "failed", "a-2": "rejected", "a-3": "not_attempted"}


async def test_a_doubt_that_is_settled_without_starting_is_sent_by_the_next_rerun():
    api = FakeApi(script={"a-0": ["reset-before"]})
    first = await play(make_launches(a=1), api, on_unknown="hold")
    settled = await again(first, make_launches(a=1), only=ONLY["unknown"], starts=False)
    assert settled.results == {"a-0": "failed"}
    stage = await again(settled, make_launches(a=1))
    assert stage.totals == {"started": 1}


async def test_an_edited_manifest_is_matched_by_identity():
    first, api = await mixed()
    a0, a1, a2, a3, a4 = make_launches(a=5)
    (new,) = make_launches(b=1)
    stage = await again(first, [new, a4, a2, a0, a3])
    assert stage.results == {
        "b-0": "started",
        "a-4": "started",
        "a-2": "started",
        "a-0": "started",
        "a-3": "started",
        "a-1": "rejected",
    }
    assert [row.removed for row in stage.summary.rows()] == [False] * 5 + [True]
    back = await again(stage, [a1, a0])
    assert back.results["a-1"] == "started"
    assert set(api.starts.values()) == {1}


async def test_a_launch_that_left_the_manifest_unsent_stays_in_the_report_and_is_marked():
    first, _ = await mixed()
    stage = await again(first, make_launches(a=4))
    (left,) = [row for row in stage.summary.rows() if row.removed]
    assert (left.campaign_id, left.result, left.attempts) == ("a-4", Result.NOT_ATTEMPTED, 0)
    assert stage.summary.totals().planned == 5


async def test_thresholds_count_the_results_of_this_process():
    first, _ = await mixed()
    stage = await again(first, make_launches(a=5), halt=HaltSettings(Threshold(2), Threshold(1), 2))
    assert stage.totals == {"started": 5}
    assert stage.summary.run.halted is None
