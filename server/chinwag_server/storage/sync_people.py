"""Marks, settings and users for `/sync`: what changed since a transaction id. Every function works on one snapshot."""

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

import msgspec

from chinwag_protocol.limits import MEMBERS_INLINE
from chinwag_protocol.objects import MarkRow, Message, SettingsRow, User, UserStatus
from chinwag_protocol.times import format_time
from chinwag_server.domain.paths import avatar_url
from chinwag_server.storage import sync_sql as sql
from chinwag_server.storage.conversation_views import settings_from_column
from chinwag_server.storage.driver import Connection, Record
from chinwag_server.storage.sync_pages import Page

DIRECTORY_USERS: Final = 1000
"""Up to so many users, everybody's changes are told to everybody; above, only to those who share a conversation."""


async def list_marks(
    conn: Connection, user_id: UUID, since: str | None, held: Sequence[UUID]
) -> tuple[tuple[MarkRow, ...], tuple[SettingsRow, ...]]:
    """Marks and settings since a transaction id; without one, all of the conversations that the client holds."""
    if since is None:
        marks = await conn.fetch(sql.MARKS_OF, user_id, held, MEMBERS_INLINE) if held else ()
        settings = await conn.fetch(sql.SETTINGS_OF, user_id, held) if held else ()
    else:
        marks = await conn.fetch(sql.MARKS_SINCE, user_id, since, MEMBERS_INLINE)
        settings = await conn.fetch(sql.SETTINGS_SINCE, user_id, since)
    return (
        tuple(
            MarkRow(
                conversation_id=row["conversation_id"],
                user_id=row["user_id"],
                delivered_seq=row["delivered_seq"],
                read_seq=row["read_seq"],
            )
            for row in marks
        ),
        tuple(
            SettingsRow(conversation_id=row["conversation_id"], settings=settings_from_column(row["settings"]))
            for row in settings
        ),
    )


async def list_users(
    conn: Connection, user_id: UUID, page: Page, since: str | None, held: Sequence[UUID]
) -> tuple[User, ...]:
    """Whom this page names, and who changed since a transaction id; without one, all in the conversations the client holds."""
    if since is None:
        changed = await conn.fetch(sql.USERS_OF, user_id, held) if held else ()
    else:
        few = await conn.fetchval(sql.FEW_USERS, DIRECTORY_USERS)
        changed = await conn.fetch(sql.USERS_SINCE, user_id, since, few)
    users = {row["id"]: row for row in changed}
    missing = {user_id, *_named(page)} - users.keys()
    users |= {row["id"]: row for row in await conn.fetch(sql.USERS_NAMED, list(missing))}
    return tuple(_user(row) for row in users.values())


def _named(page: Page) -> Iterator[UUID]:
    for conversation in page.conversations:
        yield from (member.user_id for member in conversation.members)
        if conversation.last_message is not None:
            yield from _named_by(conversation.last_message)
    for message in page.messages:
        yield from _named_by(message)


def _named_by(message: Message) -> Iterator[UUID]:
    yield message.sender_id
    yield from message.mentions
    if message.reply_to is not None:
        yield message.reply_to.sender_id
    if message.forwarded_from is not None:
        yield message.forwarded_from.sender_id
    for reaction in message.reactions:
        yield from reaction.user_ids
    if message.system is not None:
        yield message.system.actor_id
        yield from message.system.user_ids or ()


def _user(row: Record) -> User:
    status, seen = row["status"], row["last_seen_at"]
    return User(
        id=row["id"],
        username=row["username"],
        display_name=row["display_name"],
        avatar_url=avatar_url(row["avatar"]),
        role=row["role"],
        disabled=row["disabled"],
        online=False,
        last_seen_at=seen and format_time(seen),
        status=status and msgspec.json.decode(status, type=UserStatus),
    )
