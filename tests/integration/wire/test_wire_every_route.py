"""What holds for every route there is: without a token, with a body that is none, with numbers out of range, by another method.

The routes come from the contract's own table, so that a new one is looked at without being named here.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from real_node import PASSWORD
from wire_stage import Stage, find_route, name_of
from worker_rig import node

from chinwag_protocol.ids import new_id
from chinwag_protocol.limits import Limits
from chinwag_protocol.routes import API, ROUTES, RouteSpec

if TYPE_CHECKING:
    from pathlib import Path

SERVED = [spec for spec in ROUTES if not spec.path.startswith((f"{API}/search", f"{API}/uploads"))]
JSON = [spec for spec in SERVED if isinstance(spec.request, type)]
PAGED = [spec for spec in SERVED if any(query.name == "limit" for query in spec.query)]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def aimed(spec: RouteSpec, **ids: str) -> str:
    """The path of a route for `Stage`, with ids that nobody has unless they are given."""
    path = spec.path
    for word in ("sessionId", "userId", "conversationId", "messageId", "attachmentId", "avatarId", "code"):
        path = path.replace(f"{{{word}}}", ids.get(word, str(new_id())))
    return path.removeprefix(API) if path.startswith(API) else f"!{path}"


async def test_nobody_gets_in_without_a_token(stage: Stage) -> None:
    closed = [spec for spec in SERVED if spec.auth in ("bearer", "admin")]
    assert len(closed) > 30
    for spec in closed:
        for headers in ({}, {"Authorization": "Bearer x.y.z"}, {"Authorization": "Basic x"}):
            answer = await stage.request(spec.method, aimed(spec), headers=headers)
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized"), spec


async def test_bodies_that_are_none(stage: Stage) -> None:
    (ann,) = await stage.people("ann")
    ids = {"conversationId": await stage.group(ann), "userId": ann.id}
    for spec in JSON:
        by = ann if spec.auth == "bearer" else None
        if spec.auth == "admin":
            continue  # whoever may not call it hears `forbidden` first
        for body in (
            b"{",
            b"",
            b"[]",
            b"\xff",
            b'"x"',
            b"[" * 20_000,
            b'{"a": NaN}',
            b'{"a": "\\u0000"}',
            b'{"a": 9007199254740993}',
        ):
            how: dict[str, Any] = {"content": body, "headers": {"Content-Type": "application/json"}}
            assert (await stage.refusal(spec.method, aimed(spec, **ids), by=by, **how))[0] == "invalid", (
                spec,
                body[:20],
            )
        big = b'{"a": "' + b"x" * Limits().body_bytes + b'"}'
        assert (await stage.refusal(spec.method, aimed(spec, **ids), by=by, content=big))[0] == "too_large", spec


async def test_a_connection_goes_on_after_a_body_that_was_too_large(stage: Stage) -> None:
    """The refusal comes before the body, whose end the next request may follow in one piece."""
    where = urlsplit(stage.node.url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    size, body = Limits().body_bytes + 1, b'{"username": "nobody", "password": "wrong horse battery"}'
    head = f"POST {API}/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: {size}\r\n\r\n".encode())
    assert (await read_answer(reader))[0].startswith(b"HTTP/1.1 413")
    next_one = f"{head}Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n".encode()
    writer.write(b"x" * size + next_one)
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
    writer.write(body)
    status, answer = await read_answer(reader)
    assert (status.split()[1], b"unauthorized" in answer) == (b"401", True)
    writer.close()
    await writer.wait_closed()


async def read_answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    assert length is not None, head
    return head, await reader.readexactly(int(length[1]))


async def test_limits_are_refused_never_clamped(stage: Stage) -> None:
    ann = await stage.newcomer("ann")
    group = await stage.group(ann)
    system = (await stage.call("GET", f"/conversations/{group}/messages", by=ann))["messages"][0]
    assert len(PAGED) >= 6
    for spec in PAGED:
        path, more = aimed(spec, conversationId=group, messageId=system["id"]), {"emoji": "👍"}
        for limit in ("0", "201", "-1", "x", "1.5", ""):
            refusal = await stage.refusal(spec.method, path, by=ann, params=more | {"limit": limit})
            assert refusal == ("invalid", "limit"), (spec, limit)
        for limit in ("1", "200"):
            await stage.call(spec.method, path, by=ann, params=more | {"limit": limit})
        if any(query.name == "cursor" for query in spec.query):
            refusal = await stage.refusal(spec.method, path, by=ann, params=more | {"cursor": "invented"})
            assert refusal == ("invalid", "cursor"), spec


async def test_other_methods_and_paths(stage: Stage) -> None:
    (ann,) = await stage.people("ann")
    for spec in SERVED:
        path = aimed(spec)
        full = path[1:] if path.startswith("!") else API + path
        for method in METHODS:
            if find_route(method, full) is None:
                answer = await stage.request(method, path, by=ann)
                assert (answer.status_code, answer.json()["error"]["code"]) == (405, "invalid"), (method, path)
    for path in ("/nothing", "/users/me/nothing", "!/nothing", "!/api/v2/server", "!/"):
        assert await stage.refusal("GET", path, by=ann) == ("not_found", None)


async def test_too_many_calls(stage: Stage) -> None:
    ann = await stage.newcomer("ann")
    codes: list[int] = []
    while 429 not in codes and len(codes) < 2_000:
        answer = await stage.request("GET", "/users/me", by=ann)  # it looks at retryAfterMs and Retry-After
        codes.append(answer.status_code)
    assert set(codes) == {200, 429}
    assert len(codes) > 200
    assert (await stage.request("GET", "/server")).status_code == 200


async def test_too_many_guesses(database_url: str, tmp_path: Path) -> None:
    """On a server of its own: they count for the address as well."""
    async with node(database_url, tmp_path) as server:
        stage = Stage(server, {}, "websocket")
        ann, bob = await stage.newcomer("ann"), await stage.newcomer("bob")
        wrong = {"username": ann.session["user"]["username"], "password": "wrong horse battery"}
        codes = [(await stage.refusal("POST", "/auth/login", json=wrong))[0] for _ in range(11)]
        assert codes == ["unauthorized"] * 10 + ["rate_limited"]
        for person in (ann, bob):
            await stage.another_session(person)  # from where they signed in before, the right password is never refused
            change = {"currentPassword": PASSWORD, "newPassword": "another horse battery"}
            await stage.call("POST", "/auth/password", by=person, json=change)
        await stage.http.aclose()


@pytest.mark.parametrize("spec", [spec for spec in SERVED if spec.method == "GET" and "{" in spec.path], ids=name_of)
async def test_ids_that_are_none(stage: Stage, spec: RouteSpec) -> None:
    (ann,) = await stage.people("ann")
    if spec.auth == "open":
        return
    for wrong in ("x", "0", "..%2f", "%00"):
        ids = dict.fromkeys(("userId", "conversationId", "messageId", "attachmentId", "avatarId"), wrong)
        assert await stage.refusal("GET", aimed(spec, **ids) + "?emoji=👍", by=ann) == ("not_found", None)
