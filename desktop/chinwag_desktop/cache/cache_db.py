"""cache.db: everything this device holds of the server's data. Disposable: damaged or outdated, it is built anew.

``EventPipeline`` writes through ``write``, in one transaction a batch; others read through ``read``. The interface
reads pages with its own ``TimelineReader``.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar
from uuid import UUID

import apsw

from chinwag_desktop.cache.cache_writer import CacheWriter
from chinwag_desktop.cache.connection import open_writer, remove_database, storage_errors, transaction, user_version
from chinwag_desktop.cache.executor import DatabaseThread
from chinwag_desktop.cache.schema import SCHEMA, SCHEMA_VERSION
from chinwag_desktop.core.errors import DatabaseDamaged, StorageError

_T = TypeVar("_T")

logger = logging.getLogger(__name__)


class Detachable(Protocol):
    """Somebody with an own connection to the file, who lets go of it before the file is replaced."""

    def release(self) -> None: ...


class CacheDb:
    """The cache file, owned by the writer thread."""

    def __init__(self, path: Path, *, me: UUID, writer: DatabaseThread) -> None:
        self.path = path
        self.me = me
        self._writer = writer
        self._connection: apsw.Connection | None = None
        self._readers: list[Detachable] = []

    async def open(self) -> bool:
        """Open or make the file. False: it held nothing usable and is empty now, a full sync will fill it."""
        return await self._writer.run(self._open)

    def attach(self, reader: Detachable) -> None:
        """``reader`` is asked to let go of the file before ``rebuild`` replaces it."""
        self._readers.append(reader)

    async def write(self, work: Callable[[CacheWriter], _T]) -> _T:
        """Run ``work`` in one transaction on the writer thread.

        Raises DatabaseDamaged, DiskFull or StorageError; then nothing of it happened.
        """
        return await self._writer.run(self._write, work)

    async def rebuild(self) -> None:
        """Throw the file away and begin with an empty one."""
        for reader in self._readers:
            reader.release()
        await self._writer.run(self._rebuild)

    async def close(self) -> None:
        """Close the file; may be called twice."""
        await self._writer.run(self._close)

    def _open(self) -> bool:
        try:
            with storage_errors():
                self._connection = open_writer(self.path, synchronous="NORMAL")
                version = user_version(self._connection)
                if version == SCHEMA_VERSION:
                    # Touches the root page of every table: a torn file is found here, not in the first frame.
                    self._connection.execute(
                        "SELECT count(*) FROM meta, (SELECT 1 FROM conversations LIMIT 1)"
                    ).fetchall()
                    return True
                if version == 0 and not self._connection.execute("SELECT 1 FROM sqlite_schema").fetchall():
                    self._create()
                    return False
            logger.info("cache.db has schema %d, this app %d: it is built anew", version, SCHEMA_VERSION)
        except DatabaseDamaged as error:
            logger.error("cache.db is damaged and is built anew: %s", error)
        self._rebuild()
        return False

    def _rebuild(self) -> None:
        self._close()
        remove_database(self.path)
        with storage_errors():
            self._connection = open_writer(self.path, synchronous="NORMAL")
            self._create()

    def _create(self) -> None:
        if self._connection is not None:
            with transaction(self._connection):
                self._connection.execute(SCHEMA)
                self._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _write(self, work: Callable[[CacheWriter], _T]) -> _T:
        connection = self._connection
        if connection is None:
            raise StorageError("the cache is not open")
        with storage_errors(), transaction(connection):
            return work(CacheWriter(connection, me=self.me))

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
