"""The SQL of attachments and avatars: who may read which, and what nobody holds any more."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from chinwag_protocol.objects import Attachment
from chinwag_server.domain.errors import TooLarge
from chinwag_server.domain.paths import attachment_url, thumbnail_url
from chinwag_server.domain.records import AttachmentRecord
from chinwag_server.storage.database import Database
from chinwag_server.storage.driver import Connection, Record
from chinwag_server.storage.idempotency import KeyClaim, find_answer, keep_answer

_COLUMNS: Final = """a.id, a.uploader_id, a.name, a.media_type, a.size, a.width, a.height, a.duration_ms, a.waveform, a.blob_key,
  a.thumbnail_key, a.digest, a.created_at"""
_INSERT: Final = """INSERT INTO attachments (id, uploader_id, name, media_type, size, width, height, duration_ms, waveform, blob_key,
  thumbnail_key, digest, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::jsonb, $10, $11, $12, $13)"""

# its uploader, until the last message that held it was deleted; and whoever sees a message that holds it
_VISIBLE: Final = f"""SELECT {_COLUMNS} FROM attachments a WHERE a.id = $2 AND (
  (a.uploader_id = $1 AND (a.orphaned_at IS NULL OR EXISTS (SELECT FROM attachment_links l WHERE l.attachment_id = a.id)))
  OR EXISTS (
    SELECT FROM attachment_links l JOIN conversations c ON c.id = l.conversation_id
    JOIN members me ON me.conversation_id = l.conversation_id AND me.user_id = $1
    WHERE l.attachment_id = a.id AND (c.history = 'all' OR l.seq >= me.first_seq)))"""  # noqa: S608 - constants of ours
_UPLOADS: Final = f"""SELECT {_COLUMNS} FROM attachments a WHERE a.id = ANY ($2::uuid[]) AND a.uploader_id = $1
  AND (a.orphaned_at IS NULL OR EXISTS (SELECT FROM attachment_links l WHERE l.attachment_id = a.id))"""  # noqa: S608 - constants

_ONE_AT_A_TIME: Final = "SELECT pg_advisory_xact_lock(hashtextextended('unsent ' || $1::text, 0))"
_UNSENT: Final = """SELECT coalesce((SELECT sum(a.size) FROM attachments a WHERE a.uploader_id = $1 AND a.orphaned_at IS NULL
    AND NOT EXISTS (SELECT FROM attachment_links l WHERE l.attachment_id = a.id)), 0)
  + coalesce((SELECT sum(v.size) FROM avatars v WHERE v.uploader_id = $1
    AND NOT EXISTS (SELECT FROM users u WHERE u.avatar = v.id) AND NOT EXISTS (SELECT FROM conversations c WHERE c.avatar = v.id)), 0)"""

_COLLECT: Final = """DELETE FROM attachments WHERE id IN (
  SELECT a.id FROM attachments a WHERE coalesce(a.orphaned_at, a.created_at) < now() - $1::interval
    AND NOT EXISTS (SELECT FROM attachment_links l WHERE l.attachment_id = a.id)
  ORDER BY a.id LIMIT 500 FOR UPDATE SKIP LOCKED) RETURNING blob_key, thumbnail_key"""
_COLLECT_AVATARS: Final = """DELETE FROM avatars a WHERE a.id IN (
  SELECT v.id FROM avatars v WHERE v.created_at < now() - $1::interval
    AND NOT EXISTS (SELECT FROM users u WHERE u.avatar = v.id) AND NOT EXISTS (SELECT FROM conversations c WHERE c.avatar = v.id)
  ORDER BY v.id LIMIT 500 FOR UPDATE SKIP LOCKED) RETURNING blob_key"""
_UNKNOWN: Final = """SELECT k FROM unnest($1::text[]) AS k
WHERE NOT EXISTS (SELECT FROM attachments a WHERE a.blob_key = k OR a.thumbnail_key = k)
  AND NOT EXISTS (SELECT FROM avatars v WHERE v.blob_key = k)"""


class AvatarRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A row of avatars."""

    id: UUID
    uploader_id: UUID
    media_type: str
    size: int
    digest: bytes
    blob_key: str


class AttachmentRepository:
    """Reads and writes attachments and avatars. Raises Unavailable on an outage."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def require_room(self, user_id: UUID, size: int, *, within: int) -> None:
        """Raises TooLarge when what *user_id* uploaded and does not use would, with *size* bytes more, be more than *within*."""
        async with self._database.connection() as conn:
            await _require_room(conn, user_id, size, within)

    async def insert(
        self, record: AttachmentRecord, *, unsent_bytes: int, claim: KeyClaim | None = None
    ) -> tuple[Attachment, bool]:
        """Store a row whose blobs are stored, and give its object and True; under a key that was used, the first and False.

        Raises Conflict when the key was used for another call, TooLarge when more than *unsent_bytes* of its uploader would
        belong to no message.
        """
        attachment = attachment_object(record)
        async with self._database.transaction() as conn:
            if claim is not None and (first := await find_answer(conn, claim)) is not None:
                return msgspec.json.decode(first, type=Attachment), False
            await conn.execute(_ONE_AT_A_TIME, str(record.uploader_id))
            await _require_room(conn, record.uploader_id, record.size, unsent_bytes)
            waveform = None if record.waveform is None else msgspec.json.encode(record.waveform).decode()
            await conn.execute(
                _INSERT,
                record.id,
                record.uploader_id,
                record.name,
                record.media_type,
                record.size,
                record.width,
                record.height,
                record.duration_ms,
                waveform,
                record.blob_key,
                record.thumbnail_key,
                record.digest,
                record.created_at,
            )
            if claim is not None:
                await keep_answer(conn, claim, status=201, response=msgspec.json.encode(attachment))
        return attachment, True

    async def find_visible(self, user_id: UUID, attachment_id: UUID) -> AttachmentRecord | None:
        """The attachment, if *user_id* may read it now."""
        row = await self._database.fetchrow(_VISIBLE, user_id, attachment_id)
        return None if row is None else _record(row)

    async def find_uploads(self, user_id: UUID, attachment_ids: Sequence[UUID]) -> list[Attachment]:
        """Those of the attachments that *user_id* uploaded and that are still there, in no order."""
        rows = await self._database.fetch(_UPLOADS, user_id, list(attachment_ids))
        return [attachment_object(_record(row)) for row in rows]

    async def insert_avatar(self, avatar: AvatarRecord) -> None:
        """Store the row of a picture whose blob is stored."""
        await self._database.execute(
            "INSERT INTO avatars (id, uploader_id, media_type, size, digest, blob_key) VALUES ($1, $2, $3, $4, $5, $6)",
            *(getattr(avatar, name) for name in AvatarRecord.__struct_fields__),
        )

    async def find_avatar(self, avatar_id: UUID) -> AvatarRecord | None:
        row = await self._database.fetchrow(
            "SELECT id, uploader_id, media_type, size, digest, blob_key FROM avatars WHERE id = $1", avatar_id
        )
        return None if row is None else AvatarRecord(**dict(zip(AvatarRecord.__struct_fields__, row, strict=True)))

    async def collect(self, *, age: timedelta) -> list[str]:
        """Forget up to 500 attachments and 500 avatars that nothing has held for *age*; give the keys of their blobs."""
        rows = await self._database.fetch(_COLLECT, age)
        keys = [key for row in rows for key in row if key is not None]
        return keys + [row[0] for row in await self._database.fetch(_COLLECT_AVATARS, age)]

    async def find_unknown(self, keys: Sequence[str]) -> list[str]:
        """Those of the keys that no row names."""
        return [row[0] for row in await self._database.fetch(_UNKNOWN, list(keys))]


async def _require_room(conn: Connection, user_id: UUID, size: int, within: int) -> None:
    if await conn.fetchval(_UNSENT, user_id) + size > within:
        raise TooLarge(f"more than {within} bytes were uploaded and not sent", field="file")


def attachment_object(record: AttachmentRecord) -> Attachment:
    """An attachment as the wire shows it."""
    return Attachment(
        id=record.id,
        name=record.name,
        media_type=record.media_type,
        size=record.size,
        width=record.width,
        height=record.height,
        duration_ms=record.duration_ms,
        waveform=None if record.waveform is None else tuple(record.waveform),
        url=attachment_url(record.id),
        thumbnail_url=None if record.thumbnail_key is None else thumbnail_url(record.id),
    )


def _record(row: Record) -> AttachmentRecord:
    values = dict(zip(AttachmentRecord.__struct_fields__, row, strict=True))
    waveform = values["waveform"]
    values["waveform"] = None if waveform is None else msgspec.json.decode(waveform, type=list[int])
    return AttachmentRecord(**values)
