"""Rows and callers as the services see them: frozen, with aware UTC times. What goes over the wire is in chinwag_protocol."""

from datetime import datetime
from uuid import UUID

import msgspec

from chinwag_protocol.objects import Settings, UserStatus


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """The authenticated caller of a request or socket; `expires_at` is that of the access token."""

    user_id: UUID
    session_id: UUID
    role: str
    expires_at: datetime
    address: str


class UserRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A row of users, password hash included: never goes to the wire."""

    id: UUID
    username: str
    display_name: str
    role: str
    password_hash: str | None
    disabled: bool
    status: UserStatus | None
    avatar: UUID | None
    last_seen_at: datetime | None
    created_at: datetime


class SessionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A row of sessions: one signed-in device."""

    id: UUID
    user_id: UUID
    device_name: str | None
    address: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    rotated_at: datetime | None
    revoked_at: datetime | None
    revoked_reason: str | None


class ConversationRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A row of conversations."""

    id: UUID
    kind: str
    history: str
    title: str | None
    avatar: UUID | None
    member_count: int
    members_version: int
    rev: int
    first_seq: int
    last_seq: int
    created_at: datetime
    last_at: datetime


class MemberRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A row of members."""

    conversation_id: UUID
    user_id: UUID
    role: str
    opened: bool
    joined_at: datetime
    first_seq: int
    joined_rev: int
    changed_rev: int
    delivered_seq: int
    read_seq: int
    settings: Settings


class AttachmentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A row of attachments; `digest` is the SHA-256 of the stored bytes."""

    id: UUID
    uploader_id: UUID
    name: str
    media_type: str
    size: int
    width: int | None
    height: int | None
    duration_ms: int | None
    waveform: list[int] | None
    blob_key: str
    thumbnail_key: str | None
    digest: bytes
    created_at: datetime


class MarkMoved(msgspec.Struct, frozen=True, kw_only=True):
    """The marks of one member as they now stand, and what a flush changed of them."""

    conversation_id: UUID
    user_id: UUID
    delivered_seq: int
    read_seq: int
    delivered_moved: bool
    read_moved: bool
    settings: Settings | None = None
    """The settings, when `unread_from_seq` was cleared."""
