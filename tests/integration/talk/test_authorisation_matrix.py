"""Every event and route of conversations, fired by whoever must not: a real worker, real sockets, the registries of the protocol.

A stranger and an ex-member get the same answer for what exists and for what was invented; a plain member without the right gets
`forbidden`; a disabled account gets nowhere. Nothing of it leaves a trace in the database, and nobody hears anything.
"""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from worker_rig import Node, Session, bearer, node

from chinwag_protocol.events import CLIENT_EVENTS
from chinwag_protocol.ids import new_id
from chinwag_protocol.routes import API, CONVERSATION_ROUTES, MESSAGE_ROUTES, RouteSpec

TABLES = (
    "conversations",
    "members",
    "messages",
    "departures",
    "attachment_links",
    "direct_conversations",
    "idempotency_keys",
)


class Names:
    """The ids that a case is fired at."""

    def __init__(self, conversation: str, message: str, user: str) -> None:
        self.conversation = conversation
        self.message = message
        self.user = user

    @classmethod
    def invented(cls) -> "Names":
        return cls(str(new_id()), str(new_id()), str(new_id()))


Payload = Callable[[Names], dict[str, Any]]


def _send(**more: Any) -> Payload:
    return lambda names: {"tempId": str(new_id()), "conversationId": names.conversation, "text": "x"} | more


EVENTS: dict[tuple[str, str], Payload] = {
    ("sendMessage", "plain"): _send(),
    ("sendMessage", "reply"): lambda n: _send(replyTo=n.message)(n),
    ("sendMessage", "forward"): lambda n: _send(forward=n.message, text=None)(n),
    ("sendMessage", "mentions"): lambda n: _send(mentions=[n.user])(n),
    ("sendMessage", "everyone"): _send(mentionsAll=True),
    ("sendMessage", "file"): lambda n: _send(files=[str(uuid4())])(n),
    ("editMessage", ""): lambda n: {"messageId": n.message, "text": "hacked"},
    ("deleteMessage", ""): lambda n: {"messageId": n.message},
    ("react", "on"): lambda n: {"messageId": n.message, "emoji": "👍", "on": True},
    ("react", "off"): lambda n: {"messageId": n.message, "emoji": "👍", "on": False},
    ("pinMessage", ""): lambda n: {"messageId": n.message, "on": True},
    ("messagesDelivered", ""): lambda n: {"conversationId": n.conversation, "seq": 1},
    ("messagesRead", ""): lambda n: {"conversationId": n.conversation, "seq": 1},
    ("typing", ""): lambda n: {"conversationId": n.conversation, "typing": True},
}
ELSEWHERE = {"register-user", "renewToken", "ping"}
"""Events without a conversation: their tests are with the sessions."""

BODIES: dict[str, Any] = {
    "PATCH /conversations/{conversationId}": {"title": "hacked"},
    "PATCH /conversations/{conversationId}/settings": {"pinned": True},
    "POST /conversations/{conversationId}/members": lambda n: {"userIds": [n.user]},
    "PATCH /conversations/{conversationId}/members/{userId}": {"role": "admin"},
    "PUT /conversations/{conversationId}/avatar": None,
}
UNTARGETED = {
    "GET /conversations",
    "POST /conversations",
    "PUT /conversations/direct/{userId}",
    "POST /sync",
    "GET /search",
}
"""Routes that name no conversation: they show what the caller may see, and are tested where they are made."""
AVATARS = {"PUT /conversations/{conversationId}/avatar", "DELETE /conversations/{conversationId}/avatar"}
ROUTES = [
    route
    for route in (*CONVERSATION_ROUTES, *MESSAGE_ROUTES)
    if f"{route.method} {route.path.removeprefix(API)}" not in UNTARGETED | AVATARS
]

FORBIDDEN_EVENTS = {
    ("sendMessage", "everyone"),
    ("editMessage", ""),
    ("deleteMessage", ""),
    ("pinMessage", ""),
}
FORBIDDEN_ROUTES = {
    "PATCH /conversations/{conversationId}",
    "POST /conversations/{conversationId}/members",
    "PATCH /conversations/{conversationId}/members/{userId}",
    "DELETE /conversations/{conversationId}/members/{userId}",
}


def test_the_matrix_covers_the_registry():
    assert {event for event, _ in EVENTS} | ELSEWHERE == set(CLIENT_EVENTS)
    assert len(ROUTES) >= 11


class Scene:
    """Ann owns a group with Bob; Mal was removed from it, Eve never was in it, Dis is disabled. `names` is what they aim at."""

    node: Node
    people: dict[str, Session]
    names: Names
    database: asyncpg.Connection

    async def fingerprint(self) -> dict[str, list[str]]:
        """All rows of all tables that hold conversations."""
        return {
            table: [row[0] for row in await self.database.fetch(f"SELECT t::text FROM {table} t ORDER BY 1")]
            for table in TABLES
        }

    async def request(self, who: str, route: RouteSpec, names: Names) -> Any:
        path = route.path.removeprefix(API)
        body = BODIES.get(f"{route.method} {path}")
        for name, value in (("conversation", names.conversation), ("message", names.message), ("user", names.user)):
            path = path.replace(f"{{{name}Id}}", value)
        more: dict[str, Any] = {} if body is None else {"json": body(names) if callable(body) else body}
        if path.endswith("/reactions"):
            more["params"] = {"emoji": "👍"}
        return await self.node.http.request(route.method, path, headers=bearer(self.people[who]), **more)


@pytest.fixture
async def scene(database_url, tmp_path):
    made = Scene()
    async with node(database_url, tmp_path) as made.node:
        made.people = {name: await made.node.register(name) for name in ("ann", "bob", "mal", "eve", "dis")}
        ids = {name: session["user"]["id"] for name, session in made.people.items()}
        http, ann = made.node.http, bearer(made.people["ann"])
        group = (
            await http.post(
                "/conversations",
                headers=ann,
                json={"title": "Team", "memberIds": [ids["bob"], ids["mal"], ids["dis"]]},
            )
        ).json()
        async with made.node.connect(made.people["ann"]) as socket:
            sent = await socket.call(
                "sendMessage", {"tempId": str(new_id()), "conversationId": group["id"], "text": "secret"}
            )
            await socket.call("react", {"messageId": sent["message"]["id"], "emoji": "👍", "on": True})
        gone = await http.delete(f"/conversations/{group['id']}/members/{ids['mal']}", headers=ann)
        assert gone.status_code == 204
        made.names = Names(group["id"], sent["message"]["id"], ids["bob"])
        made.database = await asyncpg.connect(database_url)
        yield made
        await made.database.close()


@pytest.mark.parametrize("who", ["eve", "mal"])
async def test_strangers_change_nothing_and_cannot_tell_what_exists(scene, who):
    before = await scene.fingerprint()
    invented = Names.invented()
    async with scene.node.connect(scene.people["ann"]) as ann, scene.node.connect(scene.people[who]) as stranger:
        ann.events.clear()
        for (event, variant), payload in EVENTS.items():
            answers = [await stranger.call(event, payload(names)) for names in (scene.names, invented)]
            assert answers[0] == answers[1], (event, variant)
            assert answers[0]["error"]["code"] == "not_found", (event, variant, answers)
        for route in ROUTES:
            answers = [await scene.request(who, route, names) for names in (scene.names, invented)]
            assert [answer.status_code for answer in answers] == [404, 404], route
            assert answers[0].json() == answers[1].json(), route
            assert answers[0].json()["error"]["code"] == "not_found", route
        await ann.call("ping", {})
        assert [name for name, _ in ann.events if not name.startswith("user")] == []
        sent = sum(event == "sendMessage" for event, _ in EVENTS)
        heard = [name for name, _ in stranger.events if name not in ("onlineUsers", "userOnline", "userOffline")]
        assert heard == ["messageError"] * 2 * sent
    assert await scene.fingerprint() == before


async def test_plain_members_may_not_do_what_admins_do(scene):
    names = Names(scene.names.conversation, scene.names.message, scene.people["dis"]["user"]["id"])
    before = await scene.fingerprint()
    async with scene.node.connect(scene.people["ann"]) as ann, scene.node.connect(scene.people["bob"]) as bob:
        ann.events.clear()
        for event, variant in FORBIDDEN_EVENTS:
            answer = await bob.call(event, EVENTS[event, variant](names))
            assert answer["error"]["code"] == "forbidden", (event, variant, answer)
        for route in ROUTES:
            if f"{route.method} {route.path.removeprefix(API)}" in FORBIDDEN_ROUTES:
                answer = await scene.request("bob", route, names)
                assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden"), route
        await ann.call("ping", {})
        assert [name for name, _ in ann.events if not name.startswith("user")] == []
    assert await scene.fingerprint() == before


async def test_plain_members_may_do_the_rest(scene):
    async with scene.node.connect(scene.people["bob"]) as bob:
        for (event, variant), payload in EVENTS.items():
            if (event, variant) not in FORBIDDEN_EVENTS | {("sendMessage", "file")}:
                assert "error" not in await bob.call(event, payload(scene.names)), (event, variant)
    for route in sorted(ROUTES, key=lambda route: route.method == "DELETE"):  # leaving comes last
        if f"{route.method} {route.path.removeprefix(API)}" not in FORBIDDEN_ROUTES:
            assert (await scene.request("bob", route, scene.names)).is_success, route


async def test_a_disabled_account_gets_nowhere(scene):
    before = await scene.fingerprint()
    async with scene.node.connect(scene.people["dis"]) as dis:
        await scene.database.execute("UPDATE users SET disabled = true WHERE username = 'dis'")
        for (event, variant), payload in EVENTS.items():
            if event == "sendMessage" and variant == "plain":
                continue  # the hot path asks nobody: revoking closes the socket, see the tests of sessions
            answer = await dis.call(event, payload(scene.names))
            assert answer["error"]["code"] == "forbidden", (event, variant, answer)
    for route in ROUTES:
        answer = await scene.request("dis", route, scene.names)
        assert answer.status_code in (401, 403), route
    assert await scene.fingerprint() == before


async def test_nobody_gets_in_without_a_token(scene):
    before = await scene.fingerprint()
    scene.people["none"] = {"accessToken": "x.y.z"}
    for route in ROUTES:
        answer = await scene.request("none", route, scene.names)
        assert (answer.status_code, json.loads(answer.text)["error"]["code"]) == (401, "unauthorized"), route
    assert await scene.fingerprint() == before
