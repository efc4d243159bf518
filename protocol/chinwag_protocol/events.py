"""All Socket.IO events, by name: the one place that says which exist.

Path `/socket.io/`, namespace `/`, EIO 4, WebSocket and long polling and the upgrade between them. The server pings
every 10 s and waits 8 s; frames hold at most 128 KiB; nothing is compressed. `Origin` is absent, the server's own or a
configured one, else 403.

The client sends CONNECT within 10 s, with an auth object `{token, userId, protocol}`, and `register-user` within 10 s
of the answer. CONNECT_ERROR carries `{message: code, data: {code, message, retryAfterMs?}}`. One socket more than
`socketsPerUser` closes the oldest. An access token that runs out without `renewToken` closes the socket within 5 s.
Whenever the server closes a socket, it sends DISCONNECT first.

On one socket all facts of a conversation arrive in `rev` order; an ack may come before or after its own event. An
acknowledged message is durable. Events are delivered at most once: `rev` and `/sync` make it exactly once in effect.

A name that is not listed, reserved ones included, is `invalid` with `field: "event"`, and the socket stays; before
`register-user` every name but `renewToken` is `forbidden`, and nothing is sent to the socket. Binary packets, frames
that do not parse, events before CONNECT and other namespaces close the connection, and so do over 100 `invalid` a
minute, a frame over the limit (1009; 413 when polling), and a reader that is 2 MB or 5 s behind.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from .commands import (
    ConnectAuth,
    DeleteMessage,
    EditMessage,
    MarkAck,
    MarkMessages,
    MessageAck,
    Ping,
    PingAck,
    PinMessage,
    React,
    RegisterAck,
    RegisterUser,
    RenewAck,
    RenewToken,
    SendMessage,
    Typing,
    TypingAck,
)
from .notices import (
    ConversationLeft,
    ConversationUpdated,
    FactSkipped,
    MarkMoved,
    MembersChanged,
    MessageError,
    OnlineUsers,
    PresenceChanged,
    ServerShutdown,
    SessionRevoked,
    SettingsUpdated,
    TypingNotice,
    UserOffline,
    UserOnline,
    UserUpdated,
)
from .objects import Message
from .wire import Record

__all__ = [
    "CLIENT_EVENTS",
    "SERVER_EVENTS",
    "SERVER_EVENT_SPECS",
    "ConnectAuth",
    "ConversationLeft",
    "ConversationUpdated",
    "DeleteMessage",
    "EditMessage",
    "EventSpec",
    "FactSkipped",
    "MarkAck",
    "MarkMessages",
    "MarkMoved",
    "MembersChanged",
    "MessageAck",
    "MessageError",
    "OnlineUsers",
    "PinMessage",
    "Ping",
    "PingAck",
    "PresenceChanged",
    "React",
    "RegisterAck",
    "RegisterUser",
    "RenewAck",
    "RenewToken",
    "SendMessage",
    "ServerEventSpec",
    "ServerShutdown",
    "SessionRevoked",
    "SettingsUpdated",
    "Typing",
    "TypingAck",
    "TypingNotice",
    "UserOffline",
    "UserOnline",
    "UserUpdated",
]


class EventSpec(msgspec.Struct, frozen=True, kw_only=True):
    """An event that a client sends: its payload, the result in its ack, and what it does beyond their docstrings."""

    payload: type[Record]
    ack: type[Record]
    does: str


class ServerEventSpec(msgspec.Struct, frozen=True, kw_only=True):
    """An event that the server sends: its payload, and who gets it when."""

    payload: type[Record]
    to: str


CLIENT_EVENTS: Final[Mapping[str, EventSpec]] = MappingProxyType(
    {
        "register-user": EventSpec(
            payload=RegisterUser,
            ack=RegisterAck,
            does="the first event of a socket, within 10 s of CONNECT; another user's id is `forbidden`",
        ),
        "sendMessage": EventSpec(
            payload=SendMessage,
            ack=MessageAck,
            does="acknowledged once it is durably committed; a repeat gets the message as it is now",
        ),
        "editMessage": EventSpec(
            payload=EditMessage, ack=MessageAck, does="a deleted one is `conflict`; no change takes no `rev`"
        ),
        "deleteMessage": EventSpec(payload=DeleteMessage, ack=MessageAck, does="a deleted one is left as it is"),
        "react": EventSpec(payload=React, ack=MessageAck, does="a deleted one is `conflict`; no change takes no `rev`"),
        "pinMessage": EventSpec(payload=PinMessage, ack=MessageAck, does="no change takes no `rev`"),
        "messagesDelivered": EventSpec(
            payload=MarkMessages, ack=MarkAck, does="moves `deliveredSeq`, never back and never past `lastSeq`"
        ),
        "messagesRead": EventSpec(
            payload=MarkMessages,
            ack=MarkAck,
            does="moves `readSeq` and pulls `deliveredSeq` along; clears `unreadFromSeq`",
        ),
        "typing": EventSpec(payload=Typing, ack=TypingAck, does="told to the other members, not stored"),
        "renewToken": EventSpec(payload=RenewToken, ack=RenewAck, does="allowed before `register-user`, too"),
        "ping": EventSpec(payload=Ping, ack=PingAck, does="answered at once, before events that wait"),
    }
)

SERVER_EVENT_SPECS: Final[Mapping[str, ServerEventSpec]] = MappingProxyType(
    {
        "newMessage": ServerEventSpec(
            payload=Message,
            to="every session of every member, the sender's own included: `tempId` tells which bubble it replaces",
        ),
        "messageUpdated": ServerEventSpec(
            payload=Message, to="every session of every member: edited, deleted, reacted to, pinned"
        ),
        "messageError": ServerEventSpec(
            payload=MessageError, to="the socket whose `sendMessage` failed, besides the ack"
        ),
        "messagesDelivered": ServerEventSpec(
            payload=MarkMoved,
            to="the other members and the receiver's other sessions, at most once a second; over 100 members only the receiver's own",
        ),
        "messagesRead": ServerEventSpec(
            payload=MarkMoved,
            to="the other members and the reader's other sessions, at most once a second; over 100 members only the reader's own",
        ),
        "onlineUsers": ServerEventSpec(payload=OnlineUsers, to="the socket, once after `register-user`"),
        "userOnline": ServerEventSpec(
            payload=UserOnline, to="everyone else; on servers of over 1,000 users those who share a conversation"
        ),
        "userOffline": ServerEventSpec(
            payload=UserOffline, to="everyone else; on servers of over 1,000 users those who share a conversation"
        ),
        "presenceChanged": ServerEventSpec(payload=PresenceChanged, to="like `userOnline`, many at once"),
        "typing": ServerEventSpec(
            payload=TypingNotice,
            to="the other members' sessions, at most one true per 3 s and member; not over 100 members",
        ),
        "conversationUpdated": ServerEventSpec(
            payload=ConversationUpdated, to="the members; those added hear it in place of `membersChanged`"
        ),
        "membersChanged": ServerEventSpec(payload=MembersChanged, to="the members who were there before and stay"),
        "conversationLeft": ServerEventSpec(
            payload=ConversationLeft, to="the sessions of the one who left or was removed"
        ),
        "settingsUpdated": ServerEventSpec(payload=SettingsUpdated, to="the caller's own sessions"),
        "userUpdated": ServerEventSpec(
            payload=UserUpdated, to="all who share a conversation, and the user's own sessions"
        ),
        "factSkipped": ServerEventSpec(
            payload=FactSkipped, to="members with history `joined`, in place of a fact about an earlier message"
        ),
        "sessionRevoked": ServerEventSpec(
            payload=SessionRevoked, to="the sockets of that session, then they are closed"
        ),
        "serverShutdown": ServerEventSpec(payload=ServerShutdown, to="every socket; acks in flight are answered first"),
    }
)

SERVER_EVENTS: Final[Mapping[str, type[Record]]] = MappingProxyType(
    {name: spec.payload for name, spec in SERVER_EVENT_SPECS.items()}
)
