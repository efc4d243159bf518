"""`python killed_client.py FOLDER MESSAGES ACKED`: a client that writes and sends, for a test to kill in the middle of it.

Its server acknowledges so many, stores one more whose ack is lost, and then says nothing. Prints a line once everything that
was written is on the disk: what the server has, as JSON.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from client_stage import ClientStage
from desktop_builders import TALK

from chinwag_protocol.events import SendMessage


class DyingStage(ClientStage):
    """The server's last word is an ack that never arrives."""

    acks_left = 0

    def store(self, command: SendMessage) -> Any:
        if self.acks_left < 0:
            return None
        self.acks_left -= 1
        ack = super().store(command)
        return ack if self.acks_left >= 0 else None


async def main(folder: Path, messages: int, acked: int) -> None:
    stage = DyingStage(folder)
    stage.acks_left = acked
    await stage.cache.open()
    await stage.outbox_db.open()
    stage.world.open()
    await stage.online()
    for number in range(messages):
        stage.write(f"{number}")
    await stage.until(lambda: stage.acks_left < 0)
    await stage.idle()
    sys.stdout.write(json.dumps([message.text for message in stage.world.talks[TALK].messages]) + "\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
