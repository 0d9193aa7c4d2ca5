"""The help of every verb, as somebody reads it who has never seen it: examples first, and they are true."""

import re
import shlex

import pytest

from launcher.cli import manual
from launcher.cli.main import VERBS, build_parser
from launcher.cli.options import SCENARIO

NAMES = [verb.__name__.rpartition(".")[2] for verb in VERBS]
EXAMPLE = re.compile(r'^ +(?:eval "\$\()?(launcher .*?)(?: {2,}.*| [|>] .*|\)".*)?$', re.MULTILINE)


@pytest.fixture
def text(launcher):
    return lambda *words: launcher(*words, "--help").out


@pytest.mark.parametrize("name", NAMES)
def test_examples_stand_before_the_options(text, name):
    shown = text(name)
    assert 0 < shown.index("example") < shown.index("\noptions:")


@pytest.mark.parametrize("name", NAMES)
def test_examples_are_commands_that_the_launcher_understands(text, name):
    examples = EXAMPLE.findall(text(name).split("\noptions:")[0].replace("\\\n", ""))
    assert any(example.startswith(f"launcher {name}") for example in examples)
    for example in examples:
        words = [SCENARIO if word == "--sandbox" else word for word in shlex.split(example)[1:]]
        assert build_parser().parse_args(words).verb is not None


@pytest.mark.parametrize("name", NAMES)
def test_every_verb_says_its_exit_codes_and_what_surrounds_it(text, name):
    shown = text(name)
    assert "exit codes" in shown
    assert "environment:" in shown
    assert ("--journal" in shown) == ("files:" in shown)


@pytest.mark.parametrize("name", NAMES)
def test_lines_fit_a_terminal_of_usual_width(text, name):
    assert [line for line in text(name).splitlines() if len(line) > 110] == []


def test_the_manual_has_every_verb_and_no_other():
    assert set(manual.MANUALS) == set(NAMES)


def test_the_help_as_a_whole_begins_with_examples_of_the_first_steps(launcher):
    shown = launcher("--help").out
    assert shown.index("launcher init") < shown.index("launcher validate") < shown.index("\noptions:")
    assert [name for name in NAMES if not re.search(rf"^    {name}  +\S", shown, re.MULTILINE)] == []
