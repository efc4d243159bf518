"""Who is in which conversation, in the form that `policy.authorize` asks for."""

from typing import Final, Protocol
from uuid import UUID

from chinwag_server.domain.policy import Membership
from chinwag_server.storage.driver import Record

_SELECT: Final = """
    SELECT m.conversation_id, m.user_id, c.kind, m.role, c.history, c.member_count, c.last_seq, m.first_seq, u.disabled,
      c.kind = 'direct' AND EXISTS (
        SELECT FROM members o JOIN blocks b ON (b.user_id, b.blocked_id) IN ((u.id, o.user_id), (o.user_id, u.id))
        WHERE o.conversation_id = c.id) AS blocked
    FROM members m JOIN conversations c ON c.id = m.conversation_id JOIN users u ON u.id = m.user_id
    WHERE m.user_id = $2 AND (m.opened OR c.last_seq > 0) AND m.conversation_id = """
_BY_ID: Final = f"{_SELECT}$1"
_BY_MESSAGE: Final = f"{_SELECT}(SELECT conversation_id FROM messages WHERE id = $1)"  # noqa: S608 - constants of ours


class Queries(Protocol):
    """A connection, or the whole database where no transaction is needed."""

    async def fetchrow(self, query: str, *args: object) -> Record | None: ...


async def find_membership(source: Queries, conversation_id: UUID, user_id: UUID) -> Membership | None:
    """The membership of a user; None for a stranger, an unknown id, and a direct conversation still hidden from them."""
    return _membership(await source.fetchrow(_BY_ID, conversation_id, user_id))


async def find_membership_by_message(source: Queries, message_id: UUID, user_id: UUID) -> Membership | None:
    """The membership of a user in the conversation that a message belongs to."""
    return _membership(await source.fetchrow(_BY_MESSAGE, message_id, user_id))


def _membership(row: Record | None) -> Membership | None:
    if row is None:
        return None
    return Membership(
        conversation_id=row["conversation_id"],
        user_id=row["user_id"],
        kind=row["kind"],
        role=row["role"],
        history=row["history"],
        member_count=row["member_count"],
        last_seq=row["last_seq"],
        first_seq=row["first_seq"],
        disabled=row["disabled"],
        blocked=row["blocked"],
    )
