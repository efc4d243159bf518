"""What comes in is written to a file of its own as it comes, counted and digested; what it is tells its content."""

import asyncio
import contextlib
import hashlib
import secrets
import shutil
import time
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import IO, Final, cast

import filetype

from chinwag_server.domain.errors import TooLarge
from chinwag_server.storage.disk import writing

BUFFER: Final = 512 * 1024
HEAD: Final = 8 * 1024
STALE_S: Final = 86_400.0

_OURS: Final = {"audio/x-wav": "audio/wav", "audio/ogg": "audio/ogg", "application/rtf": "text/plain"}


class Spool:
    """A file under way, in a folder of its own where derived files may lie beside it. Made by `UploadFolder.open`.

    What it does raises Unavailable when the disk is full.
    """

    def __init__(self, folder: Path, *, limit: int) -> None:
        self.folder = folder
        self.path = folder / "source"
        self.size = 0
        self._limit = limit
        self._digest = hashlib.sha256()
        self._head = b""
        self._buffer = bytearray()
        self._file: IO[bytes] = self.path.open("wb", buffering=0)

    async def write(self, chunk: bytes) -> None:
        """Add *chunk*. Raises TooLarge as soon as the limit is passed."""
        self.size += len(chunk)
        if self.size > self._limit:
            raise TooLarge(f"more than {self._limit} bytes", field="file")
        if len(self._head) < HEAD:
            self._head += chunk[: HEAD - len(self._head)]
        self._buffer += chunk
        if len(self._buffer) >= BUFFER:
            await self._flush()

    async def fill(self, chunks: AsyncIterator[bytes]) -> None:
        """Write all of *chunks*, and finish."""
        async for chunk in chunks:
            await self.write(chunk)
        await self.finish()

    async def finish(self) -> None:
        """All is there: `digest` and `media_type` may be read, and `path` be opened."""
        await self._flush()
        self._file.close()

    @property
    def digest(self) -> bytes:
        """SHA-256 of what came in."""
        return self._digest.digest()

    @property
    def media_type(self) -> str:
        """The type by the content; what the sender said it was does not matter."""
        return sniff(self._head, whole=self.size <= HEAD)

    def close(self) -> None:
        self._file.close()

    async def _flush(self) -> None:
        data, self._buffer = bytes(self._buffer), bytearray()
        if data:
            await asyncio.to_thread(self._store, data)

    def _store(self, data: bytes) -> None:
        self._digest.update(data)
        left = memoryview(data)
        with writing(self.folder.parent):
            while left:  # a disk that fills up takes a part before it takes nothing
                left = left[self._file.write(left) :]


class UploadFolder:
    """Where files lie while they come in and are looked at: on this node's own disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def prepare(self) -> None:
        """Make the folder, and remove what a crash left in it."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        oldest = time.time() - STALE_S
        for left in self._folder.iterdir():
            with contextlib.suppress(FileNotFoundError):  # another worker was faster
                if left.stat().st_mtime < oldest:
                    shutil.rmtree(left, ignore_errors=True)

    @contextlib.asynccontextmanager
    async def open(self, *, limit: int) -> AsyncGenerator[Spool]:
        """A spool that takes up to *limit* bytes; it and all files beside it are gone after the block."""
        folder = self._folder / secrets.token_hex(16)
        try:
            with writing(self._folder):
                folder.mkdir(mode=0o700)
                spool = Spool(folder, limit=limit)
            with contextlib.closing(spool):
                yield spool
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def digest_file(path: Path) -> tuple[int, bytes]:
    """Size and SHA-256 of a file. Blocks."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
        return file.tell(), digest


def sniff(head: bytes, *, whole: bool) -> str:
    """Name the type of a file by its first bytes; *whole* tells that there are no more."""
    found = cast("str | None", filetype.guess_mime(head))  # pyright: ignore[reportUnknownMemberType] - it has no annotations
    if found is not None:
        return _OURS.get(found, found)
    if b"\0" in head or not head:
        return "application/octet-stream"
    # a character may be cut at the end
    for cut in range(1 if whole else 4):
        with contextlib.suppress(UnicodeDecodeError):
            head[: len(head) - cut].decode()
            return "text/plain"
    return "application/octet-stream"
