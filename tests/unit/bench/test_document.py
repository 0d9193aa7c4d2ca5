"""The document's measured blocks change, its words stay."""

from bench.document import replaced, update


def test_a_block_takes_the_place_of_the_one_before_and_leaves_all_else():
    text = "# P\n\nwords\n\n<!-- measured a -->\n\nold\n\n<!-- end of a -->\n\nmore words\n"
    assert replaced(text, "a", "new \\1\n") == (
        "# P\n\nwords\n\n<!-- measured a -->\n\nnew \\1\n\n<!-- end of a -->\n\nmore words\n"
    )


def test_a_new_block_goes_to_the_end():
    assert replaced("# P\n", "b", "text") == "# P\n\n<!-- measured b -->\n\ntext\n\n<!-- end of b -->\n"


def test_a_document_that_is_not_there_is_made(tmp_path):
    path = tmp_path / "performance.md"
    update(path, {"a": "one", "b": "two"})
    update(path, {"a": "three"})
    text = path.read_text()
    assert "one" not in text
    assert text.index("three") < text.index("two")
