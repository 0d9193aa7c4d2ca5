import pytest

from launcher.manifest.model import Position
from launcher.manifest.problems import KEPT, SHOWN, Problem, Problems, nearest, printable, quote


def lines(problems):
    return [str(one) for one in problems.error().problems]


def test_a_problem_is_a_line_that_an_editor_can_jump_to():
    assert str(Problem(Position("m.yaml", 41, 13), "unknown key")) == "m.yaml:41:13: unknown key"


def test_problems_are_sorted_by_position_and_files_by_rank(problems):
    problems.rank("m.yaml")
    problems.add(Position("b.csv", 1, 1), "second file")
    problems.add(Position("a.csv", 1, 1), "third file")
    problems.add(Position("m.yaml", 10, 2), "c")
    problems.add(Position("m.yaml", 9, 30), "b")
    problems.add(Position("m.yaml", 9, 4), "a")
    assert [line.split(": ")[1] for line in lines(problems)] == ["a", "b", "c", "second file", "third file"]


def test_the_same_problem_shows_once(problems):
    for _ in range(3):
        problems.add(Position("m.yaml", 1, 1), "same")
    assert lines(problems) == ["m.yaml:1:1: same"]


@pytest.mark.parametrize(
    ("count", "last"),
    [(SHOWN + 1, "and 1 more problem from here on"), (KEPT + 5, "and 9905 more problems from here on")],
)
def test_a_flood_is_cut_and_counted(problems, count, last):
    for line in range(count, 0, -1):
        problems.add(Position("m.yaml", line, 1), "bad")
    shown = problems.error().problems
    assert len(shown) == SHOWN + 1
    assert shown[-1].message == last
    assert shown[-1].position.line > shown[-2].position.line


def test_just_as_many_as_are_shown_are_not_cut(problems):
    for line in range(SHOWN):
        problems.add(Position("m.yaml", line + 1, 1), "bad")
    assert len(problems.error().problems) == SHOWN


def test_no_problem_is_falsy(problems):
    assert not problems
    problems.add(Position("m.yaml", 1, 1), "bad")
    assert problems


def test_a_suggestion_is_made_for_near_misses_only(problems):
    assert problems.suggest("campain", ["campaign", "channel"]) == "; did you mean 'campaign'?"
    assert problems.suggest("CAMPAIGN", ["campaign", "channel"]) == "; did you mean 'campaign'?"
    assert problems.suggest("colour", ["campaign", "channel"]) == ""


def test_suggestions_end_where_nobody_reads_them(problems):
    for line in range(3 * SHOWN):
        problems.add(Position("m.yaml", line + 1, 1), "bad")
    assert problems.suggest("campain", ["campaign"]) == ""


def test_names_of_absurd_length_are_not_compared():
    assert nearest("x" * 100_000, ["x" * 100_000]) is None


def test_quotes_are_short_and_obeyed_by_no_terminal():
    assert quote("plain ä") == "'plain ä'"
    assert quote("a\n\x1b[31m\u2028\ud800") == r"'a\n\x1b[31m\u2028\ud800'"
    assert len(quote("x" * 1000)) == 62
    assert printable("a\tb") == r"a\tb"


def test_the_collector_starts_without_problems():
    assert Problems().suggest("x", []) == ""
