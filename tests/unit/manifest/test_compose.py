import pytest
import yaml
from fakes.sources import source_of

from launcher.manifest.compose import MAX_DEPTH, MAX_MERGED_KEYS, MAX_MERGED_SOURCES, Composer
from launcher.manifest.nodes import Mapping, Scalar, Sequence
from launcher.manifest.problems import Unreadable
from launcher.manifest.syntax import FAST_LOADER, events


@pytest.fixture(params=[FAST_LOADER, yaml.SafeLoader], ids=["libyaml", "pure"])
def compose(request, problems):
    """Compose a text; returns the root and the campaigns that were handed over."""

    def composed(text):
        campaigns = []
        composer = Composer(events(source_of(text), request.param), "m.yaml", problems)
        document = composer.document(lambda index, node: campaigns.append((index, node)))
        assert document.campaigns == len(campaigns)
        assert [index for index, _ in campaigns] == list(range(len(campaigns)))
        return document.root, [node for _, node in campaigns]

    return composed


def plain(node):
    """The node as Python values, places dropped."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {name: plain(pair.value) for name, pair in node.pairs.items()}


def why(compose, text):
    with pytest.raises(Unreadable) as caught:
        compose(text)
    return f"{caught.value.line}:{caught.value.column}: {caught.value.message}"


def test_scalars_stay_text(compose):
    texts = ["0123", "12:30:45", "1e5", "no", "null", "~", "1_000", "2024-01-01", "0x1F", ".inf", "true"]
    root, _ = compose("a: [" + ", ".join(texts) + "]")
    assert plain(root) == {"a": texts}


def test_nodes_know_their_places(compose):
    root, _ = compose("a: 1\nb:\n  - x\n  - {c: 'ä', d: y}\n")
    assert (root.line, root.column) == (1, 1)
    listed = root.pairs["b"].value
    assert listed == Sequence(listed.items, 3, 3)
    assert listed.items[0] == Scalar("x", 3, 5)
    inner = listed.items[1]
    assert (inner.line, inner.column) == (4, 5)
    assert inner.pairs["c"].key == Scalar("c", 4, 6)
    assert inner.pairs["c"].value == Scalar("ä", 4, 9, plain=False)
    assert inner.pairs["d"].value == Scalar("y", 4, 17)


def test_nothing_and_an_empty_text_differ(compose):
    root, _ = compose("a:\nb: ''\n")
    assert root.pairs["a"].value.plain
    assert not root.pairs["b"].value.plain


def test_nothing_stands_where_its_key_stands_not_behind_the_end_of_the_file(compose):
    root, _ = compose("a:\n\nb:\n")
    assert root.pairs["a"].value == Scalar("", 1, 1)
    assert root.pairs["b"].value == Scalar("", 3, 1)


def test_campaigns_are_handed_over_and_not_kept(compose):
    root, campaigns = compose("a: b\ncampaigns:\n- {x: 1}\n- y\nc: d\n")
    assert [plain(node) for node in campaigns] == [{"x": "1"}, "y"]
    assert plain(root) == {"a": "b", "campaigns": [], "c": "d"}


@pytest.mark.parametrize(
    "text",
    [
        "x: &c [a, b]\ncampaigns: *c\n",
        "campaigns: &c [a, b]\n",
        "x: &c {campaigns: [a, b]}\n<<: *c\n",
        "campaigns: [&a a, b]\ny: *a\n",
    ],
)
def test_campaigns_are_handed_over_however_the_list_is_written(compose, text):
    assert [plain(node) for node in compose(text)[1]] == ["a", "b"]


def test_campaigns_inside_something_else_are_no_campaigns(compose):
    root, campaigns = compose("a: {campaigns: [1]}\n")
    assert campaigns == []
    assert plain(root) == {"a": {"campaigns": ["1"]}}


def test_keys_that_stand_twice_are_kept_apart(compose):
    root, campaigns = compose("a: 1\ncampaigns: [x]\na: 2\ncampaigns: [y]\n")
    assert plain(root)["a"] == "1"
    assert [(key.text, key.line) for key in root.duplicates] == [("a", 3), ("campaigns", 4)]
    assert [plain(node) for node in campaigns] == ["x"]


def test_aliases_stand_where_they_are_written(compose):
    root, _ = compose("a: &x {k: v}\nb: *x\nc: [*x]\n")
    assert plain(root) == {"a": {"k": "v"}, "b": {"k": "v"}, "c": [{"k": "v"}]}
    assert (root.pairs["b"].value.line, root.pairs["b"].value.column) == (2, 4)
    assert root.pairs["b"].value.pairs is root.pairs["a"].value.pairs


def test_an_alias_bomb_takes_no_more_than_its_size(compose):
    lines = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 10)}]" for i in range(1, 60)]
    root, _ = compose("\n".join(lines))
    assert len(root.pairs) == 60


def test_a_merge_bomb_is_refused(compose, noted):
    lines = ["m0: &m0 {" + ", ".join(f"k{i}: v" for i in range(MAX_MERGED_KEYS + 1)) + "}"]
    lines += ["m1: {<<: *m0}", "m2: {<<: [" + "{a: b}, " * (MAX_MERGED_SOURCES + 1) + "]}"]
    root, _ = compose("\n".join(lines))
    assert plain(root)["m1"] == plain(root)["m2"] == {}
    expected = f"'<<' merges up to {MAX_MERGED_SOURCES} mappings of up to {MAX_MERGED_KEYS} keys"
    assert noted() == [f"m.yaml:2:10: {expected}", f"m.yaml:3:10: {expected}"]


def test_merges_fill_in_what_is_not_there(compose):
    root, _ = compose("a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], x: 3}\nd: {y: 4, <<: *b}\n")
    assert plain(root)["c"] == {"x": "3", "y": "1", "z": "2"}
    assert plain(root)["d"] == {"y": "4", "z": "2"}


def test_a_quoted_merge_sign_is_a_key(compose):
    root, _ = compose("'<<': x\n")
    assert plain(root) == {"<<": "x"}


@pytest.mark.parametrize("value", ["x", "[x]", "[{a: b}, [c]]"])
def test_only_mappings_can_be_merged(compose, noted, value):
    compose(f"a: {{<<: {value}}}\n")
    assert noted() == ["m.yaml:1:9: '<<' merges mappings only: write '<<: *name'"]


@pytest.mark.parametrize("text", ["a: *x\n", "a: &x [*x]\n", "a: *x\nb: &x c\n"])
def test_an_alias_without_an_anchor_before_it_is_told(compose, text):
    assert "unknown alias '*x': its anchor '&x' must end before it" in why(compose, text)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("a: !!python/object/apply:os.system ['true']", "tag:yaml.org,2002:python/object/apply:os.system"),
        ("a: !!python/name:os.system", "tag:yaml.org,2002:python/name:os.system"),
        ("a: !secret x", "!secret"),
        ("a: !!binary aGVsbG8=", "tag:yaml.org,2002:binary"),
        ("a: !!int '1'", "tag:yaml.org,2002:int"),
        ("a: !!set {x}", "tag:yaml.org,2002:set"),
    ],
)
def test_tags_are_refused_at_their_place(compose, noted, text, tag):
    compose(text)
    assert noted() == [f"m.yaml:1:4: tag '{tag}' is not allowed: a manifest holds plain values only"]


def test_tags_that_change_nothing_are_allowed(compose, noted):
    root, _ = compose("a: !!str 1\nb: ! x\nc: !!seq [y]\nd: !!map {}\n")
    assert plain(root) == {"a": "1", "b": "x", "c": ["y"], "d": {}}
    assert noted() == []


@pytest.mark.parametrize("opening", ["[", "{", "{a: ", "- ", "? ", "[{"])
def test_deep_nesting_ends_at_a_level_not_in_a_crash(compose, opening):
    message = why(compose, "a:\n " + opening * 3000)
    assert f"nested deeper than {MAX_DEPTH} levels" in message


def test_what_a_manifest_needs_is_not_too_deep(compose):
    depth = MAX_DEPTH - 1
    root, _ = compose("a: " + "[" * depth + "]" * depth)
    assert isinstance(root, Mapping)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# nothing\n", "1:1: the file holds only comments: a manifest has version, accounts and campaigns"),
        ("---\n", "1:1: a manifest is a mapping with version, accounts and campaigns"),
        ("---\n...\n", "1:1: a manifest is a mapping with version, accounts and campaigns"),
        ("just text\n", "1:1: a manifest is a mapping with version, accounts and campaigns"),
        ("\n- a\n", "2:1: a manifest is a mapping with version, accounts and campaigns"),
        ("a: b\n---\nc: d\n", "2:1: a second document starts here: a manifest is one document"),
        ("{a: b}: c\n", "1:1: a key must be text: put text that starts with '{' or '[' in quotes"),
        ("[a]: c\n", "1:1: a key must be text: put text that starts with '{' or '[' in quotes"),
    ],
)
def test_what_is_no_manifest_at_all_is_told(compose, text, message):
    assert why(compose, text) == message


def test_both_parsers_build_the_same(problems):
    text = "a: &a [1, 'x', {b: c}]\nd: >\n  folded\n  text\ne: *a\ncampaigns:\n- {x: y}\n? f\n: |\n  block\n"
    built = [
        Composer(events(source_of(text), loader), "m.yaml", problems).document(lambda *_: None)
        for loader in (FAST_LOADER, yaml.SafeLoader)
    ]
    assert built[0] == built[1]
