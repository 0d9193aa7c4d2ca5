from pathlib import Path

import pytest

from launcher.sandbox.faults import FAULTS
from launcher.sandbox.scenarios import SCENARIOS

PAGE = (Path(__file__).parents[3] / "docs" / "sandbox.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("label", FAULTS)
def test_every_fault_is_in_the_documentation_in_its_own_words(label):
    assert f"| `{label}` | {FAULTS[label].summary} | " in PAGE


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_is_in_the_documentation_in_its_own_words(name):
    assert f"| `{name}` | {SCENARIOS[name].summary} |" in PAGE
