"""The reference of all keys as Markdown, from the tables that also validate them."""

import json
from typing import Any

from launcher.manifest.keys import TABLES
from launcher.manifest.tables import Field, Table

BEGIN = "<!-- keys: generated, see launcher/manifest/reference.py -->"
END = "<!-- end of keys -->"

_COLUMNS = "| Key | Value | Default | Meaning |\n|---|---|---|---|"


def reference() -> str:
    """One section with a table of keys for every kind of mapping."""
    return "\n".join(_section(table) for table in TABLES)


def with_reference(page: str) -> str:
    """The page with what stands between its two marks replaced by the reference."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{reference()}\n{END}{after}"


def _section(table: Table) -> str:
    rows = "\n".join(_row(one) for one in table.fields)
    return f"### {table.heading}\n\n{table.doc}\n\n{_COLUMNS}\n{rows}\n"


def _row(one: Field) -> str:
    default = "**required**" if one.required else _code(one.default)
    return f"| `{one.name}` | {one.kind.about} | {default} | {one.doc} |"


def _code(default: Any) -> str:
    if default is None:
        return ""
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"
