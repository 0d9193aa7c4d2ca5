"""The Python interface."""

from dataclasses import replace

import pytest
from fakes.journal import plan_of
from fakes.launches import make_launch

from launcher import launch
from launcher.errors import RefusedError
from launcher.manifest.model import Preflight


async def test_a_preflight_that_would_not_be_obeyed_is_refused_and_nothing_is_sent(tmp_path):
    plan = plan_of([make_launch(campaign="cd-1")])
    plan = replace(plan, settings=replace(plan.settings, preflight=Preflight()))
    with pytest.raises(RefusedError, match="which only `launcher run` does; nothing was sent"):
        await launch(plan, journal=tmp_path / "j.sqlite3")
    assert not (tmp_path / "j.sqlite3").exists()
