"""From a file to its plan, and the room that takes: bytes as Python counts them, the same on every machine.

A launch holds its identity, its campaign id and its name. A change that needs more room may raise the numbers
here, and says so by that; one that needs less lowers them.
"""

import gc
import tracemalloc
from dataclasses import replace

import pytest

from launcher.cli.loading import load_plan
from launcher.cli.validate import accounts_of
from launcher.manifest.load import load_campaigns, load_manifest
from launcher.plan.build import build_plan

CAMPAIGNS = 4_000
HEAD = """\
version: 1
accounts:
  acme: {id: 67777ce93e25326494e9aaaa, host: "https://kore.test", client_id: cs-1, client_secret: "${S}"}
campaigns:
"""
STREAM = "st-0603182c-7ffb-53c3-b307-47ca14b9aaaa"


def campaigns():
    return (f"cd-{number:08}-3682-5e72-a839-af9e0711aaaa" for number in range(CAMPAIGNS))


def write_yaml(folder):
    entries = (
        f"  - account: acme\n    stream: {STREAM}\n    campaign: {campaign}\n    name: Reminder {number}\n"
        for number, campaign in enumerate(campaigns())
    )
    (folder / "m.yaml").write_text(HEAD + "".join(entries))
    return str(folder / "m.yaml")


def write_csv(folder):
    rows = (f"acme,{STREAM},{campaign},Reminder {number}\n" for number, campaign in enumerate(campaigns()))
    (folder / "m.csv").write_text("account,stream,campaign,name\n" + "".join(rows))
    (folder / "m.yaml").write_text(HEAD + "  - from: m.csv\n")
    return str(folder / "m.yaml")


def count(path):
    """What `validate` does."""
    return load_campaigns(path, accounts_of)


def bytes_of(work, path):
    """Bytes per campaign: those alive afterwards, and the most at any time."""
    work(path)  # modules and tables that stay
    gc.collect()
    tracemalloc.start()
    try:
        result = work(path)
        alive, peak = tracemalloc.get_traced_memory()
        del result
    finally:
        tracemalloc.stop()
    return alive / CAMPAIGNS, peak / CAMPAIGNS


@pytest.mark.parametrize("write", [write_yaml, write_csv])
def test_the_plan_of_a_file_is_that_of_its_manifest(tmp_path, write):
    path = write(tmp_path)
    manifest = load_manifest(path)
    assert load_plan(path) == (build_plan(manifest), replace(manifest, campaigns=()))


@pytest.mark.parametrize("write", [write_yaml, write_csv])
def test_a_plan_holds_its_launches_and_little_else_was_there_beside_them(tmp_path, write):
    alive, peak = bytes_of(load_plan, write(tmp_path))
    assert alive < 350
    assert peak < 385


@pytest.mark.parametrize(("write", "most"), [(write_yaml, 355), (write_csv, 140)])
def test_counting_campaigns_keeps_none_of_them(tmp_path, write, most):
    alive, peak = bytes_of(count, write(tmp_path))
    assert alive < 12
    assert peak < most
