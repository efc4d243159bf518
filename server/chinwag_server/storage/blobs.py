"""Bytes of attachments and pictures: in a folder of this host or in an object store, by a URL.

Keys are made by the server and name nothing of the file. Whether somebody may read a blob is decided before it is asked for.
"""

import logging
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from chinwag_server.domain.errors import NotFound, Unavailable
from chinwag_server.storage.blob_urls import parse_blobs_url

if TYPE_CHECKING:
    from obstore.store import ObjectStore

log = logging.getLogger(__name__)

CHUNK: Final = 256 * 1024
RETRY_AFTER_MS: Final = 2000


class BlobStore:
    """Puts, streams and deletes blobs. Raises Unavailable when the store cannot serve."""

    def __init__(self, store: "ObjectStore") -> None:
        self._store = store

    @classmethod
    def open(cls, place: str | Path) -> "BlobStore":
        """Open a folder, which is made when it is missing, or a URL: `file:///…`, `s3://bucket/prefix?region=…&endpoint=…`.

        Options (S3_OPTIONS) may stand in the query or in the environment (`AWS_…`). Raises ValueError.
        """
        found = place if isinstance(place, Path) else parse_blobs_url(place)
        if isinstance(found, Path):
            found.mkdir(parents=True, exist_ok=True, mode=0o700)
            return cls(LocalStore(found))
        store = S3Store(
            found.name,
            prefix=found.prefix,
            config=cast("Any", found.options),
            client_options={"allow_http": found.allow_http, "connect_timeout": "5s"},
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=15)},
        )
        return cls(store)

    async def put_file(self, key: str, path: Path) -> None:
        """Store a file's bytes under *key*; a large one goes in parts, and never stays half."""
        try:
            await obstore.put_async(self._store, key, path)
        except (BaseError, OSError) as error:
            raise _unavailable(error) from error

    async def stream(self, key: str, *, start: int, end: int) -> AsyncGenerator[bytes]:
        """Open the bytes from *start* to *end* (exclusive); closing the generator lets go of the blob.

        Raises NotFound when there is no such blob.
        """
        try:
            found = await obstore.get_async(self._store, key, options={"range": (start, end)})
        except FileNotFoundError:
            log.error("a blob is missing: %s", key)
            raise NotFound from None
        except (BaseError, OSError) as error:
            raise _unavailable(error) from error
        return _chunks(found.stream(min_chunk_size=CHUNK))

    async def size(self, key: str) -> int:
        """The bytes of a blob. Raises NotFound."""
        try:
            return (await obstore.head_async(self._store, key))["size"]
        except FileNotFoundError:
            raise NotFound from None
        except (BaseError, OSError) as error:
            raise _unavailable(error) from error

    async def delete(self, key: str) -> None:
        """Delete a blob; one that is not there is no error."""
        try:
            await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise _unavailable(error) from error

    async def list_older(self, than: datetime) -> AsyncIterator[list[str]]:
        """All keys of blobs last written before *than*, in lists of up to 1,000."""
        try:
            async for page in obstore.list(self._store, chunk_size=1000):
                yield [meta["path"] for meta in page if meta["last_modified"] < than]
        except (BaseError, OSError) as error:
            raise _unavailable(error) from error


async def _chunks(stream: AsyncIterator[Any]) -> AsyncGenerator[bytes]:
    try:
        async for chunk in stream:
            yield bytes(chunk)
    finally:
        del stream  # with it goes the file; what broke off the reading may keep this frame


def _unavailable(error: Exception) -> Unavailable:
    log.warning("the blob store fails: %s: %s", type(error).__name__, str(error)[:200])
    return Unavailable("files are not available now", retry_after_ms=RETRY_AFTER_MS)
