"""One exchange against servers that speak bytes: what is on the wire, and what each fault becomes."""

import asyncio
import gzip
import os
import resource
import time
import tracemalloc
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from fakes.launches import make_launch
from fakes.wire import OK, WireServer, answering, http

from launcher.kore import endpoints
from launcher.kore.reply import RawReply, TransportFailure
from launcher.kore.transport import MAX_BODY, Transport

TIMEOUT = 5.0


async def exchange(server, seconds=TIMEOUT, call=endpoints.start, **launch):
    async with Transport(timeout=seconds, concurrency=4) as transport:
        return await transport.exchange(call(make_launch(server.url, **launch)), "token-1")


@pytest.mark.parametrize("channel", ["sms", "voice"])
@pytest.mark.parametrize(
    "call",
    [endpoints.start, endpoints.stop, endpoints.status, endpoints.details],
    ids=lambda call: call.__name__,
)
async def test_the_request_line_is_on_the_wire_byte_by_byte(call, channel):
    launch = make_launch("http://kore.example/base//path/", channel=channel, campaign="a'b(c)!d%7E")
    expected = call(launch, "http://host").url.removeprefix("http://host")
    async with WireServer(answering(http())) as server:
        await exchange(server, call=call, channel=channel, campaign="a'b(c)!d%7E")
    method = "GET" if call is endpoints.details else "POST"
    assert server.requests[0].startswith(f"{method} {expected} HTTP/1.1\r\n".encode())


async def test_nothing_is_normalised_or_quoted_anew_on_the_way_to_the_wire():
    async with (
        WireServer(answering(http())) as server,
        Transport(timeout=TIMEOUT, concurrency=1) as transport,
    ):
        launch = make_launch(f"{server.url}/%7ebase/./x//", account_id="6 7")
        await transport.exchange(endpoints.status(launch), "t")
    line = server.requests[0].partition(b"\r\n")[0]
    assert line.startswith(b"POST /%7ebase/./x/campaign/api/v2/public/st-")
    assert line.endswith(b"/status?accountId=6%207&view=status HTTP/1.1")


async def test_a_start_has_the_documented_headers_and_body_and_little_else():
    async with WireServer(answering(http())) as server:
        await exchange(server)
    head, _, body = server.requests[0].decode().partition("\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
    assert body == "{}"
    assert headers.pop("User-Agent").startswith("kore-campaign-launcher/")
    assert headers == {
        "Host": server.url.removeprefix("http://"),
        "auth": "token-1",
        "iid": make_launch().identity.stream_id,
        "accountId": make_launch().identity.account_id,
        "Content-Type": "application/json",
        "Content-Length": "2",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
    }


async def test_a_base_path_in_another_script_is_encoded_once():
    async with (
        WireServer(answering(http())) as server,
        Transport(timeout=TIMEOUT, concurrency=1) as transport,
    ):
        await transport.exchange(endpoints.start(make_launch(f"{server.url}/é%20/x")), "t")
    assert server.requests[0].startswith(b"POST /%C3%A9%20/x/campaign/api/v2/")


async def test_the_reply_comes_back_as_it_was():
    async with WireServer(answering(http(status="207 Odd", X_Test="yes"))) as server:
        reply = await exchange(server)
    assert isinstance(reply, RawReply)
    assert (reply.status, reply.body, reply.complete) == (207, OK, True)
    assert reply.header("x-test") == "yes"


async def test_one_connection_serves_one_request_after_the_other():
    async with (
        WireServer(answering(http(), http(), http())) as server,
        Transport(timeout=TIMEOUT, concurrency=4) as transport,
    ):
        for _ in range(3):
            await transport.exchange(endpoints.start(make_launch(server.url)), "t")
    assert (server.connections, len(server.requests)) == (1, 3)


async def test_no_more_connections_are_open_than_asked_for():
    waiting = asyncio.Event()

    async def behave(connection):
        while True:
            await connection.request()
            await waiting.wait()
            await connection.send(http())

    async with WireServer(behave) as server, Transport(timeout=TIMEOUT, concurrency=2) as transport:
        request = endpoints.start(make_launch(server.url))
        tasks = [asyncio.create_task(transport.exchange(request, "t")) for _ in range(6)]
        while len(server.requests) < 2:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.02)
        assert (server.connections, len(server.requests)) == (2, 2)
        waiting.set()
        await asyncio.gather(*tasks)
    assert (server.connections, len(server.requests)) == (2, 6)


async def reset_at_once(connection):
    connection.reset()


async def reset_after_the_request(connection):
    await connection.request()
    connection.reset()


async def close_after_the_request(connection):
    await connection.request()


async def hang_after_the_request(connection):
    await connection.request()
    await connection.hang()


async def speak_another_protocol(connection):
    await connection.request()
    await connection.send(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")


async def send_an_endless_header(connection):
    await connection.request()
    await connection.send(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n")


async def send_half_a_header(connection):
    await connection.request()
    await connection.send(b"HTTP/1.1 200 OK\r\nContent-Le")


async def send_a_bad_length(connection):
    await connection.request()
    await connection.send(http(Content_Length="many"))


async def send_a_bad_chunk(connection):
    await connection.request()
    await connection.send(http(b"zz\r\n", Content_Length=None, Transfer_Encoding="chunked"))


async def send_only_interim_replies(connection):
    await connection.request()
    await connection.send(b"HTTP/1.1 102 Processing\r\n\r\n" * 3)
    await connection.hang()


@pytest.mark.parametrize(
    "behave",
    [
        reset_at_once,
        reset_after_the_request,
        close_after_the_request,
        hang_after_the_request,
        speak_another_protocol,
        send_an_endless_header,
        send_half_a_header,
        send_a_bad_length,
        send_a_bad_chunk,
        send_only_interim_replies,
    ],
)
async def test_once_connected_a_fault_without_a_reply_may_have_sent_the_request(behave):
    async with WireServer(behave) as server:
        failure = await exchange(server, seconds=0.8)
    assert isinstance(failure, TransportFailure)
    assert failure.sent
    assert "127.0.0.1" in failure.reason
    assert server.connections == 1, "a POST is never sent again"


@pytest.mark.parametrize(
    ("reply", "body"),
    [
        (http()[:-5], OK[:-5]),
        (http(Content_Length="500"), OK),
        (http(b'5\r\n{"st', Content_Length=None, Transfer_Encoding="chunked"), b'{"st'),
        (http(Content_Encoding="gzip"), b""),
    ],
    ids=["cut", "short of its length", "half a chunk", "not gzip"],
)
@pytest.mark.parametrize("ending", ["close", "reset", "hang"])
async def test_a_body_that_breaks_off_is_an_incomplete_reply(reply, body, ending):
    async def behave(connection):
        await connection.request()
        await connection.send(reply)
        await asyncio.sleep(0.005)
        if ending == "reset":
            connection.reset()
        if ending == "hang":
            await connection.hang()

    async with WireServer(behave) as server:
        answer = await exchange(server, seconds=0.1)
    assert isinstance(answer, RawReply)
    assert (answer.status, answer.complete) == (200, False)
    assert body.startswith(answer.body)


@pytest.mark.parametrize(
    "reply",
    [
        http(Content_Length=None, Connection="close"),
        http(b"%x\r\n" % len(OK) + OK + b"\r\n0\r\n\r\n", Content_Length=None, Transfer_Encoding="chunked"),
        http(gzip.compress(OK), Content_Encoding="gzip"),
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + http(),
        http().replace(b"HTTP/1.1", b"HTTP/1.0"),
        http(Set_Cookie='a b=";; =;', response_error_description="x" * 30_000),
    ],
    ids=["until close", "chunked", "gzip", "after interim replies", "HTTP/1.0", "odd headers"],
)
async def test_every_proper_framing_is_read_in_full(reply):
    async with WireServer(answering(reply)) as server:
        answer = await exchange(server)
    assert isinstance(answer, RawReply)
    assert (answer.status, answer.body, answer.complete) == (200, OK, True)


async def test_a_huge_body_is_not_read_to_its_end():
    async def behave(connection):
        await connection.request()
        await connection.send(http(b"", Content_Length=str(10**12)))
        while True:
            await connection.send(b"x" * 65536)

    async with WireServer(behave) as server:
        answer = await exchange(server)
    assert isinstance(answer, RawReply)
    assert (len(answer.body), answer.complete) == (MAX_BODY, False)


async def test_a_decompression_bomb_stays_small():
    bomb = gzip.compress(bytes(64 * 1024 * 1024), compresslevel=1)
    async with WireServer(answering(http(bomb, Content_Encoding="gzip"))) as server:
        tracemalloc.start()
        answer = await exchange(server)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert isinstance(answer, RawReply)
    assert (len(answer.body), answer.complete) == (MAX_BODY, False)
    assert peak < 16 * 1024 * 1024


@pytest.mark.parametrize("call", [endpoints.start, endpoints.details], ids=["POST", "GET"])
async def test_a_kept_connection_that_the_server_drops_is_in_doubt_and_not_tried_again(call):
    async def behave(connection):
        await connection.request()
        await connection.send(http())
        await connection.request()

    async with WireServer(behave) as server, Transport(timeout=TIMEOUT, concurrency=1) as transport:
        request = call(make_launch(server.url))
        await transport.exchange(request, "t")
        failure = await transport.exchange(request, "t")
    assert isinstance(failure, TransportFailure)
    assert failure.sent
    assert (server.connections, len(server.requests)) == (1, 2)


async def test_a_connection_dropped_while_idle_is_not_used_again():
    async with (
        WireServer(answering(http())) as server,
        Transport(timeout=TIMEOUT, concurrency=1) as transport,
    ):
        request = endpoints.start(make_launch(server.url))
        await transport.exchange(request, "t")
        await asyncio.sleep(0.02)
        answer = await transport.exchange(request, "t")
    assert isinstance(answer, RawReply)
    assert (server.connections, len(server.requests)) == (2, 2)


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "303 See Other", "307 T", "308 P"])
async def test_a_redirect_is_not_followed_so_the_token_stays_here(status):
    async with (
        WireServer(answering(http())) as elsewhere,
        WireServer(answering(http(status=status, Location=f"{elsewhere.url}/x"))) as server,
    ):
        answer = await exchange(server)
    assert isinstance(answer, RawReply)
    assert answer.status == int(status[:3])
    assert (len(server.requests), elsewhere.connections) == (1, 0)


async def test_cookies_are_not_kept():
    async with (
        WireServer(answering(http(Set_Cookie="session=1; Path=/"), http())) as server,
        Transport(timeout=TIMEOUT, concurrency=1) as transport,
    ):
        for _ in range(2):
            await transport.exchange(
                endpoints.start(make_launch(server.url.replace("127.0.0.1", "localhost"))), "t"
            )
    assert len(server.requests) == 2
    assert b"Cookie" not in server.requests[1]


async def test_a_netrc_adds_nothing(monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login canary password canary\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    async with WireServer(answering(http())) as server:
        await exchange(server)
    assert b"Authorization" not in server.requests[0]


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("http://nowhere.invalid", "cannot resolve nowhere.invalid: Name or service not known"),
        ("http://127.0.0.1:1", "cannot connect to 127.0.0.1:1: Connection refused"),
        ("http://127.0.0.1:99999", "http://127.0.0.1:99999 cannot be reached: Port out of range"),
        ("http://[::1", "cannot be reached"),
        ("ftp://127.0.0.1", "the address of 127.0.0.1 is not usable; correct `host`"),
        ("http://127.1", "the address of 127.1 is not usable; correct `host`"),
    ],
)
async def test_a_host_that_cannot_be_reached_leaves_the_request_unsent(host, reason):
    async with Transport(timeout=TIMEOUT, concurrency=1) as transport:
        failure = await transport.exchange(endpoints.start(make_launch(host)), "t")
    assert isinstance(failure, TransportFailure)
    assert not failure.sent
    assert reason in failure.reason


async def test_waiting_for_a_connection_in_vain_leaves_the_request_unsent():
    async with (
        WireServer(hang_after_the_request) as server,
        Transport(timeout=0.8, concurrency=1) as transport,
    ):
        request = endpoints.start(make_launch(server.url))
        first, second = await asyncio.gather(*(transport.exchange(request, "t") for _ in range(2)))
    assert isinstance(first, TransportFailure)
    assert isinstance(second, TransportFailure)
    assert (first.sent, second.sent, len(server.requests)) == (True, False, 1)


@contextmanager
def no_more_files():
    """Take every file descriptor that this process may still have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(list(Path("/dev/fd").iterdir())) + 5, hard))
    taken = []
    try:
        with suppress(OSError):
            while True:
                taken.append(os.dup(0))
        yield
    finally:
        for number in taken:
            os.close(number)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_running_out_of_files_leaves_the_request_unsent():
    async with (
        WireServer(answering(http())) as server,
        Transport(timeout=TIMEOUT, concurrency=1) as transport,
    ):
        with no_more_files():
            failure = await transport.exchange(endpoints.start(make_launch(server.url)), "t")
    assert failure == TransportFailure(
        sent=False, reason="too many open files; raise `ulimit -n` or lower the concurrency"
    )


async def test_a_cancelled_exchange_gives_its_connection_back():
    async with (
        WireServer(hang_after_the_request) as hanging,
        WireServer(answering(http())) as server,
        Transport(timeout=TIMEOUT, concurrency=1) as transport,
    ):
        task = asyncio.create_task(transport.exchange(endpoints.start(make_launch(hanging.url)), "t"))
        while not hanging.requests:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        began = time.monotonic()
        answer = await transport.exchange(endpoints.start(make_launch(server.url)), "t")
    assert isinstance(answer, RawReply)
    assert time.monotonic() - began < TIMEOUT / 2


async def test_outside_of_its_block_a_transport_is_a_mistake():
    transport = Transport(timeout=TIMEOUT, concurrency=1)
    with pytest.raises(RuntimeError, match="async with"):
        await transport.exchange(endpoints.start(make_launch()), "t")
    async with transport:
        pass
    with pytest.raises(RuntimeError, match="async with"):
        await transport.exchange(endpoints.start(make_launch()), "t")
