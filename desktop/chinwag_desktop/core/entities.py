"""What the app talks about above the wire: rows of a timeline, conversations in the list, people, entries of the outbox.

Objects of the protocol are used as they are; these records add what only this device knows.
"""

from datetime import datetime
from enum import IntEnum, StrEnum
from uuid import UUID

from msgspec import Struct

from chinwag_protocol.objects import Conversation, ForwardedFrom, Message, ReplyTo, User, UserStatus


class DeliveryState(IntEnum):
    """How far a message has come. Own messages go from SAVING to READ, others' are RECEIVED."""

    SAVING = 0
    """On the screen, not yet in the outbox."""
    SENDING = 1
    """In the outbox, waiting for its turn, for the connection, or for the server's answer."""
    SENT = 2
    DELIVERED = 3
    READ = 4
    FAILED = 5
    """Refused for good, or not storable here: *Retry* or *Discard*."""
    RECEIVED = 6


class TimelineRow(Struct, frozen=True, kw_only=True):
    """One message in a timeline.

    ``key`` stays the same from key press to read receipt: the tempId of own messages, the id of others'.
    While a message is pending its ``seq`` and ``rev`` are 0.
    """

    key: UUID
    message: Message
    state: DeliveryState
    error: str | None = None
    """An error code of the protocol, or ``disk``, ``file_missing``, ``poison``; only when FAILED."""
    local_path: str | None = None
    """The first attached file on this device, so that a picture shows before it is uploaded."""
    uploaded: float | None = None
    """How much of its files is on the server, 0..1; None when nothing is on its way there."""


class ConversationSummary(Struct, frozen=True, kw_only=True):
    """One row of the conversation list.

    ``last_state`` is set when the last message is the user's own. ``delivered_upto`` and ``read_upto`` are
    the ``seq`` that everybody else has received or read: own messages up to there show it.
    """

    id: UUID
    kind: str
    title: str
    peer_id: UUID | None = None
    excerpt: str = ""
    """One line of the last message's text; empty for pictures, files, system and deleted messages."""
    last_message: Message | None = None
    """The newest message, pending ones of this device included."""
    last_sender_id: UUID | None = None
    last_at: datetime | None = None
    last_state: DeliveryState | None = None
    unread_count: int = 0
    mention_count: int = 0
    muted: bool = False
    pinned: bool = False
    archived: bool = False
    notify: str = "all"
    """What notifies: "all", "mentions" or "none"."""
    draft: str = ""
    last_seq: int = 0
    first_seq: int = 1
    read_seq: int = 0
    delivered_upto: int = 0
    read_upto: int = 0
    avatar_url: str | None = None
    member_count: int = 0
    member_ids: tuple[UUID, ...] = ()


class Presence(StrEnum):
    """Whether somebody can be reached; BUSY is online and asks not to be disturbed."""

    OFFLINE = "offline"
    ONLINE = "online"
    BUSY = "busy"


class Person(Struct, frozen=True, kw_only=True):
    """Somebody on the server, as last heard; ``online`` is true only while we are connected ourselves."""

    id: UUID
    username: str
    display_name: str
    online: bool = False
    last_seen_at: datetime | None = None
    disabled: bool = False
    avatar_url: str | None = None
    status: UserStatus | None = None
    """What they say about themselves, until it runs out."""

    @property
    def presence(self) -> Presence:
        """Of what is known, the part that a dot shows."""
        if not self.online:
            return Presence.OFFLINE
        return Presence.BUSY if self.status is not None and self.status.dnd else Presence.ONLINE


class Mark(Struct, frozen=True, kw_only=True):
    """How far one member of a conversation has received and read it."""

    conversation_id: UUID
    user_id: UUID
    delivered_seq: int = 0
    read_seq: int = 0


class OutboxState(StrEnum):
    """Where an entry of the outbox stands."""

    QUEUED = "queued"
    SENDING = "sending"
    FAILED = "failed"


class OutgoingFile(Struct, frozen=True, kw_only=True):
    """A file of an outgoing message: a copy inside the profile, and its attachment id once uploaded."""

    path: str
    """Of the copy; until that is made the file is at ``source``, or in memory only."""
    source: str | None = None
    """Of the original; None for what was pasted."""
    name: str
    role: str = "file"
    """``image``, ``voice`` or ``file``: the field of ``sendMessage`` it goes into."""
    media_type: str = "application/octet-stream"
    size: int = 0
    width: int | None = None
    height: int | None = None
    attachment_id: UUID | None = None


class OutboxEntry(Struct, frozen=True, kw_only=True):
    """A message on its way out. Exactly one of ``conversation_id`` and ``receiver_id`` is set."""

    temp_id: UUID
    created_at: datetime
    conversation_id: UUID | None = None
    receiver_id: UUID | None = None
    text: str = ""
    files: tuple[OutgoingFile, ...] = ()
    reply_to: ReplyTo | None = None
    forward: UUID | None = None
    """The message that this one copies. `text` is then only what is shown until the server has copied it."""
    forwarded_from: ForwardedFrom | None = None
    mentions: tuple[UUID, ...] = ()
    mentions_all: bool = False
    state: OutboxState = OutboxState.QUEUED
    error: str | None = None
    strikes: int = 0
    """How many fresh connections were cut off by the server while only this entry was in flight."""

    @property
    def lane(self) -> UUID:
        """Entries of one lane are sent one after another."""
        target = self.conversation_id or self.receiver_id
        if target is None:
            raise ValueError("an outbox entry needs a conversation or a receiver")
        return target


class Draft(Struct, frozen=True, kw_only=True):
    """What stands unsent in the composer of a conversation."""

    conversation_id: UUID
    text: str
    reply_to: ReplyTo | None = None


class Held(Struct, frozen=True):
    """A run of messages that the cache holds without a hole; both ends inclusive."""

    first: int
    last: int


class Extent(Struct, frozen=True, kw_only=True):
    """What there is of a timeline: row number = ``seq`` - ``first_seq``; what is not ``held`` is blank until fetched."""

    first_seq: int = 1
    last_seq: int = 0
    read_seq: int = 0
    """The user's own read mark."""
    unread_from_seq: int | None = None
    delivered_upto: int = 0
    read_upto: int = 0
    held: tuple[Held, ...] = ()


__all__ = [
    "Conversation",
    "ConversationSummary",
    "DeliveryState",
    "Draft",
    "Extent",
    "Held",
    "Mark",
    "Message",
    "OutboxEntry",
    "OutboxState",
    "OutgoingFile",
    "Person",
    "Presence",
    "TimelineRow",
    "User",
]
