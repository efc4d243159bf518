"""Every record has exactly the fields of the contract, written here in its own notation: `?` marks optional ones."""

import msgspec
import pytest
from msgspec import inspect as shapes

from chinwag_protocol import bodies, commands, errors, notices, objects
from chinwag_protocol.errors import HTTP_STATUS, ErrorBody, ErrorCode, ErrorEnvelope, TextError
from chinwag_protocol.limits import Limits, PublicLimits, environment_name
from chinwag_protocol.objects import Member, Message, User
from chinwag_protocol.schema import ack_schema, all_records, payload_schema, server_event_schema
from chinwag_protocol.wire import Record

CONTRACT = {
    objects: """
        User id username displayName avatarUrl? role disabled online lastSeenAt? status?
        UserStatus text until? dnd
        Conversation id kind title? avatarUrl? history rev lastSeq firstSeq memberCount members createdAt lastMessage? unreadCount? mentionCount? settings?
        Settings mutedUntil? notify pinned archived unreadFromSeq?
        Member userId role deliveredSeq readSeq joinedAt firstSeq
        Message id conversationId seq rev senderId tempId? kind text attachments mentions mentionsAll replyTo? forwardedFrom? pinnedAt? reactions createdAt editedAt? deletedAt? system?
        ReplyTo id seq senderId excerpt
        ForwardedFrom senderId createdAt
        Reaction emoji count userIds
        SystemFact type actorId userIds? title? role?
        Attachment id name mediaType size width? height? durationMs? waveform? url thumbnailUrl?
        MarkRow conversationId userId deliveredSeq readSeq
        SettingsRow conversationId settings
        MemberChanges conversationId joined left changed
    """,
    bodies: """
        DesktopRelease latest minimum url
        ServerInfo name version protocol registration limits features desktop?
        RegisterRequest username password displayName? inviteCode? deviceName?
        LoginRequest username password deviceName?
        RefreshRequest refreshToken
        PasswordRequest currentPassword newPassword
        Session user sessionId accessToken refreshToken expiresInMs
        SessionInfo id deviceName? createdAt lastSeenAt address current
        SessionList sessions
        UserList users next?
        StatusPatch text until? dnd?
        ProfilePatch displayName? status?
        ConversationList conversations next?
        GroupRequest title memberIds history?
        ConversationPatch title? history?
        MemberList members next?
        MembersRequest userIds
        RolePatch role?
        SettingsPatch mutedUntil? notify? pinned? archived? unreadFromSeq?
        MessagePage messages hasMoreBefore hasMoreAfter
        MessageList messages
        ReactionPage userIds next?
        SyncRequest epoch? cursors marksSince? usersSince? limit?
        SyncAnswer epoch serverTime conversations left messages reset members marks marksCursor settings users usersCursor more
        SearchHit message highlights
        SearchAnswer hits next?
        UploadRequest name size sha256
        Upload id offset
        InviteRequest uses? expiresInMs? role?
        Invite code usesLeft expiresAt createdBy?
        InviteList invites
        InviteInfo serverName valid
        HealthAnswer status degraded
    """,
    commands: """
        ConnectAuth token userId protocol
        RegisterUser userId
        RegisterAck user onlineUsers epoch serverTime
        SendMessage tempId receiverId? conversationId? text? image? voice? files? replyTo? forward? mentions? mentionsAll? enc?
        EditMessage messageId text mentions? enc?
        DeleteMessage messageId
        React messageId emoji on
        PinMessage messageId on
        MessageAck message
        MarkMessages conversationId? seq? senderId?
        MarkAck conversationId seq
        Typing conversationId typing
        TypingAck
        RenewToken token
        RenewAck expiresInMs
        Ping
        PingAck serverTime
    """,
    notices: """
        MessageError tempId? error
        MarkMoved conversationId userId seq at
        OnlineUsers userIds
        UserOnline userId
        UserOffline userId lastSeenAt
        PresenceChanged online offline
        TypingNotice conversationId userId typing
        ConversationUpdated conversation
        MembersChanged conversationId rev joined left changed memberCount
        ConversationLeft conversationId
        SettingsUpdated conversationId settings
        UserUpdated user
        FactSkipped conversationId rev
        SessionRevoked reason
        ServerShutdown reconnectAfterMs
    """,
    errors: """
        ErrorBody code message retryAfterMs? field?
        ErrorEnvelope error
        ConnectError message data
    """,
}
EXPECTED = [
    (getattr(module, line.split()[0]), line.split()[1:])
    for module, text in CONTRACT.items()
    for line in text.strip().splitlines()
]
RECORDS = sorted(all_records().values(), key=lambda kind: kind.__name__)
ID = "01a20f34-c102-7388-b479-2638cba1d915"
TIME = "2026-11-24T20:00:00.123Z"
USER = {"id": ID, "username": "ada", "displayName": "Ada", "role": "member", "disabled": False, "online": False}


def fields(kind: type[Record]) -> tuple[shapes.Field, ...]:
    info = shapes.type_info(kind)
    assert isinstance(info, shapes.StructType)
    return info.fields


@pytest.mark.parametrize(("kind", "expected"), EXPECTED, ids=lambda value: getattr(value, "__name__", ""))
def test_the_fields_are_those_of_the_contract(kind: type[Record], expected: list[str]) -> None:
    shown = [f.encode_name + ("" if f.required else "?") for f in fields(kind)]
    assert sorted(shown) == sorted(expected)


def test_no_record_is_missing_here() -> None:
    named = {kind.__name__ for kind, _ in EXPECTED}
    assert set(all_records()) == named | {"PublicLimits"}


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
def test_every_record_is_frozen_built_by_keyword_and_decodable(kind: type[Record]) -> None:
    config = kind.__struct_config__
    assert config.frozen
    assert config.omit_defaults
    assert not config.gc
    msgspec.json.Decoder(kind)
    with pytest.raises(TypeError):
        kind(*range(1, 2))


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
def test_an_optional_field_is_none_or_unset_and_takes_null(kind: type[Record]) -> None:
    for field in fields(kind):
        if field.required or field.default is msgspec.NODEFAULT:
            continue
        takes_null = isinstance(field.type, shapes.AnyType) or (
            isinstance(field.type, shapes.UnionType) and field.type.includes_none
        )
        annotated = isinstance(field.type, shapes.Metadata)
        assert field.default is None, field.name
        assert takes_null or annotated, field.name


def _integers(kind: shapes.Type) -> list[shapes.IntType]:
    match kind:
        case shapes.IntType():
            return [kind]
        case shapes.Metadata():
            return _integers(kind.type)
        case shapes.UnionType():
            return [found for part in kind.types for found in _integers(part)]
        case shapes.VarTupleType():
            return _integers(kind.item_type)
        case shapes.TupleType():
            return [found for part in kind.item_types for found in _integers(part)]
        case shapes.DictType():
            return _integers(kind.key_type) + _integers(kind.value_type)
        case _:
            return []


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
def test_every_integer_is_bounded(kind: type[Record]) -> None:
    for field in fields(kind):
        for number in _integers(field.type):
            assert number.ge is not None, field.name
            assert number.ge >= 0, field.name
            assert number.le is not None, field.name
            assert number.le <= 2**53 - 1, field.name


REQUESTS = [
    kind
    for kind in RECORDS
    if kind.__name__.endswith("Request") or kind in {commands.SendMessage, commands.EditMessage}
]


@pytest.mark.parametrize("kind", REQUESTS, ids=lambda kind: kind.__name__)
def test_every_list_of_a_request_is_bounded(kind: type[Record]) -> None:
    for field in fields(kind):
        parts = field.type.types if isinstance(field.type, shapes.UnionType) else (field.type,)
        for part in parts:
            if isinstance(part, shapes.VarTupleType | shapes.ListType):
                assert part.max_length == 500, field.name


def test_required_fields_are_written_whatever_they_hold_and_absent_ones_never() -> None:
    raw = msgspec.json.encode(msgspec.convert(USER, User))
    assert msgspec.json.decode(raw) == USER
    member = {"userId": ID, "role": "member", "deliveredSeq": 0, "readSeq": 0, "joinedAt": TIME, "firstSeq": 1}
    assert msgspec.json.decode(msgspec.json.encode(msgspec.convert(member, Member))) == member
    deleted = {
        "id": ID, "conversationId": ID, "seq": 1, "rev": 2, "senderId": ID, "kind": "text", "text": "", "attachments": [],
        "mentions": [], "mentionsAll": False, "reactions": [], "createdAt": TIME, "deletedAt": TIME,
    }  # fmt: skip
    assert msgspec.json.decode(msgspec.json.encode(msgspec.convert(deleted, Message))) == deleted


def test_ids_are_written_in_lower_case_and_unknown_fields_ignored() -> None:
    user = msgspec.json.decode(
        msgspec.json.encode(USER | {"id": ID.upper(), "later": [1], "avatarUrl": None}), type=User
    )
    assert msgspec.json.decode(msgspec.json.encode(user)) == USER


@pytest.mark.parametrize(("code", "status"), [
    ("invalid", 400), ("unsupported_protocol", 400), ("unauthorized", 401), ("token_expired", 401), ("session_revoked", 401),
    ("forbidden", 403), ("not_found", 404), ("conflict", 409), ("too_large", 413), ("rate_limited", 429), ("internal", 500),
    ("unavailable", 503),
])  # fmt: skip
def test_each_code_has_its_status(code: str, status: int) -> None:
    assert HTTP_STATUS[ErrorCode(code)] == status
    assert len(HTTP_STATUS) == len(ErrorCode) == len(errors.ERROR_MEANING) == 12
    assert ErrorCode(code).may_retry == (code in {"rate_limited", "internal", "unavailable"})


def test_an_error_is_written_as_the_contract_says() -> None:
    raw = msgspec.json.encode(TextError("title", "too long").body())
    assert raw == b'{"error":{"code":"invalid","message":"too long","field":"title"}}'
    busy = ErrorEnvelope(error=ErrorBody(code=ErrorCode.RATE_LIMITED, message="wait", retry_after_ms=50))
    assert msgspec.json.encode(busy) == b'{"error":{"code":"rate_limited","message":"wait","retryAfterMs":50}}'


def test_the_limits_are_those_of_the_contract() -> None:
    told = msgspec.to_builtins(Limits().public())
    assert told == {
        "textLength": 8_000, "usernameMin": 3, "usernameMax": 32, "passwordMin": 10, "passwordMax": 256, "displayNameLength": 64,
        "titleLength": 128, "groupMembers": 5_000, "attachmentsPerMessage": 10, "uploadBytes": 100 * 2**20, "imagePixels": 50_000_000,
        "frameBytes": 128 * 1024, "messagesPerSecond": 20, "messageBurst": 60, "eventsPerSecond": 50, "eventBurst": 200,
        "socketsPerUser": 10, "syncCursors": 10_000,
    }  # fmt: skip
    assert set(PublicLimits.__struct_fields__) <= set(Limits.__struct_fields__)
    assert environment_name("text_length") == "CHAT_SERVER_TEXT_LENGTH"


@pytest.mark.parametrize(
    "given", [{"textLength": 0}, {"textLength": 2**53}, {"attachmentsPerMessage": 501}, {"textLenght": 1}]
)
def test_nonsense_is_no_limit(given: dict[str, int]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(given, Limits)


def test_a_schema_says_what_is_required() -> None:
    sent = payload_schema("sendMessage")["$defs"]["SendMessage"]
    assert sent["required"] == ["tempId"]
    assert sent["properties"]["files"]["anyOf"][0]["maxItems"] == 500
    ack = ack_schema("messagesRead")
    assert {part["$ref"] for part in ack["anyOf"]} == {"#/$defs/MarkAck", "#/$defs/ErrorEnvelope"}
    assert "ErrorBody" in ack["$defs"]
    assert "Attachment" in server_event_schema("newMessage")["$defs"]
    with pytest.raises(KeyError):
        payload_schema("connect")
