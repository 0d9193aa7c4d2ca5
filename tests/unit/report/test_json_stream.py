"""A JSON document in pieces."""

import json

import pytest

from launcher.report.json_stream import BATCH, document


@pytest.mark.parametrize("count", [0, 1, 2, BATCH - 1, BATCH, BATCH + 1])
def test_the_pieces_are_one_document(count):
    items = [{"n": n, "text": "ünï\x1b[31m\ud800"} for n in range(count)]

    text = "".join(document({"a": {"b": []}, "c": "]\n}"}, "items", items))

    assert json.loads(text) == {"a": {"b": []}, "c": "]\n}", "items": items}
    assert text.isascii()
    assert text.endswith("\n")


def test_an_item_takes_one_line():
    lines = "".join(document({}, "items", [{"n": 1}, {"n": 2}])).splitlines()

    assert lines == ["{", '  "items": [', '    {"n": 1},', '    {"n": 2}', "  ]", "}"]


def test_items_are_taken_as_they_are_written():
    taken = []
    items = (taken.append(n) or {"n": n} for n in range(10 * BATCH))

    pieces = document({}, "items", items)
    next(pieces), next(pieces)

    assert len(taken) == BATCH
