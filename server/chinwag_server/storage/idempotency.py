"""The first answer to an Idempotency-Key, stored in the same transaction as what the call created.

A second call with the key waits at the unique index until the first has committed, and then gets its answer; when the first failed,
nothing is left of it, and the second goes on as a first.
"""

from typing import Final
from uuid import UUID

import msgspec

from chinwag_protocol.limits import IDEMPOTENCY_MS
from chinwag_server.domain.errors import Conflict, Unavailable
from chinwag_server.storage.database import RETRY_AFTER_MS
from chinwag_server.storage.driver import Connection

_OLD: Final = f"created_at < now() - interval '{IDEMPOTENCY_MS} milliseconds'"
_FORGET: Final = f"""
    DELETE FROM idempotency_keys WHERE (user_id, key) IN (
      SELECT user_id, key FROM idempotency_keys WHERE {_OLD} ORDER BY created_at LIMIT 100 FOR UPDATE SKIP LOCKED)"""  # noqa: S608 - a constant
_CLAIM: Final = f"""
    INSERT INTO idempotency_keys AS k (user_id, key, route, body_hash) VALUES ($1, $2, $3, $4)
    ON CONFLICT (user_id, key) DO UPDATE SET route = $3, body_hash = $4, status = NULL, response = NULL, created_at = now()
      WHERE k.{_OLD}"""  # noqa: S608 - a constant
_FIND: Final = "SELECT route, body_hash, response FROM idempotency_keys WHERE user_id = $1 AND key = $2"
_KEEP: Final = "UPDATE idempotency_keys SET status = $3, response = $4 WHERE user_id = $1 AND key = $2"


class KeyClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A call under a key: two calls are the same when route and body are."""

    user_id: UUID
    key: str
    route: str
    body_hash: bytes


async def find_answer(conn: Connection, claim: KeyClaim) -> bytes | None:
    """Claim the key within the caller's transaction. Gives the answer of the first call, None when this is the first.

    Raises Conflict when the key was used for another call.
    """
    done = await conn.execute(_CLAIM, claim.user_id, claim.key, claim.route, claim.body_hash)
    if done == "INSERT 0 1":
        await conn.execute(_FORGET)
        return None
    # a statement of its own, so that it sees what the other call has committed meanwhile
    row = await conn.fetchrow(_FIND, claim.user_id, claim.key)
    if row is None:
        raise Unavailable("the key is being forgotten", retry_after_ms=RETRY_AFTER_MS)
    if (row["route"], row["body_hash"]) != (claim.route, claim.body_hash):
        raise Conflict("the key was used for another call", field="Idempotency-Key")
    if row["response"] is None:
        raise Unavailable("the first call with this key has not ended", retry_after_ms=RETRY_AFTER_MS)
    return row["response"]


async def keep_answer(conn: Connection, claim: KeyClaim, *, status: int, response: bytes) -> None:
    """Store the answer of a successful call under its key."""
    await conn.execute(_KEEP, claim.user_id, claim.key, status, response)
