from argparse import ArgumentTypeError

import pytest

from launcher.cli import options


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (options.positive, "1", 1),
        (options.positive, "0016", 16),
        (options.percent, "50%", 0.5),
        (options.percent, "12.5", 0.125),
        (options.percent, "100%", 1.0),
        (options.seconds, "0.5", 0.5),
        (options.seconds, "2s", 2.0),
        (options.port, "0", 0),
        (options.port, "65535", 65_535),
        (options.whole, "-7", -7),
        (options.named, "a b", "a b"),
    ],
)
def test_an_argument_is_read(read, text, value):
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "told", "texts"),
    [
        (
            options.positive,
            "got '{}', expected a whole number of at least 1",
            ["x", "0", "-1", "1.5", "1_0", "", "9" * 10],
        ),
        (
            options.percent,
            "got '{}', expected a percentage above 0% and up to 100%",
            ["x", "0", "-5%", "101%", "nan", "1e1", "%"],
        ),
        (options.seconds, "got '{}', expected seconds such as 0.5", ["x", "-1", "inf", "1m", "s"]),
        (
            options.port,
            "got '{}', expected a port from 1 to 65535, or 0 for a free one",
            ["http", "-1", "65536", "80.5"],
        ),
        (options.whole, "got '{}', expected a whole number", ["x", "1.5", "1_0", "--1"]),
        (options.named, "must not be empty", ["", " ", "\t"]),
    ],
)
def test_a_wrong_argument_is_repeated_with_what_was_expected(read, told, texts):
    for text in texts:
        with pytest.raises(ArgumentTypeError) as caught:
            read(text)
        assert str(caught.value) == told.format(text)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["runs", "--jsn"], "launcher runs: error: unrecognized arguments: --jsn; did you mean --json?"),
        (
            ["run", "m.yaml", "--dryrun"],
            "launcher run: error: unrecognized arguments: --dryrun; did you mean --dry-run?",
        ),
        (["validate", "m.yaml", "x"], "launcher validate: error: unrecognized arguments: x"),
        (
            ["run", "m.yaml", "--sandbox", "demo"],
            (
                "launcher run: error: unrecognized arguments: demo; "
                "a value of --sandbox goes behind its '=', without a space"
            ),
        ),
    ],
)
def test_what_a_verb_does_not_know_is_told_with_its_own_usage(launcher, arguments, told):
    done = launcher(*arguments)
    assert (done.code, done.out) == (2, "")
    help_of_it = f"`launcher {arguments[0]} --help`"
    usage = f"usage: launcher {arguments[0]} … ({help_of_it} has examples and all options)"
    assert done.err.splitlines() == [usage, f"{told} [L001]"]


def test_a_misspelled_verb_is_guessed(launcher):
    done = launcher("vlaidate", "m.yaml")
    assert done.code == 2
    assert done.err.splitlines()[-1].endswith("; did you mean 'validate'? [L001]")
    assert "got 'vlaidate', expected one of init, validate, " in done.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["runs", "--journal="], "launcher runs: error: argument --journal: must not be empty"),
        (["runs", "list", ""], "launcher runs: error: argument KEY: must not be empty"),
        (["report", ""], "launcher report: error: argument KEY: must not be empty"),
        (["report", "k", "--report", ""], "launcher report: error: argument --report: must not be empty"),
        (["validate", ""], "launcher validate: error: argument MANIFEST: must not be empty"),
        (
            ["sandbox", "--port", "x"],
            (
                "launcher sandbox: error: argument --port: got 'x', expected a port from 1 to 65535, "
                "or 0 for a free one"
            ),
        ),
        (["sandbox", "--faults="], "launcher sandbox: error: argument --faults: must not be empty"),
    ],
)
def test_a_wrong_argument_is_one_line_behind_the_usage(launcher, arguments, told):
    done = launcher(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("usage: launcher")
    assert done.err.splitlines()[-1] == f"{told} [L001]"
