"""Tokens for the `auth` header: JWTs signed with the client secret. The one owner of `jwt`.

Payload as the API introduction shows it: `sub` and the exactly spelled `appId`, HMAC with the client secret
as plain text; `iat` and `exp` are the common additions. With a `jti` a token is single-use and its `exp` may
be at most one hour away (SDK security page).
"""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from jwt import PyJWS
from jwt.algorithms import HMACAlgorithm
from jwt.exceptions import PyJWTError

from launcher.errors import SecretError
from launcher.manifest.model import Credentials

MAX_LIFETIME_WITH_JTI = 3600
"""Seconds."""
MARGIN = 60.0
"""A token is renewed this many seconds before it expires, or at 90 % of a short life."""

_HASHES = {"HS256": HMACAlgorithm.SHA256, "HS384": HMACAlgorithm.SHA384, "HS512": HMACAlgorithm.SHA512}
_SHIFTS = 60


@dataclass(frozen=True, slots=True)
class Token:
    """A token, and what must stay between us and the server."""

    text: str = field(repr=False)
    confidential: tuple[str, ...] = field(repr=False)
    """What must not be repeated should a server echo it, however it spells it.

    The secret, the token, and the token's parts but for the header.
    """
    issued: int
    renew_at: float


class _Hmac(HMACAlgorithm):
    """HMAC with a secret of any length: Kore hands out what it hands out, and a warning helps nobody."""

    def check_key_length(self, key: Any) -> str | None:  # noqa: ARG002 - the base class names it
        return None


class TokenSource:
    """Mints tokens, and keeps one per credentials until shortly before it expires.

    The only place where a client secret is revealed. `clock` tells seconds since the epoch.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kept: dict[Credentials, Token] = {}
        self._renewals: dict[Credentials, int] = {}
        self._signer = _signer()

    def token(self, credentials: Credentials) -> str:
        """The text of a token that is good for the next request; raises what `issue` raises."""
        return self.issue(credentials).text

    def issue(self, credentials: Credentials) -> Token:
        """A token that is good for the next request.

        Raises:
            SecretError: the client secret cannot be read, or cannot be used as a key. May block when the
                secret is read for the first time.
        """
        if credentials.jti:
            return self._mint(credentials)
        kept = self._kept.get(credentials)
        # Before `issued` the clock was set back: a server with the right time would find the token too new.
        if kept is None or not kept.issued <= self._clock() < kept.renew_at:
            kept = self._kept[credentials] = self._mint(credentials)
        return kept

    def renew(self, credentials: Credentials) -> None:
        """Drop the kept token; the next one differs from it."""
        self._kept.pop(credentials, None)
        self._renewals[credentials] = self._renewals.get(credentials, 0) + 1

    def _mint(self, credentials: Credentials) -> Token:
        now = int(self._clock())
        lifetime = max(int(credentials.token_lifetime), 1)
        if credentials.jti:
            lifetime = min(lifetime, MAX_LIFETIME_WITH_JTI)
        # Renewed within one second, the same claims would give the same token, which the server just refused:
        # every renewal dates itself a second further back.
        issued = now - self._renewals.get(credentials, 0) % _SHIFTS
        text = self._sign(credentials, _claims(credentials, issued, now + lifetime))
        confidential = (credentials.client_secret.reveal(), text, *text.split(".")[1:])
        return Token(text, confidential, issued, now + lifetime - min(MARGIN, lifetime / 10))

    def _sign(self, credentials: Credentials, claims: dict[str, Any]) -> str:
        payload = json.dumps(claims, separators=(",", ":")).encode()
        algorithm = credentials.algorithm
        if algorithm not in _HASHES:  # of a manifest made in Python
            trouble = f"client_secret cannot be used with {algorithm}; use one of {', '.join(_HASHES)}"
            raise SecretError(f"{credentials.owner}: {trouble}", code="L021")
        try:
            return self._signer.encode(payload, credentials.client_secret.reveal(), algorithm)
        except SecretError as error:
            trouble = str(error)
        except PyJWTError as error:
            trouble = f"client_secret cannot be used with {algorithm}: {error}"
        # Outside the except block: the chained traceback would show the frames that hold the secret.
        raise SecretError(f"{credentials.owner}: {trouble}", code="L021")


def _claims(credentials: Credentials, issued: int, expires: int) -> dict[str, Any]:
    claims: dict[str, Any] = {
        "sub": credentials.subject or credentials.client_id,
        "appId": credentials.client_id,
        "iat": issued,
        "exp": expires,
    }
    if credentials.issuer is not None:
        claims["iss"] = credentials.issuer
    if credentials.audience is not None:
        claims["aud"] = credentials.audience
    if credentials.jti:
        claims["jti"] = str(uuid.uuid4())
    return claims


def _signer() -> PyJWS:
    signer = PyJWS(algorithms=list(_HASHES))
    for name, digest in _HASHES.items():
        signer.unregister_algorithm(name)
        signer.register_algorithm(name, _Hmac(digest))
    return signer
