"""Conversations: finding, listing, making and ending them. Changes run inside a `Change` (facts.py)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from chinwag_protocol.objects import Conversation
from chinwag_server.domain.errors import Forbidden, NotFound
from chinwag_server.domain.policy import History, Kind, Membership
from chinwag_server.storage.conversation_views import VISIBLE, shared_views, views
from chinwag_server.storage.database import Database
from chinwag_server.storage.driver import Connection
from chinwag_server.storage.facts import COLUMNS, Change, conversation_record
from chinwag_server.storage.idempotency import KeyClaim, find_answer, keep_answer

_PAGE: Final = f"""
    SELECT c.id, c.last_at FROM members me JOIN conversations c ON c.id = me.conversation_id
    WHERE me.user_id = $1 AND {VISIBLE} AND ($2::timestamptz IS NULL OR (c.last_at, c.id) < ($2, $3::uuid))
    ORDER BY c.last_at DESC, c.id DESC LIMIT $4"""  # noqa: S608 - constants of ours
_MAKE: Final = f"""
    INSERT INTO conversations (id, kind, history, title, member_count, rev) VALUES ($1, $2, $3, $4, $5, 1) RETURNING {COLUMNS}"""  # noqa: S608 - constants of ours
_FIND_DIRECT: Final = "SELECT conversation_id FROM direct_conversations WHERE low = $1 AND high = $2"
_LOCK_DIRECT: Final = "SELECT last_seq FROM conversations WHERE id = $1 FOR NO KEY UPDATE"
_CLAIM_DIRECT: Final = """
    INSERT INTO direct_conversations (low, high, conversation_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"""
_PLACE: Final = """
    SELECT c.kind, c.history, c.member_count, c.last_seq, d.low, d.high, me.role, me.first_seq, u.disabled, me.opened,
      coalesce(p.disabled, false) AS peer_disabled,
      EXISTS (SELECT FROM blocks b WHERE (b.user_id, b.blocked_id) IN ((u.id, p.id), (p.id, u.id))) AS blocked,
      ARRAY (SELECT o.user_id FROM members o WHERE d.low IS NOT NULL AND o.conversation_id = c.id AND NOT o.opened) AS unopened
    FROM conversations c
    JOIN users u ON u.id = $2
    LEFT JOIN direct_conversations d ON d.conversation_id = c.id
    LEFT JOIN members me ON me.conversation_id = c.id AND me.user_id = u.id
    LEFT JOIN users p ON p.id = CASE u.id WHEN d.low THEN d.high WHEN d.high THEN d.low END AND p.id <> u.id
    WHERE c.id = $1"""
_REACHABLE: Final = """
    SELECT u.id <> $1 AND (u.disabled
      OR EXISTS (SELECT FROM blocks b WHERE (b.user_id, b.blocked_id) IN (($1, u.id), (u.id, $1)))) AS refused
    FROM users u WHERE u.id = $2"""
_ADDABLE: Final = """
    SELECT u.id, u.disabled OR EXISTS (SELECT FROM blocks b WHERE b.user_id = u.id AND b.blocked_id = $1) AS refuses
    FROM users u WHERE u.id = ANY ($2::uuid[])"""
_END: Final = (
    """WITH gone AS (DELETE FROM attachment_links l USING messages m
         WHERE m.conversation_id = $1 AND m.extra ? 'attachments' AND l.message_id = m.id RETURNING l.attachment_id)
       UPDATE attachments a SET orphaned_at = now() FROM (SELECT DISTINCT attachment_id FROM gone) g
       WHERE a.id = g.attachment_id AND NOT EXISTS (
         SELECT FROM attachment_links l WHERE l.attachment_id = a.id AND l.conversation_id <> $1)""",
    "DELETE FROM members WHERE conversation_id = $1",
    "DELETE FROM messages WHERE conversation_id = $1",
    "DELETE FROM departures WHERE conversation_id = $1",
    "DELETE FROM conversations WHERE id = $1",
)


class ConversationPage(msgspec.Struct, frozen=True, kw_only=True):
    """A user's conversations, the latest first; `next` is where to go on after."""

    conversations: Sequence[Conversation]
    next: tuple[datetime, UUID] | None


class OpenedDirect(msgspec.Struct, frozen=True, kw_only=True):
    """`created`: it was not there before. `appeared`: the conversation, when until now it was not there for this user."""

    conversation_id: UUID
    created: bool
    appeared: Conversation | None


class SendingPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation as somebody finds it who wants to send to it.

    `low` and `high` are the two of a direct one, `unopened` those for whom it is hidden while it has no message. `refused`: the
    other one is disabled, or one of the two blocks the other.
    """

    conversation_id: UUID
    kind: Kind
    low: UUID | None
    high: UUID | None
    last_seq: int
    membership: Membership | None
    refused: bool
    unopened: tuple[UUID, ...]


class ConversationRepository:
    """Reads conversations from the pool, changes them inside a `Change`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, user_id: UUID, conversation_id: UUID) -> Conversation:
        """The caller's view. Raises NotFound for what they may not see."""
        async with self._database.snapshot() as conn:
            found = await views(conn, user_id, [conversation_id])
        if not found:
            raise NotFound("no such conversation")
        return found[0]

    async def list_page(self, user_id: UUID, *, after: tuple[datetime, UUID] | None, limit: int) -> ConversationPage:
        at, id_ = after or (None, None)
        async with self._database.snapshot() as conn:
            rows = await conn.fetch(_PAGE, user_id, at, id_, limit + 1)
            ids = [row["id"] for row in rows[:limit]]
            found = {view.id: view for view in await views(conn, user_id, ids)}
        last = rows[limit - 1] if len(rows) > limit else None
        return ConversationPage(
            conversations=[found[i] for i in ids], next=None if last is None else (last["last_at"], last["id"])
        )

    async def shared_view(self, change: Change) -> Conversation:
        """The conversation of a change as events carry it, as it is at this point of the change."""
        return (await shared_views(change.conn, [change.conversation.id]))[change.conversation.id]

    async def find_shared(self, conversation_id: UUID) -> Conversation | None:
        """The conversation as events carry it."""
        async with self._database.connection() as conn:
            return (await shared_views(conn, [conversation_id])).get(conversation_id)

    async def require_writable(self, user_id: UUID, other_id: UUID) -> None:
        """Raises NotFound for an unknown user, Forbidden for one who is disabled, or when one of the two blocks the other."""
        row = await self._database.fetchrow(_REACHABLE, user_id, other_id)
        if row is None:
            raise NotFound("no such user", field="receiverId")
        if row["refused"]:
            raise Forbidden("this user cannot be written to")

    async def find_direct(self, user_id: UUID, other_id: UUID) -> UUID | None:
        """The direct conversation of two users (or of one with themselves), whoever may see it by now."""
        return await self._database.fetchval(_FIND_DIRECT, *sorted((user_id, other_id)))

    async def open_direct(self, user_id: UUID, other_id: UUID, *, new_id: UUID) -> OpenedDirect:
        """Find or make the direct conversation of two users, and let `user_id` see it. Raises NotFound for an unknown user."""
        low, high = sorted((user_id, other_id))
        async with self._database.transaction() as conn:
            if await conn.fetchval("SELECT id FROM users WHERE id = $1", other_id) is None:
                raise NotFound("no such user")
            created = await conn.execute(_CLAIM_DIRECT, low, high, new_id) == "INSERT 0 1"
            if created:
                id_ = new_id
                people = {user_id: True, other_id: other_id == user_id}
                await conn.execute(_MAKE, id_, "direct", "all", None, len(people))
                sql = "INSERT INTO members (conversation_id, user_id, opened) SELECT $1, * FROM unnest($2::uuid[], $3::bool[])"
                await conn.execute(sql, id_, list(people), list(people.values()))
                hidden = True
            else:
                # a statement of its own, so that it sees what another call has committed meanwhile
                id_ = await conn.fetchval(_FIND_DIRECT, low, high)
                hidden = await conn.fetchval(_LOCK_DIRECT, id_) == 0
                sql = "UPDATE members SET opened = true WHERE conversation_id = $1 AND user_id = $2 AND NOT opened"
                hidden = await conn.execute(sql, id_, user_id) == "UPDATE 1" and hidden
            appeared = (await shared_views(conn, [id_]))[id_] if hidden else None
            return OpenedDirect(conversation_id=id_, created=created, appeared=appeared)

    async def find_created(self, change: Change, claim: KeyClaim) -> Conversation | None:
        """What an earlier call with the same Idempotency-Key was answered; None: this is the first. Raises Conflict."""
        answer = await find_answer(change.conn, claim)
        return None if answer is None else msgspec.json.decode(answer, type=Conversation)

    async def make_group(
        self,
        change: Change,
        owner_id: UUID,
        other_ids: Sequence[UUID],
        *,
        conversation_id: UUID,
        title: str,
        history: History,
    ) -> None:
        """Make a group at `rev` 1, without its system message yet. Raises NotFound, Forbidden (`memberIds`)."""
        await self._require_addable(change.conn, owner_id, other_ids, field="memberIds")
        row = await change.conn.fetchrow(_MAKE, conversation_id, "group", history, title, 1 + len(other_ids))
        assert row is not None, "an INSERT returns its row"
        sql = "INSERT INTO members (conversation_id, user_id, role) SELECT $1, * FROM unnest($2::uuid[], $3::text[])"
        roles = ["owner", *("member" for _ in other_ids)]
        await change.conn.execute(sql, conversation_id, [owner_id, *other_ids], roles)
        change.take_over(conversation_record(row))

    async def keep_created(self, change: Change, user_id: UUID, claim: KeyClaim | None) -> Conversation:
        """The caller's view of what the change made, kept as the answer to its Idempotency-Key."""
        [view] = await views(change.conn, user_id, [change.conversation.id])
        if claim is not None:
            await keep_answer(change.conn, claim, status=201, response=msgspec.json.encode(view))
        return view

    async def require_addable(self, change: Change, actor_id: UUID, user_ids: Sequence[UUID]) -> None:
        """Raises NotFound for an unknown id, Forbidden for somebody who is disabled or blocks the actor."""
        await self._require_addable(change.conn, actor_id, user_ids, field="userIds")

    async def end(self, change: Change) -> None:
        """Delete a conversation that nobody is left in, with all that hangs on it."""
        for statement in _END:
            await change.conn.execute(statement, change.conversation.id)

    async def find_place(self, user_id: UUID, conversation_id: UUID) -> SendingPlace | None:
        """A conversation as `user_id` finds it who wants to send to it; None when there is none."""
        row = await self._database.fetchrow(_PLACE, conversation_id, user_id)
        if row is None:
            return None
        membership = None
        if row["role"] is not None and (row["opened"] or row["last_seq"] > 0):
            membership = Membership(
                conversation_id=conversation_id,
                user_id=user_id,
                kind=row["kind"],
                role=row["role"],
                history=row["history"],
                member_count=row["member_count"],
                last_seq=row["last_seq"],
                first_seq=row["first_seq"],
                disabled=row["disabled"],  # a block is in `refused`
            )
        return SendingPlace(
            conversation_id=conversation_id,
            kind=row["kind"],
            low=row["low"],
            high=row["high"],
            last_seq=row["last_seq"],
            membership=membership,
            refused=row["peer_disabled"] or row["blocked"],
            unopened=tuple(row["unopened"]),
        )

    async def _require_addable(self, conn: Connection, actor_id: UUID, user_ids: Sequence[UUID], *, field: str) -> None:
        rows = await conn.fetch(_ADDABLE, actor_id, user_ids)
        if len(rows) != len(user_ids):
            raise NotFound("no such user", field=field)
        if any(row["refuses"] for row in rows):
            raise Forbidden("somebody cannot be added", field=field)
