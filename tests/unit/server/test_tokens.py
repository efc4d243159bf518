"""Access tokens refuse everything but what this server signed; refresh tokens know their own."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest

from chinwag_protocol.ids import new_id
from chinwag_server.domain.errors import TokenExpired, Unauthorized
from chinwag_server.services.tokens import AccessTokens, RefreshTokens

KEY = bytes(range(32))
OLD_KEY = bytes(range(32, 64))
NOW = datetime(2026, 11, 24, 20, tzinfo=UTC)
USER, SESSION = new_id(), new_id()


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def tokens(clock: Clock | None = None, keys: tuple[bytes, ...] = (KEY,)) -> AccessTokens:
    return AccessTokens(keys, lifetime=timedelta(minutes=15), now=clock or Clock())


HEADER = jwt.get_unverified_header(tokens().issue(user_id=USER, session_id=SESSION))


def claims(**changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "iss": "chinwag",
        "aud": "chinwag-client",
        "sub": str(USER),
        "jti": str(SESSION),
        "iat": int(NOW.timestamp()),
        "exp": NOW.timestamp() + 60,
    }
    made.update(changes)
    return {name: value for name, value in made.items() if value is not None}


def signed(payload: dict[str, Any], *, key: bytes = KEY, algorithm: str = "HS256", kid: str | None = None) -> str:
    return jwt.encode(payload, key, algorithm=algorithm, headers={"kid": HEADER["kid"] if kid is None else kid})


def test_a_token_says_who_and_until_when() -> None:
    read = tokens().read(tokens().issue(user_id=USER, session_id=SESSION))
    assert (read.user_id, read.session_id) == (USER, SESSION)
    assert read.expires_at == NOW + timedelta(minutes=15)


def test_a_token_ends_with_its_lifetime() -> None:
    clock = Clock()
    made = tokens(clock)
    token = made.issue(user_id=USER, session_id=SESSION)
    clock.now += timedelta(minutes=14, seconds=59)
    made.read(token)
    clock.now += timedelta(seconds=1)
    with pytest.raises(TokenExpired):
        made.read(token)


def test_a_clock_set_back_signs_nobody_out() -> None:
    clock = Clock()
    made = tokens(clock)
    token = made.issue(user_id=USER, session_id=SESSION)
    clock.now -= timedelta(hours=1)
    made.read(token)


def test_a_former_key_still_verifies_and_signs_no_more() -> None:
    old = tokens(keys=(OLD_KEY,)).issue(user_id=USER, session_id=SESSION)
    rotated = tokens(keys=(KEY, OLD_KEY))
    rotated.read(old)
    with pytest.raises(Unauthorized):
        tokens(keys=(OLD_KEY,)).read(rotated.issue(user_id=USER, session_id=SESSION))


@pytest.mark.parametrize("missing", ["exp", "iat", "aud", "iss", "sub", "jti"])
def test_every_claim_is_required(missing: str) -> None:
    tokens().read(signed(claims()))
    with pytest.raises(Unauthorized):
        tokens().read(signed(claims(**{missing: None})))


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "somebody"},
        {"aud": "something"},
        {"aud": ["chinwag-client-2"]},
        {"sub": "me"},
        {"sub": 5},
        {"jti": ""},
        {"jti": [str(SESSION)]},
        {"exp": "soon"},
        {"exp": 1e300},
        {"exp": [1]},
    ],
)
def test_wrong_claims_are_refused(changes: dict[str, Any]) -> None:
    tokens().read(by_hand(HEADER, claims()))
    with pytest.raises(Unauthorized):
        tokens().read(by_hand(HEADER, claims(**changes)))


def by_hand(header: dict[str, Any], payload: dict[str, Any], *, digest: str = "sha256") -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, payload)]
    signature = hmac.digest(KEY, b".".join(parts), digest)
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def test_other_algorithms_and_keys_are_refused() -> None:
    for token in (
        by_hand(HEADER | {"alg": "HS384"}, claims(), digest="sha384"),
        by_hand(HEADER | {"alg": "HS512"}, claims(), digest="sha512"),
        signed(claims(), key=OLD_KEY),
        signed(claims(), kid="../../etc/passwd"),
        by_hand({"alg": "none", "typ": "JWT"}, claims()),
        by_hand({"alg": "none", "typ": "JWT"}, claims()).rsplit(".", 1)[0] + ".",
        by_hand(HEADER | {"alg": "RS256"}, claims()),
        by_hand({"alg": ["HS256"], "kid": {}}, claims()),
    ):
        with pytest.raises(Unauthorized):
            tokens().read(token)


@pytest.mark.parametrize(
    "junk", ["", "a", "a.b.c", "..", "é.é.é", "x" * 100_000, "\0", "\ud800", "e30.e30.", "W10.W10.W10"]
)
def test_junk_is_refused(junk: str) -> None:
    with pytest.raises(Unauthorized):
        tokens().read(junk)


def test_short_keys_are_refused() -> None:
    with pytest.raises(ValueError, match="32"):
        tokens(keys=(b"short",))
    with pytest.raises(ValueError, match="32"):
        RefreshTokens(b"short")


def test_a_refresh_token_has_one_successor_for_ever() -> None:
    made = RefreshTokens(KEY)
    first = made.new(SESSION)
    second = made.successor(first)
    assert made.successor(first) == second != first
    assert made.successor(second) not in (first, second)
    assert made.read(first).session_id == made.read(second).session_id == SESSION
    assert made.read(first).digest != made.read(second).digest
    assert made.new(SESSION) != first
    assert "=" not in first
    assert len(first) == 86


def test_a_refresh_token_cannot_be_invented() -> None:
    made = RefreshTokens(KEY)
    token = made.new(SESSION)
    other = RefreshTokens(OLD_KEY).new(SESSION)
    flipped = ("B" if token[30] == "A" else "A").join((token[:30], token[31:]))
    for junk in (
        "",
        "x",
        token[:-2],
        token + "AA",
        other,
        flipped,
        "é" * 86,
        "\0",
        "\ud800",
        UUID(int=0).hex,
        "A" * 4_000,
    ):
        with pytest.raises(Unauthorized):
            made.read(junk)


def test_spellings_of_one_refresh_token_have_one_digest() -> None:
    made = RefreshTokens(KEY)
    token = made.new(SESSION)
    spellings = [token[:-1] + letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"]
    digests = set()
    for spelling in spellings:
        try:
            digests.add(made.read(spelling).digest)
        except Unauthorized:
            continue
    assert digests == {made.read(token).digest}
