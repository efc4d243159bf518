"""Reads what a client lacks, one page a call, from one snapshot. Called by services/sync.py.

Revs and transaction ids, no clock: a conversation has changed when its `rev` is another than the client's cursor; a mark, a setting
or a user when the transaction id of its last change is not below the oldest one that was under way at the last sync.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from chinwag_protocol.objects import Conversation, MarkRow, MemberChanges, Message, SettingsRow, User
from chinwag_server.domain.errors import Invalid
from chinwag_server.storage import sync_sql as sql
from chinwag_server.storage.database import Database
from chinwag_server.storage.server_state import ServerState
from chinwag_server.storage.sync_pages import fill_page, find_changed, list_member_changes
from chinwag_server.storage.sync_people import list_marks, list_users

_CURSOR: Final = re.compile(r"([0-9a-f]{24})\.([0-9]{1,19})")


class SyncPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of `/sync`. `users` come without presence."""

    epoch: str
    at: datetime
    conversations: tuple[Conversation, ...]
    left: tuple[UUID, ...]
    messages: tuple[Message, ...]
    reset: tuple[UUID, ...]
    members: tuple[MemberChanges, ...]
    marks: tuple[MarkRow, ...]
    settings: tuple[SettingsRow, ...]
    users: tuple[User, ...]
    cursor: str
    more: bool


class SyncRepository:
    """Reads pages. Raises Unavailable on an outage."""

    def __init__(self, database: Database, state: ServerState) -> None:
        self._database, self._state = database, state

    async def read(
        self,
        user_id: UUID,
        *,
        epoch: str | None,
        cursors: Mapping[UUID, int],
        marks_since: str | None,
        users_since: str | None,
        limit: int,
    ) -> SyncPage:
        """One page for a client that holds *cursors*, which count in *epoch*.

        A conversation of which more than *limit* messages changed begins anew. Raises Invalid (`marksSince`, `usersSince`) for
        cursors that this server never gave.
        """
        marks_cursor = _read_cursor(marks_since, "marksSince")
        users_cursor = _read_cursor(users_since, "usersSince")
        async with self._database.snapshot() as conn:
            now = await conn.fetchrow(sql.SNAPSHOT)
            assert now is not None
            current = await self._state.epoch(conn)
            valid = epoch is None or epoch == current
            rows = await conn.fetch(sql.HEADS, user_id, list(cursors), list(cursors.values()))
            heads = await find_changed(conn, rows, limit=limit, valid=valid)
            page = await fill_page(conn, user_id, heads)
            visible = {row["id"] for row in rows}
            held = [id_ for id_ in cursors if id_ in visible]
            marks_xid = _since(marks_cursor, current)
            marks, settings = await list_marks(conn, user_id, marks_xid, held)
            return SyncPage(
                epoch=current,
                at=now["at"],
                conversations=tuple(page.conversations),
                left=tuple(id_ for id_ in cursors if id_ not in visible),
                messages=tuple(page.messages),
                reset=tuple(head.id for head in page.heads if head.cursor is None and head.known),
                members=tuple(await list_member_changes(conn, page.heads)),
                marks=marks,
                settings=settings,
                users=await list_users(conn, user_id, page, _since(users_cursor, current), held),
                cursor=f"{current}.{now['xmin']}",
                more=len(page.heads) < len(heads),
            )


def _read_cursor(cursor: str | None, field: str) -> tuple[str, str] | None:
    if cursor is None:
        return None
    found = _CURSOR.fullmatch(cursor)
    if found is None or int(found[2]) >= 1 << 63:
        raise Invalid("not a cursor of this server", field=field)
    return found[1], found[2]


def _since(cursor: tuple[str, str] | None, epoch: str) -> str | None:
    """The transaction id of a cursor, unless it belongs to another history."""
    return cursor[1] if cursor is not None and cursor[0] == epoch else None
