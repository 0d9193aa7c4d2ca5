"""The Python interface."""

from dataclasses import replace

import pytest
from fakes.journal import plan_of
from fakes.launches import make_launch

from launcher import build_plan, launch, load_manifest
from launcher.errors import RefusedError
from launcher.manifest.model import Preflight
from launcher.outcome import Result


async def test_a_preflight_that_would_not_be_obeyed_is_refused_and_nothing_is_sent(tmp_path):
    plan = plan_of([make_launch(campaign="cd-1")])
    plan = replace(plan, settings=replace(plan.settings, preflight=Preflight()))
    with pytest.raises(RefusedError, match="which only `launcher run` does; nothing was sent"):
        await launch(plan, journal=tmp_path / "j.sqlite3")
    assert not (tmp_path / "j.sqlite3").exists()


EXPECTING = """\
version: 1
name: nightly
expect: {count: 2}
accounts:
  acme: {id: a1, host: "https://host.invalid", client_id: cs-1, client_secret: {command: [echo, s]}}
campaigns:
  - {account: acme, stream: st-1, campaign: cd-1, tags: [now]}
"""


@pytest.mark.parametrize("sandbox", [None, "none"])
async def test_a_list_of_another_length_than_expected_is_refused_and_nothing_is_sent(tmp_path, sandbox):
    (tmp_path / "m.yaml").write_text(EXPECTING)
    plan = build_plan(load_manifest(tmp_path / "m.yaml"))
    with pytest.raises(RefusedError, match="1 campaigns instead of 2; nothing was sent") as refused:
        await launch(plan, journal=tmp_path / "j.sqlite3", sandbox=sandbox)
    assert refused.value.code == "L038"
    assert not (tmp_path / "j.sqlite3").exists()


async def test_a_part_of_a_list_of_the_expected_length_is_launched(tmp_path):
    two = f"{EXPECTING}  - {{account: acme, stream: st-1, campaign: cd-2}}\n"
    (tmp_path / "m.yaml").write_text(two)
    plan = build_plan(load_manifest(tmp_path / "m.yaml"))
    report = await launch(replace(plan, launches=plan.launches[:1]), sandbox="none")
    assert report.totals[Result.STARTED] == 1
