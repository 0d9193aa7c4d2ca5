"""Tables that read well as text."""

from bench.table import DASH, markdown, number


def test_columns_are_as_wide_as_their_widest_cell():
    assert markdown(["name", "n"], [["a", "1,000"], ["long name", "2"]]).splitlines() == [
        "| name      |     n |",
        "| --------- | ----: |",
        "| a         | 1,000 |",
        "| long name |     2 |",
    ]


def test_a_number_that_is_not_known_is_a_dash():
    assert [number(1234.5), number(0.55, 1), number(None)] == ["1,234", "0.6", DASH]
