"""What crosses from node to node, and the way there as `Fanout` sees it."""

from collections.abc import Callable, Sequence
from typing import Protocol
from uuid import UUID

import msgspec

Recovered = Callable[[], None]


class Variant(msgspec.Struct, frozen=True, array_like=True):
    """What some users get in place of the packet for everyone, whether they are in the roster or not."""

    user_ids: tuple[UUID, ...]
    packet: bytes


class Fact(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag="fact"):
    """One fact, encoded; it also crosses nodes in this form. `packet` None: only `variants` are sent.

    `seq` is that of a new message, 0 for any other fact.
    """

    conversation_id: UUID
    members_version: int
    rev: int
    packet: bytes | None
    variants: tuple[Variant, ...] = ()
    seq: int = 0


class ToUsers(msgspec.Struct, frozen=True, array_like=True, tag="users"):
    """An event to some users."""

    user_ids: tuple[UUID, ...]
    packet: bytes
    skip_session: UUID | None


class ToConversation(msgspec.Struct, frozen=True, array_like=True, tag="conversation"):
    """An event to whoever is a member."""

    conversation_id: UUID
    packet: bytes
    skip_user: UUID | None


class ToEveryone(msgspec.Struct, frozen=True, array_like=True, tag="everyone"):
    """An event to every registered socket."""

    packet: bytes
    skip_user: UUID | None


class Disconnect(msgspec.Struct, frozen=True, array_like=True, tag="disconnect"):
    """Sockets to close."""

    reason: str
    session_id: UUID | None
    user_id: UUID | None
    keep_session: UUID | None


class ForgetRoster(msgspec.Struct, frozen=True, array_like=True, tag="forget"):
    """A roster that is no longer true."""

    conversation_id: UUID


Item = Fact | ToUsers | ToConversation | ToEveryone | Disconnect | ForgetRoster


class NodeBus(Protocol):
    """The way to the other nodes. `send` never blocks and never fails; what it loses is lost."""

    @property
    def has_listeners(self) -> bool:
        """Whether another node may be listening."""
        ...

    @property
    def degraded(self) -> bool:
        """Whether the other nodes cannot be told, or heard, at present."""
        ...

    def start(self, receive: Callable[[Sequence[Item]], None], recovered: Recovered) -> None:
        """Begin to hand over what other nodes send, and to tell when they can be heard again after they could not."""
        ...

    def send(self, item: Item) -> None:
        """Send an item with all others of this tick."""
        ...

    async def stop(self) -> None:
        """Send what is left, and end."""
        ...
