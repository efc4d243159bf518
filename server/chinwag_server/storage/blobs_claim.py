"""Who keeps the attachments of a database: so that a second node does not keep its own where the others cannot see them."""

import os
import secrets
from pathlib import Path
from typing import Final

from chinwag_server.storage import driver

IDENTITY_FILE: Final = "blobs.id"
SHARED: Final = "shared"
_KEY: Final = "blobs"
_PUT: Final = "INSERT INTO server_state (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING"
_SET: Final = (
    "INSERT INTO server_state (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)


async def claim_blobs(url: str, *, data_dir: Path, shared: bool, embedded: bool) -> bool:
    """Say whether a node may keep attachments as it means to: *shared* by a `--blobs-url`, or in its own data folder.

    The first node of the database at *url* decides. One that brings the database along (*embedded*) always may.
    """
    mine = SHARED if shared else _identity(data_dir)
    conn = await driver.connect(url)
    try:
        await conn.execute(_SET if embedded and not shared else _PUT, _KEY, mine)
        stored = await conn.fetchval("SELECT value FROM server_state WHERE key = $1", _KEY)
    finally:
        await conn.close()
    return shared or stored == mine


def _identity(data_dir: Path) -> str:
    """The name of this data folder, made once; it moves with the folder."""
    path = data_dir / IDENTITY_FILE
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_hex(16))
    return path.read_text(encoding="ascii")
