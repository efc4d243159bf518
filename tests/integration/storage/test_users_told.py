"""What /sync tells of users: a column that people see and that the trigger does not know would never be told."""

from __future__ import annotations

import hashlib
import uuid
from importlib import resources
from typing import Any

import msgspec

from chinwag_protocol.objects import User
from chinwag_server.storage import sync_sql
from chinwag_server.storage.migrate import head

NOT_TOLD = {"id", "password_hash", "created_at", "changed_xid"}
"""Columns of `users` that no `User` is made from, or that never change."""
COMPUTED = {"online"}
"""Fields of `User` that no column holds."""
NAMED_OTHERWISE = {"avatar_url": "avatar"}
OTHER_VALUES = {"role": "'admin'", "username": "'somebody-else'"}
"""Another value than a new user has, where its type alone does not tell one."""
OF_TYPE = {
    "text": "'another'",
    "boolean": "NOT {column}",
    "jsonb": """'{"text": "another", "dnd": true}'""",
    "uuid": "gen_random_uuid()",
    "timestamp with time zone": "now()",
    "integer": "coalesce({column}, 0) + 1",
    "bigint": "coalesce({column}, 0) + 1",
}
FROZEN = {"0001_base.sql": "bb8d5d23f0f04858d2b87d327ba16a1828bc5f75d5886eeb6f387237bc9c76ee"}


async def test_a_change_of_anything_that_people_see_is_told(database: Any) -> None:
    columns = await database.fetch(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'users' AND table_schema = 'public'"
    )
    told = {row["column_name"]: row["data_type"] for row in columns if row["column_name"] not in NOT_TOLD}
    assert told
    for column, kind in told.items():
        user_id = uuid.uuid4()
        await database.execute(
            "INSERT INTO users (id, username, display_name) VALUES ($1, $2, 'Ann')", user_id, user_id.hex
        )
        value = OTHER_VALUES.get(column) or OF_TYPE[kind].replace("{column}", column)
        before = await database.fetchval("SELECT changed_xid::text FROM users WHERE id = $1", user_id)
        await database.execute(f"UPDATE users SET {column} = {value} WHERE id = $1", user_id)
        after = await database.fetchval("SELECT changed_xid::text FROM users WHERE id = $1", user_id)
        assert before != after, f"the trigger users_touch does not list {column}: /sync would never tell its change"
        await database.execute("DELETE FROM users WHERE id = $1", user_id)


async def test_what_nobody_sees_is_not_told(database: Any) -> None:
    await database.execute("INSERT INTO users (id, username, display_name) VALUES ($1, 'ann', 'Ann')", uuid.uuid4())
    before = await database.fetchval("SELECT changed_xid::text FROM users")
    await database.execute("UPDATE users SET password_hash = 'another', display_name = display_name")
    assert await database.fetchval("SELECT changed_xid::text FROM users") == before


async def test_sync_reads_every_column_that_a_user_is_made_from(database: Any) -> None:
    fields = {NAMED_OTHERWISE.get(field.name, field.name) for field in msgspec.structs.fields(User)} - COMPUTED
    read = await database.fetch(sync_sql.USERS_NAMED, [await some_user(database)])
    assert set(dict(read[0])) == fields


async def some_user(database: Any) -> uuid.UUID:
    return await database.fetchval(
        "INSERT INTO users (id, username, display_name) VALUES ($1, 'bob', 'Bob') RETURNING id", uuid.uuid4()
    )


def test_a_migration_that_was_released_is_never_changed() -> None:
    folder = resources.files("chinwag_server.storage") / "migrations"
    for name, digest in FROZEN.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, (
            f"{name} ran on databases that are in use: write another one, after {head()}"
        )
