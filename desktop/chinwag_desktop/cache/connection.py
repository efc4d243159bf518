"""How every SQLite file of a profile is opened, and how its failures are named."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, cast

import apsw
import msgspec

from chinwag_desktop.core.errors import DatabaseDamaged, DiskFull, StorageError

BUSY_MS: Final = 5_000
_OPEN_READ: Final = apsw.SQLITE_OPEN_READONLY
_OPEN_WRITE: Final = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
_SIDE_FILES: Final = ("", "-wal", "-shm", "-journal")


@contextmanager
def storage_errors() -> Generator[None]:
    """Turn apsw's errors into StorageError, DiskFull or DatabaseDamaged; a stored object that makes no sense is damage too."""
    try:
        yield
    except apsw.FullError as error:
        raise DiskFull(str(error)) from error
    except msgspec.DecodeError as error:
        # SQLite keeps no checksums: a broken body reads like any other.
        raise DatabaseDamaged(f"a stored object: {error}") from error
    except (apsw.CorruptError, apsw.NotADBError, apsw.FormatError) as error:
        raise DatabaseDamaged(str(error)) from error
    except apsw.Error as error:
        raise StorageError(f"{type(error).__name__}: {error}") from error


def open_writer(path: Path, *, synchronous: str) -> apsw.Connection:
    """Open for writing, in WAL mode; ``synchronous`` is FULL (survives a power cut) or NORMAL."""
    connection = apsw.Connection(str(path), flags=_OPEN_WRITE)
    try:
        connection.set_busy_timeout(BUSY_MS)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA temp_store = MEMORY")
    except BaseException:
        connection.close()
        raise
    return connection


def open_reader(path: Path) -> apsw.Connection:
    """Open for reading only; raises StorageError when the file is not there."""
    with storage_errors():
        connection = apsw.Connection(str(path), flags=_OPEN_READ)
        connection.set_busy_timeout(BUSY_MS)
        return connection


def fetch(connection: apsw.Connection, sql: str, *bindings: str | bytes | int | None) -> list[Any]:
    """All rows of a query. Typed as Any: which columns there are only the caller's SQL says."""
    return cast("list[Any]", connection.execute(sql, bindings).fetchall())


def fetch_one(connection: apsw.Connection, sql: str, *bindings: str | bytes | int | None) -> Any:
    """The first row of a query as a tuple, or None."""
    return connection.execute(sql, bindings).fetchone()


@contextmanager
def transaction(connection: apsw.Connection) -> Generator[None]:
    """All or nothing: BEGIN IMMEDIATE, then COMMIT, or ROLLBACK when the body raises."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk or a broken file has ended the transaction already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def user_version(connection: apsw.Connection) -> int:
    """The number of the schema in the file; 0 in an empty one."""
    return int(connection.pragma("user_version"))


def database_files(path: Path) -> list[Path]:
    """The file and those that SQLite keeps beside it."""
    return [path.with_name(path.name + suffix) for suffix in _SIDE_FILES]


def remove_database(path: Path) -> None:
    """Delete the file and those beside it."""
    for file in database_files(path):
        file.unlink(missing_ok=True)
