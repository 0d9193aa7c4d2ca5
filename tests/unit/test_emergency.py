"""What a stop sends, and what it makes of the answers; how a status is read."""

import time
from collections import defaultdict
from dataclasses import replace

import anyio
import pytest
from fakes.launches import make_launch

from launcher.drift import Drift, Look, Watched, watched_of
from launcher.emergency import Emergency, Fate, Target, targets_of
from launcher.errands import Waits
from launcher.errors import JournalError
from launcher.journal.events import LaunchPlanned
from launcher.journal.lifecycle import LaunchRecord, State
from launcher.journal.port import Busy
from launcher.journal.requests import Latest
from launcher.manifest.model import Account, Bot, Manifest, Quota, ReconcileSettings, RetrySettings, Settings
from launcher.outcome import Outcome, OutcomeKind, Reading
from launcher.plan.rehearsal import rehearsal
from launcher.plan.states import CampaignState, Page
from launcher.reach import reach

NOW = time.time()
SETTINGS = Settings(
    concurrency=2,
    timeout=0.1,
    retry=RetrySettings(backoff_min=0.001, backoff_max=0.002),
    reconcile=ReconcileSettings(settle=0.0, reads=2, interval=0.001),
)
ACCEPTED = Outcome(OutcomeKind.ACCEPTED, http_status=200)
UNSENT = Outcome(OutcomeKind.UNSENT, "cannot connect")
DOUBT = Outcome(OutcomeKind.IN_DOUBT, "HTTP 503", 503)
REFUSED = Outcome(OutcomeKind.REFUSED, "HTTP 403: Not permitted", 403)
UNAUTHORIZED = Outcome(OutcomeKind.REFUSED, "HTTP 401", 401, unauthorized=True)
THROTTLED = Outcome(OutcomeKind.THROTTLED, "HTTP 429", 429, retry_after=0.001)
UNREADABLE = Reading(None, reason="HTTP 503", http_status=503)


class Api:
    """Answers stops and reads as scripted by campaign, the last answer again and again."""

    def __init__(self, stops=(), states=()):
        self.stops = defaultdict(lambda: [ACCEPTED], stops)
        self.states = defaultdict(lambda: ["Stopped"], states)
        self.seen = []
        self.renewed = 0

    async def stop(self, launch):
        return self._next("stop", self.stops, launch)

    async def read_status(self, launch):
        answer = self._next("read", self.states, launch)
        return Reading(answer) if isinstance(answer, str) else answer

    def renew_token(self, launch):
        self.renewed += 1

    def _next(self, kind, script, launch):
        campaign = launch.identity.campaign_id
        self.seen.append((kind, campaign))
        answers = script[campaign]
        return answers.pop(0) if len(answers) > 1 else answers[0]


class Desk:
    """Grants everything, but for the first so many."""

    def __init__(self, busy=0):
        self.busy = busy
        self.replies = []
        self.granted = 0

    def exchange(self, replies, wanted):
        self.replies += replies
        answers = []
        for _ in wanted:
            self.busy -= 1
            self.granted += self.busy < 0
            answers.append(self.granted if self.busy < 0 else Busy(0.001))
        return answers


def record(number, state=State.STARTED, sent_at=None, launch=None):
    launch = launch or make_launch(campaign=f"cd-{number}")
    planned = LaunchPlanned(number, number, launch.identity, "acme", None, f"name {number}")
    sent_at = NOW - 100 + number if sent_at is None else sent_at
    return LaunchRecord(planned, state, last_sent_at=sent_at)


def target(number, state=State.STARTED):
    return Target(record(number, state), make_launch(campaign=f"cd-{number}"))


async def stop(*targets, desk=None, earlier=None, **script):
    api = Api(**script)
    await Emergency(list(targets), SETTINGS, time.time).run(api, desk or Desk(), earlier or {})
    return api


def test_what_may_run_is_stopped_the_newest_first():
    states = [*State]
    records = [record(number, state) for number, state in enumerate(states)]
    found = [states[each.planned.launch] for each in targets_of(records)]
    assert found == [State.UNKNOWN, State.STARTED, State.DOUBT, State.ACCEPTED, State.SENDING]


def test_a_rehearsal_started_nothing():
    plan = replace(make_plan(), launches=(make_launch(),))
    assert targets_of([record(0, launch=rehearsal(plan).launches[0])]) == []


def make_plan():
    from fakes.journal import plan_of  # noqa: PLC0415  # only here

    return plan_of([make_launch()])


async def test_all_stops_go_before_any_read():
    targets = [target(number) for number in (2, 1, 0)]
    api = await stop(*targets)
    assert [kind for kind, _ in api.seen] == ["stop"] * 3 + ["read"] * 3
    assert [campaign for _, campaign in api.seen[:2]] == ["cd-2", "cd-1"]
    assert {each.fate for each in targets} == {Fate.STOPPED}


@pytest.mark.parametrize(
    ("answers", "sent"),
    [
        ([UNSENT, DOUBT, ACCEPTED], 3),
        ([THROTTLED] * 12 + [ACCEPTED], 13),
        ([UNAUTHORIZED, ACCEPTED], 2),
        ([UNAUTHORIZED], 2),
        ([REFUSED], 1),
        ([DOUBT], 9),
    ],
)
async def test_what_has_no_clear_answer_is_sent_again_and_the_state_decides(answers, sent):
    one = target(0)
    api = await stop(one, stops={"cd-0": list(answers)})
    assert api.seen.count(("stop", "cd-0")) == sent == one.stops
    assert one.fate is Fate.STOPPED


@pytest.mark.parametrize(
    ("states", "fate", "stops"),
    [
        (["Stopped"], Fate.STOPPED, 1),
        (["stopped "], Fate.STOPPED, 1),
        (["Completed"], Fate.NOT_RUNNING, 1),
        (["Ready"], Fate.NOT_RUNNING, 1),
        (["Active", "Stopped"], Fate.STOPPED, 2),
        (["Active"], Fate.ACTIVE, 4),
        (["Scheduled"], Fate.ACTIVE, 4),
        ([UNREADABLE, "Stopped"], Fate.STOPPED, 1),
    ],
)
async def test_the_state_afterwards_is_what_is_told(states, fate, stops):
    one = target(0)
    await stop(one, states={"cd-0": list(states)})
    assert (one.fate, one.stops) == (fate, stops)


async def test_without_a_state_the_reply_to_the_stop_counts():
    told, silent = target(0), target(1)
    stops = {"cd-1": [REFUSED]}
    await stop(told, silent, stops=stops, states={"cd-0": [UNREADABLE], "cd-1": [UNREADABLE]})
    assert (told.fate, silent.fate) == (Fate.STOPPED, Fate.UNKNOWN)
    assert silent.reason == "HTTP 403: Not permitted; its state could not be read: HTTP 503"


async def test_a_start_in_doubt_may_still_take_effect_after_its_stop():
    one = target(0, State.DOUBT)
    await stop(one, states={"cd-0": ["Ready", "Active", "Stopped"]})
    assert (one.fate, one.stops) == (Fate.STOPPED, 2)


async def test_what_an_earlier_stop_stopped_is_only_read_and_after_the_others():
    targets = [target(1), target(0)]
    earlier = {1: Latest("stop", NOW, "accepted", None), 0: Latest("stop", NOW, "in_doubt", None)}
    api = await stop(*targets, earlier=earlier)
    assert api.seen[0] == ("stop", "cd-0")
    assert ("stop", "cd-1") not in api.seen
    again = await stop(target(1), earlier=earlier, states={"cd-1": ["Active", "Stopped"]})
    assert again.seen == [("read", "cd-1"), ("stop", "cd-1"), ("read", "cd-1")]


async def test_what_an_earlier_stop_was_told_proves_nothing_when_nobody_answers_now():
    one = target(1)
    earlier = {1: Latest("stop", NOW, "accepted", None)}
    await stop(one, earlier=earlier, stops={"cd-1": [UNSENT]}, states={"cd-1": [UNREADABLE]})
    assert one.fate is Fate.UNKNOWN
    assert one.stops > 1


async def test_a_start_after_the_earlier_stop_is_stopped_again():
    api = await stop(target(1), earlier={1: Latest("stop", NOW - 1000, "accepted", None)})
    assert api.seen[0] == ("stop", "cd-1")


async def test_without_a_way_nothing_is_sent_and_the_others_are_stopped():
    lost, found = Target(record(0), None, reason="no account"), target(1)
    api = await stop(lost, found)
    assert (lost.fate, lost.reason, found.fate) == (Fate.NOT_STOPPED, "no account", Fate.STOPPED)
    assert len(api.seen) == 2


async def test_who_has_no_place_in_the_budget_asks_again_and_every_reply_is_recorded():
    desk = Desk(busy=5)
    await stop(target(0), target(1), desk=desk)
    assert sorted(each.ticket for each in desk.replies) == [1, 2, 3, 4]
    assert [each.outcome for each in desk.replies].count("accepted") == 2


# -- status ------------------------------------------------------------------------------------------------


async def look(**script):
    watched = [Watched(record(number), make_launch(campaign=f"cd-{number}")) for number in range(2)]
    api = Api(**script)
    await Look(watched, SETTINGS, time.time).run(api, Desk())
    return api, watched[0]


@pytest.mark.parametrize(
    ("states", "drift"),
    [
        (["Active"], Drift.ACTIVE),
        (["preparing"], Drift.ACTIVE),
        (["Completed"], Drift.COMPLETED),
        (["Ready"], Drift.FELL_BACK),
        (["Something new"], Drift.FELL_BACK),
        ([UNREADABLE, "Active"], Drift.ACTIVE),
        ([UNREADABLE], Drift.UNREADABLE),
        ([Reading(None, reason="HTTP 429", throttled=True, retry_after=0.001), "Active"], Drift.ACTIVE),
        ([Reading(None, reason="HTTP 401", unauthorized=True), "Active"], Drift.ACTIVE),
        ([Reading(None, reason="HTTP 401", unauthorized=True)], Drift.UNREADABLE),
    ],
)
async def test_a_state_is_active_completed_fell_back_or_unreadable(states, drift):
    api, one = await look(states={"cd-0": list(states)})
    assert one.drift is drift
    assert (one.reason is None) == (drift is not Drift.UNREADABLE)
    assert all(kind == "read" for kind, _ in api.seen)


class Lists(Api):
    """Has a list too: `states` in pages of two, but without the campaigns in `hidden`."""

    def __init__(self, states, *, hidden=(), troubles=()):
        super().__init__(states={campaign: [state] for campaign, state in states.items()})
        self.listed = [(campaign, state) for campaign, state in states.items() if campaign not in hidden]
        self.troubles = list(troubles)

    async def read_page(self, launch, skip, limit):
        self.seen.append(("page", skip))
        if self.troubles:
            return self.troubles.pop(0)
        shown = {
            campaign: CampaignState(state) for campaign, state in self.listed[skip : skip + min(limit, 2)]
        }
        return Page(shown, len(shown), skip + 2 < len(self.listed), http_status=200)


async def look_by_list(api, count=5):
    watched = [Watched(record(number), make_launch(campaign=f"cd-{number}")) for number in range(count)]
    desk = Desk()
    await Look(watched, SETTINGS, time.time).run(api, desk)
    assert len(desk.replies) == len(api.seen), "every request is in the journal"
    return [each.state for each in watched]


STATES = {
    f"cd-{number}": state for number, state in enumerate(["Active", "Ready", "Paused", "Completed", "Active"])
}


async def test_a_stream_of_more_than_a_few_is_read_by_its_list():
    api = Lists(STATES)
    assert await look_by_list(api) == [*STATES.values()]
    assert api.seen == [("page", 0), ("page", 2), ("page", 4)]


async def test_what_the_list_does_not_have_is_read_by_itself():
    api = Lists(STATES, hidden={"cd-3"})
    assert await look_by_list(api) == [*STATES.values()]
    assert api.seen[-1] == ("read", "cd-3")


async def test_the_states_that_a_list_tells_are_recorded_for_each_launch():
    watched = [Watched(record(number), make_launch(campaign=f"cd-{number}")) for number in range(5)]
    for each in watched:
        each.record.planned = replace(each.record.planned, launch=each.record.planned.launch + 20)
    desk = Desk()
    await Look(watched, SETTINGS, time.time).run(Lists(STATES, hidden={"cd-3"}), desk)
    told = [{20: "Active", 21: "Ready"}, {22: "Paused", 24: "Active"}, {}]
    assert [each.listed for each in desk.replies] == told
    assert [each.state for each in desk.replies] == [None, None, "Completed"], "the rest is read by itself"


async def test_a_few_of_a_stream_are_read_one_by_one():
    api = Lists(STATES)
    assert await look_by_list(api, count=3) == ["Active", "Ready", "Paused"]
    assert {kind for kind, _ in api.seen} == {"read"}


@pytest.mark.parametrize(
    ("trouble", "pages"),
    [
        (Page(reason="HTTP 404", http_status=404), 1),
        (Page(reason="HTTP 503", http_status=503), 1),
        (Page(reason="HTTP 429", http_status=429, throttled=True, retry_after=0.001), 4),
        (Page(reason="HTTP 401", http_status=401, unauthorized=True), 4),
    ],
)
async def test_without_a_list_they_are_read_one_by_one_after_what_may_pass(trouble, pages):
    api = Lists(STATES, troubles=[trouble])
    assert await look_by_list(api) == [*STATES.values()]
    assert [kind for kind, _ in api.seen].count("page") == pages
    assert (api.renewed, len(api.seen)) == (int(trouble.unauthorized), pages + (5 if pages == 1 else 0))


async def test_a_list_much_longer_than_the_run_is_not_read_to_its_end():
    others = {f"other-{number}": "Ready" for number in range(100)}
    api = Lists(others | STATES)
    assert await look_by_list(api) == [*STATES.values()]
    assert [kind for kind, _ in api.seen].count("page") == 5


# -- waiting -----------------------------------------------------------------------------------------------


class Told(list):
    """What `Waits` told; its clock is set by hand."""

    now = 1000.0

    def waits(self):
        return Waits(lambda account, until: self.append((account, until)), lambda: self.now)


def test_a_wait_is_told_once_for_each_account_with_its_end():
    told = Told()
    waits, here, there = told.waits(), make_launch().account, replace(make_launch().account, id="b", name="b")
    waits.waits(here, 1.9)
    assert told == [], "nobody needs to know of a moment"
    for seconds in (60.0, 50.0, 3.0):
        waits.waits(here, seconds)
        waits.waits(there, seconds)
    assert told == [(here.name, 1060.0), ("b", 1060.0)]


def test_many_short_waits_are_a_long_one_whose_end_nobody_knows():
    told = Told()
    waits, here = told.waits(), make_launch().account
    waits.waits(here, 1.0)
    waits.goes_on(here)
    for _ in range(3):
        waits.waits(here, 1.0)
        told.now += 1.0
    assert told == [(here.name, None)]


class Full(Desk):
    """Has no place for the first request for a minute, which takes no time here."""

    def exchange(self, replies, wanted):
        answers = super().exchange(replies, wanted)
        return [Busy(60.0) if isinstance(each, Busy) else each for each in answers]


async def test_a_stop_and_a_look_tell_what_they_wait_for(monkeypatch):
    monkeypatch.setattr("launcher.errands._POLL", 0.001)
    told = Told()
    await Emergency([target(0)], SETTINGS, time.time, told.waits()).run(Api(), Full(busy=3), {})
    watched = [Watched(record(0), make_launch(campaign="cd-0"))]
    await Look(watched, SETTINGS, time.time, told.waits()).run(Api(), Full(busy=3))
    assert told == [(make_launch().account.name, 1060.0)] * 2


async def test_a_throttled_account_is_waited_for_too():
    told, late = Told(), replace(THROTTLED, retry_after=50.0)
    with anyio.move_on_after(0.05):
        emergency = Emergency([target(0)], SETTINGS, time.time, told.waits())
        await emergency.run(Api(stops={"cd-0": [late]}), Desk(), {})
    assert told == [(make_launch().account.name, 1050.0)]


def test_what_was_active_already_is_looked_at_too_in_the_order_of_the_plan():
    records = [record(number, state) for number, state in enumerate(State)]
    found = [each.state for each in watched_of(records)]
    assert State.ALREADY_ACTIVE in found
    assert State.REJECTED not in found
    assert [each.planned.position for each in watched_of(reversed(records))] == [
        each.planned.position for each in watched_of(records)
    ]


# -- the way to a launch -----------------------------------------------------------------------------------

HERE = make_launch()
BUDGET = (Quota(60, 60.0),)


def make_manifest(accounts, bots=()):
    named = {bot.name: bot for bot in bots}
    return Manifest("m", "m.yaml", "", Settings(), {each.name: each for each in accounts}, named, ())


def announced(bot=None):
    return LaunchPlanned(0, 0, HERE.identity, "acme", bot, "its name")


def test_a_launch_that_left_the_manifest_is_reached_through_its_account():
    found = reach(make_manifest([HERE.account]), announced())
    assert (found.identity, found.credentials, found.name) == (HERE.identity, HERE.credentials, "its name")


def test_an_account_under_another_name_is_the_same_account():
    assert reach(make_manifest([replace(HERE.account, name="new")]), announced()).account.name == "new"


def test_the_bots_own_credentials_are_used():
    own = replace(HERE.credentials, owner="bot billing")
    bot = Bot("billing", "acme", HERE.identity.stream_id, own)
    other = Bot("other", "acme", "st-other", replace(own, owner="bot other"))
    account = Account("acme", HERE.account.id, HERE.account.host, BUDGET, None)
    assert reach(make_manifest([account], [other, bot]), announced()).credentials is own
    assert "no credentials" in reach(make_manifest([account], [other]), announced())


def test_without_its_account_there_is_no_way():
    stranger = replace(HERE.account, host="https://elsewhere.example")
    assert "m.yaml has no account" in reach(make_manifest([stranger]), announced())


async def test_a_journal_that_cannot_be_written_ends_it_with_its_own_error():
    class Broken(Desk):
        def exchange(self, replies, wanted):
            if self.granted:
                raise JournalError("the disk is full")
            return super().exchange(replies, wanted)

    targets = [target(number) for number in range(4)]
    with pytest.raises(JournalError, match="disk is full"):
        await stop(*targets, desk=Broken())
    assert sum(each.stops for each in targets) == 2, "what was on its way came to its end"
    assert {each.fate for each in targets} == {Fate.UNKNOWN}
