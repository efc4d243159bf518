"""Which conversations a page of `/sync` tells, and how much of each. Every function works on one snapshot."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

import msgspec

from chinwag_protocol.limits import RESET_MESSAGES, SYNC_PAGE_BYTES, SYNC_PAGE_MESSAGES
from chinwag_protocol.objects import Conversation, Member, MemberChanges, Message
from chinwag_server.storage import sync_sql as sql
from chinwag_server.storage.conversation_views import member_from_row, views
from chinwag_server.storage.driver import Connection, Record
from chinwag_server.storage.message_rows import message_from_row

GROUP: Final = 100
"""Conversations that are read at once."""


class Head(msgspec.Struct, kw_only=True):
    """A conversation that is to be told; `cursor` is None when it begins anew."""

    id: UUID
    rev: int
    last_seq: int
    first_seq: int
    cursor: int | None
    known: bool

    @property
    def bound(self) -> int:
        """How many messages it can bring at most."""
        return RESET_MESSAGES if self.cursor is None else self.rev - self.cursor


class Page:
    """What has been gathered so far."""

    def __init__(self) -> None:
        self.heads: list[Head] = []
        self.conversations: list[Conversation] = []
        self.messages: list[Message] = []
        self.size = 0

    def add(self, head: Head, conversation: Conversation, messages: Sequence[Message]) -> None:
        self.heads.append(head)
        self.conversations.append(conversation)
        self.messages += messages
        self.size += len(msgspec.json.encode((conversation, messages)))

    @property
    def full(self) -> bool:
        return len(self.messages) >= SYNC_PAGE_MESSAGES or self.size >= SYNC_PAGE_BYTES


async def find_changed(conn: Connection, rows: Sequence[Record], *, limit: int, valid: bool) -> list[Head]:
    """The conversations to be told, in id order, each with the cursor to go on from."""
    heads: list[Head] = []
    for row in rows:
        cursor = row["cursor"]
        if valid and cursor == row["rev"]:
            continue
        # added (again) after the cursor, ahead of us, or of another history: it begins anew
        stale = cursor is None or not valid or cursor > row["rev"] or row["joined_rev"] > cursor
        heads.append(
            Head(
                id=row["id"],
                rev=row["rev"],
                last_seq=row["last_seq"],
                first_seq=row["first_seq"],
                cursor=None if stale else cursor,
                known=cursor is not None,
            )
        )
    doubtful = [head for head in heads if head.cursor is not None and head.bound > limit]
    if doubtful:
        counts = await conn.fetch(sql.COUNT_SINCE, *_arrays(doubtful), limit + 1)
        many = {row["id"] for row in counts if row["count"] > limit}
        for head in doubtful:
            if head.id in many:
                head.cursor = None
    return heads


async def fill_page(conn: Connection, user_id: UUID, heads: Sequence[Head]) -> Page:
    """Take conversations in order until one brings the page to its limit of messages or bytes."""
    page = Page()
    for group in _groups(heads):
        since = [head for head in group if head.cursor is not None]
        anew = [head for head in group if head.cursor is None]
        rows = list(await conn.fetch(sql.MESSAGES_SINCE, *_arrays(since))) if since else []
        if anew:
            ids, firsts = [head.id for head in anew], [head.first_seq for head in anew]
            rows += await conn.fetch(sql.NEWEST_MESSAGES, ids, firsts, RESET_MESSAGES)
        messages: defaultdict[UUID, list[Message]] = defaultdict(list)
        for row in rows:
            messages[row["conversation_id"]].append(message_from_row(row))
        found = {view.id: view for view in await views(conn, user_id, [head.id for head in group])}
        for head in group:
            page.add(head, found[head.id], messages[head.id])
            if page.full:
                return page
    return page


def _groups(heads: Sequence[Head]) -> Iterator[list[Head]]:
    """Split into runs that bring one page of messages at most, or little more."""
    group: list[Head] = []
    bound = 0
    for head in heads:
        group.append(head)
        bound += head.bound
        if bound >= SYNC_PAGE_MESSAGES or len(group) >= GROUP:
            yield group
            group, bound = [], 0
    if group:
        yield group


def _arrays(heads: Sequence[Head]) -> tuple[list[UUID], list[int | None], list[int], list[int], list[int]]:
    return (
        [head.id for head in heads],
        [head.cursor for head in heads],
        [head.rev for head in heads],
        [head.last_seq for head in heads],
        [head.first_seq for head in heads],
    )


async def list_member_changes(conn: Connection, heads: Sequence[Head]) -> list[MemberChanges]:
    since = [head for head in heads if head.cursor is not None]
    if not since:
        return []
    wanted = ([head.id for head in since], [head.cursor for head in since])
    joined: defaultdict[UUID, list[Member]] = defaultdict(list)
    changed: defaultdict[UUID, list[Member]] = defaultdict(list)
    left: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for row in await conn.fetch(sql.MEMBERS_SINCE, *wanted):
        (joined if row["joined"] else changed)[row["conversation_id"]].append(member_from_row(row))
    for row in await conn.fetch(sql.DEPARTED_SINCE, *wanted):
        left[row["conversation_id"]].append(row["user_id"])
    return [
        MemberChanges(
            conversation_id=head.id,
            joined=tuple(joined[head.id]),
            left=tuple(left[head.id]),
            changed=tuple(changed[head.id]),
        )
        for head in since
        if joined[head.id] or left[head.id] or changed[head.id]
    ]
