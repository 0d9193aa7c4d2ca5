"""`launcher explain`."""

import pytest

from launcher.error_codes import ENTRIES, find


def test_explain_says_what_a_code_means(launcher):
    done = launcher("explain", "[l031]")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("L031: ")
    assert "What to do: " in done.out


@pytest.mark.parametrize("code", ["l35", "L35", "L035", "35", "[l0035]"])
def test_explain_knows_a_code_however_it_is_typed(launcher, code):
    done = launcher("explain", code)
    assert (done.code, done.out.partition(":")[0]) == (0, "L035")


@pytest.mark.parametrize("code", ["", "L", "0", "L0", "LL35", "L3 5", "M035"])
def test_explain_does_not_guess(code):
    assert find(code) is None


def test_explain_lists_all_codes(launcher):
    assert [line.split()[0] for line in launcher("explain").out.splitlines()] == [one.code for one in ENTRIES]


def test_explain_knows_no_other_codes(launcher):
    done = launcher("explain", "L999")
    assert (done.code, done.out, find("")) == (2, "", None)
