from collections import Counter

from launcher.sandbox.calls import Operation
from launcher.sandbox.campaigns import CampaignKey
from launcher.sandbox.dice import Dice
from launcher.sandbox.picker import Picker
from launcher.sandbox.scenarios import SCENARIOS, read_scenario

KEYS = [CampaignKey("a", "st-1", f"cd-{number}") for number in range(40)]
DEMO = Counter(rule.label for rule in SCENARIOS["demo"].deck)


def labels(faults, *, seed=1, known=(), keys=KEYS, times=1, operation=Operation.START):
    picker = Picker(read_scenario(faults), Dice(seed), known)
    picks = {key: [picker.pick(operation, key) for _ in range(times)] for key in keys}
    return {key: [pick and pick.rule.label for pick in each] for key, each in picks.items()}


def test_no_faults_means_none():
    assert set(map(tuple, labels("none").values())) == {(None,)}


def test_rules_without_a_rate_come_once_per_campaign_in_their_order():
    seen = labels("5xx-before,reset-after", times=4)
    assert set(map(tuple, seen.values())) == {("5xx-before", "reset-after", None, None)}


def test_a_rate_of_1_hits_every_request():
    assert set(map(tuple, labels("409:1", times=3).values())) == {("409", "409", "409")}


def test_rates_hold_over_many_requests():
    seen = Counter(label for each in labels("409:0.25,404:0.5", times=50).values() for label in each)
    assert 425 < seen["409"] < 575
    assert 900 < seen["404"] < 1100


def test_the_order_of_requests_does_not_matter():
    assert labels("faults", times=3) == labels("faults", times=3, keys=KEYS[::-1])


def test_another_seed_gives_another_run():
    assert labels("faults", times=3) != labels("faults", times=3, seed=2)


def test_operations_are_counted_apart_and_reads_are_spared_unless_a_rule_names_them():
    assert set(map(tuple, labels("409:1", operation=Operation.STATUS).values())) == {(None,)}
    assert set(map(tuple, labels("status/409", operation=Operation.STATUS).values())) == {("409",)}
    picker = Picker(read_scenario("409,status/404"), Dice(1), ())
    assert picker.pick(Operation.STATUS, KEYS[0]).rule.label == "404"
    assert picker.pick(Operation.START, KEYS[0]).rule.label == "409"


def test_the_deck_deals_each_of_its_faults_among_40_campaigns_in_whatever_order_they_come():
    for keys in (KEYS, KEYS[::-1]):
        seen = Counter(label for (label,) in labels("demo", keys=keys).values())
        assert all(seen[label] >= count for label, count in DEMO.items())
        assert seen[None] >= 24


def test_the_deck_is_dealt_over_known_campaigns_the_same_way_whatever_their_order():
    first = labels("demo", known=KEYS)
    assert first == labels("demo", known=KEYS[::-1], keys=KEYS[::-1])
    assert Counter(label for (label,) in first.values()) >= DEMO


def test_a_few_known_campaigns_are_enough_for_the_whole_deck():
    few = KEYS[: DEMO.total()]
    assert Counter(label for (label,) in labels("demo", known=few, keys=few).values()) == DEMO


def test_the_deck_hits_the_first_start_only():
    seen = labels("demo", known=KEYS, times=3)
    assert {each[1:] == [None, None] for each in seen.values()} == {True}
