import pytest

from launcher.manifest.context import BAD
from launcher.manifest.nodes import Mapping, Scalar, Sequence
from launcher.manifest.scalars import ListOf, OneOrMore, Text
from launcher.manifest.values import Complaint


def small(text):
    if len(text) > 3:
        raise Complaint("is too long")
    return text.upper()


SMALL = Text("small text", small, {"type": "string", "maxLength": 3})


def text(value, line=1):
    return Scalar(value, line, 1)


def listed(*items):
    return Sequence(list(items), 1, 1)


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (text("long"), "is too long"),
        (text(""), "has no value; give one or remove the key"),
        (listed(), "expected one value (small text), got a list"),
        (
            listed(text("4")),
            "expected one value (small text), got a list; did you mean '4', without brackets?",
        ),
        (listed(text("4"), text("5")), "expected one value (small text), got a list"),
        (Mapping({}, 1, 1), "expected one value (small text), got a mapping"),
    ],
)
def test_a_scalar_says_what_is_wrong(context, noted, node, message):
    assert SMALL.read(node, "top", context) is BAD
    assert noted() == [f"m.yaml:1:1: top: {message}"]


def test_a_list_notes_every_bad_item(context, noted):
    kind = ListOf(SMALL, tuple)
    assert kind.read(listed(text("a"), text("b")), "top", context) == ("A", "B")
    assert kind.read(text(""), "top", context) == ()
    assert kind.read(listed(text("long"), text("a"), text("long", 2)), "top", context) is BAD
    assert noted() == ["m.yaml:1:1: top[0]: is too long", "m.yaml:2:1: top[2]: is too long"]


def test_one_or_more_is_a_tuple_either_way(context, noted):
    kind = OneOrMore(SMALL, 2)
    assert kind.read(text("a"), "top", context) == ("A",)
    assert kind.read(listed(text("a"), text("b")), "top", context) == ("A", "B")
    assert noted() == []


@pytest.mark.parametrize("count", [0, 3])
def test_one_or_more_has_a_limit(context, noted, count):
    assert OneOrMore(SMALL, 2).read(listed(*[text("a")] * count), "top", context) is BAD
    assert noted() == [f"m.yaml:1:1: top: expected a list of 1 to 2, got {count}"]


def test_kinds_describe_themselves():
    assert ListOf(SMALL, tuple).about == "list of small text"
    assert OneOrMore(SMALL, 2).about == "small text, or a list of them"
    assert OneOrMore(SMALL, 2).schema()["anyOf"] == [
        SMALL.schema(),
        {"type": "array", "items": SMALL.schema(), "minItems": 1, "maxItems": 2},
    ]
