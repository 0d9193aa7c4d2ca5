"""P6: whatever a manifest holds, the answer is a Manifest or sentences with real positions; no traceback."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from launcher.errors import ManifestError
from launcher.manifest.load import load_manifest
from launcher.manifest.model import Manifest
from launcher.manifest.schema import json_schema

VALID = """\
version: 1
name: nightly
defaults: {account: acme, channel: sms}
settings:
  timeout: 30s
  retry: {attempts: 4, backoff: 1s..60s}
  halt: {failed: 10%, unknown: 5}
accounts:
  acme: &acme
    id: 67777ce93e25326494e9aaaa
    host: https://platform.kore.ai/base
    client_id: cs-1
    client_secret: ${ACME}
    budget: [60/60s, 1800/1h]
  eu: {<<: *acme, host: 'https://eu.example', client_secret: {file: "key"}}
bots:
  billing: {account: acme, stream: st-1}
campaigns:
  - {bot: billing, campaign: cd-1, name: "Due", tags: [a, b]}
  - stream: st-2
    campaign: 0123
    name: >
      folded
      text
  - from: a.csv
"""
LIST = 'bot,campaign,name,tags\nbilling,cd-2,"Due, now",a;b\nbilling,cd-3,,\n'
PIECES = [
    *"\t\n\r\0:,-?*&!|>'\"%@`{}[]#<~ ",
    *"\x07\x85\xa0\u2028\ufeff\uffff😀",
    "<<: *acme", "*acme", "&acme ", "!!python/object:x ", "---\n", "...\n", "- ", "? ", "[[[[", "}}}}",
    "campaigns:\n", "accounts:\n", "null", "\\x", "%YAML 9.9\n", "../", "\r\n", "&a [*a]", "9" * 400,
]  # fmt: skip
BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


def ends_well(manifest, listed=None):
    """Load; every problem must stand in one of the two files, and be one printable line."""
    listed = LIST.encode() if listed is None else listed
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "m.yaml").write_bytes(manifest)
        (folder / "a.csv").write_bytes(listed)
        texts = {str(folder / "m.yaml"): lines(manifest), str(folder / "a.csv"): listed_lines(listed)}
        try:
            return load_manifest(folder / "m.yaml")
        except ManifestError as error:
            problems = error.problems
    assert problems
    for problem in problems:
        stands_in_its_file(problem, texts)
    return problems


def stands_in_its_file(problem, texts):
    assert problem.message
    assert problem.message.isprintable()
    file, line, column = problem.position
    text = texts[file]
    assert 1 <= line <= len(text)
    assert 1 <= column <= len(text[line - 1]) + 1


def lines(data):
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return BREAK.split(data.decode("utf-16", "replace"))
    found = BREAK.split(data.decode("utf-8", "replace"))
    if len(found) > 1 and not found[-1]:
        found.pop()
    return found


def listed_lines(data):
    found = data.decode("utf-8", "replace").split("\n")
    return found[:-1] if len(found) > 1 and not found[-1] else found


def mutated(text):
    """A text in which a few pieces were put in, taken out, doubled or moved."""
    piece = st.sampled_from(PIECES) | st.text(max_size=3)
    place = st.integers(0, len(text))
    edits = st.lists(st.tuples(place, st.integers(0, 12), piece, st.booleans()), min_size=1, max_size=4)
    return edits.map(lambda made: edited(text, made))


def edited(text, edits):
    for place, length, piece, doubled in edits:
        cut = text[place : place + length]
        text = text[:place] + piece + (cut * 2 if doubled else "") + text[place + length :]
    return text.encode("utf-8", "surrogatepass")


def test_the_manifest_that_is_mutated_is_valid():
    assert len(ends_well(VALID.encode()).campaigns) == 4


@given(st.binary(max_size=200))
@example(b"\xff\xfe\x00\xd8")
@example(b"---\n")
@example(b"a:\n")
@example(b"%YAML 1.1\n")
def test_random_bytes_are_a_manifest_or_a_sentence(data):
    ends_well(data)


@given(st.text(max_size=200))
def test_random_text_is_a_manifest_or_a_sentence(text):
    ends_well(text.encode("utf-8", "surrogatepass"))


@given(st.lists(st.sampled_from(PIECES + VALID.split("\n")), max_size=30).map("".join))
def test_random_pieces_of_yaml_are_a_manifest_or_a_sentence(text):
    ends_well(text.encode())


@given(mutated(VALID))
def test_a_mutated_manifest_is_a_manifest_or_a_sentence(data):
    ends_well(data)


@given(mutated(LIST))
def test_a_mutated_list_is_a_list_or_a_sentence(data):
    ends_well(VALID.encode(), data)


@given(st.binary(max_size=200))
def test_random_bytes_are_a_list_or_a_sentence(data):
    ends_well(VALID.encode(), data)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
PATHS = [
    ("version",), ("name",), ("defaults",), ("defaults", "account"), ("settings",), ("settings", "timeout"),
    ("settings", "retry"), ("settings", "retry", "backoff"), ("settings", "halt", "failed"), ("accounts",),
    ("accounts", "acme"), ("accounts", "acme", "id"), ("accounts", "acme", "host"),
    ("accounts", "acme", "budget"),
    ("accounts", "acme", "client_secret"), ("accounts", "acme", "jti"), ("bots",), ("bots", "billing"),
    ("bots", "billing", "stream"), ("campaigns",), ("campaigns", 0), ("campaigns", 0, "campaign"),
    ("campaigns", 0, "tags"), ("campaigns", 0, "name"), ("campaigns", 2, "from"),
]  # fmt: skip


@given(st.sampled_from(PATHS), VALUES)
def test_a_value_of_any_type_anywhere_is_fine_or_a_sentence(path, value):
    manifest = yaml.safe_load(VALID)
    inner = manifest
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    ends_well(yaml.safe_dump(manifest, allow_unicode=True).encode())


IDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)


@given(st.lists(IDS, min_size=1, max_size=8))
def test_ids_come_out_as_they_went_in_or_not_at_all(ids):
    text = VALID.partition("campaigns:")[0] + "campaigns:\n"
    for campaign in ids:
        quoted = campaign.replace("'", "''")
        text += f"  - {{bot: billing, campaign: '{quoted}'}}\n"
    result = ends_well(text.encode())
    if isinstance(result, Manifest):
        assert [entry.campaign for entry in result.campaigns] == ids
        assert not set("".join(ids)) & set("/\\?#%& ")
    else:
        assert len(set(ids)) < len(ids) or any(
            set(one) & set('/\\?#%&"<>^`{|}[]') or one in ".." for one in ids
        )


@pytest.mark.parametrize("text", [VALID, VALID.replace("bot: billing, ", "stream: st-1, ")])
def test_what_loads_is_valid_by_the_schema(text):
    assert isinstance(ends_well(text.encode()), Manifest)
    loaded = yaml.safe_load(text)
    loaded["campaigns"][1]["campaign"] = "0123"  # which YAML itself makes 83 of
    assert list(Draft202012Validator(json_schema()).iter_errors(loaded)) == []
