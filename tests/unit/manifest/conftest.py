"""Manifests in a folder of their own, which is the working directory, so that messages have short names."""

import pytest

from launcher.errors import ManifestError
from launcher.manifest.context import Context
from launcher.manifest.load import load_manifest
from launcher.manifest.problems import Problems

HEAD = """\
version: 1
accounts:
  acme:
    id: 67777ce93e25326494e9aaaa
    host: https://platform.kore.ai
    client_id: cs-1
    client_secret: ${ACME_CLIENT_SECRET}
bots:
  billing: {account: acme, stream: st-1}
"""
ONE = HEAD + "campaigns:\n  - {bot: billing, campaign: cd-1}\n"
FIRST_CAMPAIGN_LINE = HEAD.count("\n") + 2


class Folder:
    """A folder with manifests and lists in it."""

    def __init__(self, path):
        self.path = path

    def write(self, name, content):
        """Write a file: text as UTF-8, or bytes."""
        (self.path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return name

    def load(self, content, **lists):
        """Load m.yaml; `a_csv="…"` is written as a.csv before."""
        for name, text in lists.items():
            self.write(name.replace("_", "."), text)
        return load_manifest(self.write("m.yaml", content))

    def campaigns(self, text, **lists):
        """The campaigns of a manifest with the usual account and bot."""
        return self.load(HEAD + "campaigns:\n" + text, **lists).campaigns

    def problems(self, content, **lists):
        """The lines that loading complains with."""
        with pytest.raises(ManifestError) as caught:
            self.load(content, **lists)
        assert str(caught.value).split("\n") == [str(one) for one in caught.value.problems]
        return [str(one) for one in caught.value.problems]

    def problems_of_campaigns(self, text, **lists):
        """As `problems`, for the list of campaigns; line 1 is its first line."""
        lines = self.problems(HEAD + "campaigns:\n" + text, **lists)
        return [_moved(line) for line in lines]


def _moved(line):
    file, number, rest = line.split(":", 2)
    return f"{int(number) - FIRST_CAMPAIGN_LINE + 1}:{rest}" if file == "m.yaml" else line


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Folder(tmp_path)


@pytest.fixture
def head():
    return HEAD


@pytest.fixture
def one():
    return ONE


@pytest.fixture
def problems():
    return Problems()


@pytest.fixture
def context(tmp_path, problems):
    return Context("m.yaml", tmp_path, problems)


@pytest.fixture
def noted(problems):
    """What was complained of so far, as lines."""
    return lambda: [str(one) for one in problems.error().problems] if problems else []
