"""What belongs to the installation as a whole: its epoch, and the keys that sign tokens.

All of it lies in the database, not in a node's data directory. Every node must agree on it, a second node has nothing but the
database in common with the first, and a backup has to bring it along. Whoever can read the database reads every message anyway;
the embedded one lies in a folder of mode 0700.
"""

import hashlib
import secrets
from typing import Final

import asyncpg
import msgspec

from chinwag_server.storage.audit import write_audit
from chinwag_server.storage.database import Database
from chinwag_server.storage.driver import Connection

KEY_BYTES: Final = 32

_PUT: Final = "INSERT INTO server_state (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING"
_SET: Final = (
    "INSERT INTO server_state (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)
_GET: Final = "SELECT value FROM server_state WHERE key = $1"
# the timeline is that of the WAL being written: pg_control_checkpoint still names the old one for a while after a promotion
_HISTORY: Final = """SELECT (SELECT value FROM server_state WHERE key = 'epoch') || '/' || (SELECT system_identifier FROM pg_control_system())
  || '/' || CASE WHEN pg_is_in_recovery() THEN '' ELSE left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) END"""
_STORED_EPOCH: Final = "SELECT value FROM server_state WHERE key = 'epoch'"


class ServerKeys(msgspec.Struct, frozen=True, kw_only=True):
    """Secrets of 32 bytes. The first signing key signs, all of them verify."""

    signing: tuple[bytes, ...]
    refresh: bytes

    def __repr__(self) -> str:
        return "ServerKeys(…)"


class ServerState:
    """Reads and makes the state of the installation. All methods raise Unavailable on an outage."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sees_history: bool | None = None
        """None until it was tried: a managed PostgreSQL may hide it, and then `renew_epoch` is up to the operator."""

    async def prepare(self) -> None:
        """Make what a first start needs. Several processes at once agree on what the first one made."""
        for key in ("signing_key", "refresh_key", "epoch"):
            await self._database.execute(_PUT, key, secrets.token_hex(KEY_BYTES))

    async def keys(self) -> ServerKeys:
        """The keys in force. Call `prepare` first."""
        stored = {row["key"]: row["value"] for row in await self._database.fetch("SELECT key, value FROM server_state")}
        signing = [stored["signing_key"], stored.get("previous_signing_key")]
        return ServerKeys(
            signing=tuple(bytes.fromhex(key) for key in signing if key), refresh=bytes.fromhex(stored["refresh_key"])
        )

    async def rotate_signing_key(self) -> None:
        """Sign with a new key from the next start of each worker on; tokens of the last one stay good until they expire."""
        async with self._database.transaction() as conn:
            current = await conn.fetchval(f"{_GET} FOR UPDATE", "signing_key")
            await conn.execute(_SET, "previous_signing_key", current)
            await conn.execute(_SET, "signing_key", secrets.token_hex(KEY_BYTES))

    async def renew_epoch(self) -> None:
        """Begin a new epoch, for a restore into the same cluster: all clients synchronise from the start."""
        async with self._database.transaction() as conn:
            await conn.execute(_SET, "epoch", secrets.token_hex(KEY_BYTES))
            await write_audit(conn, actor_id=None, action="server.restored", subject="epoch")

    async def epoch(self, conn: Connection | None = None) -> str:
        """The opaque name of the history that `seq` and `rev` count in.

        It changes with the stored value, with the cluster (a dump restored elsewhere) and with its timeline (a promotion, a
        recovery to a point in time), so that none of these needs our help. Read it where it is needed: it costs one SELECT.
        """
        if conn is None:
            async with self._database.connection() as own:
                return await self.epoch(own)
        if self._sees_history is None:
            try:
                async with conn.transaction():  # a savepoint within a caller's transaction
                    await conn.fetchval(_HISTORY)
                self._sees_history = True
            except (asyncpg.InsufficientPrivilegeError, asyncpg.UndefinedFunctionError):
                self._sees_history = False
        return _digest(await conn.fetchval(_HISTORY if self._sees_history else _STORED_EPOCH))


def _digest(history: str) -> str:
    return hashlib.blake2b(history.encode(), digest_size=12).hexdigest()
