"""Calls about accounts, people, invites and the server itself: each route answers as it promises, and refuses as it must."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

import msgspec
from real_node import PASSWORD
from wire_cases import route
from wire_pictures import picture
from wire_stage import Person, Stage

from chinwag_protocol.ids import new_id
from chinwag_protocol.limits import Limits


async def admin(stage: Stage) -> Person:
    """An administrator, whom only the command line makes."""
    name, process = f"admin-{secrets.token_hex(4)}", stage.node.process
    await asyncio.to_thread(process.add_user, name, PASSWORD, "--admin", *process.options[-2:])  # its database
    return Person(await stage.call("POST", "/auth/login", json={"username": name, "password": PASSWORD}))


@route("GET /server", "GET /healthz", "GET /readyz", "GET /metrics", "GET /schema/openapi.json")
async def test_what_anybody_may_ask(stage: Stage) -> None:
    info = await stage.call("GET", "/server")
    assert (info["name"], info["protocol"], info["registration"]) == ("Chinwag", 1, "open")
    assert info["limits"] == msgspec.to_builtins(Limits().public())
    assert info["limits"]["textLength"] == 8_000
    for path in ("!/healthz", "!/readyz"):
        assert await stage.call("GET", path) == {"status": "ok", "degraded": []}
    assert "chinwag_http_requests_total" in (await stage.call("GET", "!/metrics")).text
    described = await stage.call("GET", "!/schema/openapi.json")
    assert "/api/v1/server" in described["paths"]


@route("POST /auth/register", "POST /auth/login")
async def test_signing_up_and_in(stage: Stage) -> None:
    name = f"ada.{secrets.token_hex(4)}"
    body = {"username": name, "password": PASSWORD, "displayName": " A\u202eda ", "deviceName": "desk", "unknown": 1}
    made = await stage.call("POST", "/auth/register", json=body)
    assert (made["user"]["username"], made["user"]["displayName"]) == (name, "Ada")
    assert (made["user"]["role"], made["user"]["online"], made["expiresInMs"]) == ("member", False, 900_000)
    for wrong, answer in (
        ({}, ("conflict", "username")),
        ({"username": "ab"}, ("invalid", "username")),
        ({"username": "a b c"}, ("invalid", "username")),
        ({"password": "short"}, ("invalid", "password")),
        ({"username": f"x{name}", "displayName": "x" * 65}, ("invalid", "displayName")),
        ({"inviteCode": "nonsense"}, ("forbidden", "inviteCode")),
        ({"username": None}, ("invalid", "username")),
    ):
        code, field = await stage.refusal("POST", "/auth/register", json=body | wrong)
        assert (code, field if answer[0] != "forbidden" else answer[1]) == answer, wrong
    again = await stage.call("POST", "/auth/login", json={"username": name, "password": PASSWORD})
    assert again["user"]["id"] == made["user"]["id"]
    assert again["sessionId"] != made["sessionId"]
    refusals = [
        (await stage.request("POST", "/auth/login", json=wrong)).json()
        for wrong in (
            {"username": name, "password": "wrong horse battery"},
            {"username": f"x{name}", "password": PASSWORD},
        )
    ]
    assert refusals[0] == refusals[1], "one fixed answer for any wrong pair"
    assert refusals[0]["error"]["code"] == "unauthorized"


@route(
    "POST /auth/refresh",
    "POST /auth/logout",
    "POST /auth/password",
    "GET /auth/sessions",
    "DELETE /auth/sessions/{sessionId}",
)
async def test_sessions(stage: Stage) -> None:
    ann = await stage.newcomer("ann")
    other, third = await stage.another_session(ann), await stage.another_session(ann)
    listed = (await stage.call("GET", "/auth/sessions", by=ann))["sessions"]
    assert {entry["id"]: entry["current"] for entry in listed} == {
        ann.session["sessionId"]: True,
        other.session["sessionId"]: False,
        third.session["sessionId"]: False,
    }
    fresh = await stage.call("POST", "/auth/refresh", json={"refreshToken": third.session["refreshToken"]})
    assert fresh["sessionId"] == third.session["sessionId"]
    assert await stage.refusal("POST", "/auth/refresh", json={"refreshToken": "x"}) == ("unauthorized", None)
    assert await stage.refusal("POST", "/auth/refresh", json={}) == ("invalid", "refreshToken")
    stranger = (await stage.people("ann"))[0]
    path = f"/auth/sessions/{other.session['sessionId']}"
    assert (await stage.refusal("DELETE", path, by=stranger))[0] == "not_found"
    assert (await stage.refusal("DELETE", f"/auth/sessions/{new_id()}", by=ann))[0] == "not_found"
    await stage.call("DELETE", path, by=ann)
    for call in (("GET", "/auth/sessions"), ("POST", "/auth/logout"), ("DELETE", path)):
        assert (await stage.refusal(*call, by=other))[0] == "session_revoked"
    wrong = {"currentPassword": "wrong horse battery", "newPassword": "another horse battery"}
    assert await stage.refusal("POST", "/auth/password", by=ann, json=wrong) == ("forbidden", "currentPassword")
    short = {"currentPassword": PASSWORD, "newPassword": "short"}
    assert await stage.refusal("POST", "/auth/password", by=ann, json=short) == ("invalid", "newPassword")
    await stage.call("POST", "/auth/password", by=ann, json=wrong | {"currentPassword": PASSWORD})
    assert (await stage.refusal("GET", "/users/me", by=third))[0] == "session_revoked"
    await stage.call("POST", "/auth/logout", by=ann)
    assert (await stage.refusal("GET", "/users/me", by=ann))[0] == "session_revoked"


@route("GET /users", "GET /users/{userId}", "GET /users/me", "PATCH /users/me")
async def test_people(stage: Stage) -> None:
    mark = secrets.token_hex(4)
    ann, bob, cid = await asyncio.gather(*(stage.newcomer(f"{mark}-{name}") for name in ("ann", "bob", "cid")))
    first = await stage.call("GET", "/users", by=ann, params={"query": mark, "limit": 2})
    rest = await stage.call("GET", "/users", by=ann, params={"query": mark, "limit": 2, "cursor": first["next"]})
    assert {user["id"] for user in first["users"] + rest["users"]} == {ann.id, bob.id, cid.id}
    assert "next" not in rest
    me = await stage.call("GET", "/users/me", by=ann)
    assert await stage.call("GET", f"/users/{ann.id}", by=bob) == me
    for unknown in (str(new_id()), "x"):
        assert (await stage.refusal("GET", f"/users/{unknown}", by=ann))[0] == "not_found"
    changed = await stage.call(
        "PATCH", "/users/me", by=ann, json={"status": {"text": "e\u0301"}, "id": "x", "role": "admin"}
    )
    assert changed == me | {"status": {"text": "\u00e9", "dnd": False}}, "read-only fields are ignored"
    assert await stage.call("PATCH", "/users/me", by=ann, json={}) == changed
    assert "status" not in await stage.call("PATCH", "/users/me", by=ann, json={"status": None})
    for wrong, field in (
        ({"displayName": None}, "displayName"),
        ({"displayName": " "}, "displayName"),
        ({"status": {"dnd": True}}, "status"),
        ({"status": {"text": "x" * 141}}, "status"),
        ({"status": {"text": "x", "until": "tomorrow"}}, "status"),
    ):
        code, at = await stage.refusal("PATCH", "/users/me", by=ann, json=wrong)
        assert (code, (at or field).partition(".")[0]) == ("invalid", field), (wrong, at)


@route("PUT /users/{userId}/block", "DELETE /users/{userId}/block", "GET /users/me/blocks")
async def test_blocking(stage: Stage) -> None:
    ann, bob = await asyncio.gather(stage.newcomer("ann"), stage.newcomer("bob"))
    for _ in range(2):
        await stage.call("PUT", f"/users/{bob.id}/block", by=ann)
    assert [user["id"] for user in (await stage.call("GET", "/users/me/blocks", by=ann))["users"]] == [bob.id]
    assert (await stage.call("GET", "/users/me/blocks", by=bob)) == {"users": []}
    for _ in range(2):
        await stage.call("DELETE", f"/users/{bob.id}/block", by=ann)
    assert (await stage.call("GET", "/users/me/blocks", by=ann)) == {"users": []}
    for method in ("PUT", "DELETE"):
        assert (await stage.refusal(method, f"/users/{new_id()}/block", by=ann))[0] == "not_found"


@route("PUT /users/me/avatar", "DELETE /users/me/avatar", "GET /avatars/{avatarId}")
async def test_a_picture_of_oneself(stage: Stage) -> None:
    ann, bob = await stage.people("ann", "bob")
    user = await stage.call("PUT", "/users/me/avatar", by=ann, content=picture())
    path = user["avatarUrl"].removeprefix("/api/v1")
    assert (await stage.call("GET", path, by=bob)).headers["content-type"].startswith("image/")
    assert await stage.refusal("PUT", "/users/me/avatar", by=ann, content=b"no picture") == ("invalid", "file")
    assert (await stage.refusal("GET", f"/avatars/{new_id()}", by=ann))[0] == "not_found"
    await stage.call("DELETE", "/users/me/avatar", by=ann)
    assert "avatarUrl" not in await stage.call("GET", "/users/me", by=ann)


@route("GET /invites", "POST /invites", "DELETE /invites/{code}", "GET /invites/{code}")
async def test_invites(stage: Stage) -> None:
    boss, (ann,) = await admin(stage), await stage.people("ann")
    made = await stage.call("POST", "/invites", by=boss, json={"uses": 1, "expiresInMs": 60_000})
    assert (made["usesLeft"], made["createdBy"]) == (1, boss.id)
    assert made in (await stage.call("GET", "/invites", by=boss))["invites"]
    path = f"/invites/{made['code']}"
    assert await stage.call("GET", path) == {"serverName": "Chinwag", "valid": True}
    await stage.newcomer("guest", inviteCode=made["code"])
    assert (await stage.call("GET", path))["valid"] is False, "used up, though registration is open"
    taken = {"username": boss.session["user"]["username"], "password": PASSWORD, "inviteCode": made["code"]}
    assert (await stage.refusal("POST", "/auth/register", json=taken))[0] == "forbidden", "before the name is looked at"
    for wrong, field in (
        ({"uses": 0}, "uses"),
        ({"uses": 1_001}, "uses"),
        ({"expiresInMs": 0}, "expiresInMs"),
        ({"role": "king"}, "role"),
    ):
        assert await stage.refusal("POST", "/invites", by=boss, json=wrong) == ("invalid", field)
    for method, where in (("GET", "/invites"), ("POST", "/invites"), ("DELETE", path)):
        more: dict[str, Any] = {"json": {}} if method == "POST" else {}
        assert (await stage.refusal(method, where, by=ann, **more))[0] == "forbidden"
    another = await stage.call("POST", "/invites", by=boss, json={})
    await stage.call("DELETE", f"/invites/{another['code']}", by=boss)
    assert (await stage.refusal("DELETE", f"/invites/{another['code']}", by=boss))[0] == "not_found"
    assert (await stage.call("GET", f"/invites/{another['code']}"))["valid"] is False
