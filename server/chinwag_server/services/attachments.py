"""Files of messages and pictures of people: taking them in, giving them out to whoever may see them, collecting what nobody holds."""

import asyncio
import contextlib
import hashlib
import logging
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec

from chinwag_protocol.ids import new_id
from chinwag_protocol.limits import WAVEFORM_POINTS, Limits
from chinwag_protocol.objects import Attachment
from chinwag_protocol.text import clean_file_name
from chinwag_server.domain.errors import ChatError, Invalid, NotFound, Unavailable
from chinwag_server.domain.records import AttachmentRecord, Principal
from chinwag_server.services.at_once import AtOnce
from chinwag_server.services.uploads import Spool, UploadFolder, digest_file
from chinwag_server.storage.attachments import AttachmentRepository, AvatarRecord
from chinwag_server.storage.blobs import BlobStore
from chinwag_server.storage.idempotency import KeyClaim
from chinwag_server.storage.images import PROCESSED, ImageProcessor, Picture
from chinwag_server.tasks import TaskOwner

log = logging.getLogger(__name__)

ROUTE: Final = "POST /attachments"
KEY_LENGTH: Final = 255
AVATAR_BYTES: Final = 20 * 1024 * 1024
UPLOADS_AT_ONCE: Final = 10
DOWNLOADS_AT_ONCE: Final = 64
COLLECT_EVERY_S: Final = 3600.0
UNUSED_FOR: Final = timedelta(hours=24)
"""How long something may lie unsent, and stay after the last message that held it was deleted."""


class StoredFile(msgspec.Struct, frozen=True, kw_only=True):
    """A blob that the caller may read. `etag` is strong, and without its quotes."""

    name: str
    media_type: str
    size: int
    etag: str
    blob_key: str


class Attachments:
    """What may be uploaded and who may read it. Refusals are Invalid, TooLarge, Conflict, NotFound; all raise Unavailable."""

    def __init__(
        self,
        repository: AttachmentRepository,
        *,
        blobs: BlobStore,
        images: ImageProcessor,
        folder: UploadFolder,
        limits: Limits,
        make_id: Callable[[], UUID] = new_id,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._repository, self._blobs, self._images = repository, blobs, images
        self._folder, self._limits, self._make_id, self._now = folder, limits, make_id, now
        self._uploads = AtOnce(UPLOADS_AT_ONCE, "uploads")
        self._downloads = AtOnce(DOWNLOADS_AT_ONCE, "downloads")
        self._tasks = TaskOwner("attachments")

    async def start(self) -> None:
        """Make the upload folder, and collect what nobody holds from now on."""
        await asyncio.to_thread(self._folder.prepare)
        self._tasks.spawn(self._collect_for_ever(), "collector")

    async def close(self) -> None:
        await self._tasks.close()

    @contextlib.asynccontextmanager
    async def spool(self, principal: Principal, *, limit: int | None = None) -> AsyncGenerator[Spool]:
        """A file to receive an upload into. Raises RateLimited, and TooLarge for whom too much lies unsent already."""
        with self._uploads.hold(principal.user_id):
            await self._repository.require_room(principal.user_id, 1, within=self._limits.unsent_bytes)
            async with self._folder.open(limit=limit or self._limits.upload_bytes) as spool:
                yield spool

    async def upload(
        self,
        principal: Principal,
        spool: Spool,
        *,
        name: str,
        duration_ms: int | None = None,
        waveform: Sequence[int] | None = None,
        key: str | None = None,
    ) -> Attachment:
        """Keep what was received; pictures are written anew. The same upload under the same *key* gives the first answer.

        Raises Invalid (`file`, `durationMs`, `waveform`, `Idempotency-Key`), TooLarge, also when too much lies unsent, Conflict.
        """
        if not spool.size:
            raise Invalid("an empty file", field="file")
        if waveform is not None and (
            len(waveform) != WAVEFORM_POINTS or not all(0 <= point <= 100 for point in waveform)
        ):
            raise Invalid(f"not {WAVEFORM_POINTS} values of 0..100", field="waveform")
        name = clean_file_name(name)
        claim = None if key is None else self._claim(principal.user_id, key, spool, (name, duration_ms, waveform))
        media_type, picture = spool.media_type, None
        source, thumbnail = spool.path, spool.folder / "thumbnail"
        if media_type in PROCESSED:
            source = spool.folder / "clean"
            picture = await self._images.clean(spool.path, owner=principal.user_id, target=source, thumbnail=thumbnail)
            media_type = picture.media_type
        size, digest = await asyncio.to_thread(digest_file, source)
        blob_key = await self._put(source)
        record = AttachmentRecord(
            id=self._make_id(),
            uploader_id=principal.user_id,
            name=name,
            media_type=media_type,
            size=size,
            width=picture and picture.width,
            height=picture and picture.height,
            duration_ms=duration_ms,
            waveform=None if waveform is None else list(waveform),
            blob_key=blob_key,
            thumbnail_key=await self._put(thumbnail) if picture else None,
            digest=digest,
            created_at=self._now(),
        )
        new = False
        try:
            attachment, new = await self._repository.insert(record, claim=claim, unsent_bytes=self._limits.unsent_bytes)
        except Unavailable:
            new = True  # perhaps it is stored: what is not, is collected
            raise
        finally:
            if not new:
                await self._drop([key for key in (record.blob_key, record.thumbnail_key) if key])
        return attachment

    async def open(self, principal: Principal, attachment_id: UUID, *, thumbnail: bool = False) -> StoredFile:
        """What to serve of an attachment. Raises NotFound for everybody who may not read it."""
        record = await self._repository.find_visible(principal.user_id, attachment_id)
        if record is None or (thumbnail and record.thumbnail_key is None):
            raise NotFound("no such attachment")
        if not thumbnail or record.thumbnail_key is None:
            return StoredFile(
                name=record.name,
                media_type=record.media_type,
                size=record.size,
                etag=record.digest.hex()[:32],
                blob_key=record.blob_key,
            )
        return StoredFile(
            name=f"{Path(record.name).stem}.webp",
            media_type="image/webp",
            size=await self._blobs.size(record.thumbnail_key),
            etag=f"{record.digest.hex()[:32]}-t",
            blob_key=record.thumbnail_key,
        )

    async def store_avatar(self, principal: Principal, chunks: AsyncIterator[bytes]) -> UUID:
        """Keep a picture of a person or group as a square WebP, and give its id for `users.avatar` or `conversations.avatar`.

        Raises Invalid (`file`) for what is no picture, TooLarge.
        """
        async with self.spool(principal, limit=min(AVATAR_BYTES, self._limits.upload_bytes)) as spool:
            await spool.fill(chunks)
            if spool.media_type not in PROCESSED:
                raise Invalid("not a picture in PNG, JPEG, GIF or WebP", field="file")
            target = spool.folder / "avatar"
            picture: Picture = await self._images.avatar(spool.path, owner=principal.user_id, target=target)
            size, digest = await asyncio.to_thread(digest_file, target)
            avatar = AvatarRecord(
                id=self._make_id(),
                uploader_id=principal.user_id,
                media_type=picture.media_type,
                size=size,
                digest=digest,
                blob_key=await self._put(target),
            )
            await self._repository.insert_avatar(avatar)
        return avatar.id

    async def open_avatar(self, avatar_id: UUID) -> StoredFile:
        """What to serve of a picture, to anybody signed in. Raises NotFound."""
        avatar = await self._repository.find_avatar(avatar_id)
        if avatar is None:
            raise NotFound("no such picture")
        return StoredFile(
            name="avatar.webp",
            media_type=avatar.media_type,
            size=avatar.size,
            etag=avatar.digest.hex()[:32],
            blob_key=avatar.blob_key,
        )

    @contextlib.asynccontextmanager
    async def stream(
        self, principal: Principal, file: StoredFile, *, start: int, end: int
    ) -> AsyncGenerator[AsyncIterator[bytes]]:
        """Bytes of a file that `open` gave, within the block; *end* is exclusive. Raises NotFound, RateLimited."""
        with self._downloads.hold(principal.user_id):
            async with contextlib.aclosing(await self._blobs.stream(file.blob_key, start=start, end=end)) as chunks:
                yield chunks

    async def collect(self, *, age: timedelta = UNUSED_FOR) -> int:
        """Delete what nothing has held for *age*, and blobs of uploads that a crash cut off. Gives how many blobs went."""
        count = 0
        while keys := await self._repository.collect(age=age):
            count += await self._drop(keys)
        async for keys in self._blobs.list_older(self._now() - age):
            count += await self._drop(await self._repository.find_unknown(keys))
        return count

    def _claim(self, user_id: UUID, key: str, spool: Spool, rest: object) -> KeyClaim:
        if not 1 <= len(key) <= KEY_LENGTH or not key.isprintable():
            raise Invalid(f"1..{KEY_LENGTH} printable characters", field="Idempotency-Key")
        body = hashlib.sha256(spool.digest + msgspec.json.encode(rest)).digest()
        return KeyClaim(user_id=user_id, key=key, route=ROUTE, body_hash=body)

    async def _put(self, path: Path) -> str:
        """Store a file under a key that tells nothing."""
        name = secrets.token_hex(20)
        key = f"{name[:2]}/{name}"
        await self._blobs.put_file(key, path)
        return key

    async def _drop(self, keys: Sequence[str]) -> int:
        for key in keys:
            await self._blobs.delete(key)
        return len(keys)

    async def _collect_for_ever(self) -> None:
        while True:
            await asyncio.sleep(COLLECT_EVERY_S)
            try:
                count = await self.collect()
            except ChatError as error:
                log.info("files nobody holds stay for now: %s", error.message)
            else:
                log.info("collected %d files that nobody held", count)
