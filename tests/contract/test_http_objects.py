"""`AccountCalls` and `GroupCalls` over HTTP: each call's request to the last field, and what its answer becomes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
import pytest
from aiohttp import web
from desktop_builders import ANN, TALK, group, member, message, uid, user
from fake_clock import FakeClock
from http_server import HttpServer, says, serving

from chinwag_desktop.net.http_client import ApiClient
from chinwag_desktop.net.tls import make_ssl_context
from chinwag_protocol.http import (
    ConversationPatch,
    LoginRequest,
    MemberList,
    MembersRequest,
    MessageList,
    PasswordRequest,
    ProfilePatch,
    RolePatch,
    SessionInfo,
    SessionList,
    StatusPatch,
    UserList,
)

Call = Callable[[ApiClient], Awaitable[Any]]
ME_, GROUP = user("me"), group("harbour")
LAP = SessionInfo(
    id=uid("lap"),
    device_name="lap",
    created_at="2026-11-24T20:00:00.000Z",
    last_seen_at="2026-11-24T21:00:00.000Z",
    address="192.0.2.7",
    current=True,
)
WHEN = "2026-11-30T00:00:00.000Z"
JSON, BYTES = "application/json", "application/octet-stream"

CALLS: dict[str, tuple[Call, str, tuple[str, bytes] | None, Any]] = {
    "me": (lambda api: api.account.me(), "GET /users/me", None, ME_),
    "name": (
        lambda api: api.account.change(ProfilePatch(display_name="Ada")),
        "PATCH /users/me",
        (JSON, b'{"displayName":"Ada"}'),
        ME_,
    ),
    "status": (
        lambda api: api.account.change(ProfilePatch(status=StatusPatch(text="away", until=WHEN, dnd=True))),
        "PATCH /users/me",
        (JSON, b'{"status":{"text":"away","until":"2026-11-30T00:00:00.000Z","dnd":true}}'),
        ME_,
    ),
    "no status": (
        lambda api: api.account.change(ProfilePatch(status=None)),
        "PATCH /users/me",
        (JSON, b'{"status":null}'),
        ME_,
    ),
    "picture": (lambda api: api.account.set_picture(b"PNG"), "PUT /users/me/avatar", (BYTES, b"PNG"), ME_),
    "no picture": (lambda api: api.account.remove_picture(), "DELETE /users/me/avatar", None, None),
    "password": (
        lambda api: api.account.change_password(PasswordRequest(current_password="old", new_password="new")),
        "POST /auth/password",
        (JSON, b'{"currentPassword":"old","newPassword":"new"}'),
        None,
    ),
    "sessions": (lambda api: api.account.sessions(), "GET /auth/sessions", None, SessionList(sessions=(LAP,))),
    "revoke": (lambda api: api.account.revoke_session(LAP.id), f"DELETE /auth/sessions/{LAP.id}", None, None),
    "blocks": (
        lambda api: api.account.blocks(cursor="c/1"),
        "GET /users/me/blocks?cursor=c%2F1&limit=200",
        None,
        UserList(users=(ME_,), next="c2"),
    ),
    "block": (lambda api: api.account.block(ANN), f"PUT /users/{ANN}/block", None, None),
    "unblock": (lambda api: api.account.unblock(ANN), f"DELETE /users/{ANN}/block", None, None),
    "pins": (
        lambda api: api.pins(TALK),
        f"GET /conversations/{TALK}/pins",
        None,
        MessageList(messages=(message(3, pinned_at=WHEN),)),
    ),
    "rename": (
        lambda api: api.groups.change(TALK, ConversationPatch(title="Quay")),
        f"PATCH /conversations/{TALK}",
        (JSON, b'{"title":"Quay"}'),
        GROUP,
    ),
    "group picture": (
        lambda api: api.groups.set_picture(TALK, b"PNG"),
        f"PUT /conversations/{TALK}/avatar",
        (BYTES, b"PNG"),
        GROUP,
    ),
    "no group picture": (
        lambda api: api.groups.remove_picture(TALK),
        f"DELETE /conversations/{TALK}/avatar",
        None,
        None,
    ),
    "members": (
        lambda api: api.groups.members(TALK, query="an", cursor="c"),
        f"GET /conversations/{TALK}/members?query=an&cursor=c",
        None,
        MemberList(members=(member("ann"),), next=None),
    ),
    "add": (
        lambda api: api.groups.add(TALK, MembersRequest(user_ids=(ANN,))),
        f"POST /conversations/{TALK}/members",
        (JSON, f'{{"userIds":["{ANN}"]}}'.encode()),
        GROUP,
    ),
    "role": (
        lambda api: api.groups.set_role(TALK, ANN, RolePatch(role="admin")),
        f"PATCH /conversations/{TALK}/members/{ANN}",
        (JSON, b'{"role":"admin"}'),
        member("ann", role="admin"),
    ),
    "remove": (lambda api: api.groups.remove(TALK, ANN), f"DELETE /conversations/{TALK}/members/{ANN}", None, None),
    "leave": (lambda api: api.groups.leave(TALK), f"DELETE /conversations/{TALK}", None, None),
}


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    async with serving(HttpServer()) as server:
        yield server


@pytest.fixture
async def api(server: HttpServer) -> AsyncIterator[ApiClient]:
    api = ApiClient(server.url, ssl_context=make_ssl_context(), clock=FakeClock())
    server.answers["POST /api/v1/auth/login"] = says(server.session(1))
    await api.login(LoginRequest(username="me", password="secret words"))
    yield api
    await api.close()


@pytest.mark.parametrize("name", CALLS)
async def test_a_call_is_its_request_and_its_answer(server: HttpServer, api: ApiClient, name: str) -> None:
    call, request, body, answer = CALLS[name]
    method, _, path = request.partition(" ")
    sent: list[tuple[str, bytes] | None] = []

    async def reply(asked: web.Request) -> web.StreamResponse:
        content = await asked.read()
        sent.append((asked.headers.get("Content-Type", ""), content) if content else None)
        if answer is None:
            return web.Response(status=204)
        return web.Response(body=msgspec.json.encode(answer), content_type=JSON)

    server.answers[f"{method} /api/v1{path.partition('?')[0]}"] = reply
    assert await call(api) == answer
    assert (server.seen[-1], sent) == ((method, f"/api/v1{path}", "access-1"), [body])
