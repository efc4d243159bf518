"""What the server sends over a socket without being asked. `events` lists them by name.

Delivery is at most once. Facts carry a `rev`, by which a client sees that it missed one and asks `/sync`; everything
else repeats itself or may be lost.
"""

from typing import Literal
from uuid import UUID

from .errors import ErrorBody
from .objects import Conversation, MemberChanges, SettingsRow, User
from .wire import Count, Milliseconds, Record, Rev, Seq, Timestamp

RevocationReason = Literal["logout", "revoked", "password_changed", "refresh_reused", "user_disabled"]


class MessageError(Record, frozen=True, kw_only=True):
    """A `sendMessage` failed; sent to that socket besides the ack."""

    temp_id: UUID | None = None
    error: ErrorBody


class MarkMoved(Record, frozen=True, kw_only=True):
    """A member's mark moved to `seq`: all messages up to it are received, or read."""

    conversation_id: UUID
    user_id: UUID
    seq: Seq
    at: Timestamp


class OnlineUsers(Record, frozen=True, kw_only=True):
    """Everyone who is online."""

    user_ids: tuple[UUID, ...]


class UserOnline(Record, frozen=True, kw_only=True):
    """A user's first socket came, on any node. Never sent to the user it names."""

    user_id: UUID


class UserOffline(Record, frozen=True, kw_only=True):
    """A user's last socket has been gone for 5 s. Never sent to the user it names."""

    user_id: UUID
    last_seen_at: Timestamp


class PresenceChanged(Record, frozen=True, kw_only=True):
    """In place of single events, when more than 10 users come or go within 500 ms."""

    online: tuple[UUID, ...]
    offline: tuple[UUID, ...]


class TypingNotice(Record, frozen=True, kw_only=True):
    """A member began or stopped typing. True expires in the client after 5 s."""

    conversation_id: UUID
    user_id: UUID
    typing: bool


class ConversationUpdated(Record, frozen=True, kw_only=True):
    """A conversation was made, renamed, given a picture or another `history`; without the caller's own view."""

    conversation: Conversation


class MembersChanged(MemberChanges, frozen=True, kw_only=True):
    """Members came, went or changed their role."""

    rev: Rev
    member_count: Count


class ConversationLeft(Record, frozen=True, kw_only=True):
    """The conversation ended for the caller: nothing of it follows."""

    conversation_id: UUID


class SettingsUpdated(SettingsRow, frozen=True, kw_only=True):
    """The caller's settings changed, perhaps in another session of theirs."""


class UserUpdated(Record, frozen=True, kw_only=True):
    """A user changed name, picture, status, role or became disabled."""

    user: User


class FactSkipped(Record, frozen=True, kw_only=True):
    """A fact took `rev` about a message that the caller may not see."""

    conversation_id: UUID
    rev: Rev


class SessionRevoked(Record, frozen=True, kw_only=True):
    """This session ended; the server disconnects right after."""

    reason: RevocationReason


class ServerShutdown(Record, frozen=True, kw_only=True):
    """The server stops. A client waits a random time up to `reconnectAfterMs`, then connects again."""

    reconnect_after_ms: Milliseconds
