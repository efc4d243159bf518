"""People and conversations made straight in SQL, for the tests of the storage layer."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

from chinwag_protocol.ids import new_id
from chinwag_protocol.rules import body_hash
from chinwag_server.storage.database import Database
from chinwag_server.storage.message_writer import WriteRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from uuid import UUID


class World:
    """A database with whom and what a test needs in it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._names = 0

    async def user(self, name: str = "") -> UUID:
        self._names += 1
        user_id = new_id()
        await self.database.execute(
            "INSERT INTO users (id, username, display_name) VALUES ($1, $2, $3)",
            user_id,
            name or f"user{self._names}",
            name.title() or f"User {self._names}",
        )
        return user_id

    async def users(self, count: int) -> list[UUID]:
        return [await self.user() for _ in range(count)]

    async def group(self, members: Sequence[UUID], *, history: str = "all") -> UUID:
        conversation_id = new_id()
        async with self.database.transaction() as conn:
            await conn.execute(
                "INSERT INTO conversations (id, kind, title, history, member_count, rev) VALUES ($1, 'group', 'A group', $2, $3, 1)",
                conversation_id,
                history,
                len(members),
            )
            await conn.execute(
                "INSERT INTO members (conversation_id, user_id, role) SELECT $1, u, CASE WHEN i = 1 THEN 'owner' ELSE 'member' END"
                " FROM unnest($2::uuid[]) WITH ORDINALITY AS k (u, i)",
                conversation_id,
                members,
            )
        return conversation_id

    async def direct(self, opener: UUID, other: UUID) -> UUID:
        conversation_id = new_id()
        async with self.database.transaction() as conn:
            await conn.execute(
                "INSERT INTO conversations (id, kind, member_count, rev) VALUES ($1, 'direct', 2, 1)", conversation_id
            )
            await conn.execute(
                "INSERT INTO direct_conversations (low, high, conversation_id) VALUES (least($1::uuid, $2), greatest($1, $2), $3)",
                opener,
                other,
                conversation_id,
            )
            await conn.execute(
                "INSERT INTO members (conversation_id, user_id, opened) VALUES ($1, $2, true), ($1, $3, false)",
                conversation_id,
                opener,
                other,
            )
        return conversation_id

    async def join(self, conversation_id: UUID, user_id: UUID, *, actor: UUID) -> None:
        """Add a member as the service does: the change takes a rev, its system message the next."""
        async with self.database.transaction() as conn:
            row = await conn.fetchrow(
                "UPDATE conversations SET rev = rev + 1, member_count = member_count + 1, members_version = members_version + 1"
                " WHERE id = $1 RETURNING rev, last_seq",
                conversation_id,
            )
            assert row is not None
            await conn.execute(
                "INSERT INTO members (conversation_id, user_id, joined_rev, changed_rev, first_seq, read_seq, delivered_seq)"
                " VALUES ($1, $2, $3, $3, $4::bigint + 1, $4, $4)",
                conversation_id,
                user_id,
                row["rev"],
                row["last_seq"],
            )
            await conn.execute(
                "DELETE FROM departures WHERE conversation_id = $1 AND user_id = $2", conversation_id, user_id
            )
            await self._system(conn, conversation_id, actor, "joined", user_id)

    async def remove(self, conversation_id: UUID, user_id: UUID, *, actor: UUID) -> None:
        async with self.database.transaction() as conn:
            rev = await conn.fetchval(
                "UPDATE conversations SET rev = rev + 1, member_count = member_count - 1, members_version = members_version + 1"
                " WHERE id = $1 RETURNING rev",
                conversation_id,
            )
            await conn.execute(
                "DELETE FROM members WHERE conversation_id = $1 AND user_id = $2", conversation_id, user_id
            )
            await conn.execute(
                "INSERT INTO departures (conversation_id, user_id, rev) VALUES ($1, $2, $3)",
                conversation_id,
                user_id,
                rev,
            )
            await self._system(conn, conversation_id, actor, "removed", user_id)

    @staticmethod
    async def _system(conn: Any, conversation_id: UUID, actor: UUID, what: str, user_id: UUID) -> None:
        await conn.execute(
            "SELECT write_system_message($1, $2, $3, jsonb_build_object('type', $4::text, 'actorId', $3::uuid, 'userIds', jsonb_build_array($5::uuid)))",
            conversation_id,
            new_id(),
            actor,
            what,
            user_id,
        )

    async def say(self, conversation_id: UUID, sender_id: UUID, text: str, **more: Any) -> Any:
        """Store a message without a writer; returns (seq, rev, at, version)."""
        r = self.request(conversation_id, sender_id, text, **more)
        return await self.database.fetchrow(
            "SELECT * FROM send_one($1,$2,$3,$4,$5,$6,$7,$8,$9)",
            conversation_id,
            sender_id,
            r.temp_id,
            r.body_hash,
            r.message_id,
            text,
            None,
            r.reply_seq,
            r.extra,
        )

    @staticmethod
    def request(conversation_id: UUID, sender_id: UUID, text: str, **more: Any) -> WriteRequest:
        values: dict[str, Any] = {
            "temp_id": new_id(),
            "message_id": new_id(),
            "body_hash": body_hash(
                conversation_id=conversation_id,
                text=text.replace("\ud800", "?"),
                attachment_ids=(),
                reply_to=None,
                forward=None,
            ),
        }
        return WriteRequest(conversation_id=conversation_id, sender_id=sender_id, text=text, **(values | more))

    async def attachment(self, uploader_id: UUID) -> UUID:
        attachment_id = uuid.uuid4()
        await self.database.execute(
            "INSERT INTO attachments (id, uploader_id, name, media_type, size, blob_key, digest) VALUES ($1, $2, 'a.png', 'image/png', 1, 'k', '')",
            attachment_id,
            uploader_id,
        )
        return attachment_id


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def world(database: Database) -> World:
    return World(database)
