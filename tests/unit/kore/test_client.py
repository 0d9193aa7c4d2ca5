"""The client as the engine sees it; test_transport.py and test_tls_and_proxies.py test the wire beneath."""

import asyncio
import base64
import json
import logging

import aiohttp
import jwt
import pytest
from fakes.launches import CLIENT_ID, SECRET, make_credentials, make_launch
from fakes.responses import Responses
from fakes.wire import WireServer, answering, http

from launcher.errors import SecretError
from launcher.kore import endpoints
from launcher.kore.client import KoreClient
from launcher.manifest.secrets import Environment, Inline, Secret
from launcher.outcome import Outcome, OutcomeKind, Reading

NOON = 1_764_936_000.0  # Fri, 05 Dec 2025 12:00:00 GMT
LAUNCH = make_launch()
START = endpoints.start(LAUNCH).url


def make_client(**options):
    return KoreClient(**{"timeout": 5.0, "concurrency": 4, "clock": lambda: NOON} | options)


@pytest.fixture
async def client():
    async with make_client() as client:
        yield client


@pytest.fixture
def network():
    with Responses() as responses:
        yield responses


def tokens_of(server):
    lines = [line for request in server.requests for line in request.decode().split("\r\n")]
    return [line.removeprefix("auth: ") for line in lines if line.startswith("auth: ")]


def claims_of(token, secret=SECRET):
    return jwt.decode(token, secret, algorithms=["HS256"], options={"verify_exp": False, "verify_iat": False})


async def test_a_start_is_posted_once_and_judged(client, network):
    network.post(START, body=b'{"status":"Active"}')
    assert await client.start(LAUNCH) == Outcome(
        OutcomeKind.ACCEPTED, http_status=200, evidence="status Active"
    )
    network.assert_called_once()


@pytest.mark.parametrize(
    ("call", "request_of", "expected"),
    [
        ("stop", endpoints.stop, Outcome(OutcomeKind.ACCEPTED, None, 200, "status Stopped")),
        ("read_status", endpoints.status, Reading("Stopped", http_status=200)),
        ("read_details", endpoints.details, Reading("Stopped", http_status=200)),
    ],
)
async def test_every_call_asks_its_endpoint(client, network, call, request_of, expected):
    request = request_of(LAUNCH)
    network.add(request.url, method=request.method, body=b'{"status":"Stopped"}')
    assert await getattr(client, call)(LAUNCH) == expected


def as_text(text):
    return text


def in_hex(text):
    return text.encode().hex()


def in_base64(text):
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("spell", [as_text, in_hex, in_base64])
@pytest.mark.parametrize("call", ["start", "stop", "read_status", "read_details"])
async def test_a_secret_or_token_that_comes_back_is_in_no_reason_and_no_evidence(client, spell, call):
    echoed = []

    async def echo(connection):
        head = (await connection.request()).decode()
        token = next(line.removeprefix("auth: ") for line in head.split("\r\n") if line.startswith("auth: "))
        echoed.extend([spell(token), spell(SECRET)])
        body = {"status": echoed[1], "errors": [{"msg": f"bad: {' and '.join(echoed)}"}]}
        await connection.send(http(json.dumps(body).encode(), "400 Bad Request"))

    async with WireServer(echo) as server:
        told = repr(await getattr(client, call)(make_launch(host=server.url)))
    assert len(echoed) == 2
    assert "[redacted]" in told
    assert not any(one in told for one in echoed)


@pytest.mark.parametrize("call", ["start", "stop", "read_status", "read_details"])
async def test_a_reply_about_another_campaign_is_believed_by_no_call(client, network, call):
    request = getattr(endpoints, call.removeprefix("read_"))(LAUNCH)
    body = b'{"status":"Active","id":"cd-00000000-3682-5e72-a839-af9e0711aaaa"}'
    network.add(request.url, method=request.method, body=body)
    told = await getattr(client, call)(LAUNCH)
    assert "about another campaign" in told.reason
    assert (told.state is None) if isinstance(told, Reading) else (told.kind is OutcomeKind.IN_DOUBT)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (aiohttp.ServerDisconnectedError(), OutcomeKind.IN_DOUBT),
        (aiohttp.ClientOSError(104, "Connection reset by peer"), OutcomeKind.IN_DOUBT),
        (TimeoutError(), OutcomeKind.IN_DOUBT),
        (aiohttp.ClientPayloadError("cut"), OutcomeKind.IN_DOUBT),
        (RuntimeError("canary"), OutcomeKind.IN_DOUBT),
        (aiohttp.ConnectionTimeoutError("late"), OutcomeKind.UNSENT),
    ],
)
async def test_an_exception_without_trace_signals_is_a_doubt_unless_only_connecting_raises_it(
    client, network, error, kind
):
    network.post(START, exception=error)
    outcome = await client.start(LAUNCH)
    assert (outcome.kind, outcome.http_status) == (kind, None)
    assert "canary" not in outcome.reason


async def test_the_token_is_made_from_the_launches_own_credentials(client):
    other = make_credentials("another secret of thirty-two bytes", client_id="cs-other")
    async with WireServer(answering(http(), http(), http())) as server:
        for credentials in (None, other, None):
            await client.start(make_launch(server.url, credentials=credentials))
    first, second, third = tokens_of(server)
    assert first == third
    assert claims_of(first)["appId"] == CLIENT_ID
    assert claims_of(second, "another secret of thirty-two bytes")["appId"] == "cs-other"


async def test_after_a_renewal_the_next_request_has_another_token(client):
    async with WireServer(answering(http(status="401 Unauthorized"), http())) as server:
        launch = make_launch(server.url)
        assert (await client.start(launch)).unauthorized
        client.renew_token(launch)
        assert (await client.start(launch)).kind is OutcomeKind.ACCEPTED
    assert len(set(tokens_of(server))) == 2


async def test_with_a_jti_no_two_requests_share_a_token(client):
    async with WireServer(answering(http(), http())) as server:
        launch = make_launch(server.url, credentials=make_credentials(jti=True))
        await client.start(launch)
        await client.read_status(launch)
    assert len({claims_of(token)["jti"] for token in tokens_of(server)}) == 2


async def test_with_a_base_url_everything_goes_there_past_any_proxy_and_no_secret_is_read(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    unreadable = make_credentials(client_secret=Secret(Environment("NO_SUCH_SECRET")))
    launch = make_launch("https://campaigns.invalid/base", credentials=unreadable)
    stand_in = Secret(Inline("the stand-in's secret of many bytes"))
    async with (
        WireServer(answering(*[http()] * 4)) as server,
        make_client(base_url_override=f"{server.url}/", secret_override=stand_in) as client,
    ):
        client.check_credentials([launch])
        for call in (client.start, client.stop, client.read_status, client.read_details):
            await call(launch)
    assert len(server.requests) == 4
    assert all(request.split(b" ")[1].startswith(b"/campaign/api/v2/") for request in server.requests)
    assert claims_of(tokens_of(server)[0], "the stand-in's secret of many bytes")["appId"] == CLIENT_ID


def test_bad_credentials_are_all_named_before_anything_is_sent():
    def launch(owner, variable):
        return make_launch(
            credentials=make_credentials(owner=owner, client_secret=Secret(Environment(variable)))
        )

    launches = [launch("account acme", "NO_A"), launch("bot billing", "NO_B"), launch("account acme", "NO_A")]
    with pytest.raises(SecretError) as caught:
        make_client().check_credentials([LAUNCH, *launches])
    assert str(caught.value).split("\n") == [
        "account acme: client_secret: environment variable NO_A is not set; export it before the run",
        "bot billing: client_secret: environment variable NO_B is not set; export it before the run",
    ]


def test_good_credentials_pass():
    make_client().check_credentials([LAUNCH, make_launch(channel="voice")])


async def test_a_secret_that_cannot_be_read_later_leaves_the_request_unsent(client):
    unreadable = make_credentials(client_secret=Secret(Environment("NO_SUCH_SECRET")))
    async with WireServer(answering(http())) as server:
        launch = make_launch(server.url, credentials=unreadable)
        outcome = await client.start(launch)
        reading = await client.read_status(launch)
    assert outcome.kind is OutcomeKind.UNSENT
    assert "NO_SUCH_SECRET is not set" in outcome.reason
    assert (reading.state, reading.reason) == (None, outcome.reason)
    assert server.connections == 0


@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request", "401 Unauthorized", "500 Oops", "307 Go"])
@pytest.mark.parametrize("call", ["start", "stop", "read_status", "read_details"])
async def test_what_a_server_echoes_of_the_secret_and_the_token_is_not_repeated(client, caplog, status, call):
    caplog.set_level(logging.DEBUG)

    async def echo(connection):
        request = (await connection.request()).decode()
        token = request.partition("auth: ")[2].partition("\r\n")[0]
        message = f"bad {SECRET} or {token} or {token.split('.')[1]} or {token.split('.')[2]}"
        body = json.dumps(
            {"status": message, "message": message, "data": {"name": message, "status": message}}
        )
        location = f"https://x.invalid/{token}/{SECRET}"
        await connection.send(
            http(body.encode(), status, response_error_description=message, Location=location)
        )

    async with WireServer(echo) as server:
        told = await getattr(client, call)(make_launch(server.url))
    signature = tokens_of(server)[0].split(".")[2]
    for text in (repr(told), repr(client), caplog.text):
        assert not any(part in text for part in (SECRET, signature, "eyJ"))
    assert "[redacted]" in repr(told)


@pytest.mark.parametrize("call", ["start", "stop", "read_status", "read_details"])
async def test_cancelling_a_call_is_not_swallowed(client, call):
    async def hang(connection):
        await connection.request()
        await connection.hang()

    async with WireServer(hang) as server:
        task = asyncio.create_task(getattr(client, call)(make_launch(server.url)))
        while not server.requests:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
