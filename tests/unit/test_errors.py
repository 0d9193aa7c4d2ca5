"""Error codes: every one is explained, raised somewhere, and shown to whoever meets it."""

import ast
import re
from pathlib import Path

import pytest

from launcher import errors
from launcher.cli.main import _explain
from launcher.error_codes import ENTRIES, page
from launcher.errors import JournalError, LauncherError, ManifestError, RefusedError, SecretError, UsageError
from launcher.journal.faults import DamagedError
from launcher.report.write import ReportError

ROOT = Path(__file__).parents[2]
CODE = re.compile(r"L\d{3}")


def used():
    """Yield every code that stands in the launcher's code outside of the registry, with its place."""
    for path in sorted((ROOT / "launcher").rglob("*.py")):
        if path.name != "error_codes.py":
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and CODE.fullmatch(str(node.value)):
                    yield node.value, f"{path.name}:{node.lineno}"


def test_every_code_in_use_is_explained_and_every_explained_one_is_in_use():
    assert {code for code, _ in used()} == {entry.code for entry in ENTRIES}


def test_codes_and_titles_are_unique_and_in_order():
    codes = [entry.code for entry in ENTRIES]
    assert codes == sorted(set(codes))
    assert len({entry.title for entry in ENTRIES}) == len(ENTRIES)


def test_every_class_has_a_code_of_its_own():
    kinds = (UsageError, ManifestError, SecretError, RefusedError, JournalError, DamagedError, ReportError)
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert LauncherError.code == errors.INTERNAL


def test_a_code_is_an_argument_and_no_part_of_the_sentence():
    error = RefusedError("no", code="L033")
    assert (str(error), error.code, RefusedError("no").code) == ("no", "L033", "L030")


def test_the_page_is_what_the_registry_says():
    assert (ROOT / "docs/errors.md").read_text() == page(), "write page() to docs/errors.md"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.code)
def test_an_entry_has_all_its_parts_as_sentences_that_fit_a_terminal(entry):
    for part in (entry.meaning, entry.causes, entry.advice):
        assert part.rstrip("`").endswith((".", ")"))
    assert all(len(line) <= 110 for line in entry.text().splitlines())


@pytest.mark.parametrize(
    ("error", "last", "code"),
    [
        (UsageError("this cannot be"), "launcher: this cannot be [L001]", 2),
        (RefusedError("empty", code="L033"), "launcher: empty [L033]", 5),
        (SecretError("a\nb"), "launcher: b [L020]", 2),
        (
            ManifestError(("m.yaml:1:1: no",)),
            "launcher: the manifest is not valid; nothing was sent [L010]",
            2,
        ),
        (OSError(28, "full"), "launcher: standard output cannot be written: ", 70),
        (KeyError("x"), "launcher: internal error: KeyError: 'x'", 70),
    ],
)
def test_the_code_stands_at_the_end_of_the_line(capfd, error, last, code):
    assert _explain(error) == code
    line = capfd.readouterr().err.splitlines()[-1]
    assert line.startswith(last)
    assert re.search(r"\[L\d{3}\]$", line)


def test_an_interrupt_is_known_also_where_python_wraps_it():
    """Python 3.11 makes a RuntimeError of what `__set_name__` raises."""

    class Rude:
        def __set_name__(self, owner, name):
            raise KeyboardInterrupt

    with pytest.raises((RuntimeError, KeyboardInterrupt)) as caught:
        type("Owner", (), {"rude": Rude()})
    assert errors.is_interrupt(caught.value)
    assert not errors.is_interrupt(RuntimeError("else"))
