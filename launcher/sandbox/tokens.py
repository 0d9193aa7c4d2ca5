"""Checks the JWT of the `auth` header, with the standard library alone (the client signs with PyJWT)."""

import base64
import hashlib
import hmac
import json
import math
import re
from collections.abc import Mapping
from typing import Any

from launcher.sandbox.replies import BUILDER, Refusal, refusal

HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}
MAX_LIFETIME_WITH_JTI = 3600.0
"""Seconds; documented on the SDK security page."""
PRUNE_EVERY = 4096
NO_CREDENTIALS = "Invalid SDK credentials"
NO_JWT = "Invalid JWT token"
LONG_LIVED = 'error verifying the jwt: if "jti" claim "exp" must be <= 1 hour(s)'
REPLAY = "error verifying the jwt: possibly a replay"

_PART = re.compile(r"[A-Za-z0-9_-]+")


class TokenGate:
    """Lets a request in whose token is well-formed, signed as `secrets` say, alive and not seen before."""

    def __init__(
        self, secrets: Mapping[str, str] | None, *, unknown_clients: bool, require_exp: bool
    ) -> None:
        self._secrets = secrets or {}
        self._unknown_clients = unknown_clients or secrets is None
        self._require_exp = require_exp
        self._seen: dict[str, float] = {}

    def check(self, token: str | None, now: float) -> None:
        """Raise `Refusal` unless `token` is good at `now`; a token with a `jti` is used up by this."""
        if not token:
            raise _unauthorized(NO_CREDENTIALS, BUILDER)
        header, claims, signature = _decode(token)
        algorithm = header.get("alg")
        if not isinstance(algorithm, str) or algorithm not in HASHES:
            raise _unauthorized(NO_JWT, "alg must be HS256, HS384 or HS512")
        self._check_signature(algorithm, claims, signature, token.rpartition(".")[0])
        expires = self._check_expiry(claims, now)
        if "jti" in claims:
            self._use_up(claims["jti"], expires, now)

    def _check_signature(
        self, algorithm: str, claims: dict[str, Any], signature: bytes, signed_text: str
    ) -> None:
        client_id = claims.get("appId")
        if not isinstance(client_id, str) or not client_id:
            raise _unauthorized(NO_CREDENTIALS, "appId must be in the token")
        secret = self._secrets.get(client_id)
        if secret is None:
            good = self._unknown_clients and len(signature) == HASHES[algorithm]().digest_size
        else:
            expected = hmac.new(secret.encode(), signed_text.encode(), HASHES[algorithm]).digest()
            good = hmac.compare_digest(expected, signature)
        if not good:
            raise _unauthorized(NO_CREDENTIALS, BUILDER)

    def _check_expiry(self, claims: dict[str, Any], now: float) -> float:
        expires = claims.get("exp")
        if expires is None and not self._require_exp:
            return math.inf
        if isinstance(expires, bool) or not isinstance(expires, int | float):
            raise _unauthorized(NO_JWT, "exp must be in the token, as a number")
        if not now < expires < math.inf:
            raise _unauthorized(NO_JWT, "the token has expired; no skew is tolerated")
        return expires

    def _use_up(self, token_id: object, expires: float, now: float) -> None:
        if expires > now + MAX_LIFETIME_WITH_JTI:
            raise refusal(401, 401, LONG_LIVED, None)
        if len(self._seen) % PRUNE_EVERY == 0:
            self._seen = {name: end for name, end in self._seen.items() if end > now}
        if str(token_id) in self._seen:
            raise refusal(401, 401, REPLAY, None)
        self._seen[str(token_id)] = expires


def _unauthorized(message: str, assumed: str) -> Refusal:
    return refusal(401, 4002, message, assumed)


def _decode(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    parts = token.split(".")
    if len(parts) != 3 or not all(_PART.fullmatch(part) for part in parts):  # noqa: PLR2004 - a JWS has three
        raise _unauthorized(NO_JWT, BUILDER)
    try:
        header, claims = (json.loads(_bytes_of(part)) for part in parts[:2])
        signature = _bytes_of(parts[2])
    except (ValueError, RecursionError):
        raise _unauthorized(NO_JWT, BUILDER) from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise _unauthorized(NO_JWT, BUILDER)
    return header, claims, signature


def _bytes_of(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
