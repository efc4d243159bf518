"""The audit trail: what admins did, written in the transaction that does it."""

from uuid import UUID

import msgspec

from chinwag_server.storage.driver import Connection


async def write_audit(
    conn: Connection, *, actor_id: UUID | None, action: str, subject: str, details: dict[str, object] | None = None
) -> None:
    """Leave a line within the caller's transaction; `actor_id` None is the command line."""
    await conn.execute(
        "INSERT INTO audit (actor_id, action, subject, details) VALUES ($1, $2, $3, $4::jsonb)",
        actor_id,
        action,
        subject,
        None if details is None else msgspec.json.encode(details).decode(),
    )
