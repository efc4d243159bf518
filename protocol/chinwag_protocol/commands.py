"""What a client sends over its socket, and what the acks bring back.

Every event with an ack id is answered within 10 s, with its result or with an error object; one without is handled and
not answered. Events of one socket are started in the order sent. Extra arguments and unknown fields are ignored.

**Sending once.** A client makes one `tempId` a message, and sends the same body with it until it has an answer. The
body is the conversation, the text as stored, the attachment ids in order, `replyTo` and `forward`. A repeat, from any
session of that user and however late, gets the message as it is now, and nothing is stored or told again; another body
is `conflict` with `field: "tempId"`. Have at most one `sendMessage` a conversation unanswered. On `rate_limited`,
`unavailable` and `internal` wait `retryAfterMs` (1 s without it, doubling to 30 s) and send the same before any later
one; every other code is final. No answer within 12 s: unknown, send it again.
"""

from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta

from .objects import Message, User
from .wire import Count, IdList, Milliseconds, Opaque, Record, Seq, Timestamp, Token

Text = Annotated[str, Meta(description="1..`textLength` characters, at most 24 KB of UTF-8")]


class ConnectAuth(Record, frozen=True, kw_only=True):
    """The auth object of CONNECT. `protocol` is checked first, then `token`, then that it is `userId`'s."""

    token: Token
    user_id: UUID
    protocol: Count


class RegisterUser(Record, frozen=True, kw_only=True):
    """Maps the user to this socket, marks them online, and starts the events; repeating it is allowed."""

    user_id: UUID


class RegisterAck(Record, frozen=True, kw_only=True):
    """The caller, everyone online, and the history that cursors count in."""

    user: User
    online_users: tuple[UUID, ...]
    epoch: Opaque
    server_time: Timestamp


class SendMessage(Record, frozen=True, kw_only=True):
    """A new message, to a user (`receiverId`) or to a conversation: one of the two.

    It needs a text or an attachment. `image` and `voice` are one attachment id each, and exclude each other; `files`
    are more; the first two make its `kind`; an `image` is PNG, JPEG, GIF or WebP, which the server wrote anew without
    what a camera noted in it. `forward` names a message to copy and stands alone: text and attachments are
    copied, mentions are not; one that the caller cannot see is `not_found`, a deleted or system one `conflict`.
    `mentions` of others than members are dropped; `mentionsAll` in a direct conversation is `invalid`. `enc` is
    reserved, and refused.
    """

    temp_id: UUID
    receiver_id: UUID | None = None
    conversation_id: UUID | None = None
    text: Text | None = None
    image: UUID | None = None
    voice: UUID | None = None
    files: IdList | None = None
    reply_to: Annotated[UUID | None, Meta(description="id of the message answered")] = None
    forward: Annotated[UUID | None, Meta(description="id of the message copied")] = None
    mentions: IdList | None = None
    mentions_all: bool | None = None
    enc: Annotated[Any, Meta(description="reserved, refused")] = None


class EditMessage(Record, frozen=True, kw_only=True):
    """A new text, and new mentions, for one of the caller's own messages."""

    message_id: UUID
    text: Text
    mentions: IdList | None = None
    enc: Annotated[Any, Meta(description="reserved, refused")] = None


class DeleteMessage(Record, frozen=True, kw_only=True):
    """Deletes a message for everyone; its `seq` stays."""

    message_id: UUID


class React(Record, frozen=True, kw_only=True):
    """Gives or takes back a reaction; at most 20 different emojis a message."""

    message_id: UUID
    emoji: Annotated[str, Meta(description="one emoji grapheme, at most 64 bytes")]
    on: bool


class PinMessage(Record, frozen=True, kw_only=True):
    """Pins or unpins a message."""

    message_id: UUID
    on: bool


class MessageAck(Record, frozen=True, kw_only=True):
    """The message as it is now, durably stored."""

    message: Message


class MarkMessages(Record, frozen=True, kw_only=True):
    """Received or read up to `seq` of `conversationId`; or, with `senderId`, all of a direct conversation with them."""

    conversation_id: UUID | None = None
    seq: Seq | None = None
    sender_id: UUID | None = None


class MarkAck(Record, frozen=True, kw_only=True):
    """The mark that now stands, which may be above or below the one asked for."""

    conversation_id: UUID
    seq: Seq


class Typing(Record, frozen=True, kw_only=True):
    """The caller began or stopped typing. A client repeats true every 3 s while it lasts."""

    conversation_id: UUID
    typing: bool


class TypingAck(Record, frozen=True, kw_only=True):
    """Nothing."""


class RenewToken(Record, frozen=True, kw_only=True):
    """A new access token of the same session, before the old one runs out."""

    token: Token


class RenewAck(Record, frozen=True, kw_only=True):
    """How long the new token lasts."""

    expires_in_ms: Milliseconds


class Ping(Record, frozen=True, kw_only=True):
    """Measures the way there and back; every 30 s."""


class PingAck(Record, frozen=True, kw_only=True):
    """The server's clock."""

    server_time: Timestamp
