"""What the server uses of asyncpg, typed (the driver has no annotations), and which of its errors mean an outage.

Repositories name `Connection` and `Record`; nothing outside storage/ sees either.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Protocol, cast

import asyncpg

OUTAGES: tuple[type[BaseException], ...] = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # shutting down, crashed, starting up, statement cancelled
    asyncpg.InsufficientResourcesError,  # disk full, out of memory, too many connections
    asyncpg.PostgresSystemError,  # input or output failed below PostgreSQL
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,  # connected to a standby: the primary is elsewhere now
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)
"""The database cannot serve now; after a COMMIT was sent, any of them means that its outcome is unknown."""

RERUN: tuple[type[BaseException], ...] = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
"""Nothing was stored, and the same transaction may succeed at once."""

CONTENT: tuple[type[BaseException], ...] = (
    asyncpg.DataError,
    asyncpg.exceptions.DataError,
    asyncpg.IntegrityConstraintViolationError,
    UnicodeError,
    ValueError,
    TypeError,
)
"""The database, or the driver's encoder, refuses what it was given."""


def is_outage(error: BaseException) -> bool:
    """Tell an outage from a refusal of the arguments, which the driver derives from InterfaceError too."""
    return isinstance(error, OUTAGES) and not isinstance(error, CONTENT)


def describe(error: BaseException) -> str:
    """Name an error of the driver in one line: some bring details on lines of their own."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


class Record(Protocol):
    """A row: by name or by position."""

    def __getitem__(self, key: str | int) -> Any: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __len__(self) -> int: ...


class Statement(Protocol):
    async def fetch(self, *args: object) -> Sequence[Record]: ...
    async def fetchrow(self, *args: object) -> Record | None: ...


class Connection(Protocol):
    """One PostgreSQL session."""

    async def execute(self, query: str, *args: object) -> str: ...
    async def executemany(self, command: str, args: object) -> None: ...
    async def fetch(self, query: str, *args: object) -> Sequence[Record]: ...
    async def fetchrow(self, query: str, *args: object) -> Record | None: ...
    async def fetchval(self, query: str, *args: object, column: int = 0) -> Any: ...
    async def prepare(self, query: str) -> Statement: ...
    async def close(self) -> None: ...
    def transaction(self, *, isolation: str | None = None, readonly: bool = False) -> Any: ...
    def terminate(self) -> None: ...
    def is_closed(self) -> bool: ...


async def connect(url: str, *, settings: dict[str, str] | None = None, timeout_s: int = 5) -> Connection:
    """Open a session with server *settings*. Errors of the driver pass, see `is_outage`."""
    opened = cast("Callable[..., Awaitable[Connection]]", asyncpg.connect)
    return await opened(url, timeout=timeout_s, server_settings=settings)
