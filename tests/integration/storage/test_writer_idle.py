"""A lane that has nothing to do: found by the fault run, whose first messages were all "unknown" after a quiet start.

asyncpg ends a prepare with Flush, not Sync: PostgreSQL stays in a transaction, and its statement timeout goes on.
"""

from __future__ import annotations

from typing import Any

from chinwag_server.storage.message_writer import MessageWriter


async def test_a_connection_that_waits_for_its_first_batch_is_in_no_transaction(world: Any) -> None:
    writer = MessageWriter(world.database, on_commit=lambda _: None)
    connection: Any = (await writer.connect()).conn
    try:
        found = "SELECT state, xact_start FROM pg_stat_activity WHERE pid = $1"
        row = await world.database.fetchrow(found, connection.get_server_pid())
        assert (row["state"], row["xact_start"]) == ("idle", None)
    finally:
        connection.terminate()
