"""A client that is killed while it sends, and what the next run on its profile makes of it."""

import asyncio
import json
import os
import sys
from pathlib import Path

import killed_client
from client_stage import ClientStage
from desktop_builders import TALK, uid
from sync_stage import sync_stage

MESSAGES, ACKED = 500, 7


async def kill_one(folder: Path) -> list[str]:
    """Run one until it is in the middle of things, then SIGKILL. Returns what the server has."""
    here = Path(killed_client.__file__)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(here),
        str(folder),
        str(MESSAGES),
        str(ACKED),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert process.stdout is not None
    try:
        return json.loads(await process.stdout.readline())
    finally:
        process.kill()
        await process.wait()


async def test_killed_with_five_hundred_in_its_outbox(tmp_path: Path) -> None:
    """FAULTS 34, 35: one of them is stored and its ack was lost; all are sent once, in order, and shown once."""
    stored = await kill_one(tmp_path)
    assert stored == [f"{number}" for number in range(ACKED + 1)]
    async with sync_stage(tmp_path, ClientStage) as stage:
        stage.world.open()
        for text in stored:
            stage.world.say(text, "me", temp_id=uid(f"temp {text}"))
        waiting = [row.message.text for row in stage.reader.pending(TALK)]
        assert waiting == [f"{number}" for number in range(ACKED, MESSAGES)]
        await stage.online()
        for _ in range(60):  # twenty a second, when the burst is over
            await stage.advance(1)
            if not stage.worker.pending():
                break
        everything = [f"{number}" for number in range(MESSAGES)]
        assert [message.text for message in stage.world.talks[TALK].messages] == everything
        assert stage.shown() == everything
        assert stage.reader.pending(TALK) == []
        assert await stage.outbox_db.entries() == []
        await stage.end()
