from launcher.manifest.model import Position
from launcher.manifest.repeats import Listed


def listed(*campaigns):
    found = Listed()
    for line, campaign in enumerate(campaigns, 1):
        found.add(campaign, Position("m.yaml", line, 3))
    return found


def test_campaigns_that_stand_once_are_no_repeats():
    assert list(listed("b", "a", "c").repeated()) == []
    assert list(listed().repeated()) == []


def test_every_repeat_is_told_with_the_first_in_the_order_of_the_manifest():
    repeats = [(again.line, first.line) for again, first in listed("b", "a", "b", "c", "a", "b").repeated()]
    assert repeats == [(3, 1), (5, 2), (6, 1)]


def test_every_campaign_keeps_its_place_in_whatever_file_it_stands():
    places = [
        Position("m.yaml", 4, 2**28),
        Position("a.csv", 2**31, 1),
        Position("a.csv", 2**31 + 1, 1),
        Position("m.yaml", 7, 3),
        Position("b.csv", 2, 1),
    ]
    found = Listed()
    for place in places:
        found.add("a", place)
    assert list(found.repeated()) == [(place, places[0]) for place in places[1:]]
