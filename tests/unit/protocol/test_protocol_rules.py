"""Rules about requests that need no database, and the registries of events and routes."""

import json
import re
from dataclasses import dataclass
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinwag_protocol.commands import MarkMessages, SendMessage
from chinwag_protocol.connect import ConnectClaims, read_connect
from chinwag_protocol.decode import decode_json
from chinwag_protocol.errors import TextError, WireError
from chinwag_protocol.events import CLIENT_EVENTS, SERVER_EVENTS
from chinwag_protocol.http import ROUTES, GroupRequest, SyncRequest
from chinwag_protocol.ids import new_id
from chinwag_protocol.limits import Limits
from chinwag_protocol.rules import (
    Problem,
    attachment_ids,
    body_hash,
    group_problem,
    mark_problem,
    message_kind,
    send_problem,
    sync_problem,
)

LIMITS = Limits()
A, B, C, D = (UUID(int=n) for n in range(1, 5))
FILES = [str(new_id()) for _ in range(11)]


def command(**fields: object) -> SendMessage:
    return decode_json(json.dumps({"tempId": str(D), **fields}, default=str), SendMessage)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"receiverId": A, "text": "x"}, None),
        ({"conversationId": A, "text": "x"}, None),
        ({"conversationId": A, "receiverId": None, "text": "x", "files": []}, None),
        ({"text": "x"}, "conversationId"),
        ({"receiverId": A, "conversationId": A, "text": "x"}, "receiverId"),
        ({"conversationId": A}, "text"),
        ({"conversationId": A, "text": ""}, "text"),
        ({"conversationId": A, "text": " \r\n\t\u3000"}, "text"),
        ({"conversationId": A, "files": []}, "text"),
        ({"conversationId": A, "image": B}, None),
        ({"conversationId": A, "image": B, "text": "x", "files": FILES[:9]}, None),
        ({"conversationId": A, "image": B, "files": FILES[:10]}, "files"),
        ({"conversationId": A, "files": FILES[:10]}, None),
        ({"conversationId": A, "files": FILES}, "files"),
        ({"conversationId": A, "files": [B, B]}, "files"),
        ({"conversationId": A, "voice": B, "files": [B]}, "files"),
        ({"conversationId": A, "image": B, "voice": C}, "voice"),
        ({"conversationId": A, "forward": B}, None),
        ({"conversationId": A, "forward": B, "text": " "}, None),
        ({"conversationId": A, "forward": B, "replyTo": C, "mentions": [C]}, None),
        ({"conversationId": A, "forward": B, "text": "x"}, "forward"),
        ({"conversationId": A, "forward": B, "image": C}, "forward"),
        ({"conversationId": A, "forward": B, "voice": C}, "forward"),
        ({"conversationId": A, "forward": B, "files": [C]}, "forward"),
        ({"conversationId": A, "text": "x", "mentionsAll": True}, None),
        ({"receiverId": A, "text": "x", "mentionsAll": True}, "mentionsAll"),
        ({"receiverId": A, "text": "x", "mentionsAll": False}, None),
        ({"conversationId": A, "text": "x", "enc": {"v": 1}}, "enc"),
        ({"conversationId": A, "text": "x", "enc": False}, "enc"),
        ({"conversationId": A, "text": "x", "enc": None}, None),
    ],
)
def test_send_message(fields: dict[str, object], field: str | None) -> None:
    problem = send_problem(command(**fields), limits=LIMITS)
    assert (problem.field if problem else None) == field


def test_a_problem_is_the_error_to_raise() -> None:
    error = Problem("text", "too long").error()
    assert isinstance(error, TextError)
    assert (error.field, error.message, error.code) == ("text", "too long", "invalid")


@pytest.mark.parametrize(
    ("fields", "kind", "ids"),
    [
        ({"text": "x"}, "text", ()),
        ({"image": A, "files": [B, C]}, "image", (A, B, C)),
        ({"voice": A}, "voice", (A,)),
        ({"files": [C, B]}, "file", (C, B)),
        ({"forward": A}, "text", ()),
    ],
)
def test_kind_and_attachments(fields: dict[str, object], kind: str, ids: tuple[UUID, ...]) -> None:
    sent = command(conversationId=A, **fields)
    assert (message_kind(sent), attachment_ids(sent)) == (kind, ids)


@dataclass(frozen=True)
class Body:
    conversation_id: UUID
    text: str
    attachment_ids: tuple[UUID, ...]
    reply_to: UUID | None
    forward: UUID | None


UUIDS = st.sampled_from([A, B, C])
BODIES = st.builds(
    Body,
    conversation_id=UUIDS,
    text=st.text(st.sampled_from("a\x01\x02é"), max_size=3),
    attachment_ids=st.lists(UUIDS, max_size=2).map(tuple),
    reply_to=st.none() | UUIDS,
    forward=st.none() | UUIDS,
)


@given(BODIES, BODIES)
def test_hashes_are_equal_for_equal_bodies_only(left: Body, right: Body) -> None:
    first, second = body_hash(**vars(left)), body_hash(**vars(right))
    assert (first == second) is (left == right)
    assert -(2**63) <= first < 2**63


def test_a_hash_never_changes_once_stored() -> None:
    body = Body(A, "Grüße", (B, C), D, None)
    assert body_hash(**vars(body)) == -159767105908001478


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"conversation_id": A, "seq": 5}, None),
        ({"conversation_id": A, "seq": 0}, None),
        ({"sender_id": A}, None),
        ({}, "conversationId"),
        ({"seq": 5}, "conversationId"),
        ({"conversation_id": A}, "seq"),
        ({"conversation_id": A, "seq": 5, "sender_id": B}, "senderId"),
        ({"sender_id": B, "seq": 1}, "senderId"),
    ],
)
def test_marks(fields: dict[str, object], field: str | None) -> None:
    problem = mark_problem(MarkMessages(**fields))  # pyright: ignore[reportArgumentType] - a table of fields
    assert (problem.field if problem else None) == field


def test_sync_and_groups_are_counted() -> None:
    limits = Limits(sync_cursors=2, group_members=3)
    request = SyncRequest(cursors={A: 1, B: 2})
    assert sync_problem(request, limits=limits) is None
    assert sync_problem(SyncRequest(cursors={A: 1, B: 2, C: 3}), limits=limits) is not None
    assert group_problem(GroupRequest(title="t", member_ids=(A, B, B, D)), caller_id=A, limits=limits) is None
    over = group_problem(GroupRequest(title="t", member_ids=(A, B, C)), caller_id=D, limits=limits)
    assert over is not None
    assert over.field == "memberIds"


# ---------------------------------------------------------------- CONNECT


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (None, "unsupported_protocol"),
        ("{}", "unsupported_protocol"),
        ("null", "unsupported_protocol"),
        ("[]", "unsupported_protocol"),
        ('"token"', "unsupported_protocol"),
        ('{"protocol":2,"token":5,"userId":5}', "unsupported_protocol"),
        ('{"protocol":"1"}', "unsupported_protocol"),
        ('{"protocol":true}', "unsupported_protocol"),
        ('{"protocol":1.0}', "unsupported_protocol"),
        ('{"protocol":1}', "unauthorized"),
        ('{"protocol":1,"token":""}', "unauthorized"),
        ('{"protocol":1,"token":null}', "unauthorized"),
        ('{"protocol":1,"token":{"a":1},"userId":"x"}', "unauthorized"),
    ],
)
def test_connect_is_refused_in_order(raw: str | None, code: str) -> None:
    with pytest.raises(WireError) as caught:
        read_connect(raw)
    assert caught.value.code == code


@pytest.mark.parametrize("user", ["5", "null", '"x"', "[]"])
def test_a_bad_user_id_waits_for_the_token(user: str) -> None:
    assert read_connect(f'{{"protocol":1,"token":"t","userId":{user}}}') == ConnectClaims(token="t", user_id=None)


def test_connect_is_read() -> None:
    raw = f'{{"protocol":1,"token":"t","userId":"{str(new_id()).upper()}","more":[1]}}'
    assert read_connect(raw.encode()).user_id is not None


# ---------------------------------------------------------------- registries


def test_the_events_are_those_of_the_contract() -> None:
    assert set(CLIENT_EVENTS) == {
        "register-user", "sendMessage", "editMessage", "deleteMessage", "react", "pinMessage", "messagesDelivered", "messagesRead",
        "typing", "renewToken", "ping",
    }  # fmt: skip
    assert set(SERVER_EVENTS) == {
        "newMessage", "messageUpdated", "messageError", "messagesRead", "messagesDelivered", "onlineUsers", "userOnline", "userOffline",
        "presenceChanged", "typing", "conversationUpdated", "membersChanged", "conversationLeft", "settingsUpdated", "userUpdated",
        "factSkipped", "sessionRevoked", "serverShutdown",
    }  # fmt: skip
    assert not {"connect", "disconnect", "connect_error"} & {*CLIENT_EVENTS, *SERVER_EVENTS}


def test_routes_are_unique_and_say_what_they_answer() -> None:
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)
    for route in ROUTES:
        assert re.fullmatch(r"(/[a-z.]+|/v1|/\{[a-zA-Z]+\})+", route.path), route.path
        answers_nothing = route.statuses == (204,) or route.method == "HEAD"
        assert (route.response is None) is answers_nothing, route.path
        assert route.method in {"POST", "PUT", "PATCH"} or route.request is None, route.path


def test_only_these_routes_are_open() -> None:
    found = {f"{route.method} {route.path.removeprefix('/api/v1')}" for route in ROUTES if route.auth == "open"}
    assert found == {
        "GET /server", "POST /auth/register", "POST /auth/login", "POST /auth/refresh", "GET /invites/{code}", "GET /healthz", "GET /readyz",
        "GET /schema/openapi.json",
    }  # fmt: skip
