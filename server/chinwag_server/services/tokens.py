"""Access tokens (signed, short) and refresh tokens (opaque, rotated). No state: `services/sessions.py` keeps that.

A refresh token is `base64url(session id, 32 secret bytes, 16 bytes of proof)`. The proof shows that this server made
it, so that a token from long ago can be told from an invented one and ends its session when it is shown again. The
successor's secret is a keyed hash of the old token: within the grace the same successor can be given again, and none
is ever stored but as SHA-256.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import msgspec

from chinwag_server.domain.errors import TokenExpired, Unauthorized

ALGORITHM = "HS256"
MIN_KEY_BYTES = 32
_REQUIRED = ["exp", "iat", "aud", "iss", "sub", "jti"]
_MAX_TOKEN_LENGTH = 2_048
_SECRET_BYTES = 32
_PROOF_BYTES = 16
_REFRESH_BYTES = 16 + _SECRET_BYTES + _PROOF_BYTES


class AccessClaims(msgspec.Struct, frozen=True, kw_only=True):
    """What a verified access token says."""

    user_id: UUID
    session_id: UUID
    expires_at: datetime


class RefreshClaims(msgspec.Struct, frozen=True, kw_only=True):
    """What a genuine refresh token names, with the hash under which it is stored."""

    session_id: UUID
    digest: bytes


class AccessTokens:
    """Signs and verifies access tokens: HS256 and nothing else, every claim required.

    The first key signs, all of them verify, so that keys can be rotated. Expiry is read from the given clock.
    """

    def __init__(
        self,
        keys: Sequence[bytes],
        *,
        lifetime: timedelta,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        issuer: str = "chinwag",
        audience: str = "chinwag-client",
    ) -> None:
        if not keys or any(len(key) < MIN_KEY_BYTES for key in keys):
            raise ValueError(f"a signing key has at least {MIN_KEY_BYTES} bytes")
        self._keys = {_key_id(key): key for key in keys}
        self._signing_id = _key_id(keys[0])
        self._now = now
        self._issuer = issuer
        self._audience = audience
        self.lifetime = lifetime

    def issue(self, *, user_id: UUID, session_id: UUID) -> str:
        """A token of the session that lives for `lifetime` from now."""
        now = self._now()
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": str(user_id),
            "jti": str(session_id),
            "iat": int(now.timestamp()),
            "exp": (now + self.lifetime).timestamp(),
        }
        key = self._keys[self._signing_id]
        return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": self._signing_id})

    def read(self, token: str) -> AccessClaims:
        """The claims of a genuine token. Raises `TokenExpired`, or `Unauthorized` for anything else that is wrong."""
        if len(token) > _MAX_TOKEN_LENGTH or not token.isascii():
            raise Unauthorized("not an access token")
        try:
            key = self._keys[str(jwt.get_unverified_header(token).get("kid"))]
            # exp and iat are compared below and not at all: a clock set back must not sign everybody out
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=self._audience,
                issuer=self._issuer,
                options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False},
            )
            read = AccessClaims(
                user_id=UUID(claims["sub"]),
                session_id=UUID(claims["jti"]),
                expires_at=datetime.fromtimestamp(float(claims["exp"]), self._now().tzinfo),
            )
        except (jwt.PyJWTError, KeyError, ValueError, TypeError, AttributeError, OverflowError, OSError) as broken:
            raise Unauthorized("not an access token of this server") from broken
        if read.expires_at <= self._now():
            raise TokenExpired("the access token has expired")
        return read


class RefreshTokens:
    """Makes refresh tokens, their successors and the hashes that are stored."""

    def __init__(self, key: bytes, *, random: Callable[[int], bytes] = secrets.token_bytes) -> None:
        if len(key) < MIN_KEY_BYTES:
            raise ValueError(f"a refresh key has at least {MIN_KEY_BYTES} bytes")
        self._key = key
        self._random = random

    def new(self, session_id: UUID) -> str:
        """The first token of a session."""
        return self._sealed(session_id.bytes, self._random(_SECRET_BYTES))

    def successor(self, token: str) -> str:
        """The token that follows the given genuine one: always the same."""
        raw = self._opened(token)
        return self._sealed(raw[:16], self._mac(b"next", raw))

    def read(self, token: str) -> RefreshClaims:
        """The session of a token that this server made. Raises `Unauthorized` for any other text."""
        raw = self._opened(token)
        return RefreshClaims(session_id=UUID(bytes=raw[:16]), digest=hashlib.sha256(raw).digest())

    def _sealed(self, session: bytes, secret: bytes) -> str:
        body = session + secret
        return base64.urlsafe_b64encode(body + self._mac(b"seal", body)[:_PROOF_BYTES]).rstrip(b"=").decode()

    def _opened(self, token: str) -> bytes:
        try:
            raw = base64.b64decode(token + "==", altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as broken:
            raise Unauthorized("not a refresh token") from broken
        body, proof = raw[:-_PROOF_BYTES], raw[-_PROOF_BYTES:]
        if len(raw) != _REFRESH_BYTES or not hmac.compare_digest(proof, self._mac(b"seal", body)[:_PROOF_BYTES]):
            raise Unauthorized("not a refresh token of this server")
        return raw

    def _mac(self, purpose: bytes, text: bytes) -> bytes:
        return hmac.digest(self._key, purpose + text, "sha256")


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"chinwag key id" + key).hexdigest()[:16]
