from pathlib import Path

from launcher.journal.diagram import mermaid
from launcher.journal.lifecycle import RESULTS, TRANSITIONS

PAGE = Path(__file__).parents[3] / "docs" / "journal.md"


def test_the_diagram_has_every_transition():
    lines = mermaid().splitlines()
    for (before, step), after in TRANSITIONS.items():
        (arrow,) = [line for line in lines if line.startswith(f"    {before} --> {after}: ")]
        assert step.value.replace(":", "") in arrow


def test_the_diagram_ends_in_every_result():
    ends = {line.split()[0] for line in mermaid().splitlines() if line.endswith("--> [*]")}
    assert ends == {state.value for state in RESULTS}


def test_the_page_shows_the_diagram_of_the_table():
    assert f"```mermaid\n{mermaid()}\n```" in PAGE.read_text()
