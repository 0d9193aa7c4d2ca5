import os
from pathlib import Path

import pytest
import yaml
from fakes.sources import source_of

from launcher.manifest.compose import Composer
from launcher.manifest.context import BAD, Context
from launcher.manifest.nodes import Mapping, Pair, Scalar
from launcher.manifest.references import SecretReference
from launcher.manifest.secrets import Secret
from launcher.manifest.syntax import events

CANARY = "canary-5f0e"


@pytest.fixture
def read(context):
    """Read the value of a key as a secret."""

    def reading(text):
        root = Composer(events(source_of(f"s: {text}")), "m.yaml", context.problems).document(print).root
        return SecretReference().read(root.pairs["s"].value, "accounts.acme.client_secret", context)

    return reading


@pytest.mark.parametrize("text", ["${ACME}", "'${ACME}'", '"${ACME}"'])
def test_a_variable_is_read_from_the_environment(read, monkeypatch, text):
    monkeypatch.setenv("ACME", CANARY)
    secret = read(text)
    assert repr(secret) == "Secret(${ACME})"
    assert not secret.inline
    assert secret.reveal() == CANARY


def test_a_file_is_relative_to_the_manifest(read, context):
    (context.directory / "key").write_text(CANARY + "\n")
    assert read("{file: key}").reveal() == CANARY
    assert read(f"{{file: {context.directory / 'key'}}}").reveal() == CANARY


def test_a_file_stays_where_it_was_when_the_program_moves_on(tmp_path, problems, monkeypatch):
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "key").write_text(CANARY)
    monkeypatch.chdir(tmp_path)
    node = Mapping({"file": Pair(Scalar("file", 1, 1), Scalar("key", 1, 7))}, 1, 1)
    secret = SecretReference().read(node, "s", Context("conf/m.yaml", Path("conf"), problems))
    monkeypatch.chdir("/")
    assert secret.reveal() == CANARY


def test_a_tilde_is_the_home_directory(read):
    (Path(os.environ["HOME"]) / "key").write_text(CANARY)
    assert read("{file: ~/key}").reveal() == CANARY


def test_a_command_is_a_list(read):
    assert read("{command: [echo, 0123, no]}").reveal() == "0123 no"


def test_a_literal_is_marked_as_one(read):
    secret = read(CANARY)
    assert isinstance(secret, Secret)
    assert secret.inline
    assert secret.reveal() == CANARY


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no value"),
        ("~", "has no value"),
        ("null", "has no value"),
        ("''", "is empty"),
        ("[canary-5f0e]", "got a list"),
        ("$canary-5f0e", "expected ${NAME}"),
        ("${canary-5f0e}", "expected ${NAME}"),
        ("${ACME}canary-5f0e", "expected ${NAME}"),
        ("${}", "expected ${NAME}"),
        ("{canary-5f0e}", "one key, file or command"),
        ("{canary-5f0e: x}", "one key, file or command"),
        ("{file: canary-5f0e, command: [x]}", "one key, file or command"),
        ("{file: x, file: canary-5f0e}", "one key, file or command"),
        ("{}", "one key, file or command"),
        ("{file: [canary-5f0e]}", "file must be text"),
        ("{file: ''}", "is empty"),
        ("{command: canary-5f0e}", "command must be a list"),
        ("{command: []}", "command must be a list"),
        ("{command: [x, [canary-5f0e]]}", "every part of command must be text"),
        ("{command: ['', canary-5f0e]}", "command must name a program"),
        ('{command: [x, "canary-5f0e\\0"]}', "NUL"),
    ],
)
def test_what_is_no_reference_is_told_without_repeating_it(read, noted, text, words):
    assert read(text) is BAD
    (line,) = noted()
    assert ": accounts.acme.client_secret: " in line
    assert words in line
    assert CANARY not in line


def test_the_schema_allows_what_can_be_read():
    forms = SecretReference().schema()["anyOf"]
    keys = [list(form["properties"]) for form in forms if form["type"] == "object"]
    assert keys == [["file"], ["command"]]
    assert yaml.safe_load("{file: key}").keys() == {"file"}
