"""What `launcher doctor` looks at: everything between this machine and a start, without starting anything.

Hosts and credentials side by side, each look bounded in time: a check that hangs is a finding, too.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import anyio
import anyio.to_thread

from launcher import doctor_local
from launcher.errors import LauncherError, SecretError
from launcher.finding import Finding, ok, problem, warning
from launcher.journal.looks import Looks
from launcher.journal.port import Busy
from launcher.kore import probe
from launcher.kore.client import KoreClient
from launcher.outcome import Reading
from launcher.plan.model import Launch, Plan
from launcher.rehearse import sandbox_client

LONGEST = 10.0
"""Seconds for one check, or the manifest's timeout if that is less."""
MOST_SKEW = 30.0
"""Seconds that a clock may be wrong."""
SOON = 14.0
"""Days before a certificate's end from which on it is a warning."""
_DAY = 86400.0
_DENIED = frozenset({401, 403})
_NOT_FOUND = 404
_GATEWAY = frozenset({502, 503, 504})

Check = Callable[[], Awaitable[list[Finding]]]


async def examine(plan: Plan, journal: Path, sandbox: str | None = None) -> list[Finding]:
    """Look at everything that a run of `plan` on `journal` needs; starts nothing.

    Of the API it uses one read of one campaign's status for each of the credentials; the journal, if there
    is one, counts it.
    `sandbox`: the scenario of the stand-in that is asked instead of the hosts, without the real secrets.

    Raises:
        UsageError: there is no such scenario.
    """
    async with AsyncExitStack() as stack:
        client = await _client(stack, plan, sandbox)
        book = None if sandbox is not None else doctor_local.book(journal, plan)
        if book is not None:
            stack.enter_context(book)
        doctor = _Doctor(plan, client, book, rehearsal=sandbox is not None)
        found = await doctor.local(journal)
        return found + await doctor.hosts()


async def _client(stack: AsyncExitStack, plan: Plan, sandbox: str | None) -> KoreClient:
    if sandbox is not None:
        client, _ = await sandbox_client(stack, plan, sandbox)
        return client
    seconds = min(LONGEST, plan.settings.timeout)
    client = KoreClient(timeout=seconds, concurrency=plan.settings.concurrency, clock=time.time)
    return await stack.enter_async_context(client)


class _Doctor:
    """One examination."""

    def __init__(self, plan: Plan, client: KoreClient, book: Looks | None, *, rehearsal: bool) -> None:
        self._plan = plan
        self._client = client
        self._book = book
        self._rehearsal = rehearsal
        self._seconds = min(LONGEST, plan.settings.timeout)

    async def local(self, journal: Path) -> list[Finding]:
        settings, launches = self._plan.settings, len(self._plan.launches)

        def health() -> list[Finding]:
            return doctor_local.journal(journal, rehearsal=self._rehearsal)

        checks = [
            self._bounded("journal", str(journal), _thread(health)),
            self._bounded("budget", str(journal), _thread(lambda: doctor_local.budgets(journal, self._plan))),
            self._bounded("disk", str(journal), _thread(lambda: doctor_local.disk(journal, launches))),
        ]
        return _first_cause(await _together(checks)) + doctor_local.open_files(settings.concurrency)

    async def hosts(self) -> list[Finding]:
        """Every host with its credentials, side by side."""
        by_host: dict[str, list[Launch]] = {}
        for launch in self._plan.launches:
            by_host.setdefault(launch.identity.host, []).append(launch)
        return await _together([self._host_check(host, launches) for host, launches in by_host.items()])

    def _host_check(self, host: str, launches: Sequence[Launch]) -> Check:
        first = list({launch.credentials: launch for launch in reversed(launches)}.values())[::-1]

        async def look() -> list[Finding]:
            found = [] if self._rehearsal else await self._host(host)
            reached = not any(each.check in {"dns", "http"} and each.level == "problem" for each in found)
            return found + await _together([self._credentials_check(each, reached) for each in first])

        return look

    async def _host(self, host: str) -> list[Finding]:
        try:
            proxy = probe.proxy_of(host)
        except ValueError as error:
            return [problem("http", host, str(error), "correct HTTPS_PROXY or HTTP_PROXY")]
        found = [ok("proxy", host, "none, connected directly" if proxy is None else f"through {proxy}")]
        peer = proxy or probe.peer_of(host)
        resolved = await self._bounded("dns", host, lambda: _dns(host, peer))()
        found += resolved
        if resolved[0].level == "problem":  # all else would only say so again, after a longer wait
            return found
        checks = [self._bounded("http", host, lambda: self._http(host))]
        if host.startswith("https:"):
            checks.append(self._bounded("certificate", host, lambda: _certificate(host)))
        return found + _first_cause(await _together(checks))

    async def _http(self, host: str) -> list[Finding]:
        answer = await probe.answer(host, self._seconds)
        if answer.status is None:
            return [problem("http", host, answer.reason or "no answer")]
        if answer.status in _GATEWAY:
            advice = "a gateway without its service; ask whoever runs it, or try later"
            reached = warning("http", host, f"answers, with HTTP {answer.status}", advice)
        else:
            reached = ok("http", host, f"answers (HTTP {answer.status} for its root)")
        return [reached, *_clock(host, answer.skew)]

    def _credentials_check(self, launch: Launch, reached: bool) -> Check:
        owner = launch.credentials.owner

        def read_secret() -> list[Finding]:
            try:
                self._client.check_credentials([launch])
            except SecretError as error:
                told = str(error).removeprefix(f"{owner}: ")
                return [problem("secret", owner, told)]
            return [ok("secret", owner, "not needed: a rehearsal" if self._rehearsal else "can be read")]

        async def look() -> list[Finding]:
            found = await self._bounded("secret", owner, _thread(read_secret))()
            if found[0].level == "problem" or not reached:
                return found
            return found + await self._bounded("token", owner, lambda: self._token(launch))()

        return look

    async def _token(self, launch: Launch) -> list[Finding]:
        owner = launch.credentials.owner
        claimed = None
        if self._book is not None:
            claimed = await anyio.to_thread.run_sync(self._book.claim, launch.identity[:2])
        if isinstance(claimed, Busy):
            return [warning("token", owner, "not asked: the budget is used up", "try again in a minute")]
        reading = await self._client.read_status(launch)
        if self._book is not None and claimed is not None:
            await anyio.to_thread.run_sync(self._book.answered, claimed)
        clock = _clock(owner, reading.clock_skew) if self._rehearsal else []
        return [_judged(reading, owner, launch.identity.campaign_id), *clock]

    def _bounded(self, check: str, subject: str, look: Check) -> Check:
        async def bounded() -> list[Finding]:
            with anyio.move_on_after(self._seconds):
                try:
                    return await look()
                except LauncherError as error:
                    return [problem(check, subject, str(error))]
            return [problem(check, subject, f"took longer than {self._seconds:g} s", _HANGS.get(check))]

        return bounded


_HANGS = {
    "dns": "check this machine's resolver",
    "http": "check the network, a firewall, the proxy",
    "certificate": "check the network, a firewall, the proxy",
    "journal": "see to its disk; `launcher runs check` takes the time it needs",
    "budget": "see to the journal's disk",
    "secret": "a command that asks or waits cannot be used; run it by hand to see",
    "token": "try again; if it stays, ask whoever runs the host",
}


def _thread(look: Callable[[], list[Finding]]) -> Check:
    """In a thread that is given up when the time is up."""
    return lambda: anyio.to_thread.run_sync(look, abandon_on_cancel=True)


async def _together(checks: Sequence[Check]) -> list[Finding]:
    """All at once, what they found in their order."""
    found: list[list[Finding]] = [[] for _ in checks]

    async def run(number: int, check: Check) -> None:
        found[number] = await check()

    async with anyio.create_task_group() as tasks:
        for number, check in enumerate(checks):
            tasks.start_soon(run, number, check)
    return [finding for each in found for finding in each]


async def _dns(host: str, peer: probe.Peer) -> list[Finding]:
    try:
        found = await probe.addresses(peer)
    except (OSError, UnicodeError):
        return [problem("dns", host, f"cannot resolve {peer.host}", "check the name and the network")]
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return [ok("dns", host, f"{peer.host} is {found[0]}{more}")]


async def _certificate(host: str) -> list[Finding]:
    try:
        end = await probe.certificate_end(host)
    except (OSError, ValueError) as error:
        return [warning("certificate", host, f"cannot be looked at: {error}", "see the line about http")]
    return [_lasting(host, (end - time.time()) / _DAY)]


def _lasting(host: str, days: float) -> Finding:
    told = f"accepted, ends in {days:.0f} days"
    if days < SOON:
        return warning("certificate", host, told, "tell whoever runs the host to renew it")
    return ok("certificate", host, told)


_FOLLOWS = {"certificate": "http", "writable": "journal"}
"""A certificate that is not accepted stops http, too: one line about it will do."""


def _first_cause(found: list[Finding]) -> list[Finding]:
    bad = {each.check for each in found if each.level == "problem"}
    return [each for each in found if each.level == "ok" or _FOLLOWS.get(each.check) not in bad]


def _clock(subject: str, skew: float | None) -> list[Finding]:
    if skew is None:
        return [ok("clock", subject, "tells no time, nothing to compare with")]
    told = f"its clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} this machine's"
    if abs(skew) > MOST_SKEW:
        return [problem("clock", subject, told, "tokens may be refused: set this machine's clock (NTP)")]
    return [ok("clock", subject, told)]


def _judged(reading: Reading, owner: str, campaign: str) -> Finding:
    reason = reading.reason or "no reason given"
    if reading.state is not None:
        return ok("token", owner, f"accepted; campaign {campaign} is {reading.state}")
    if reading.throttled:
        advice = "something else uses the account's budget; find it before the run, or lower `budget`"
        return warning("token", owner, f"not told, the account is throttled: {reason}", advice)
    if reading.http_status == _NOT_FOUND:
        advice = "check stream and campaign id, and the host's base path"
        return warning("token", owner, f"not refused, but campaign {campaign} was not found (404)", advice)
    if reading.http_status in _DENIED:
        return problem("token", owner, f"refused: {reason}", _ADVICE[reading.http_status])
    return problem("token", owner, f"campaign {campaign} cannot be read: {reason}")


_ADVICE: dict[int | None, str] = {
    401: "nothing would start with it: check client id and secret, and that the app's scope is published",
    403: "it is known, but not allowed here: check that the app belongs to this account and bot",
}
