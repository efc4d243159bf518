"""cache.db: everything this device holds of the server's data. Disposable: damaged or outdated, it is built anew.

Whoever meets damage, writing or reading, brings that about; what could not be opened is tried again with the next write.
``EventPipeline`` writes through ``write``, in one transaction a batch; others read through ``read``. The interface
reads pages with its own ``TimelineReader``.
"""

import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeVar
from uuid import UUID

import apsw

from chinwag_desktop.cache.cache_writer import CacheWriter
from chinwag_desktop.cache.connection import open_writer, remove_database, storage_errors, transaction, user_version
from chinwag_desktop.cache.executor import DatabaseThread
from chinwag_desktop.cache.schema import SCHEMA, SCHEMA_VERSION
from chinwag_desktop.core.errors import DatabaseDamaged, StorageError
from chinwag_desktop.core.subscribers import Subscribers

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
        self._wanted = False
        """Between ``open`` and ``close``."""
        self._generation = 0
        """Grows with each file that was thrown away."""
        self._rebuilt = Subscribers[None]("cache rebuilt")

    async def open(self) -> bool:
        """Open or make the file. False: it held nothing usable and is empty now, a full sync will fill it.

        Raises StorageError; the next ``write`` tries again.
        """
        self._wanted = True
        return await self._writer.run(self._open)

    def watch_rebuilt(self, listener: Callable[[None], None]) -> Callable[[], None]:
        """Call ``listener`` when the file had to be thrown away: everything is to be fetched again."""
        return self._rebuilt.add(listener)

    def attach(self, reader: Detachable) -> None:
        """``reader`` is asked to let go of the file before it is replaced."""
        self._readers.append(reader)

    async def write(self, work: Callable[[CacheWriter], _T]) -> _T:
        """Run ``work`` in one transaction on the writer thread.

        Raises DatabaseDamaged (by then the file is empty), DiskFull or StorageError; then nothing of it happened.
        """
        generation = self._generation
        try:
            return await self._writer.run(self._write, work)
        except DatabaseDamaged:
            await self.heal(generation)
            raise

    @property
    def generation(self) -> int:
        """Which file it is: the number grows whenever one is thrown away."""
        return self._generation

    async def heal(self, generation: int) -> None:
        """Somebody found the file of that number damaged: begin with an empty one, unless that has been done by now.

        A disk that refuses that is logged; the next ``write`` tries again.
        """
        self._release()
        try:
            if not await self._writer.run(self._heal, generation):
                return
        except StorageError as error:
            logger.error("the cache cannot be built anew: %s", error)
        self._release()  # somebody may have read meanwhile
        self._rebuilt.tell(None)

    async def close(self) -> None:
        """Close the file; may be called twice."""
        self._wanted = False
        await self._writer.run(self._close)

    def _release(self) -> None:
        for reader in self._readers:
            reader.release()

    def _open(self) -> bool:
        try:
            with self._closed_on_failure():
                connection = self._connection = open_writer(self.path, synchronous="NORMAL")
                version = user_version(connection)
                if version == SCHEMA_VERSION:
                    # Touches the root page of every table: a torn file is found here, not in the first frame.
                    connection.execute("SELECT count(*) FROM meta, (SELECT 1 FROM conversations LIMIT 1)").fetchall()
                    return True
                if version == 0 and not connection.execute("SELECT 1 FROM sqlite_schema").fetchall():
                    self._create(connection)
                    return False
            logger.info("cache.db has schema %d, this app %d: it is built anew", version, SCHEMA_VERSION)
        except DatabaseDamaged as error:
            logger.error("cache.db is damaged and is built anew: %s", error)
        self._rebuild()
        return False

    def _heal(self, generation: int) -> bool:
        damaged = self._wanted and generation == self._generation
        if damaged:
            self._rebuild()
        return damaged

    def _rebuild(self) -> None:
        self._generation += 1
        self._close()
        try:
            remove_database(self.path)
        except OSError as error:
            raise StorageError(f"cache.db cannot be removed: {error}") from error
        with self._closed_on_failure():
            self._connection = open_writer(self.path, synchronous="NORMAL")
            self._create(self._connection)

    @contextmanager
    def _closed_on_failure(self) -> Generator[None]:
        """Name what goes wrong with the file, and leave it closed then: without its tables it is of no use."""
        try:
            with storage_errors():
                yield
        except StorageError:
            self._close()
            raise

    @staticmethod
    def _create(connection: apsw.Connection) -> None:
        with transaction(connection):
            connection.execute(SCHEMA)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _write(self, work: Callable[[CacheWriter], _T]) -> _T:
        if self._connection is None and self._wanted:
            self._open()
        if self._connection is None:
            raise StorageError("the cache is not open")
        with storage_errors(), transaction(self._connection):
            return work(CacheWriter(self._connection, me=self.me))

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
