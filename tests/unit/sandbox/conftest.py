"""A caller that speaks to a real sandbox over a real socket, and a clock that tests turn by hand."""

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import jwt
import pytest

from launcher.sandbox.clock import Clock
from launcher.sandbox.config import SandboxConfig
from launcher.sandbox.server import Sandbox

ACCOUNT = "67777ce93e25326494e9aaaa"
STREAM = "st-0603182c-7ffb-53c3-b307-47ca14b9aaaa"
CAMPAIGN = "cd-ed19e3c7-3682-5e72-a839-af9e0711aaaa"
CLIENT = "cs-5250bdc9-6bfe-5ece-92c9-ab54aa2d4285"
SECRET = "a secret of more than thirty-two bytes"
PLAY = {"campaignType": "sms", "trigger": "play"}


@dataclass
class HandClock:
    """Time stands still until a test moves it; waiting is noted and takes none."""

    now: float = 1_780_000_000.0
    waits: list[float] = field(default_factory=list)

    def clock(self) -> Clock:
        return Clock(monotonic=lambda: self.now, wall=lambda: self.now, sleep=self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        await asyncio.sleep(0)


@dataclass
class Answer:
    status: int
    body: bytes
    headers: Any

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> tuple[int, int, str]:
        only = self.json["errors"]
        assert len(only) == 1
        return self.status, only[0]["code"], only[0]["msg"]


@dataclass
class Caller:
    """Makes good requests, and as bad ones as a test asks for."""

    session: aiohttp.ClientSession
    sandbox: Sandbox
    clock: Clock

    def token(self, *, secret=SECRET, algorithm="HS256", without=(), **claims):
        payload = {"sub": "1", "appId": CLIENT, "exp": self.clock.wall() + 300} | claims
        for name in without:
            del payload[name]
        return jwt.encode(payload, secret, algorithm)

    def headers(self, **changes):
        good = {
            "auth": self.token(),
            "iid": STREAM,
            "accountId": ACCOUNT,
            "Content-Type": "application/json",
        } | changes
        return {name: value for name, value in good.items() if value is not None}

    async def send(self, method, path, *, query=None, headers=None, body=b"{}", **options):
        async with self.session.request(
            method,
            self.sandbox.url + path,
            params=query,
            headers=self.headers() if headers is None else headers,
            data=body,
            skip_auto_headers=("Content-Type",),
            allow_redirects=False,
            **options,
        ) as response:
            return Answer(response.status, await response.read(), response.headers)

    async def trigger(self, campaign=CAMPAIGN, *, channel="sms", trigger="play", query=None, **options):
        query = {"campaignType": channel, "trigger": trigger} if query is None else query
        return await self.send("POST", self.path(campaign), query=query, **options)

    async def status(self, campaign=CAMPAIGN, **options):
        return await self.send("POST", self.path(campaign, "/status"), **options)

    async def state(self, campaign=CAMPAIGN):
        return (await self.status(campaign)).json["data"]["status"]

    async def details(self, campaign=CAMPAIGN, **options):
        return await self.send("GET", self.path(campaign), body=None, **options)

    async def list_all(self, **wanted):
        body = json.dumps({"type": "sms"} | wanted)
        return await self.send("POST", self.path("getAllCampaignDetails"), body=body)

    async def put(self, campaign=CAMPAIGN, *, account=ACCOUNT, stream=STREAM, **change):
        path = f"/_sandbox/campaigns/{account}/{stream}/{campaign}"
        return await self.send("PUT", path, headers={}, body=json.dumps(change))

    @staticmethod
    def path(campaign=CAMPAIGN, end=""):
        return f"/campaign/api/v2/public/{STREAM}/campaign/{campaign}{end}"


@pytest.fixture
def hand_clock():
    return HandClock()


@pytest.fixture
def open_sandbox(hand_clock):
    """Return a context manager: a running sandbox on the hand-turned clock, as a `Caller`."""

    @asynccontextmanager
    async def opened(**settings):
        settings.setdefault("clock", hand_clock.clock())
        async with Sandbox(SandboxConfig(**settings)) as sandbox, aiohttp.ClientSession() as session:
            yield Caller(session, sandbox, settings["clock"])

    return opened


@pytest.fixture
async def caller(open_sandbox):
    async with open_sandbox() as opened:
        yield opened
