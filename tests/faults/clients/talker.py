"""The user before a client: writes to groups and friends at random moments, and reads what has come."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from uuid import UUID

if TYPE_CHECKING:
    from faults.clients.desktop import DesktopClient
    from faults.clients.foreign import ForeignPerson

LOOK_S: Final = 2.0
"""How often it looks which groups there are."""
DIRECT: Final = 0.4
"""The part of what is said that goes to friends."""
FILLER: Final = "the quick brown fox jumps over the lazy dog "


class Talker:
    """Talks while it may."""

    def __init__(self, client: DesktopClient | ForeignPerson) -> None:
        self.client = self._client = client
        self._draw = random.Random(client.spec.seed)
        self.may_talk = False

    async def run(self) -> None:
        """Never returns."""
        spec, loop = self._client.spec, asyncio.get_running_loop()
        groups: Sequence[UUID | str] = ()
        looked = -LOOK_S
        due = loop.time()
        while True:
            due = max(due + self._draw.expovariate(spec.rate), loop.time() - 1)
            await asyncio.sleep(max(due - loop.time(), 0))
            if not self.may_talk or self._client.unsent >= spec.backlog:
                continue
            if loop.time() - looked > LOOK_S:
                looked = loop.time()
                groups = await self._client.groups()
                self._client.read_all()
            self._say(groups)

    async def pile(self, count: int) -> None:
        """Write so many messages at once."""
        groups = await self._client.groups()
        for _ in range(count):
            self._say(groups)

    def _say(self, groups: Sequence[UUID | str]) -> None:
        text = "{id} " + FILLER[: self._draw.randrange(len(FILLER))]
        friends = self._client.spec.friends
        if friends and (not groups or self._draw.random() < DIRECT):
            self._client.say(text=text, receiver_id=UUID(self._draw.choice(friends)))
        elif groups:
            self._client.say(text=text, conversation_id=self._draw.choice(groups))  # pyright: ignore - UUID or str
