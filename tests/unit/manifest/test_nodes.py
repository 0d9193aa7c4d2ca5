import pytest

from launcher.manifest.nodes import Mapping, Scalar, Sequence, is_nothing, is_null, kind_of


@pytest.mark.parametrize(
    ("node", "kind"),
    [
        (Scalar("x", 1, 1), "text"),
        (Scalar("", 1, 1), "nothing"),
        (Scalar("", 1, 1, plain=False), "text"),
        (Scalar("null", 1, 1), "nothing"),
        (Scalar("~", 1, 1), "nothing"),
        (Scalar("null", 1, 1, plain=False), "text"),
        (Sequence([], 1, 1), "a list"),
        (Mapping({}, 1, 1), "a mapping"),
    ],
)
def test_a_node_has_a_name_for_sentences(node, kind):
    assert kind_of(node) == kind
    assert is_nothing(node) is (kind == "nothing" and not node.text)
    assert is_null(node) is (kind == "nothing" and bool(node.text))
