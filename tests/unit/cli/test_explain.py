"""`launcher explain`."""

from launcher.error_codes import ENTRIES, find


def test_explain_says_what_a_code_means(launcher):
    done = launcher("explain", "[l031]")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("L031: ")
    assert "What to do: " in done.out


def test_explain_lists_all_codes(launcher):
    assert [line.split()[0] for line in launcher("explain").out.splitlines()] == [one.code for one in ENTRIES]


def test_explain_knows_no_other_codes(launcher):
    done = launcher("explain", "L999")
    assert (done.code, done.out, find("")) == (2, "", None)
