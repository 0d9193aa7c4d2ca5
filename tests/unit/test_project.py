"""What the project promises about itself, kept true by looking."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from launcher.version import __version__

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = ("requirements.lock", "requirements-dev.lock")
LONGEST_MODULE = 300
LONGEST_FUNCTION = 40
UNFINISHED = re.compile(
    "|".join(["TO" + "DO", "FIX" + "ME", "raise Not" + "ImplementedError", "pragma: no" + " cover"])
)
EVASIONS = {"skip", "skipif", "xfail", "importorskip"}


def pins(lock: str) -> dict[str, Version]:
    """Return the exact versions that a lock names; a line of any other form fails the test."""
    lines = [
        line for line in (ROOT / lock).read_text().splitlines() if line and not line.lstrip().startswith("#")
    ]
    requirements = [Requirement(line) for line in lines]
    assert all(re.fullmatch(r"==[^,*]+", str(each.specifier)) for each in requirements), f"{lock}: not exact"
    return {canonicalize_name(each.name): Version(str(each.specifier)[2:]) for each in requirements}


def unmet(requirements: list[str], lock: str) -> list[str]:
    locked = pins(lock)
    parsed = [(canonicalize_name(each.name), each) for each in map(Requirement, requirements)]
    return [str(each) for name, each in parsed if name not in locked or locked[name] not in each.specifier]


def sources(*folders: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of every Python file in the folders."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield str(path.relative_to(ROOT)), path.read_text()


def test_the_locks_hold_every_dependency_in_a_version_that_pyproject_allows():
    runtime = PROJECT["project"]["dependencies"]
    assert unmet(runtime, "requirements.lock") == []
    assert unmet(runtime + PROJECT["dependency-groups"]["dev"], "requirements-dev.lock") == []


def test_the_tests_run_on_the_versions_that_are_installed_for_users():
    runtime, development = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: development.get(name) for name in runtime} == runtime


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address_path_or_option(lock):
    # A package or `via` comment needs neither; an option would start with two dashes.
    assert (
        re.findall(r"\w+://\S+|@ \S+|(?m:^\s*-\S+)|file:\S+|(?<![\w.])/\S+", (ROOT / lock).read_text()) == []
    )


def test_the_licence_is_there_in_full():
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert PROJECT["project"]["license"] == "Apache-2.0"


def test_the_changelog_speaks_of_this_version_or_of_the_next():
    headings = re.findall(r"(?m)^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text())
    assert {"Unreleased", __version__} & set(headings)


def test_every_make_target_is_explained_and_declared_phony():
    text = (ROOT / "Makefile").read_text()
    explained = set(re.findall(r"(?m)^([a-z]+):.*## \S", text))
    assert explained == set(re.findall(r"(?m)^([a-z]+):(?!=)", text))
    assert explained == set(re.findall(r"(?m)^\.PHONY: (\w+)$", text))


def test_every_module_can_be_read_in_one_sitting():
    long = {
        name: lines
        for name, text in sources("launcher")
        if (lines := len(text.splitlines())) > LONGEST_MODULE
    }
    assert long == {}


def test_every_function_fits_on_a_screen():
    long = [
        f"{name}:{node.lineno} {node.name} has {lines} lines"
        for name, text in sources("launcher", "tests")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    ]
    assert long == []


def test_nothing_is_left_unfinished():
    found = [
        f"{name}: {match[0]}"
        for name, text in sources("launcher", "tests")
        for match in UNFINISHED.finditer(text)
    ]
    assert found == []


def test_no_test_is_skipped_or_expected_to_fail():
    evaded = [
        f"{name}:{node.lineno} {node.attr}"
        for name, text in sources("tests")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute)
        and node.attr in EVASIONS
        and ast.unparse(node).startswith("pytest.")
    ]
    assert evaded == []
