"""outbox.db: messages that were not acknowledged yet, and drafts. Precious: every commit survives a power cut.

The outbox worker calls it; the timeline reads pending rows through ``TimelineReader``.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import apsw
import msgspec

from chinwag_desktop.cache.connection import (
    database_files,
    fetch,
    fetch_one,
    open_reader,
    open_writer,
    storage_errors,
    transaction,
    user_version,
)
from chinwag_desktop.cache.executor import DatabaseThread
from chinwag_desktop.core.entities import Draft, OutboxEntry, OutboxState
from chinwag_desktop.core.errors import DatabaseDamaged, StorageError

SCHEMA_VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE outbox(
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  temp_id BLOB NOT NULL UNIQUE,
  lane BLOB NOT NULL,
  state TEXT NOT NULL,
  error TEXT,
  body BLOB NOT NULL
);
CREATE INDEX outbox_lane ON outbox(lane, position);
CREATE TABLE drafts(conversation_id BLOB PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
"""

decode_draft = msgspec.json.Decoder(Draft).decode

logger = logging.getLogger(__name__)


def decode_entry(body: bytes, state: str, error: str | None) -> OutboxEntry:
    """A row of the outbox as an entry; the columns are newer than the body. Raises DatabaseDamaged."""
    try:
        entry = msgspec.json.decode(body, type=OutboxEntry)
        return msgspec.structs.replace(entry, state=OutboxState(state), error=error)
    except ValueError as wrong:  # msgspec's errors are of that kind
        raise DatabaseDamaged(f"an entry of the outbox: {wrong}") from wrong


def _is_entry(row: tuple[Any, ...]) -> bool:
    *_, state, error, body = row
    return _makes_sense(lambda: decode_entry(body, state, error))


def _is_draft(row: tuple[Any, ...]) -> bool:
    return _makes_sense(lambda: decode_draft(row[-1]))


def _makes_sense(read: Callable[[], object]) -> bool:
    try:
        read()
    except (DatabaseDamaged, msgspec.DecodeError, TypeError) as error:
        logger.error("a row of the damaged outbox is left behind: %s", error)
        return False
    return True


class OutboxDb:
    """The outbox and the drafts on disk. All calls raise StorageError, and then nothing was changed."""

    def __init__(self, path: Path, *, writer: DatabaseThread) -> None:
        self.path = path
        self.moved_aside: Path | None = None
        """Where a damaged file was put, if there was one; for the user to be told."""
        self._writer = writer
        self._connection: apsw.Connection | None = None

    async def open(self) -> None:
        """Open or make the file. What was *sending* when the app ended is *queued* again."""
        await self._writer.run(self._open)

    async def entries(self) -> list[OutboxEntry]:
        """Everything unsent, in the order of the key presses."""
        return await self._writer.run(self._entries)

    async def add(self, entries: Sequence[OutboxEntry]) -> None:
        """Put new entries at the end, all of them or none; one that is there already keeps its place."""
        await self._writer.run(self._add, entries)

    async def update(self, entry: OutboxEntry) -> None:
        """Store an entry's new state in its old place; one that is gone stays gone."""
        await self._writer.run(self._update, entry)

    async def remove(self, temp_ids: Sequence[UUID]) -> None:
        """Forget entries: acknowledged or discarded."""
        await self._writer.run(self._remove, temp_ids)

    async def drafts(self) -> dict[UUID, Draft]:
        """All drafts by conversation."""
        return await self._writer.run(self._drafts)

    async def save_draft(self, draft: Draft) -> None:
        """Keep a draft; an empty one is forgotten."""
        await self._writer.run(self._save_draft, draft)

    async def close(self) -> None:
        """Close the file; may be called twice."""
        await self._writer.run(self._close)

    def _open(self) -> None:
        try:
            self._connect()
        except DatabaseDamaged:
            logger.error("the outbox is damaged, it is moved aside", exc_info=True)
            self._move_aside()
            self._connect()
            self._salvage()

    def _connect(self) -> None:
        with storage_errors():
            self._connection = connection = open_writer(self.path, synchronous="FULL")
            try:
                version = user_version(connection)
                if version > SCHEMA_VERSION:
                    raise StorageError(f"outbox.db has schema {version}, this app knows {SCHEMA_VERSION}")
                with transaction(connection):
                    if version == 0:
                        connection.execute(_SCHEMA)
                        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
                    connection.execute(
                        "UPDATE outbox SET state = ? WHERE state = ?", (OutboxState.QUEUED, OutboxState.SENDING)
                    )
                # The file is small: reading all of it once finds damage here, not when the entry is needed.
                if fetch_one(connection, "PRAGMA quick_check(1)")[0] != "ok":
                    raise DatabaseDamaged("outbox.db fails its check")
                self._entries()
                self._drafts()
            except BaseException:
                self._close()
                raise

    def _move_aside(self) -> None:
        number = 1
        while (target := self.path.with_name(f"{self.path.name}.damaged-{number}")).exists():
            number += 1
        for file, beside in zip(database_files(self.path), database_files(target), strict=True):
            if file.exists():
                file.rename(beside)
        self.moved_aside = target

    def _salvage(self) -> None:
        """Copy what can still be read of the damaged file: each table from both ends, up to the damage."""
        if self.moved_aside is None:
            return
        for table, key, makes_sense in (("outbox", "position", _is_entry), ("drafts", "conversation_id", _is_draft)):
            for direction in ("ASC", "DESC"):
                try:
                    with storage_errors(), closing(open_reader(self.moved_aside)) as source:
                        rows = source.execute(f"SELECT * FROM {table} ORDER BY {key} {direction}")  # noqa: S608 - names of this file's own
                        self._copy(table, filter(makes_sense, rows))
                    break
                except StorageError as error:
                    logger.error("the damaged outbox could not be read to its end: %s: %s", table, error)

    def _copy(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        for row in rows:
            marks = ", ".join("?" * len(row))
            self._db.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", row)  # noqa: S608 - a name of this file's own

    @property
    def _db(self) -> apsw.Connection:
        if self._connection is None:
            raise StorageError("the outbox is not open")
        return self._connection

    def _entries(self) -> list[OutboxEntry]:
        with storage_errors():
            rows = fetch(self._db, "SELECT body, state, error FROM outbox ORDER BY position")
        return [decode_entry(body, state, error) for body, state, error in rows]

    def _add(self, entries: Sequence[OutboxEntry]) -> None:
        rows = [
            (entry.temp_id.bytes, entry.lane.bytes, entry.state, entry.error, msgspec.json.encode(entry))
            for entry in entries
        ]
        with storage_errors(), transaction(self._db):
            self._db.executemany(
                "INSERT INTO outbox(temp_id, lane, state, error, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT(temp_id) "
                "DO UPDATE SET state = excluded.state, error = excluded.error, body = excluded.body",
                rows,
            )

    def _update(self, entry: OutboxEntry) -> None:
        with storage_errors(), transaction(self._db):
            self._db.execute(
                "UPDATE outbox SET state = ?, error = ?, body = ? WHERE temp_id = ?",
                (entry.state, entry.error, msgspec.json.encode(entry), entry.temp_id.bytes),
            )

    def _remove(self, temp_ids: Sequence[UUID]) -> None:
        with storage_errors(), transaction(self._db):
            self._db.executemany("DELETE FROM outbox WHERE temp_id = ?", [(key.bytes,) for key in temp_ids])

    def _drafts(self) -> dict[UUID, Draft]:
        with storage_errors():
            rows = fetch(self._db, "SELECT body FROM drafts")
            drafts = [decode_draft(body) for (body,) in rows]
        return {draft.conversation_id: draft for draft in drafts}

    def _save_draft(self, draft: Draft) -> None:
        key = draft.conversation_id.bytes
        with storage_errors(), transaction(self._db):
            if draft.text or draft.reply_to is not None:
                body = msgspec.json.encode(draft)
                self._db.execute("INSERT OR REPLACE INTO drafts(conversation_id, body) VALUES (?, ?)", (key, body))
            else:
                self._db.execute("DELETE FROM drafts WHERE conversation_id = ?", (key,))

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
