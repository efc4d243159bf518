"""The one way out for events: encode once, write to the sockets of this node, tell the other nodes.

Services call it, and only after COMMIT. Facts go through `ConversationStreams`, which keeps their order; marks and
ephemera go straight out. Nothing here waits: other nodes are told by a `NodeBus` a tick later, off the path of the
ack, and a node that hears nothing repairs itself from the database (`services/repair.py`), by facts told `here` only.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec

from chinwag_protocol.objects import Message
from chinwag_server.bus.items import (
    Disconnect,
    Fact,
    ForgetRoster,
    Item,
    NodeBus,
    Recovered,
    ToConversation,
    ToEveryone,
    ToUsers,
    Variant,
)
from chinwag_server.bus.packets import encode_event
from chinwag_server.bus.rosters import ANY_VERSION, LoadMembers, Roster, RosterCache
from chinwag_server.bus.sink import Sink
from chinwag_server.bus.stands import Stand
from chinwag_server.bus.streams import HOLD_S, REPAIR_S, ConversationStreams, GapListener
from chinwag_server.tasks import TaskOwner

__all__ = ["Fanout", "NodeBus", "Sink", "encode_event"]

Instead = Mapping[UUID, tuple[str, msgspec.Struct]]

STALE_ROSTER_S: Final = 1.0
"""While other nodes cannot be heard, ephemera go to nobody who was removed longer ago than this."""


class Fanout:
    """Tells the sockets of all nodes. All calls but `stop` come from the event loop and return at once."""

    def __init__(
        self,
        sink: Sink,
        *,
        rosters: LoadMembers,
        redis: NodeBus | None = None,
        node_id: str = "",
        hold_s: float = HOLD_S,
        repair_s: float = REPAIR_S,
    ) -> None:
        self.node_id = node_id
        self._sink = sink
        self._bus = redis
        self._tasks = TaskOwner("fanout")
        self._rosters = RosterCache(rosters, tasks=self._tasks)
        self._streams = ConversationStreams(sink, self._rosters, hold_s=hold_s, repair_s=repair_s)
        self._recovered: Recovered | None = None
        self._stopped = False

    async def start(self) -> None:
        """Begin to hear the other nodes."""
        if self._bus is not None:
            self._bus.start(self._receive, self._bus_recovered)

    def watch(self, *, gap: GapListener, recovered: Recovered) -> None:
        """Have `gap` told of a conversation in which facts are missing here, `recovered` that the bus may have lost some."""
        self._streams.on_gap = gap
        self._recovered = recovered

    async def stop(self) -> None:
        """Send what is left to the other nodes, and end; what is told afterwards is told to nobody."""
        self._stopped = True
        if self._bus is not None:
            await self._bus.stop()
        self._streams.close()
        await self._tasks.close()

    @property
    def degraded(self) -> bool:
        """Whether other nodes cannot be reached at present; false where there is no bus."""
        return self._bus is not None and self._bus.degraded

    @property
    def gaps(self) -> int:
        """How often a fact went out without its predecessor: not once, unless the database could not be read in time."""
        return self._streams.gaps

    def fact(
        self,
        conversation_id: UUID,
        *,
        members_version: int,
        rev: int,
        event: str | None,
        payload: msgspec.Struct | None,
        instead: Instead | None = None,
        here: bool = False,
    ) -> None:
        """Tell a fact to all members, in `rev` order. Every `rev` of a conversation has to come through here.

        Users named in `instead` get that event in its place, and get it even if the roster of `members_version` does
        not name them: the added, the removed, those who may not see it. `event` None: only they hear of it.
        `here`: only on this node, which did not hear of it.
        """
        fact = Fact(
            conversation_id=conversation_id,
            members_version=members_version,
            rev=rev,
            packet=None if event is None or payload is None else encode_event(event, payload),
            variants=_variants(instead) if instead else (),
            seq=payload.seq if event == "newMessage" and isinstance(payload, Message) else 0,
        )
        self._send(fact, here=here)

    def to_users(
        self,
        user_ids: Iterable[UUID],
        event: str,
        payload: msgspec.Struct,
        *,
        skip_session: UUID | None = None,
        here: bool = False,
    ) -> None:
        """Tell some users, in all sessions but `skip_session`, on all nodes or only `here`. No users: nobody."""
        item = ToUsers(tuple(user_ids), encode_event(event, payload), skip_session)
        if item.user_ids:
            self._send(item, here=here)

    def to_conversation(
        self,
        conversation_id: UUID,
        event: str,
        payload: msgspec.Struct,
        *,
        skip_user: UUID | None = None,
        here: bool = False,
    ) -> None:
        """Tell the members something that is no fact: marks, typing. On all nodes or only `here`."""
        self._send(ToConversation(conversation_id, encode_event(event, payload), skip_user), here=here)

    def to_everyone(self, event: str, payload: msgspec.Struct, *, skip_user: UUID | None = None) -> None:
        """Tell every registered socket of the server."""
        self._send(ToEveryone(encode_event(event, payload), skip_user))

    def disconnect(
        self,
        *,
        reason: str,
        session_id: UUID | None = None,
        user_id: UUID | None = None,
        keep_session: UUID | None = None,
        here: bool = False,
    ) -> None:
        """Send `sessionRevoked` to one session, or to all of a user but `keep_session`, and close their sockets, on all nodes or only `here`."""
        self._send(Disconnect(reason, session_id, user_id, keep_session), here=here)

    def forget_roster(self, conversation_id: UUID) -> None:
        """Have the next event of a conversation load who is in it."""
        self._send(ForgetRoster(conversation_id))

    # ------------------------------------------------- what stands on this node

    def stand(self, conversation_id: UUID) -> Stand | None:
        """Up to where a conversation was told here; None: nothing of it was."""
        return self._streams.find(conversation_id)

    def list_followed(self) -> dict[int, int]:
        """The conversations that registered sockets of this node follow, as `UUID.int`, and up to which `rev` they were told."""
        return self._streams.list_followed()

    def follow(self, conversation_id: UUID, *, rev: int, seq: int | None) -> None:
        """A member is here now, who knows of everything up to `rev` and message `seq`: nothing behind may be missed."""
        self._streams.follow(conversation_id, rev=rev, seq=seq)

    def unfollow(self, conversation_ids: Iterable[int]) -> None:
        """No member is here any more."""
        self._streams.unfollow(conversation_ids)

    def skip_to(self, conversation_id: UUID, rev: int) -> None:
        """Do not tell what lies before `rev`: clients will notice, and ask."""
        self._streams.skip_to(conversation_id, rev)

    def reset(self) -> None:
        """Forget the `rev` of every conversation: the epoch has changed."""
        self._streams.reset()

    # ---------------------------------------------------------------- on their way

    def _send(self, item: Item, *, here: bool = False) -> None:
        if self._stopped:
            return
        self._apply(item)
        if not here and self._bus is not None and self._bus.has_listeners:
            self._bus.send(item)

    def _bus_recovered(self) -> None:
        if self._recovered is not None:
            self._recovered()

    def _receive(self, items: Sequence[Item]) -> None:
        for item in items:
            self._apply(item)

    def _apply(self, item: Item) -> None:
        match item:
            case Fact():
                self._streams.put(item)
            case ToUsers():
                users = [user_id.int for user_id in item.user_ids]
                self._sink.deliver(users, item.packet, skip_session=item.skip_session)
            case ToConversation():
                self._to_members(item)
            case ToEveryone():
                self._sink.deliver_to_all(item.packet, skip_user=item.skip_user and item.skip_user.int)
            case Disconnect():
                self._sink.revoke(
                    reason=item.reason,
                    session_id=item.session_id,
                    user_id=item.user_id,
                    keep_session=item.keep_session,
                )
            case ForgetRoster():
                self._rosters.forget(item.conversation_id)

    def _to_members(self, item: ToConversation) -> None:
        def deliver(roster: Roster | None) -> None:
            if roster is not None:
                self._sink.deliver(roster.users, item.packet, skip_user=item.skip_user and item.skip_user.int)

        max_age_s = STALE_ROSTER_S if self.degraded else None
        roster = self._rosters.get(item.conversation_id, ANY_VERSION, max_age_s=max_age_s)
        if roster is None:
            self._rosters.fetch(item.conversation_id, ANY_VERSION, deliver)
        else:
            deliver(roster)


def _variants(instead: Instead) -> tuple[Variant, ...]:
    """Encode each event once: users who share the payload object share the bytes."""
    groups: dict[tuple[str, int], list[UUID]] = {}
    for user_id, (event, payload) in instead.items():
        groups.setdefault((event, id(payload)), []).append(user_id)
    return tuple(Variant(tuple(user_ids), encode_event(*instead[user_ids[0]])) for user_ids in groups.values())
