"""The connection pool: one per worker, made by asgi.py, given to every repository.

An outage, whatever the driver calls it, leaves here as `Unavailable`, and the connection it happened on is thrown away. The log
says it when an outage begins, every ten seconds while it lasts, and when it is over; of a full disk once, and when there is room.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any, TypeVar, cast

import asyncpg

from chinwag_server.domain.errors import Unavailable
from chinwag_server.storage import driver
from chinwag_server.storage.driver import RERUN, Connection, Record, describe, is_outage

T = TypeVar("T")
log = logging.getLogger(__name__)

CONNECT_S = 5
STATEMENT_S = 10.0
RETRY_AFTER_MS = 1000
COMPLAIN_EVERY_S = 10.0

SESSION = {
    "application_name": "chinwag",
    "timezone": "UTC",
    "synchronous_commit": "on",  # an acknowledged message survives a crash, whatever the server's default
    "statement_timeout": "9500",
    "idle_in_transaction_session_timeout": "30000",
    "jit": "off",
}

_TRY_TO_WRITE = "CREATE TEMP TABLE room ON COMMIT DROP AS SELECT repeat('room', 2000) FROM generate_series(1, 64)"
"""A file of its own, some hundred kilobytes, gone at once: a row more would find its place in a page that is there already."""


class Database:
    """A pool of PostgreSQL connections behind one URL (`postgresql://…`)."""

    def __init__(self, url: str, *, size: int = 8) -> None:
        self.url = url
        self._size = size
        self._pool: Any = None
        self._complained_at: float | None = None
        self.full = False
        """Whether its disk took nothing the last time: reads go on."""

    async def open(self) -> None:
        """Connect. Raises Unavailable when the database cannot be reached."""
        try:
            pool = await asyncpg.create_pool(
                self.url,
                min_size=0,  # the pool would try by itself to keep a floor, and log a traceback each time
                max_size=self._size,
                timeout=CONNECT_S,
                command_timeout=STATEMENT_S,
                server_settings=SESSION,
                reset=_keep,
            )
            await pool.release(await pool.acquire(timeout=CONNECT_S))
        except BaseException as error:
            if is_outage(error):
                message = f"the database cannot be reached: {describe(error)}"
                raise Unavailable(message, retry_after_ms=RETRY_AFTER_MS) from error
            raise
        self._pool = pool

    async def close(self) -> None:
        """Close every connection, by force what does not end within two seconds."""
        if self._pool is None:
            return
        pool, self._pool = self._pool, None
        try:
            async with asyncio.timeout(2):
                await pool.close()
        except TimeoutError:
            pool.terminate()

    @property
    def pool(self) -> Any:
        """The asyncpg pool. Raises Unavailable before `open` and after `close`."""
        if self._pool is None:
            raise Unavailable("the database is not open", retry_after_ms=RETRY_AFTER_MS)
        return self._pool

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncGenerator[Connection]:
        """Lend a connection. Raises Unavailable on an outage, also on one within the block."""
        pool = self.pool
        try:
            held = await pool.acquire(timeout=CONNECT_S)
            try:
                yield cast("Connection", held)
            except BaseException as error:
                if is_outage(error) or isinstance(error, asyncio.CancelledError):
                    with contextlib.suppress(asyncpg.InterfaceError):  # it has gone, and the pool has noticed
                        held.terminate()  # a statement may still be under way on it
                raise
            finally:
                await pool.release(held, timeout=CONNECT_S)
            if self._complained_at is not None:
                self._complained_at = None
                log.info("the database is available again")
        except Exception as error:
            if not is_outage(error):
                raise
            if not self.notice(error):
                self._complain(error)
            raise Unavailable("the database is not available", retry_after_ms=RETRY_AFTER_MS) from error

    async def takes_writes(self) -> bool:
        """Whether there is room, tried out once there was none."""
        if self.full:
            async with self.transaction() as conn:
                await conn.execute(_TRY_TO_WRITE)
            self.full = False
            log.info("the database's disk takes writes again")
        return True

    def notice(self, error: BaseException) -> bool:
        """Look whether an error, of whatever connection, says that the disk is full; the log says so once."""
        if not isinstance(error, asyncpg.DiskFullError):
            return False
        if not self.full:
            self.full = True
            log.error("the disk of the database is full: messages can be read, but not sent, until there is room")
        return True

    def _complain(self, error: BaseException) -> None:
        now = time.monotonic()
        if self._complained_at is None or now - self._complained_at > COMPLAIN_EVERY_S:
            self._complained_at = now
            log.warning("database unavailable: %s", describe(error))

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Connection]:
        """A read-committed transaction, committed at the end of the block.

        Raises Unavailable on an outage; if that happened at COMMIT, the outcome is unknown.
        """
        async with self.connection() as conn, conn.transaction():
            yield conn

    @contextlib.asynccontextmanager
    async def snapshot(self) -> AsyncGenerator[Connection]:
        """A read-only transaction that sees one state of the database from its first statement to its last."""
        async with self.connection() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
            yield conn

    async def run(self, work: Callable[[Connection], Awaitable[T]], *, attempts: int = 4) -> T:
        """Run *work* in a transaction, and again when a deadlock ended it. *work* must have no other effects."""
        for attempt in range(1, attempts + 1):
            try:
                async with self.transaction() as conn:
                    return await work(conn)
            except RERUN as error:
                log.info("transaction ended by %s, attempt %d", type(error).__name__, attempt)
        raise Unavailable("the database is busy", retry_after_ms=RETRY_AFTER_MS)

    async def fetch(self, query: str, *args: object) -> Sequence[Record]:
        async with self.connection() as conn:
            return await conn.fetch(query, *args)

    async def fetchrow(self, query: str, *args: object) -> Record | None:
        async with self.connection() as conn:
            return await conn.fetchrow(query, *args)

    async def fetchval(self, query: str, *args: object) -> Any:
        async with self.connection() as conn:
            return await conn.fetchval(query, *args)

    async def execute(self, query: str, *args: object) -> str:
        async with self.connection() as conn:
            return await conn.execute(query, *args)

    async def connect(self, **settings: str) -> Connection:
        """A connection outside of the pool, with session *settings* on top of the usual ones. Driver errors pass."""
        return await driver.connect(self.url, settings=SESSION | settings, timeout_s=CONNECT_S)


async def _keep(_: object) -> None:
    """No reset query between two users of a connection: nothing here changes the state of a session."""
