"""What there is at the end of a run: in the database, and in each client's cache."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import apsw
import msgspec

from chinwag_server.storage import driver
from faults.clients.foreign_cache import HeldConversation


class StoredMessage(msgspec.Struct, frozen=True):
    """A row of `messages`; `system` is the type of a system message, `about` whom it names."""

    conversation_id: str
    seq: int
    rev: int
    id: str
    sender_id: str
    temp_id: str
    text: str
    changed: bool = False
    deleted: bool = False
    system: str = ""
    about: tuple[str, ...] = ()


class StoredMember(msgspec.Struct, frozen=True):
    """A row of `members`."""

    delivered_seq: int
    read_seq: int


class StoredConversation(msgspec.Struct, frozen=True):
    """A row of `conversations` with its members and its messages in the order of `seq`."""

    id: str
    kind: str
    rev: int
    last_seq: int
    members: dict[str, StoredMember]
    messages: tuple[StoredMessage, ...]


class CachedMessage(msgspec.Struct, frozen=True):
    """A message in a cache."""

    rev: int
    id: str
    text: str
    temp_id: str = ""


class CachedConversation(msgspec.Struct, frozen=True):
    """A conversation in a cache. `held` are the runs of `seq` that it claims to hold without a hole, if it says so."""

    rev: int
    last_seq: int
    members: tuple[str, ...]
    messages: dict[int, CachedMessage]
    held: tuple[tuple[int, int], ...] = ()
    marks: dict[str, StoredMember] | None = None
    unread: int | None = None


class Cache(msgspec.Struct, frozen=True):
    """What a client holds at the end."""

    client: str
    user_id: str
    conversations: dict[str, CachedConversation]
    unsent: tuple[str, ...] = ()
    """tempIds that are still to be sent."""


_CONVERSATIONS: Final = "SELECT id::text, kind, rev, last_seq FROM conversations ORDER BY id"
_MEMBERS: Final = """SELECT m.conversation_id::text, m.user_id::text, m.delivered_seq, m.read_seq FROM members m
  JOIN conversations c ON c.id = m.conversation_id WHERE m.opened OR c.last_seq > 0"""
_MESSAGES: Final = """SELECT conversation_id::text, seq, rev, id::text, sender_id::text, coalesce(temp_id::text, '') AS temp_id,
  text, changed, deleted_at IS NOT NULL AS deleted, coalesce(extra #>> '{system,type}', '') AS system, extra #> '{system,userIds}' AS about
FROM messages ORDER BY conversation_id, seq"""


_MESSAGES_HELD: Final = (
    "SELECT seq, rev, id, temp_id, json_extract(body, '$.text') FROM messages WHERE conversation_id = ?"
)
_NO_MESSAGES: Final = f"{_MESSAGES_HELD} AND 0"


async def read_database(url: str, *, messages: bool = True) -> list[StoredConversation]:
    """Everything, or all but the messages, from one snapshot."""
    connection = await driver.connect(url, timeout_s=30)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            heads = await connection.fetch(_CONVERSATIONS)
            members: dict[str, dict[str, StoredMember]] = {}
            for conversation_id, user_id, delivered, read in await connection.fetch(_MEMBERS):
                members.setdefault(conversation_id, {})[user_id] = StoredMember(delivered, read)
            rows: dict[str, list[StoredMessage]] = {}
            for row in await connection.fetch(_MESSAGES) if messages else ():
                rows.setdefault(row["conversation_id"], []).append(_message(row))
    finally:
        await connection.close()
    return [
        StoredConversation(id_, kind, rev, last_seq, members.get(id_, {}), tuple(rows.get(id_, ())))
        for id_, kind, rev, last_seq in heads
    ]


def _message(row: driver.Record) -> StoredMessage:
    return StoredMessage(
        conversation_id=row["conversation_id"],
        seq=row["seq"],
        rev=row["rev"],
        id=row["id"],
        sender_id=row["sender_id"],
        temp_id=row["temp_id"],
        text=row["text"],
        changed=row["changed"],
        deleted=row["deleted"],
        system=row["system"],
        about=tuple(msgspec.json.decode(row["about"], type=list[str])) if row["about"] else (),
    )


def read_desktop_cache(client: str, user_id: str, profile: Path, *, messages: bool = True) -> Cache:
    """cache.db and outbox.db of a client, while it runs or after it has ended; with or without the messages."""
    database = apsw.Connection(str(profile / "cache.db"), flags=apsw.SQLITE_OPEN_READONLY)
    outbox = apsw.Connection(str(profile / "outbox.db"), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        database.set_busy_timeout(5_000)
        outbox.set_busy_timeout(5_000)
        database.execute("BEGIN")  # one snapshot
        conversations = _read_conversations(database, _MESSAGES_HELD if messages else _NO_MESSAGES)
        unsent = [_text(row[0]) for row in outbox.execute("SELECT temp_id FROM outbox WHERE state <> 'failed'")]
    finally:
        database.close()
        outbox.close()
    return Cache(client, user_id, conversations, tuple(unsent))


def _read_conversations(database: apsw.Connection, query: str) -> dict[str, CachedConversation]:
    found: dict[str, CachedConversation] = {}
    rows: list[Any] = list(database.execute("SELECT id, cursor, last_seq, body, unread FROM conversations"))
    for key, cursor, last_seq, body, unread in rows:
        messages: list[Any] = list(database.execute(query, (key,)))
        held: list[Any] = list(database.execute("SELECT first, last FROM held WHERE conversation_id = ?", (key,)))
        marks: list[Any] = list(
            database.execute("SELECT user_id, delivered_seq, read_seq FROM marks WHERE conversation_id = ?", (key,))
        )
        members = [member["userId"] for member in msgspec.json.decode(body)["members"]]
        found[_text(key)] = CachedConversation(
            rev=cursor,
            last_seq=last_seq,
            members=tuple(members),
            messages={
                seq: CachedMessage(rev, _text(id_), text or "", _text(temp_id) if temp_id else "")
                for seq, rev, id_, temp_id, text in messages
            },
            held=tuple((first, last) for first, last in held),
            marks={_text(user): StoredMember(delivered, read) for user, delivered, read in marks},
            unread=unread,
        )
    return found


def read_foreign_cache(client: str, user_id: str, path: Path) -> Cache:
    """What a foreign client wrote down when it ended."""
    held = msgspec.json.decode(path.read_bytes(), type=dict[str, HeldConversation])
    return Cache(
        client,
        user_id,
        {
            id_: CachedConversation(
                rev=one.rev,
                last_seq=one.last_seq,
                members=tuple(one.members),
                messages={seq: CachedMessage(m.rev, m.id, m.text) for seq, m in one.messages.items()},
            )
            for id_, one in held.items()
        },
    )


def _text(key: bytes) -> str:
    text = key.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
