import asyncio
import logging
import time
from urllib.parse import urlsplit

import aiohttp
import anyio
import pytest

from launcher.errors import UsageError
from launcher.sandbox.clock import Clock
from launcher.sandbox.config import SandboxConfig
from launcher.sandbox.server import Sandbox


async def raw(caller, data: bytes) -> bytes:
    parts = urlsplit(caller.sandbox.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(data)
    try:
        return await asyncio.wait_for(reader.read(), 5)
    finally:
        writer.close()


async def test_it_listens_on_loopback_and_takes_a_free_port(caller):
    parts = urlsplit(caller.sandbox.url)
    assert parts.hostname == "127.0.0.1"
    assert parts.port > 0
    assert caller.sandbox.url == f"http://127.0.0.1:{parts.port}"


async def test_two_sandboxes_know_nothing_of_each_other(open_sandbox):
    async with open_sandbox() as one, open_sandbox() as two:
        await one.trigger()
        assert (one.sandbox.ledger().starts, two.sandbox.ledger().starts) == (1, 0)


async def test_the_ledger_can_be_read_after_the_end_but_the_address_not(open_sandbox):
    async with open_sandbox() as caller:
        await caller.trigger()
    assert caller.sandbox.ledger().starts == 1
    with pytest.raises(RuntimeError):
        _ = caller.sandbox.url


async def test_entering_again_begins_with_empty_books():
    sandbox = Sandbox()
    for _ in range(2):
        async with sandbox, aiohttp.ClientSession() as session:
            async with session.post(sandbox.url + "/nowhere") as response:
                assert response.status == 404
            assert sandbox.ledger().requests == 1


async def test_a_port_that_is_taken_is_one_sentence(caller):
    port = urlsplit(caller.sandbox.url).port
    with pytest.raises(UsageError, match=f"port {port}: .*in use; choose another, or 0") as caught:
        async with Sandbox(SandboxConfig(), port=port):
            raise AssertionError
    assert "\n" not in str(caught.value)


async def test_a_port_that_cannot_be_is_one_sentence():
    with pytest.raises(UsageError, match="port 99999"):
        async with Sandbox(port=99_999):
            raise AssertionError


async def test_leaving_does_not_wait_for_hanging_requests(open_sandbox):
    async with open_sandbox(faults="hang-before", clock=Clock()) as caller:
        hanging = asyncio.ensure_future(caller.trigger())
        while not caller.sandbox.ledger().faults:
            await asyncio.sleep(0.001)
        assert caller.sandbox.ledger().max_in_flight == 1
    with pytest.raises(aiohttp.ClientError):
        await hanging


async def test_leaving_in_a_cancelled_scope_closes_the_port():
    with anyio.CancelScope() as scope:
        async with Sandbox(SandboxConfig(faults="hang-before")) as sandbox:
            parts = urlsplit(sandbox.url)
            scope.cancel()
            await anyio.sleep(1)
    assert scope.cancelled_caught
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(parts.hostname, parts.port)


async def test_a_client_that_gives_up_before_the_reply_has_started_its_campaign_once(open_sandbox):
    async with open_sandbox(latency=60.0, clock=Clock(wall=time.time)) as caller:
        with pytest.raises(TimeoutError):
            await caller.trigger(timeout=aiohttp.ClientTimeout(total=0.1))
        assert caller.sandbox.ledger().starts == 1


async def test_the_double_slash_of_the_documented_stop_arrives_through_the_socket(caller):
    await caller.trigger()
    headers = "".join(f"{name}: {value}\r\n" for name, value in caller.headers().items())
    target = caller.path().replace("/cd-", "//trigger/cd-") + "?campaignType=sms&trigger=stop"
    text = f"POST {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}Content-Length: 2\r\n\r\n{{}}"
    assert b'"status":"Stopped"' in await raw(caller, text.encode())


async def test_a_request_that_is_no_http_gets_400_and_leaves_no_trace_in_the_log(caller, caplog):
    with caplog.at_level(logging.DEBUG, logger="launcher.sandbox"):
        first = b"POST / HTTP/1.1\r\nHost: x\r\nauth: eyJ.secret\r\nbad header\x00: eyJ.secret\r\n\r\n"
        assert b" 400 " in await raw(caller, first)
    assert "eyJ.secret" not in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_client_that_leaves_in_the_middle_of_its_request_starts_nothing(caller, caplog):
    headers = "".join(f"{name}: {value}\r\n" for name, value in caller.headers().items())
    target = caller.path() + "?campaignType=sms&trigger=play"
    parts = urlsplit(caller.sandbox.url)
    _, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(f"POST {target} HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: 2\r\n\r\n{{".encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert await caller.state() == "Ready"
    assert caplog.text == ""


async def test_many_requests_at_once_are_all_answered(open_sandbox):
    async with open_sandbox(budget=[(1000, 60)]) as caller:
        answers = await asyncio.gather(*(caller.trigger(f"cd-{number}") for number in range(80)))
        assert {answer.status for answer in answers} == {200}
        assert (caller.sandbox.ledger().starts, caller.sandbox.ledger().double_starts) == (80, 0)
