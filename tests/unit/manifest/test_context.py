from launcher.manifest.context import BAD
from launcher.manifest.nodes import Scalar


def test_a_complaint_is_noted_at_its_node_and_gives_nothing_good(context, noted):
    assert context.complain(Scalar("x", 41, 13), "is bad") is BAD
    assert noted() == ["m.yaml:41:13: is bad"]
