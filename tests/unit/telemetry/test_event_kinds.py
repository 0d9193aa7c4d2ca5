"""What is documented of event lines is what is written."""

import json
from pathlib import Path

import jsonschema
import pytest

from launcher.telemetry.event_kinds import (
    ENVELOPE,
    EVENT_CLASSES,
    KEYS,
    KINDS,
    json_schema,
    markdown,
    name_of,
)

DOCS = Path(__file__).parents[3] / "docs"


def test_every_class_of_event_has_its_entry():
    assert {kind.name for kind in KINDS} == {name_of(each) for each in EVENT_CLASSES} | {"events_dropped"}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_key_of_a_kind_is_explained(kind):
    assert kind.about
    assert all(KEYS[name].about for name in (*ENVELOPE, *kind.keys))
    assert len(set(kind.keys)) == len(kind.keys)


def test_the_tables_in_the_documentation_are_these():
    page = (DOCS / "telemetry.md").read_text()
    assert markdown() in page, "put launcher.telemetry.event_kinds.markdown() there"


def test_the_schema_in_the_documentation_is_this_one():
    written = (DOCS / "events.schema.json").read_text()
    assert written == json.dumps(json_schema(), indent=2) + "\n"


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(json_schema())
