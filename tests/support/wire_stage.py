"""What a case of the contract plays on: a real server, people, sockets on one transport, and calls; everything that comes is looked at.

async def test_react(stage: Stage) -> None:
    ann, bob = await stage.people("ann", "bob")              # the same accounts for all cases of a run
    group = await stage.group(ann, bob)                      # its own for each case
    async with stage.socket(ann) as hers:
        ack = await hers.call("react", {…})                  # looked at, as the events are
    await stage.call("GET", "/messages/…", by=ann)           # success, of the shape that the route promises
    assert await stage.refusal("GET", "/users/x", by=ann) == ("not_found", None)
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
from real_node import PASSWORD
from wire_client import WireClient
from wire_frames import check_body, read_strictly

from chinwag_protocol.errors import HTTP_STATUS, ErrorCode, ErrorEnvelope
from chinwag_protocol.ids import new_id
from chinwag_protocol.routes import API, ROUTES, RouteSpec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from real_node import RealNode
    from worker_rig import Node

Json = dict[str, Any]
_PATTERNS = [
    (route, re.compile(re.sub(r"\{\w+\}", "[^/]+", re.escape(route.path).replace(r"\{", "{").replace(r"\}", "}"))))
    for route in ROUTES
]


@dataclass(frozen=True)
class Person:
    """Somebody with a session."""

    session: Json

    @property
    def id(self) -> str:
        return self.session["user"]["id"]

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.session['accessToken']}"}


class Stage:
    """One case. `transport` is that of its sockets, unless they say otherwise."""

    def __init__(self, node: RealNode | Node, known: dict[str, Person], transport: str) -> None:
        self.node = node
        self.transport = transport
        self.proven: set[tuple[str, str, str]] = set()
        """What was seen: ("ack" | "refusal" | "event", name, transport), ("answer" | "refusal", "GET /users/me", "http")."""
        self._known = known
        # a connection that the server is about to close is not used again
        limits = httpx.Limits(keepalive_expiry=2)
        self.http = httpx.AsyncClient(base_url=node.url, timeout=30, trust_env=False, verify=False, limits=limits)

    # ------------------------------------------------------------ people and places

    async def people(self, *names: str) -> list[Person]:
        """People who take part in many cases."""
        for name, made in zip(
            new := [name for name in names if name not in self._known],
            await asyncio.gather(*(self.newcomer(name) for name in new)),
            strict=True,
        ):
            self._known[name] = made
        return [self._known[name] for name in names]

    async def newcomer(self, name: str = "new", **more: Any) -> Person:
        """Somebody whom nobody knows yet."""
        body = {"username": f"{name}-{secrets.token_hex(4)}", "password": PASSWORD, "displayName": name.title()} | more
        return Person(await self.call("POST", "/auth/register", json=body))

    async def another_session(self, person: Person) -> Person:
        """The same person, signed in a second time."""
        body = {"username": person.session["user"]["username"], "password": PASSWORD}
        return Person(await self.call("POST", "/auth/login", json=body))

    async def group(self, owner: Person, *others: Person, **more: Any) -> str:
        """The id of a new group."""
        body = {"title": "Team", "memberIds": [other.id for other in others]} | more
        return (await self.call("POST", "/conversations", by=owner, json=body))["id"]

    # ------------------------------------------------------------ sockets

    @contextlib.asynccontextmanager
    async def socket(self, person: Person, *, transport: str = "", **how: Any) -> AsyncIterator[WireClient]:
        """A socket, registered unless `how` says otherwise."""
        transport = transport or self.transport
        how = {"token": person.session["accessToken"], "user_id": person.id} | how
        async with WireClient.connect(self.node.url, transport=transport, **how) as client:
            assert isinstance(client, WireClient)
            try:
                yield client
            except BaseException as error:
                for complaint in client.complaints:
                    error.add_note(complaint)
                raise
        self.proven |= {(*what, transport) for what in client.proven}
        assert not client.complaints, "\n".join(client.complaints)

    # ------------------------------------------------------------ calls

    async def call(self, method: str, path: str, *, by: Person | None = None, **how: Any) -> Any:
        """A call that succeeds: the JSON of its answer, else the whole response."""
        answer = await self.request(method, path, by=by, **how)
        assert answer.is_success or answer.status_code == 304, answer.text
        return answer.json() if answer.headers.get("content-type", "").startswith("application/json") else answer

    async def refusal(self, method: str, path: str, *, by: Person | None = None, **how: Any) -> tuple[str, str | None]:
        """Code and field of a call that fails."""
        answer = await self.request(method, path, by=by, **how)
        assert answer.is_error, answer.text
        error = answer.json()["error"]
        return error["code"], error.get("field")

    async def request(self, method: str, path: str, *, by: Person | None = None, **how: Any) -> httpx.Response:
        """Any call to a path below `/api/v1`, or to one that begins with `!` outside of it; the answer was looked at."""
        headers = (by.headers if by else {}) | how.pop("headers", {})
        path = path[1:] if path.startswith("!") else API + path
        answer = await self.http.request(method, path, headers=headers, **how)
        for name in answer.headers:
            assert not name.startswith(("access-control-", "set-cookie")), f"{method} {path}: {name}"
        route = find_route(method, path.partition("?")[0])
        if route is not None and answer.status_code in route.statuses:
            _check_success(route, answer)
            self.proven.add(("answer", name_of(route), "http"))
        elif method == "HEAD":
            assert answer.content == b""
        else:
            check_refusal(answer)
            if route is not None:
                self.proven.add(("refusal", name_of(route), "http"))
        return answer


def find_route(method: str, path: str) -> RouteSpec | None:
    """The route that a path belongs to."""
    fitting = [route for route, pattern in _PATTERNS if route.method == method and pattern.fullmatch(path)]
    return min(fitting, key=lambda route: route.path.count("{"), default=None)


def name_of(route: RouteSpec) -> str:
    """A route as cases name it: `GET /users/me`, `GET /healthz`."""
    return f"{route.method} {route.path.removeprefix(API)}"


def check_refusal(answer: httpx.Response) -> None:
    """The error object, the status of its code, and the headers that go with it."""
    error = read_strictly(answer.content, ErrorEnvelope).error
    right = {HTTP_STATUS[error.code]} | ({405, 416} if error.code is ErrorCode.INVALID else set())
    assert answer.status_code in right, (answer.status_code, answer.text)
    assert answer.headers["content-type"].startswith("application/json"), answer.headers
    assert error.message, answer.text
    assert ("www-authenticate" in answer.headers) is (answer.status_code == 401)
    if error.code is ErrorCode.RATE_LIMITED:
        assert error.retry_after_ms, answer.text
    if error.retry_after_ms is not None:
        assert 0 <= int(answer.headers["retry-after"]) * 1_000 - error.retry_after_ms <= 1_000, answer.text


def _check_success(route: RouteSpec, answer: httpx.Response) -> None:
    kind, content_type = route.response, answer.headers.get("content-type", "")
    if answer.status_code in (204, 304) or kind is None:
        assert answer.content == b"", answer.content
    elif isinstance(kind, type):
        assert content_type.startswith("application/json"), content_type
        check_body(answer.content, kind)
    elif kind == "openapi":
        assert json.loads(answer.content)["openapi"].startswith("3.1")
    elif kind == "metrics":
        assert content_type.startswith("text/plain"), content_type
    else:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["etag"].startswith('"'), answer.headers


def text(conversation: str, words: str = "hello", **more: Any) -> Json:
    """The payload of a `sendMessage` to a conversation."""
    return {"tempId": str(new_id()), "conversationId": conversation, "text": words} | more


def direct(receiver: Person, words: str = "hello", **more: Any) -> Json:
    """The payload of a `sendMessage` to a person."""
    return {"tempId": str(new_id()), "receiverId": receiver.id, "text": words} | more


def refused(ack: Json) -> tuple[str, str | None]:
    """Code and field of an ack that is an error object."""
    return ack["error"]["code"], ack["error"].get("field")


async def say(socket: WireClient, conversation: str, words: str = "hello", **more: Any) -> dict[str, Any]:
    """Send a message that is taken; what it became."""
    ack = await socket.call("sendMessage", text(conversation, words, **more))
    assert "error" not in ack, ack
    return ack["message"]


async def hears(socket: WireClient, event: str, payload: dict[str, Any]) -> None:
    """Wait for an event with this very payload. What was done before a socket registered may reach it, too."""
    await socket.wait_for(event, lambda told: told == payload)
