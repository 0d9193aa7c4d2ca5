import pytest

from launcher.manifest.context import BAD
from launcher.manifest.nodes import Mapping, Pair, Scalar, Sequence
from launcher.manifest.scalars import ListOf, Text
from launcher.manifest.tables import Field, Named, Nested, Table
from launcher.manifest.values import Complaint


def small(text):
    if len(text) > 3:
        raise Complaint("is too long")
    return text.upper()


SMALL = Text("small text", small, {"type": "string", "maxLength": 3})
INNER = Table("inner", "`inner`", "An inner mapping.", (Field("deep", SMALL, "Deep.", "abc"),))
OUTER = Table(
    "outer",
    "The outer",
    "An outer mapping.",
    (
        Field("word", SMALL, "A word.", required=True),
        Field("inner", Nested(INNER), "Inner."),
        Field("many", ListOf(SMALL, tuple), "Many."),
    ),
)


def text(value, line=1, column=1):
    return Scalar(value, line, column)


def mapping(line=1, duplicates=(), **values):
    pairs = {
        name: Pair(Scalar(name, line + i, 1), value._replace(line=line + i, column=9))
        for i, (name, value) in enumerate(values.items())
    }
    return Mapping(pairs, line, 1, duplicates)


def listed(*items):
    return Sequence(list(items), 1, 1)


def test_a_table_reads_what_it_knows(context, noted):
    record = OUTER.read(mapping(word=text("a"), inner=mapping(deep=text("b"))), "", context)
    assert record.values == {"word": "A", "inner": {"deep": "B"}}
    assert record.ok
    assert noted() == []


def test_a_table_notes_every_problem_and_keeps_what_is_good(context, noted):
    node = mapping(word=text("a"), inner=mapping(deep=text("long")), many=text("x"), wrod=text("b"))
    record = OUTER.read(node, "top", context)
    assert record.values == {"word": "A"}
    assert not record.ok
    assert record.unknown
    assert noted() == [
        "m.yaml:1:9: top.inner.deep: is too long",
        "m.yaml:3:9: top.many: expected a list, got text; put it in brackets, with commas: [a, b]",
        "m.yaml:4:1: unknown key 'wrod' in top; did you mean 'word'?",
    ]


def test_a_missing_key_is_told_at_the_mapping(context, noted):
    assert not OUTER.read(mapping(line=7), "top", context).ok
    assert noted() == ["m.yaml:7:1: missing key 'word' in top"]


def test_a_missing_key_that_was_misspelled_is_told_once(context, noted):
    assert not OUTER.read(mapping(wrod=text("a")), "", context).ok
    assert noted() == ["m.yaml:1:1: unknown key 'wrod' in the manifest; did you mean 'word'?"]


def test_a_key_one_level_too_high_is_told_where_it_belongs(context, noted):
    OUTER.read(mapping(word=text("a"), deep=text("b")), "", context)
    assert noted() == ["m.yaml:2:1: unknown key 'deep' in the manifest; it belongs into 'inner'"]


def test_keys_that_stand_twice_are_told(context, noted):
    node = mapping(word=text("a"), duplicates=(Scalar("word", 5, 3),))
    assert not OUTER.read(node, "top", context).ok
    assert noted() == ["m.yaml:5:3: key 'word' stands twice in top; first in line 1"]


@pytest.mark.parametrize(
    ("node", "got"), [(text("x"), "text"), (listed(), "a list"), (Scalar("", 1, 1, plain=False), "text")]
)
def test_what_is_no_mapping_is_told(context, noted, node, got):
    assert OUTER.read(node, "top", context) is None
    assert noted() == [f"m.yaml:1:1: top: expected a mapping, got {got}"]


def test_nothing_is_an_empty_mapping(context, noted):
    assert INNER.read(text(""), "top", context).values == {}
    assert Nested(INNER).read(text(""), "top", context) == {}
    assert noted() == []


def test_a_bad_mapping_is_not_built(context):
    built = Table("t", "t", "T.", INNER.fields, build=lambda **_: pytest.fail("built"))
    assert Nested(built).read(mapping(deep=text("long")), "top", context) is BAD


def test_named_mappings_keep_the_names_of_broken_ones(context, noted):
    records = Named(INNER).read(mapping(a=mapping(deep=text("x")), b=text("oops")), "top", context)
    assert records["a"].values == {"deep": "X"}
    assert records["b"] is None
    assert noted() == ["m.yaml:2:9: top.b: expected a mapping, got text"]
    assert Named(INNER).read(text(""), "top", context) == {}


def test_names_are_checked(context, noted):
    node = Mapping({"a b": Pair(Scalar("a b", 4, 3), mapping())}, 4, 3)
    Named(INNER).read(node, "top", context)
    assert noted() == ["m.yaml:4:3: top: a name must not hold white space, got 'a b'"]


def test_names_that_stand_twice_are_told(context, noted):
    Named(INNER).read(mapping(a=mapping(), duplicates=(Scalar("a", 9, 3),)), "top", context)
    assert noted() == ["m.yaml:9:3: key 'a' stands twice in top; first in line 1"]


def test_a_record_points_at_values_keys_and_what_is_inside(context):
    record = OUTER.read(mapping(word=text("a"), inner=mapping(line=5, deep=text("b"))), "", context)
    assert record.at("word") == Scalar("a", 1, 9)
    assert record.key("word") == Scalar("word", 1, 1)
    assert record.inside("inner", "deep") == Scalar("b", 5, 9)
    assert record.at("many") is record.key("many") is record.node
    assert record.inside("inner", "other") is record.at("inner")


def test_a_table_describes_itself_as_a_closed_object():
    assert OUTER.schema() == {
        "type": "object",
        "description": "An outer mapping.",
        "properties": {
            "word": {"type": "string", "maxLength": 3, "description": "A word."},
            "inner": {"$ref": "#/$defs/inner", "description": "Inner."},
            "many": {"type": "array", "items": {"type": "string", "maxLength": 3}, "description": "Many."},
        },
        "required": ["word"],
        "additionalProperties": False,
    }
    assert INNER.schema()["properties"]["deep"]["default"] == "abc"
