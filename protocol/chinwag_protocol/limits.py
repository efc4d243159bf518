"""Limits: those an operator can change, with their defaults, and those that are part of the contract.

Every field of `Limits` can be set in the environment as `CHAT_SERVER_` and its name in capitals, `textLength` as
`CHAT_SERVER_TEXT_LENGTH`. `GET /server` tells clients the ones that they should know before they run into them.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from .wire import MAX_INTEGER, MAX_LIST, Record

PROTOCOL_VERSION: Final = 1

MAX_DEPTH: Final = 16  # arrays and objects within each other
PAGE_DEFAULT: Final = 50  # entries of a page without `limit`
PAGE_MAX: Final = 200  # highest `limit`
EXCERPT_LENGTH: Final = 140  # characters of an `excerpt`
FILE_NAME_LENGTH: Final = 255  # characters of a file name; longer ones are cut
DEVICE_NAME_LENGTH: Final = 64  # characters of a `deviceName`
STATUS_LENGTH: Final = 140  # characters of a user's status
EMOJI_BYTES: Final = 64  # bytes of a reaction's emoji
EMOJIS_PER_MESSAGE: Final = 20  # different emojis of a message
REACTION_USER_IDS: Final = 50  # `userIds` of a reaction within a Message; a route pages the rest
MEMBERS_INLINE: Final = 100  # `members` within a Conversation; above it marks and typing of others are not told, too
WAVEFORM_POINTS: Final = 64  # values of a `waveform`
DURATION_MS_MAX: Final = 2**31 - 1  # highest `durationMs` of a voice message
SEARCH_MIN: Final = 2  # characters of a search, or one ideograph
SEARCH_MAX: Final = 256  # characters of a search
SYNC_LIMIT_DEFAULT: Final = 500  # changed messages above which a conversation is in `reset`
SYNC_LIMIT_MAX: Final = 1_000  # highest `limit` of `/sync`
SYNC_PAGE_MESSAGES: Final = 2_000  # messages after which a page of `/sync` ends
SYNC_PAGE_BYTES: Final = 1_048_576  # bytes after which a page of `/sync` ends
RESET_MESSAGES: Final = 50  # messages of a conversation that is new to the client, or in `reset`
INVITE_USES_MAX: Final = 1_000  # uses of an invite
INVITE_EXPIRES_MS_MAX: Final = 366 * 86_400_000  # milliseconds that an invite may live

PING_INTERVAL_MS: Final = 10_000  # Engine.IO's ping, by the server
PING_TIMEOUT_MS: Final = 8_000  # Engine.IO's wait for the pong
CLIENT_PING_MS: Final = 30_000  # between two `ping` events, by the client
CONNECT_TIMEOUT_MS: Final = 10_000  # to CONNECT, and from it to `register-user`
ACK_TIMEOUT_MS: Final = 10_000  # within which the server answers
CLIENT_ACK_TIMEOUT_MS: Final = 12_000  # after which a client takes the outcome as unknown
GAP_WAIT_MS: Final = 300  # a client waits for a missing `rev`
SYNC_EVERY_MS: Final = 300_000  # between two `/sync` of a connected client
TYPING_EXPIRES_MS: Final = 5_000  # after which a client forgets that someone types
TYPING_EVERY_MS: Final = 3_000  # between two `typing` true of a member in a conversation
MARKS_EVERY_MS: Final = 1_000  # between two `messagesRead` of a member in a conversation
OFFLINE_AFTER_MS: Final = 5_000  # from the last socket's end to `userOffline`
PRESENCE_WINDOW_MS: Final = 500  # in which changes of presence are counted
PRESENCE_BUNDLE_OVER: Final = 10  # changes in it, above which they come as one `presenceChanged`
IDEMPOTENCY_MS: Final = 86_400_000  # that an `Idempotency-Key` is remembered
UPLOAD_LIFETIME_MS: Final = 86_400_000  # that an unfinished upload lives

Positive = Annotated[int, Meta(ge=1, le=MAX_INTEGER)]


class PublicLimits(Record, frozen=True, kw_only=True):
    """The limits that `GET /server` tells. Sizes in characters are code points after normalisation."""

    text_length: Positive
    username_min: Positive
    username_max: Positive
    password_min: Positive
    password_max: Positive
    display_name_length: Positive
    title_length: Positive
    group_members: Positive
    attachments_per_message: Positive
    upload_bytes: Positive
    image_pixels: Positive
    frame_bytes: Positive
    messages_per_second: Positive
    message_burst: Positive
    events_per_second: Positive
    event_burst: Positive
    sockets_per_user: Positive
    sync_cursors: Positive


class Limits(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """All limits of one server. Those per user hold over all its nodes together."""

    text_length: Annotated[Positive, Meta(description="characters of a message")] = 8_000
    text_bytes: Annotated[Positive, Meta(description="bytes of a message's text in UTF-8")] = 24_000
    username_min: Annotated[Positive, Meta(description="characters of a user name, of `a-z 0-9 . _ -`")] = 3
    username_max: Annotated[Positive, Meta(description="characters of a user name, of `a-z 0-9 . _ -`")] = 32
    password_min: Annotated[Positive, Meta(description="characters of a password")] = 10
    password_max: Annotated[Positive, Meta(description="characters of a password")] = 256
    display_name_length: Annotated[Positive, Meta(description="characters of a display name")] = 64
    title_length: Annotated[Positive, Meta(description="characters of a group's title")] = 128
    group_members: Annotated[Positive, Meta(description="members of a group")] = 5_000
    attachments_per_message: Annotated[int, Meta(ge=1, le=MAX_LIST, description="attachments of a message")] = 10
    upload_bytes: Annotated[Positive, Meta(description="bytes of an upload")] = 104_857_600
    unsent_bytes: Annotated[
        Positive, Meta(description="bytes of a user's uploads that no message holds yet; they are kept for a day")
    ] = 1_073_741_824
    image_pixels: Annotated[Positive, Meta(description="pixels of an image")] = 50_000_000
    frame_bytes: Annotated[Positive, Meta(description="bytes of a socket frame")] = 131_072
    body_bytes: Annotated[Positive, Meta(description="bytes of a JSON body on HTTP")] = 1_048_576
    messages_per_second: Annotated[Positive, Meta(description="messages a second and user, in the long run")] = 20
    message_burst: Annotated[Positive, Meta(description="messages at once")] = 60
    events_per_second: Annotated[Positive, Meta(description="other events a second and socket, in the long run")] = 50
    event_burst: Annotated[Positive, Meta(description="other events at once")] = 200
    http_per_second: Annotated[Positive, Meta(description="HTTP calls a second and user, in the long run")] = 50
    http_burst: Annotated[Positive, Meta(description="HTTP calls at once")] = 200
    search_per_second: Annotated[Positive, Meta(description="searches a second and user")] = 5
    registrations_per_hour: Annotated[
        Positive, Meta(description="registrations an hour and address; none on loopback")
    ] = 10
    failed_logins_per_minute: Annotated[
        Positive,
        Meta(
            description="failed logins a minute, per account and per address; an address that has signed in to the account"
            " may go on to five times as many there, every address to twenty times as many in all"
        ),
    ] = 10
    invalid_per_minute: Annotated[
        Positive, Meta(description="`invalid` answers a minute before a socket is closed")
    ] = 100
    sockets_per_user: Annotated[Positive, Meta(description="sockets of a user; one more closes the oldest")] = 10
    strangers_per_address: Annotated[
        Positive,
        Meta(
            description="connections of an address, and worker, that have not said whose they are; no limit on loopback"
        ),
    ] = 100
    backlog_bytes: Annotated[Positive, Meta(description="bytes a reader may be behind before it is cut off")] = (
        2_000_000
    )
    backlog_ms: Annotated[Positive, Meta(description="milliseconds a reader may be behind before it is cut off")] = (
        5_000
    )
    sync_cursors: Annotated[Positive, Meta(description="cursors in one `/sync`")] = 10_000

    def public(self) -> PublicLimits:
        """Give what `GET /server` tells of them."""
        return PublicLimits(**{name: getattr(self, name) for name in PublicLimits.__struct_fields__})


def environment_name(field: str) -> str:
    """Give the environment variable of a field of `Limits`: `text_length` has `CHAT_SERVER_TEXT_LENGTH`."""
    return f"CHAT_SERVER_{field.upper()}"
