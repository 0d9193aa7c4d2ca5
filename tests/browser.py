"""A real Chromium, driven through its DevTools protocol: what it shows, logs and asks the network for."""

import asyncio
import base64
import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import aiohttp

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
HINT = (
    "these tests need Chromium or Chrome: install it (Debian: apt-get install chromium), or name it in "
    "BROWSER_FOR_TESTS, or leave them out: make test ARGS='--ignore=tests/e2e/test_html_report.py'"
)
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
)
PATIENCE = 40.0
"""Seconds; only a browser that hangs takes that long."""


class BrowserError(RuntimeError):
    """What the browser was asked to do failed in it."""


def find_browser():
    """Return the path of a browser; None when there is none."""
    named = os.environ.get("BROWSER_FOR_TESTS")
    found = [shutil.which(name) for name in ((named,) if named else NAMES)]
    return next(filter(None, found), None)


class Page:
    """One tab. `errors` are console errors and exceptions, `requests` the addresses that it asked for."""

    def __init__(self, socket):
        self._socket = socket
        self._numbers = itertools.count(1)
        self._replies = {}
        self._session = None
        self._loaded = asyncio.Event()
        self.errors = []
        self.requests = []

    async def attach(self):
        """Open the tab and listen to it."""
        own = await self.call("Target.createBrowserContext", disposeOnDetach=True)
        target = await self.call("Target.createTarget", url="about:blank", **own)
        attached = await self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            await self.call(f"{domain}.enable")

    async def listen(self):
        """Take in what the browser says, until it goes away."""
        async for message in self._socket:
            told = message.json()
            if "id" in told:
                self._replies.pop(told["id"]).set_result(told)
            else:
                self._notice(told["method"], told["params"])

    def _notice(self, method, params):
        match method:
            case "Page.loadEventFired":
                self._loaded.set()
            case "Network.requestWillBeSent":
                self.requests.append(params["request"]["url"])
            case "Runtime.exceptionThrown":
                self.errors.append(str(params["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if params["type"] in {"error", "warning", "assert"}:
                self.errors.append(str(params["args"]))
            case "Log.entryAdded":
                self.errors.append(str(params["entry"]))

    async def call(self, method, **params):
        """Ask the browser for one thing and return what it answers."""
        number = next(self._numbers)
        reply = self._replies[number] = asyncio.get_running_loop().create_future()
        session = {"sessionId": self._session} if self._session else {}
        await self._socket.send_json({"id": number, "method": method, "params": params, **session})
        told = await asyncio.wait_for(reply, PATIENCE)
        if "error" in told:
            raise BrowserError(f"{method}: {told['error']}")
        return told["result"]

    async def look(self, width=1280, height=900, *, dark=False, media="", scripts=True):
        """Set what the page is shown on."""
        phone = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        await self.call("Emulation.setDeviceMetricsOverride", **phone)
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        await self.call("Emulation.setEmulatedMedia", media=media, features=features)
        await self.call("Emulation.setScriptExecutionDisabled", value=not scripts)

    async def open(self, path):
        """Show the file at an absolute path and wait until it is loaded."""
        self._loaded.clear()
        await self.call("Page.navigate", url=f"file://{quote(str(path))}")
        await asyncio.wait_for(self._loaded.wait(), PATIENCE)

    async def evaluate(self, script):
        """Return the value of an expression in the page."""
        told = await self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True, userGesture=True
        )
        if "exceptionDetails" in told:
            raise BrowserError(str(told["exceptionDetails"]))
        return told["result"].get("value")

    async def press(self, key, text=""):
        """Press and release a key."""
        for kind in ("keyDown", "keyUp"):
            await self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, text=text)

    async def screenshot(self, path, *, whole=True):
        """Save a PNG of the page."""
        picture = await self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        await asyncio.to_thread(Path(path).write_bytes, base64.b64decode(picture["data"]))


@contextlib.contextmanager
def started(profile):
    """Start a browser whose profile is the new folder `profile`; yield the address of its DevTools."""
    process = subprocess.Popen(
        [find_browser(), *FLAGS, f"--user-data-dir={profile}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield _address(Path(profile) / "DevToolsActivePort", process)
    finally:
        # The whole group: Chromium is many processes, and Debian's is started by a script.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.asynccontextmanager
async def open_page(address):
    """Yield a page of its own in the browser at the address: no other page's state, as in a new profile."""
    async with (
        aiohttp.ClientSession() as client,
        client.ws_connect(address, max_msg_size=0) as socket,
    ):
        page = Page(socket)
        listening = asyncio.create_task(page.listen())
        await page.attach()
        yield page
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


def _address(file, process):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(FileNotFoundError, ValueError):
            port, path = file.read_text().splitlines()
            return f"ws://127.0.0.1:{port}{path}"
        if process.poll() is not None:
            raise BrowserError(f"the browser ended with code {process.returncode} before it could be asked")
        time.sleep(0.02)
    raise BrowserError(f"the browser did not say within {PATIENCE:g} s where it listens")
