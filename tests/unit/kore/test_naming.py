import pytest

from launcher.kore.naming import another_campaign

OURS = "cd-ed19e3c7-3682-5e72-a839-af9e0711aaaa"
OTHER = "cd-00000000-3682-5e72-a839-af9e0711aaaa"
INSTANCE = "cid-835ee4a-697e-4846-8340-af9e0711aaaa"
RECORD = "67777ce93e25326494e9aaaa"


@pytest.mark.parametrize("key", ["id", "_id", "campaignId"])
def test_the_id_of_another_campaign_is_noticed_wherever_bodies_have_it(key):
    assert another_campaign({"status": "success", "data": {key: OTHER, "status": "Active"}}, OURS) == OTHER
    assert another_campaign({key: OTHER, "status": "Active"}, OURS) == OTHER
    assert another_campaign({key: f" {OTHER.upper()}", "data": []}, OURS) == f" {OTHER.upper()}"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"status": "Active"},
        {"id": OURS},
        {"id": OURS.upper() + " "},
        {"data": {"_id": OURS, "id": OTHER}},
        {"data": {"id": OURS}, "id": OTHER},
        {"id": None},
        {"id": 17},
        {"id": ""},
        {"id": [OTHER]},
        {"id": INSTANCE},
        {"campaignId": INSTANCE},
        {"campaignInstanceId": INSTANCE},
        {"data": {"campaignInstanceId": OTHER}},
        {"id": "req-17"},
        {"_id": RECORD},
        {"id": "st-0603182c-7ffb-53c3-b307-47ca14b9aaaa"},
    ],
)
def test_no_id_our_id_or_the_id_of_something_else_proves_nothing(fields):
    assert another_campaign(fields, OURS) is None


def test_ids_of_another_form_are_compared_as_they_are():
    assert another_campaign({"data": {"id": "promo-2"}}, "promo-1") == "promo-2"
    assert another_campaign({"data": {"id": "promo-1"}}, "promo-1") is None
    assert another_campaign({"_id": RECORD}, "promo-1") is None
    assert another_campaign({"campaignId": "promo-2"}, OURS) == "promo-2"
