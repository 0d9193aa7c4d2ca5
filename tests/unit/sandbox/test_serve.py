import asyncio
import contextlib
import re

import aiohttp
import anyio
import pytest

from launcher.errors import UsageError
from launcher.sandbox.config import SandboxConfig
from launcher.sandbox.serve import serve
from launcher.sandbox.server import Sandbox


async def test_it_says_its_address_serves_until_stopped_and_ends_with_the_totals():
    said, stop = [], anyio.Event()
    serving = asyncio.ensure_future(serve(SandboxConfig(), 0, said.append, stop))
    while not said:
        await asyncio.sleep(0)
    url = re.search(r"http://127\.0\.0\.1:\d+", said[0])[0]
    async with aiohttp.ClientSession() as session, session.post(url + "/nowhere") as response:
        assert response.status == 404
    stop.set()
    ledger = await serving
    assert ledger.requests == 1
    assert said[1:] == ["sandbox: 0 starts, 0 double starts; 1 request, 0 over the budget"]


async def test_the_totals_are_said_after_a_cancellation_too():
    said = []
    serving = asyncio.ensure_future(serve(SandboxConfig(), 0, said.append, anyio.Event()))
    while not said:
        await asyncio.sleep(0)
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving
    assert "double starts" in said[-1]


async def test_a_port_that_is_taken_is_said_before_anything_is_announced():
    said = []
    async with Sandbox() as sandbox:
        port = int(sandbox.url.rpartition(":")[2])
        with pytest.raises(UsageError):
            await serve(SandboxConfig(), port, said.append, anyio.Event())
    assert said == []
