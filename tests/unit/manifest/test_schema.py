import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from launcher.manifest.keys import TABLES
from launcher.manifest.schema import json_schema

ROOT = Path(__file__).parents[3]
EXAMPLE = yaml.safe_load((ROOT / "campaigns.yaml.example").read_text(encoding="utf-8"))


def mistakes(manifest):
    """Where the schema finds something wrong."""
    errors = Draft202012Validator(json_schema()).iter_errors(manifest)
    return sorted("/".join(str(part) for part in error.absolute_path) for error in errors)


def changed(path, value):
    """The example with one value put in, or taken out when it is None."""
    manifest = json.loads(json.dumps(EXAMPLE))
    *way, last = path
    inner = manifest
    for key in way:
        inner = inner[key]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return manifest


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(json_schema())


def test_the_committed_schema_is_the_one_that_the_launcher_prints():
    committed = (ROOT / "docs" / "manifest.schema.json").read_text(encoding="utf-8")
    assert committed == json.dumps(json_schema(), indent=2) + "\n", (
        "launcher schema > docs/manifest.schema.json"
    )


def test_the_example_is_valid():
    assert mistakes(EXAMPLE) == []


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (("campaigns", 0, "campain"), "cd-1", "campaigns/0"),
        (("campaigns", 0, "campaign"), None, "campaigns/0"),
        (("campaigns", 0, "campaign"), "a/b", "campaigns/0/campaign"),
        (("campaigns", 0, "stream"), "st-1", "campaigns/0"),
        (("campaigns", 0, "tags"), "x", "campaigns/0/tags"),
        (("campaigns", -1, "tags"), [], f"campaigns/{len(EXAMPLE['campaigns']) - 1}"),
        (("campaigns",), [], "campaigns"),
        (("version",), 2, "version"),
        (("version",), None, ""),
        (("timeout",), "30s", ""),
        (("settings", "timeout"), 30, "settings/timeout"),
        (("settings", "timeout"), "30", "settings/timeout"),
        (("settings", "retry", "backoff"), "1s", "settings/retry/backoff"),
        (("settings", "halt", "unknown"), "sometimes", "settings/halt/unknown"),
        (("accounts", "retail", "host"), "platform.kore.ai", "accounts/retail/host"),
        (("accounts", "retail", "budget"), "60", "accounts/retail/budget"),
        (("accounts", "retail", "client_secret"), {"flie": "x"}, "accounts/retail/client_secret"),
        (("accounts", "retail", "algorithm"), "RS256", "accounts/retail/algorithm"),
        (("bots", "billing", "stream"), None, "bots/billing"),
    ],
)
def test_a_mistake_is_found_at_its_place(path, value, where):
    assert mistakes(changed(path, value)) == [where]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("campaigns", 0, "campaign"), 123),
        (("settings", "halt", "failed"), "never"),
        (("settings", "halt", "failed"), 3),
        (("settings", "deadline"), "never"),
        (("accounts", "retail", "client_secret"), {"file": "x"}),
        (("accounts", "retail", "client_secret"), {"command": ["x", 1]}),
        (("accounts", "retail", "budget"), ["60/60s", "1800/1h"]),
    ],
)
def test_other_ways_to_write_a_value_are_valid(path, value):
    assert mistakes(changed(path, value)) == []


def test_every_key_is_described_for_editors():
    schema = json_schema()
    objects = [schema, *schema["$defs"].values()]
    properties = [(name, one) for inner in objects for name, one in inner["properties"].items()]
    assert [name for name, one in properties if not one.get("description", "").endswith((".", "`."))] == []


def test_every_table_is_in_the_schema():
    defined = set(json_schema()["$defs"])
    assert defined == {table.name for table in TABLES if table.name != "manifest"}
    text = json.dumps(json_schema())
    assert all(f'"#/$defs/{name}"' in text for name in defined)
