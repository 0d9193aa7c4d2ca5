from pathlib import Path

from launcher.manifest.keys import TABLES
from launcher.manifest.reference import BEGIN, END, reference, with_reference

PAGE = Path(__file__).parents[3] / "docs" / "manifest.md"
WRITE = (
    "python -c 'from pathlib import Path; from launcher.manifest.reference import with_reference;"
    ' page = Path("docs/manifest.md"); page.write_text(with_reference(page.read_text()))\''
)


def test_the_page_holds_the_reference_of_the_keys_there_are():
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_reference(page), WRITE


def test_every_key_has_a_row():
    text = reference()
    for table in TABLES:
        assert f"### {table.heading}\n" in text
        assert all(f"| `{one.name}` | {one.kind.about} |" in text for one in table.fields)


def test_required_keys_and_defaults_are_marked():
    text = reference()
    assert "| `version` | `1` | **required** |" in text
    assert "| `timeout` | duration | `30s` |" in text
    assert "| `jti` | `true` or `false` | `false` |" in text


def test_only_what_is_between_the_marks_is_replaced():
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert with_reference(page) == f"before\n{BEGIN}\n\n{reference()}\n{END}\nafter\n"
