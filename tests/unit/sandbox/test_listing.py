import pytest

from launcher.sandbox.campaigns import Campaign, CampaignKey, Status
from launcher.sandbox.listing import page_of, read_filter
from launcher.sandbox.replies import Refusal


def campaigns(count, **fields):
    for number in range(1, count + 1):
        created = 86_400.0 * number
        key = CampaignKey("a", "st-1", f"cd-{number}")
        yield Campaign(key, "sms", f"Name {-number}", (), created, 1000.0 - created, **fields)


def ids(page):
    return [int(campaign.key.campaign_id[3:]) for campaign in page.campaigns]


def page(count=5, max_page=100, **body):
    return page_of(campaigns(count), read_filter({"type": "sms"} | body, max_page))


def test_pages_follow_each_other_by_skip():
    first, second, third = (page(limit=2, skip=skip) for skip in (0, 2, 4))
    assert (ids(first), ids(second), ids(third)) == ([1, 2], [3, 4], [5])
    assert (first.has_more, second.has_more, third.has_more) == (True, True, False)
    assert (first.total, first.total_pages) == (5, 3)


def test_pages_follow_each_other_by_number_from_1():
    assert [ids(page(limit=2, page=number)) for number in (0, 1, 2, 3, 4)] == [
        [1, 2],
        [1, 2],
        [3, 4],
        [5],
        [],
    ]


def test_skip_decides_when_both_are_given():
    assert ids(page(limit=2, skip=1, page=3)) == [2, 3]


def test_empty_strings_mean_the_defaults():
    assert ids(page(limit="", skip="", page="", startDate="", sortBy={}, filters={})) == [1, 2, 3, 4, 5]


def test_a_limit_above_the_largest_page_is_cut():
    cut = page(max_page=3, limit=500)
    assert (ids(cut), cut.limit, cut.has_more) == ([1, 2, 3], 3, True)


@pytest.mark.parametrize(
    ("sort_by", "order"),
    [
        ({"createdAt": "desc"}, [5, 4, 3, 2, 1]),
        ({"createdAt": "asc"}, [1, 2, 3, 4, 5]),
        ({"updatedAt": "asc"}, [5, 4, 3, 2, 1]),
        ({"name": "desc"}, [5, 4, 3, 2, 1]),
    ],
)
def test_campaigns_are_sorted_as_asked(sort_by, order):
    assert ids(page(sortBy=sort_by)) == order


def test_dates_filter_by_creation():
    chosen = page(startDate="1970-01-03T00:00:00.000Z", endDate="1970-01-05T00:00:00Z")
    assert ids(chosen) == [2, 3, 4]


def test_status_and_priority_filter():
    body = {"type": "sms", "filters": {"status": ["Active", "Ready"], "priority": [5]}}
    chosen = read_filter(body, 100)
    assert len(page_of(campaigns(2), chosen).campaigns) == 2
    assert len(page_of(campaigns(2, status=Status.STOPPED), chosen).campaigns) == 0
    assert len(page_of(campaigns(2, priority="4"), chosen).campaigns) == 0


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "email"},
        {"type": "sms", "limit": "ten"},
        {"type": "sms", "limit": -1},
        {"type": "sms", "skip": True},
        {"type": "sms", "sortBy": {"size": "asc"}},
        {"type": "sms", "sortBy": {"name": "up"}},
        {"type": "sms", "sortBy": ["name"]},
        {"type": "sms", "filters": []} | {"filters": [1]},
        {"type": "sms", "filters": {"status": ["Running"]}},
        {"type": "sms", "filters": {"status": "Active"}},
        {"type": "sms", "filters": {"priority": [6]}},
        {"type": "sms", "startDate": "yesterday"},
        {"type": "sms", "endDate": 5},
    ],
)
def test_a_filter_that_is_not_documented_is_refused(body):
    with pytest.raises(Refusal) as caught:
        read_filter(body, 100)
    assert caught.value.reply.status == 412
