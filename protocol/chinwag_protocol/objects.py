"""The objects of the wire: what calls answer with, events carry, and clients store.

Live events, acks, catch-up and history carry whole objects, so that applying one twice changes nothing. Fields that
do not apply are absent.

**Unread** are others' messages that are not deleted and not system, with `seq` above `readSeq`. *Mark unread* sets
`settings.unreadFromSeq`: while it is set, `unreadCount` and `mentionCount` count from it; the next `messagesRead`
clears it, also when the mark does not move, and the ticks of others never go back.

**System messages** are written in the transaction of what they tell, exactly one each: making a group, renaming it,
setting or removing its picture, adding (one for all), removing, leaving, a role change. Such a change takes `rev` n,
its message n + 1 and the next `seq`: `conversationUpdated` and `membersChanged` carry n, `newMessage` follows with
n + 1, and HTTP answers show the state after both.

**Who may do what.** In a group a member sends, reacts and leaves. Owner and admins rename, set the picture and
`history`, say `mentionsAll`, pin, add, remove plain members and delete others' messages. Only the owner makes, demotes
and removes admins and passes ownership on. Everyone edits and deletes their own. Whoever lacks the right gets
`forbidden`; whoever is no member gets `not_found`, for an id that exists and an invented one alike. A direct
conversation has no title and no roles, both pin, and nobody can be added; a block, either way, or a disabled user make
sending to them `forbidden`, and a block there also editing, reacting, pinning and `typing`; own messages can be deleted.
"""

from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from .wire import Count, Milliseconds, Path, Record, Rev, Seq, Timestamp

UserRole = Literal["member", "admin", "bot"]
ConversationKind = Literal["direct", "group"]
History = Literal["all", "joined"]
Notify = Literal["all", "mentions", "none"]
MemberRole = Literal["owner", "admin", "member"]
MessageKind = Literal["text", "image", "voice", "file", "system"]
FactType = Literal["created", "renamed", "pictured", "joined", "left", "removed", "role"]


class UserStatus(Record, frozen=True, kw_only=True):
    """What a user says about themselves, until a time or for good; `dnd` asks clients to keep quiet."""

    text: str
    until: Timestamp | None = None
    dnd: bool


class User(Record, frozen=True, kw_only=True):
    """A person or bot. `online` is true for the 5 s after the last socket went, too."""

    id: UUID
    username: str
    display_name: str
    avatar_url: Path | None = None
    role: UserRole
    disabled: bool
    online: bool
    last_seen_at: Timestamp | None = None
    status: UserStatus | None = None


class Settings(Record, frozen=True, kw_only=True):
    """What one member set for one conversation. `unreadFromSeq` is *mark unread*: while set, counting starts there."""

    muted_until: Timestamp | None = None
    notify: Notify
    pinned: bool
    archived: bool
    unread_from_seq: Seq | None = None


class Member(Record, frozen=True, kw_only=True):
    """A user in a conversation, with their marks. `firstSeq` is the first message they may see with history `joined`."""

    user_id: UUID
    role: MemberRole
    delivered_seq: Seq
    read_seq: Seq
    joined_at: Timestamp
    first_seq: Seq


class Attachment(Record, frozen=True, kw_only=True):
    """A file. `width` and `height` in pixels; `waveform` has 64 values of 0..100."""

    id: UUID
    name: str
    media_type: str
    size: Annotated[Count, Meta(description="bytes")]
    width: Count | None = None
    height: Count | None = None
    duration_ms: Milliseconds | None = None
    waveform: tuple[Annotated[int, Meta(ge=0, le=100)], ...] | None = None
    url: Path
    thumbnail_url: Path | None = None


class ReplyTo(Record, frozen=True, kw_only=True):
    """The message answered. `excerpt` is its first 140 characters; empty when it is deleted, and with history `joined`."""

    id: UUID
    seq: Seq
    sender_id: UUID
    excerpt: str


class ForwardedFrom(Record, frozen=True, kw_only=True):
    """The first author of a forwarded message, and when they wrote it."""

    sender_id: UUID
    created_at: Timestamp


class Reaction(Record, frozen=True, kw_only=True):
    """One emoji of a message and who gave it, in the order of reacting; `userIds` holds at most 50 of `count`."""

    emoji: str
    count: Count
    user_ids: tuple[UUID, ...]


class SystemFact(Record, frozen=True, kw_only=True):
    """What a system message tells. `actorId` did it, to `userIds` where there are any."""

    type: FactType
    actor_id: UUID
    user_ids: tuple[UUID, ...] | None = None
    title: str | None = None
    role: MemberRole | None = None


class Message(Record, frozen=True, kw_only=True):
    """A message. A deleted one keeps `id` and `seq` and loses text, attachments, reactions and mentions.

    `seq` never changes; `rev` is that of the last fact about it. `tempId` is its sender's own. A system message has
    empty text, counts as neither unread nor mention, and cannot be edited, deleted, answered or reacted to.
    """

    id: UUID
    conversation_id: UUID
    seq: Seq
    rev: Rev
    sender_id: UUID
    temp_id: UUID | None = None
    kind: MessageKind
    text: str
    attachments: tuple[Attachment, ...]
    mentions: tuple[UUID, ...]
    mentions_all: bool
    reply_to: ReplyTo | None = None
    forwarded_from: ForwardedFrom | None = None
    pinned_at: Timestamp | None = None
    reactions: tuple[Reaction, ...]
    created_at: Timestamp
    edited_at: Timestamp | None = None
    deleted_at: Timestamp | None = None
    system: SystemFact | None = None


class Conversation(Record, frozen=True, kw_only=True):
    """A direct conversation or a group.

    `lastMessage`, `unreadCount`, `mentionCount` and `settings` are the caller's own view: HTTP gives them, events do
    not. `members` holds all while `memberCount` <= 100, else only the caller's, and in events none. `firstSeq` is
    the oldest message still stored.
    """

    id: UUID
    kind: ConversationKind
    title: str | None = None
    avatar_url: Path | None = None
    history: History
    rev: Rev
    last_seq: Seq
    first_seq: Seq
    member_count: Count
    members: tuple[Member, ...]
    created_at: Timestamp
    last_message: Message | None = None
    unread_count: Count | None = None
    mention_count: Count | None = None
    settings: Settings | None = None


class MarkRow(Record, frozen=True, kw_only=True):
    """How far a member received and read. Marks only grow, and merge by maximum."""

    conversation_id: UUID
    user_id: UUID
    delivered_seq: Seq
    read_seq: Seq


class SettingsRow(Record, frozen=True, kw_only=True):
    """The caller's settings of one conversation."""

    conversation_id: UUID
    settings: Settings


class MemberChanges(Record, frozen=True, kw_only=True):
    """Who came, went and changed in a conversation."""

    conversation_id: UUID
    joined: tuple[Member, ...]
    left: tuple[UUID, ...]
    changed: tuple[Member, ...]
