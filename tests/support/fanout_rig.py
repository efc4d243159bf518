"""A fan-out without sockets or a database: what each user got, and who is in the one conversation."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID

from chinwag_protocol.notices import FactSkipped
from chinwag_server.bus.fanout import Fanout

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

A, B, C, D = (UUID(int=number) for number in range(1, 5))
HERE = UUID(int=99)


class FakeSink:
    """Notes what each user got."""

    def __init__(self) -> None:
        self.got: dict[int, list[bytes]] = {}
        self.everyone: list[tuple[bytes, int | None]] = []
        self.revoked: list[dict[str, Any]] = []
        self.anybody_here = False
        """What a real one says of each packet: whether there was a socket for it."""

    def deliver(
        self, users: Iterable[int], packet: bytes, *, skip_user: int | None = None, skip_session: UUID | None = None
    ) -> bool:
        for user in users:
            if user != skip_user:
                self.got.setdefault(user, []).append(packet)
        return self.anybody_here

    def deliver_to_all(self, packet: bytes, *, skip_user: int | None = None) -> None:
        self.everyone.append((packet, skip_user))

    def revoke(self, **what: Any) -> None:
        self.revoked.append(what)

    def revs(self, user: UUID) -> list[int]:
        """The revs of the facts that a user got."""
        return [int(packet.rpartition(b":")[2].rstrip(b"}]")) for packet in self.got.get(user.int, [])]


class Members:
    """The database: members of the one conversation, and how often it was asked."""

    def __init__(self) -> None:
        self.ids: Sequence[UUID] = (A, B)
        self.joined: dict[UUID, int] = {}
        self.loads = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.fails = False

    async def __call__(self, conversation_id: UUID) -> dict[UUID, int]:
        self.loads += 1
        ids = {user_id: self.joined.get(user_id, 1) for user_id in self.ids}
        await self.gate.wait()
        if self.fails:
            raise ConnectionError("away")
        return ids


class FanoutRig:
    def __init__(self, hold_s: float) -> None:
        self.sink = FakeSink()
        self.members = Members()
        self.asked: list[UUID] = []
        self.fanout = Fanout(self.sink, rosters=self.members, hold_s=hold_s, repair_s=4 * hold_s)
        self.fanout.watch(gap=self.asked.append, recovered=lambda: None)

    def fact(self, rev: int, *, version: int = 1, conversation: UUID = HERE, **more: Any) -> None:
        self.fanout.fact(
            conversation,
            members_version=version,
            rev=rev,
            event="factSkipped",
            payload=FactSkipped(conversation_id=conversation, rev=rev),
            **more,
        )
