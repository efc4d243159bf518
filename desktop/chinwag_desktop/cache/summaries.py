"""Rows of the conversation list, put together from cache.db and outbox.db."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from chinwag_desktop.cache.rows import decode_message, row_of
from chinwag_desktop.core.entities import ConversationSummary, DeliveryState, Person, TimelineRow
from chinwag_desktop.core.markup import plain
from chinwag_protocol.objects import Message, Settings, User
from chinwag_protocol.times import parse_time

EXCERPT_LENGTH: Final = 140
SUMMARY_COLUMNS: Final = (
    "c.id, c.first_seq, c.last_seq, c.unread, c.mentions, c.delivered_upto, c.read_upto, c.last_message, c.body"
)

SummaryColumns = tuple[bytes, int, int, int, int, int, int, bytes | None, bytes]


class _MemberHead(Struct, rename="camel"):
    user_id: UUID
    read_seq: int = 0


class _ConversationHead(Struct, rename="camel"):
    """What the list needs of a Conversation: decoding the rest would cost most of the time."""

    kind: str
    created_at: str
    title: str | None = None
    avatar_url: str | None = None
    member_count: int = 0
    members: tuple[_MemberHead, ...] = ()
    settings: Settings | None = None


_decode_head = msgspec.json.Decoder(_ConversationHead).decode


class SummaryContext(Struct, kw_only=True):
    """What is the same for all rows of one reading."""

    me: UUID
    now: datetime
    people: dict[UUID, User]
    pending: dict[UUID, TimelineRow]
    """The newest pending row of each lane."""
    drafts: dict[UUID, str]


def person_of(user: User, *, online: bool = False) -> Person:
    """A profile as the interface shows it; who is online only the PresenceStore knows."""
    return Person(
        id=user.id,
        username=user.username,
        display_name=user.display_name,
        online=online,
        last_seen_at=parse_time(user.last_seen_at) if user.last_seen_at else None,
        disabled=user.disabled,
        avatar_url=user.avatar_url,
        status=user.status,
    )


def excerpt_of(message: Message) -> str:
    """The beginning of a text, on one line and without its markup."""
    if message.deleted_at is not None:
        return ""
    return " ".join(plain(message.text[: EXCERPT_LENGTH * 2]).split())[:EXCERPT_LENGTH]


def summary_of(columns: SummaryColumns, *, read_seq: int, context: SummaryContext) -> ConversationSummary:
    """One row of the list."""
    key, first_seq, last_seq, unread, mentions, delivered_upto, read_upto, last_body, body = columns
    conversation_id = UUID(bytes=key)
    head = _decode_head(body)
    member_ids = tuple(member.user_id for member in head.members)
    peer_id = None
    if head.kind == "direct":
        peer_id = next((user_id for user_id in member_ids if user_id != context.me), context.me)
    last, state = _last(conversation_id, last_body, delivered_upto, read_upto, context)
    settings = head.settings
    return ConversationSummary(
        id=conversation_id,
        kind=head.kind,
        title=_title(head, peer_id, context.people),
        peer_id=peer_id,
        excerpt=excerpt_of(last) if last else "",
        last_message=last,
        last_sender_id=last.sender_id if last else None,
        last_at=parse_time(last.created_at if last else head.created_at),
        last_state=state,
        unread_count=unread,
        mention_count=mentions,
        muted=bool(settings and settings.muted_until and parse_time(settings.muted_until) > context.now),
        pinned=settings.pinned if settings else False,
        archived=settings.archived if settings else False,
        notify=settings.notify if settings else "all",
        draft=context.drafts.get(conversation_id, ""),
        last_seq=last_seq,
        first_seq=first_seq,
        read_seq=read_seq,
        delivered_upto=delivered_upto,
        read_upto=read_upto,
        avatar_url=_avatar(head, peer_id, context.people),
        member_count=head.member_count,
        member_ids=member_ids,
    )


def _last(
    conversation_id: UUID, body: bytes | None, delivered_upto: int, read_upto: int, context: SummaryContext
) -> tuple[Message | None, DeliveryState | None]:
    pending = context.pending.get(conversation_id)
    if pending is not None:
        return pending.message, pending.state
    if body is None:
        return None, None
    row = row_of(decode_message(body), me=context.me, delivered_upto=delivered_upto, read_upto=read_upto)
    return row.message, None if row.state is DeliveryState.RECEIVED else row.state


def _title(head: _ConversationHead, peer_id: UUID | None, people: dict[UUID, User]) -> str:
    if peer_id is None:
        return head.title or ""
    peer = people.get(peer_id)
    return peer.display_name if peer else ""


def _avatar(head: _ConversationHead, peer_id: UUID | None, people: dict[UUID, User]) -> str | None:
    if peer_id is None:
        return head.avatar_url
    peer = people.get(peer_id)
    return peer.avatar_url if peer else None
