"""Bodies of HTTP requests and answers. `http` has them and the routes that use them under one name.

In the body of a PATCH a field that is absent stays as it is, and `null` removes an optional one.
"""

from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from .limits import INVITE_EXPIRES_MS_MAX, INVITE_USES_MAX, SYNC_LIMIT_MAX, PublicLimits
from .objects import (
    Conversation,
    History,
    MarkRow,
    Member,
    MemberChanges,
    MemberRole,
    Message,
    Notify,
    SettingsRow,
    User,
    UserRole,
)
from .wire import MAX_INTEGER, Count, IdList, Milliseconds, Opaque, Record, Rev, Seq, Timestamp

Registration = Literal["open", "invite", "closed"]
HealthStatus = Literal["ok", "degraded", "unavailable"]
Secret = Annotated[str, Meta(max_length=4_096)]


class DesktopRelease(Record, frozen=True, kw_only=True):
    """The desktop app that goes with this server."""

    latest: str
    minimum: str
    url: str


class ServerInfo(Record, frozen=True, kw_only=True):
    """What a client needs to know before it signs in. `registration` is what holds for this caller, now."""

    name: str
    version: str
    protocol: Count
    registration: Registration
    limits: PublicLimits
    features: tuple[str, ...]
    desktop: DesktopRelease | None = None


class RegisterRequest(Record, frozen=True, kw_only=True):
    """A new account. `inviteCode` is checked and used up whenever it is given."""

    username: str
    password: Secret
    display_name: str | None = None
    invite_code: str | None = None
    device_name: str | None = None


class LoginRequest(Record, frozen=True, kw_only=True):
    """A name and its password. Any wrong pair gets the same `unauthorized`."""

    username: str
    password: Secret
    device_name: str | None = None


class RefreshRequest(Record, frozen=True, kw_only=True):
    """The refresh token of a session, which works once; for 30 s it gives the same successor again."""

    refresh_token: Secret


class PasswordRequest(Record, frozen=True, kw_only=True):
    """A new password; all other sessions are revoked."""

    current_password: Secret
    new_password: Secret


class Session(Record, frozen=True, kw_only=True):
    """A signed-in device, with its tokens. `expiresInMs` is the access token's."""

    user: User
    session_id: UUID
    access_token: str
    refresh_token: str
    expires_in_ms: Milliseconds


class SessionInfo(Record, frozen=True, kw_only=True):
    """One of the caller's sessions; `current` marks the one that asks."""

    id: UUID
    device_name: str | None = None
    created_at: Timestamp
    last_seen_at: Timestamp
    address: str
    current: bool


class SessionList(Record, frozen=True, kw_only=True):
    """All of the caller's sessions."""

    sessions: tuple[SessionInfo, ...]


class UserList(Record, frozen=True, kw_only=True):
    """A page of users."""

    users: tuple[User, ...]
    next: Opaque | None = None


class StatusPatch(Record, frozen=True, kw_only=True):
    """A status, set as a whole; without `dnd` it is false."""

    text: str
    until: Timestamp | None = None
    dnd: bool | None = None


class ProfilePatch(Record, frozen=True, kw_only=True):
    """Changes to the caller's own profile; `status: null` removes it."""

    display_name: str | UnsetType = UNSET
    status: StatusPatch | UnsetType | None = UNSET


class ConversationList(Record, frozen=True, kw_only=True):
    """A page of the caller's conversations, the latest first."""

    conversations: tuple[Conversation, ...]
    next: Opaque | None = None


class GroupRequest(Record, frozen=True, kw_only=True):
    """A new group of the caller and `memberIds`; one unknown id refuses the whole call."""

    title: str
    member_ids: IdList
    history: History | None = None


class ConversationPatch(Record, frozen=True, kw_only=True):
    """Changes to a group."""

    title: str | UnsetType = UNSET
    history: History | UnsetType = UNSET


class MemberList(Record, frozen=True, kw_only=True):
    """A page of members."""

    members: tuple[Member, ...]
    next: Opaque | None = None


class MembersRequest(Record, frozen=True, kw_only=True):
    """Users to add; one unknown id refuses the whole call."""

    user_ids: IdList


class RolePatch(Record, frozen=True, kw_only=True):
    """A member's new role; `owner` passes the ownership on, and its giver becomes admin."""

    role: MemberRole | UnsetType = UNSET


class SettingsPatch(Record, frozen=True, kw_only=True):
    """Changes to the caller's settings of a conversation; `null` unmutes, or takes *mark unread* back."""

    muted_until: Timestamp | UnsetType | None = UNSET
    notify: Notify | UnsetType = UNSET
    pinned: bool | UnsetType = UNSET
    archived: bool | UnsetType = UNSET
    unread_from_seq: Seq | UnsetType | None = UNSET


class MessagePage(Record, frozen=True, kw_only=True):
    """A stretch of history by `seq`, newest last; deleted messages are in it, as tombstones."""

    messages: tuple[Message, ...]
    has_more_before: bool
    has_more_after: bool


class MessageList(Record, frozen=True, kw_only=True):
    """Pinned messages, the newest pin first."""

    messages: tuple[Message, ...]


class ReactionPage(Record, frozen=True, kw_only=True):
    """Who gave one reaction, in the order of reacting."""

    user_ids: tuple[UUID, ...]
    next: Opaque | None = None


class SyncRequest(Record, frozen=True, kw_only=True):
    """What the client has: the `rev` of each conversation, and the cursors of the last answer's last page.

    Another `epoch` than the server's counts as no cursors. `limit` is the number of changed messages from which a
    conversation starts anew; 500 if absent.
    """

    epoch: Opaque | None = None
    cursors: dict[UUID, Rev]
    marks_since: Opaque | None = None
    users_since: Opaque | None = None
    limit: Annotated[int, Meta(ge=1, le=SYNC_LIMIT_MAX)] | None = None


class SyncAnswer(Record, frozen=True, kw_only=True):
    """Everything committed that the client lacks, from one snapshot.

    `conversations` are those that changed or are new to the client, whole, in id order; a page ends after the one that
    brings it to 2,000 messages or 1 MiB, and then `more` is true. After applying it the client sets the cursor of each
    to its `rev` and asks again with all its cursors. `messages` is the present state of those with a `rev` above the
    cursor, by conversation and `rev`; numbers between may be missing. A conversation in `reset` comes with its newest
    50: drop **all** its rows first. `left` are the ids of `cursors` that the caller is no member of. `members` are
    changes since the cursor, conversations in `reset` excepted. `marks`, `settings` and `users` may repeat what the
    client has, and omit nothing; in conversations of over 100 members only the caller's own marks come.
    """

    epoch: Opaque
    server_time: Timestamp
    conversations: tuple[Conversation, ...]
    left: tuple[UUID, ...]
    messages: tuple[Message, ...]
    reset: tuple[UUID, ...]
    members: tuple[MemberChanges, ...]
    marks: tuple[MarkRow, ...]
    marks_cursor: Opaque
    settings: tuple[SettingsRow, ...]
    users: tuple[User, ...]
    users_cursor: Opaque
    more: bool


class SearchHit(Record, frozen=True, kw_only=True):
    """A message that was found, and where: half-open ranges in UTF-16 units of `text`."""

    message: Message
    highlights: tuple[tuple[Count, Count], ...]


class SearchAnswer(Record, frozen=True, kw_only=True):
    """A page of hits, the newest first."""

    hits: tuple[SearchHit, ...]
    next: Opaque | None = None


class UploadRequest(Record, frozen=True, kw_only=True):
    """A file that will come in parts. `sha256` of the whole, in hexadecimal, is checked at the end."""

    name: str
    size: Annotated[int, Meta(ge=1, le=MAX_INTEGER, description="bytes")]
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-fA-F]{64}\Z")]


class Upload(Record, frozen=True, kw_only=True):
    """An unfinished upload; `offset` bytes are there."""

    id: UUID
    offset: Count


class InviteRequest(Record, frozen=True, kw_only=True):
    """An invite; without values: one use, a week, a plain member."""

    uses: Annotated[int, Meta(ge=1, le=INVITE_USES_MAX)] | None = None
    expires_in_ms: Annotated[int, Meta(ge=1, le=INVITE_EXPIRES_MS_MAX)] | None = None
    role: UserRole | None = None


class Invite(Record, frozen=True, kw_only=True):
    """A code that lets people register. `createdBy` is absent when the command line made it."""

    code: str
    uses_left: Count
    expires_at: Timestamp
    created_by: UUID | None = None


class InviteList(Record, frozen=True, kw_only=True):
    """All invites that can still be used."""

    invites: tuple[Invite, ...]


class InviteInfo(Record, frozen=True, kw_only=True):
    """What anyone may know of a code."""

    server_name: str
    valid: bool


class HealthAnswer(Record, frozen=True, kw_only=True):
    """How the server is; `degraded` names what does not work."""

    status: HealthStatus
    degraded: tuple[str, ...]
