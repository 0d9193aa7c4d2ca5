"""The manifest's JSON Schema, from the tables that also validate it."""

from typing import Any

from launcher.manifest.keys import MANIFEST, TABLES


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a manifest, for editors; `launcher schema` prints it.

    It knows the keys and the shapes. That names resolve, and that no launch stands twice, only loading tells.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Manifest of the campaign launcher",
        **MANIFEST.schema(),
        "$defs": {table.name: table.schema() for table in TABLES if table is not MANIFEST},
    }
