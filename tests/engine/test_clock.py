"""The promise of this folder's conftest.py."""

import asyncio

import anyio
from virtual_time import VirtualTimeLoop


async def test_a_day_passes_at_once():
    began = anyio.current_time()
    await anyio.sleep(86_400)
    assert anyio.current_time() - began == 86_400


async def test_the_loop_is_virtual_and_starts_at_zero():
    assert isinstance(asyncio.get_running_loop(), VirtualTimeLoop)
    assert anyio.current_time() == 0
