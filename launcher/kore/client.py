"""The campaign API over the network: the `Api` port of the engine.

Ties together what to send (`endpoints`), with which token (`tokens`), how (`transport`), and what the reply
means (`decode`).
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Protocol, Self

from launcher.errors import SecretError
from launcher.kore import decode, endpoints
from launcher.kore.endpoints import ApiRequest
from launcher.kore.listing import page_of_reply
from launcher.kore.reply import Reply, TransportFailure
from launcher.kore.tokens import TokenSource
from launcher.kore.transport import Transport
from launcher.manifest.model import Credentials
from launcher.manifest.secrets import Secret
from launcher.outcome import Outcome, Reading
from launcher.plan.model import Launch
from launcher.plan.states import Page


class _Request(Protocol):
    def __call__(self, launch: Launch, *, base: str | None) -> ApiRequest: ...


class KoreClient:
    """The API of the hosts that the launches name, as an async context manager.

    Args:
        timeout: seconds for one request, connecting and reading included.
        concurrency: connections that may be open at once; a request beyond waits as part of connecting.
        clock: seconds since the epoch, for tokens and for judging dates.
        base_url_override: where everything goes instead of to the hosts of the launches (the sandbox), past
            any proxy of the environment.
        secret_override: signs every token instead of the manifest's secrets, which are then never read.
    """

    def __init__(
        self,
        *,
        timeout: float,
        concurrency: int,
        clock: Callable[[], float],
        base_url_override: str | None = None,
        secret_override: Secret | None = None,
    ) -> None:
        self._clock = clock
        self._base = base_url_override
        self._secret = secret_override
        self._tokens = TokenSource(clock)
        self._transport = Transport(
            timeout=timeout, concurrency=concurrency, proxies=base_url_override is None
        )

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.__aexit__(kind, error, trace)

    def check_credentials(self, launches: Iterable[Launch]) -> None:
        """Mint a token for each of the launches' credentials: a bad secret shows before anything is sent.

        Reads the secrets, which may block for seconds: call it before the event loop runs, or from a thread.

        Raises:
            SecretError: one line for each that cannot be read or used.
        """
        troubles = []
        for credentials in dict.fromkeys(self._credentials(launch) for launch in launches):
            try:
                self._tokens.token(credentials)
            except SecretError as error:
                troubles.append(str(error))
        if troubles:
            raise SecretError("\n".join(troubles))

    async def start(self, launch: Launch) -> Outcome:
        """Start the campaign: one POST, never repeated, redirects not followed."""
        reply = await self._send(endpoints.start, launch)
        return decode.outcome_of_start(reply, self._clock(), launch.identity.campaign_id)

    async def stop(self, launch: Launch) -> Outcome:
        """Stop the campaign; `accepted` means that the reply says Stopped."""
        reply = await self._send(endpoints.stop, launch)
        return decode.outcome_of_stop(reply, self._clock(), launch.identity.campaign_id)

    async def read_status(self, launch: Launch) -> Reading:
        """Read the campaign's state (the status endpoint)."""
        reply = await self._send(endpoints.status, launch)
        return decode.reading_of_status(reply, self._clock(), launch.identity.campaign_id)

    async def read_details(self, launch: Launch) -> Reading:
        """Read the campaign by id, with its `updatedAt`."""
        reply = await self._send(endpoints.details, launch)
        return decode.reading_of_details(reply, self._clock(), launch.identity.campaign_id)

    async def read_page(self, launch: Launch, skip: int, limit: int) -> Page:
        """Read a page of the campaigns of the launch's stream and channel (get-all)."""
        reply = await self._send(partial(endpoints.page, skip=skip, limit=limit), launch)
        return page_of_reply(reply, self._clock())

    def renew_token(self, launch: Launch) -> None:
        """Drop the cached token after a 401; the next request mints one."""
        self._tokens.renew(self._credentials(launch))

    async def _send(self, request: "_Request", launch: Launch) -> Reply:
        credentials = self._credentials(launch)
        try:
            token = self._tokens.issue(credentials)
        except SecretError as error:
            # Only when `check_credentials` was left out: a secret is kept once it was read.
            return TransportFailure(sent=False, reason=str(error))
        return await self._transport.exchange(
            request(launch, base=self._base), token.text, token.confidential
        )

    def _credentials(self, launch: Launch) -> Credentials:
        if self._secret is None:
            return launch.credentials
        return replace(launch.credentials, client_secret=self._secret)
