import pytest

from launcher.sandbox.campaigns import Campaign, CampaignKey, Campaigns, Conduct, Status
from launcher.sandbox.replies import Refusal

NOW = 1000.0


def campaign(campaign_id="cd-1", status=Status.READY, lists=(), account="a"):
    return Campaign(
        CampaignKey(account, "st-1", campaign_id), "sms", "Name", tuple(lists), 0.0, 0.0, status=status
    )


def store(*campaigns, **conduct):
    it = Campaigns(Conduct(**conduct))
    for each in campaigns:
        it.add(each)
    return it


def refused(action, *arguments):
    with pytest.raises(Refusal) as caught:
        action(*arguments)
    return caught.value.reply.status


@pytest.mark.parametrize("status", [Status.READY, Status.PAUSED, Status.COMPLETED, Status.STOPPED])
def test_a_campaign_at_rest_becomes_active(status):
    one = campaign(status=status)
    store(one).play(one, "sms", NOW)
    assert (one.status, one.starts, one.double_starts, one.updated_at) == (Status.ACTIVE, 1, 0, NOW)


@pytest.mark.parametrize("status", [Status.SCHEDULED, Status.RESCHEDULED])
def test_a_scheduled_campaign_cannot_be_started(status):
    one = campaign(status=status)
    assert refused(store(one).play, one, "sms", NOW) == 400
    assert (one.status, one.plays, one.starts) == (status, 1, 0)


def test_a_second_play_that_takes_effect_is_a_double_start():
    one = campaign()
    it = store(one)
    it.play(one, "sms", NOW)
    it.play(one, "sms", NOW + 1)
    it.play(one, "sms", NOW + 2)
    assert (one.plays, one.starts, one.double_starts) == (3, 3, 2)


@pytest.mark.parametrize("status", [400, 409])
def test_a_play_on_an_active_campaign_may_be_set_to_be_refused_and_then_starts_nothing(status):
    one = campaign()
    it = store(one, on_active=status)
    it.play(one, "sms", NOW)
    assert refused(it.play, one, "sms", NOW) == status
    assert (one.plays, one.starts, one.double_starts) == (2, 1, 0)


def test_a_start_after_a_stop_is_deliberate_and_no_double_start():
    one = campaign()
    it = store(one)
    it.play(one, "sms", NOW)
    it.stop(one, "sms", NOW + 1)
    assert one.status is Status.STOPPED
    it.play(one, "sms", NOW + 2)
    assert (one.starts, one.double_starts, one.stops) == (2, 0, 1)


def test_a_start_after_completion_messages_everybody_again_and_counts_as_double():
    one = campaign()
    it = store(one, completes_after=10.0)
    it.play(one, "sms", NOW)
    it.find(one.key, NOW + 10)
    assert (one.status, one.updated_at) == (Status.COMPLETED, NOW + 10)
    it.play(one, "sms", NOW + 20)
    assert (one.starts, one.double_starts, one.reruns) == (2, 1, 1)


def test_a_start_of_a_campaign_that_was_active_from_the_beginning_is_its_first():
    one = campaign(status=Status.ACTIVE)
    store(one).play(one, "sms", NOW)
    assert (one.starts, one.double_starts) == (1, 0)


def test_time_leads_from_preparing_to_active_to_completed():
    one = campaign()
    it = store(one, preparing=2.0, completes_after=5.0)
    it.play(one, "sms", NOW)
    seen = [it.find(one.key, NOW + later).status for later in (0.0, 1.9, 2.0, 6.9, 7.0)]
    assert seen == [Status.PREPARING, Status.PREPARING, Status.ACTIVE, Status.ACTIVE, Status.COMPLETED]


def test_time_that_nobody_watched_leads_to_the_same_end():
    one = campaign()
    it = store(one, preparing=2.0, completes_after=5.0)
    it.play(one, "sms", NOW)
    assert (it.find(one.key, NOW + 100).status, one.updated_at) == (Status.COMPLETED, NOW + 7)


def test_a_stopped_campaign_does_not_complete():
    one = campaign()
    it = store(one, completes_after=5.0)
    it.play(one, "sms", NOW)
    it.stop(one, "sms", NOW + 1)
    assert it.find(one.key, NOW + 100).status is Status.STOPPED


@pytest.mark.parametrize("status", [Status.READY, Status.COMPLETED, Status.STOPPED, Status.SCHEDULED])
def test_what_does_not_run_cannot_be_stopped(status):
    one = campaign(status=status)
    assert refused(store(one).stop, one, "sms", NOW) == 400
    assert (one.status, one.stops) == (status, 0)


def test_a_campaign_keeps_the_channel_of_its_first_start():
    one = campaign()
    it = store(one)
    it.play(one, "voice", NOW)
    assert refused(it.play, one, "sms", NOW) == 400
    assert refused(it.stop, one, "sms", NOW) == 400
    assert (one.channel, one.starts) == ("voice", 1)


def test_a_refused_start_does_not_decide_the_channel():
    one = campaign(status=Status.SCHEDULED)
    it = store(one)
    refused(it.play, one, "voice", NOW)
    it.set_status(one, Status.READY, NOW)
    it.play(one, "sms", NOW)
    assert one.channel == "sms"


def test_two_campaigns_cannot_run_at_once_on_one_contact_list():
    one, two = campaign("cd-1", lists=["l", "x"]), campaign("cd-2", lists=["y", "l"])
    it = store(one, two)
    it.play(one, "sms", NOW)
    assert refused(it.play, two, "sms", NOW) == 400
    it.stop(one, "sms", NOW)
    it.play(two, "sms", NOW)
    assert (two.status, two.starts) == (Status.ACTIVE, 1)


def test_lists_of_the_same_name_in_two_accounts_are_two_lists():
    one, two = campaign(lists=["l"], account="a"), campaign(lists=["l"], account="b")
    it = store(one, two)
    it.play(one, "sms", NOW)
    it.play(two, "sms", NOW)
    assert two.status is Status.ACTIVE
