"""`--notify`: a message at the start, a halt and the end of a run, by apprise. Owner of apprise.

A URL holds passwords and tokens: it is shown nowhere, not even in part. Each target has a thread, so that one
that hangs holds up no other and not the run.
"""

import os
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import apprise

from launcher.errors import UsageError
from launcher.journal.events import RunHalted, Watched
from launcher.report.plain import plain
from launcher.telemetry.messages import Message, Messages
from launcher.telemetry.quiet import silence
from launcher.telemetry.teller import Mailbox

_ENVIRONMENT, _FILE = "env:", "file:"
_MESSAGES = 16
"""Messages that wait for one target; there are three or four in a run."""


@dataclass(frozen=True, slots=True)
class Target:
    """Who is told."""

    name: str
    """For messages: never the URL."""
    service: apprise.Apprise = field(repr=False)

    def send(self, message: Message) -> bool:
        """Send it; whether it was taken. May block, may raise anything."""
        return bool(
            self.service.notify(
                body=message.body,
                title=message.title,
                notify_type=apprise.NotifyType(message.level),
                body_format=apprise.NotifyFormat.TEXT,
            )
        )


def targets(urls: Sequence[str], configs: Sequence[str]) -> list[Target]:
    """The targets of `--notify` (a URL, `env:NAME` or `file:PATH`) and `--notify-config` (apprise's file).

    Raises:
        UsageError: one cannot be read or understood; the text names the option, never a URL.
    """
    silence("apprise", "urllib3", "requests_oauthlib", "oauthlib")
    found: list[Target] = []
    with warnings.catch_warnings(
        action="ignore"
    ):  # plugins import what Python deprecates; not the user's matter
        for number, given in enumerate(urls, 1):
            option = _option(given, number)
            found += [_target(option, url) for url in _urls(given, option)]
        for path in configs:
            found += _configured(path)
    return found


def _option(given: str, number: int) -> str:
    if given.startswith((_ENVIRONMENT, _FILE)):
        return f"--notify {plain(given)}"
    return f"--notify (number {number})"


def _urls(given: str, option: str) -> list[str]:
    if given.startswith(_ENVIRONMENT):
        text = os.environ.get(given.removeprefix(_ENVIRONMENT))
        if text is None:
            raise UsageError(f"{option}: the environment variable is not set", code="L007")
    elif given.startswith(_FILE):  # file:///path too: a path may begin with any number of slashes
        text = _content(Path(given.removeprefix(_FILE)).expanduser(), option)
    else:
        text = given
    lines = [line.strip() for line in text.splitlines()]
    found = [line for line in lines if line and not line.startswith("#")]
    if not found:
        raise UsageError(f"{option}: there is no URL in it", code="L007")
    return found


def _content(path: Path, option: str) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise UsageError(
            f"{option}: {(error.strerror or 'it cannot be read').lower()}", code="L007"
        ) from None
    except ValueError:
        raise UsageError(f"{option}: the file is no UTF-8 text", code="L007") from None


def _target(option: str, url: str) -> Target:
    service = apprise.Apprise(asset=_asset())
    try:
        understood = service.add(url)
    except Exception:  # noqa: BLE001 - a plugin's parser may raise anything, and quote the URL
        understood = False
    if not understood:
        raise UsageError(
            f"{option}: not a notification URL that apprise understands; "
            "its documentation lists them (https://appriseit.com/services/)",
            code="L007",
        ) from None
    return Target(f"{option}, {_services(service)}", service)


def _configured(path: str) -> list[Target]:
    option = f"--notify-config {plain(path)}"
    text = _content(Path(path).expanduser(), option)
    services = _services_in(text)
    if not services:
        raise UsageError(
            f"{option}: there is no notification URL in it that apprise understands", code="L007"
        )
    found = []
    for server in services:
        service = apprise.Apprise(asset=_asset())
        service.add(server)
        found.append(Target(f"{option}, {_services(service)}", service))
    return found


def _services_in(text: str) -> list[apprise.NotifyBase]:
    config = apprise.AppriseConfig(asset=_asset())
    try:
        # From memory: given the path, apprise tells an empty file from a missing one by its log only.
        config.add_config(text)
        return list(config.services())
    except Exception:  # noqa: BLE001 - see _target
        return []


def _services(service: apprise.Apprise) -> str:
    return ", ".join(str(getattr(each, "service_name", None) or "custom") for each in service)


def _asset() -> apprise.AppriseAsset:
    # Nothing is kept on disk, and nothing is run by the event loop.
    return apprise.AppriseAsset(
        app_id="launcher", app_desc="campaign launcher", async_mode=False, storage_mode="memory"
    )


class Notifier:
    """Tells targets of the start, a halt and the end. A teller.

    Args:
        told: who is told.
        messages: what is said.
        now: wall time, seconds since the epoch.
    """

    def __init__(
        self, told: Iterable[Target], messages: Messages, now: Callable[[], float] = time.time
    ) -> None:
        self._messages = messages
        self._now = now
        self._lines = [_Line(target) for target in told]
        self._halted = False
        self._send(messages.begin())

    def on_event(self, event: Watched) -> None:
        """A halt is told at once, and once."""
        if isinstance(event, RunHalted) and not self._halted:
            self._halted = True
            self._send(self._messages.halt(event.reason))

    def close(self) -> None:
        """Tell the end."""
        self._send(self._messages.end(self._now()))
        for line in self._lines:
            line.mailbox.close()

    def wait(self, seconds: float) -> str | None:
        """Wait for the targets."""
        end = time.monotonic() + seconds
        troubles = [line.trouble(max(0.0, end - time.monotonic())) for line in self._lines]
        return "; ".join(trouble for trouble in troubles if trouble is not None) or None

    def _send(self, message: Message) -> None:
        for line in self._lines:
            line.mailbox.put(message)


class _Line:
    """A target and the thread that talks to it."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._sent = self._refused = 0
        self.mailbox: Mailbox[Message] = Mailbox("launcher-notify", self._send, _MESSAGES)

    def _send(self, message: Message) -> None:
        try:
            sent = self._target.send(message)
        except Exception:  # noqa: BLE001 - a plugin may raise anything, and quote the URL
            sent = False
        self._sent += 1
        self._refused += not sent

    def trouble(self, seconds: float) -> str | None:
        if not self.mailbox.wait(seconds):
            return f"{self._target.name}: no answer in time; the last message may be lost"
        if self._refused:
            return f"{self._target.name}: {self._refused} of {self._sent} messages were not delivered"
        return None
