"""The routes of conversations, members and messages over HTTP: statuses, shapes, and what bad input gets."""

from uuid import uuid4

import asyncpg
import pytest
from worker_rig import bearer, node

from chinwag_protocol.ids import new_id


@pytest.fixture
async def served(database_url, tmp_path):
    async with node(database_url, tmp_path) as made:
        yield made


async def people(served, *names):
    sessions = [await served.register(name) for name in names]
    return [(bearer(session), session["user"]["id"], session) for session in sessions]


async def send(served, session, **payload):
    async with served.connect(session) as socket:
        return (await socket.call("sendMessage", {"tempId": str(new_id()), "text": "hi"} | payload))["message"]


async def test_a_group_from_the_first_to_the_last_call(served):
    (ann, ann_id, session), (bob, bob_id, _), (eve, eve_id, _) = await people(served, "ann", "bob", "eve")
    http = served.http
    made = await http.post(
        "/conversations", headers=ann, json={"title": "Team", "memberIds": [bob_id], "history": None}
    )
    assert made.status_code == 201
    group = made.json()
    assert (group["rev"], group["lastSeq"], group["history"]) == (2, 1, "all")
    assert group["settings"] == {"notify": "all", "pinned": False, "archived": False}
    assert (group["unreadCount"], group["mentionCount"], group["lastMessage"]["kind"]) == (0, 0, "system")
    path = f"/conversations/{group['id']}"
    assert (await http.get(path, headers=bob)).json()["lastMessage"] == group["lastMessage"]
    changed = await http.patch(path, headers=ann, json={"title": "New", "history": "joined", "rev": 99, "x": 1})
    assert (changed.status_code, changed.json()["title"], changed.json()["rev"]) == (200, "New", 4)
    assert (await http.patch(path, headers=ann, json={})).json()["rev"] == 4
    settings = await http.patch(
        f"{path}/settings", headers=bob, json={"pinned": True, "mutedUntil": "2030-01-01T00:00:00Z"}
    )
    assert settings.status_code == 200
    assert settings.json() == {
        "mutedUntil": "2030-01-01T00:00:00.000Z",
        "notify": "all",
        "pinned": True,
        "archived": False,
    }
    assert "mutedUntil" not in (await http.patch(f"{path}/settings", headers=bob, json={"mutedUntil": None})).json()
    added = await http.post(f"{path}/members", headers=ann, json={"userIds": [eve_id]})
    assert (added.status_code, added.json()["memberCount"]) == (200, 3)
    role = await http.patch(f"{path}/members/{eve_id}", headers=ann, json={"role": "admin"})
    assert (role.status_code, role.json()["role"], role.json()["userId"]) == (200, "admin", eve_id)
    page = (await http.get(f"{path}/members", headers=eve, params={"limit": 2})).json()
    rest = (await http.get(f"{path}/members", headers=eve, params={"limit": 2, "cursor": page["next"]})).json()
    assert [m["userId"] for m in page["members"] + rest["members"]] == [ann_id, bob_id, eve_id]
    assert "next" not in rest
    assert [m["userId"] for m in (await http.get(f"{path}/members?query=EV", headers=ann)).json()["members"]] == [
        eve_id
    ]
    removed = await http.delete(f"{path}/members/{eve_id}", headers=ann)
    assert (removed.status_code, removed.content) == (204, b"")
    assert (await http.get(path, headers=eve)).status_code == 404
    message = await send(served, session, conversationId=group["id"])
    left = await http.delete(path, headers=ann)
    assert (left.status_code, left.content) == (204, b"")
    assert (await http.get(f"/messages/{message['id']}", headers=ann)).status_code == 404
    assert (await http.get(path, headers=bob)).json()["members"][0]["role"] == "owner"


async def test_direct_conversations_are_found_or_made(served):
    (ann, _, _), (bob, bob_id, _) = await people(served, "ann", "bob")
    http = served.http
    first = await http.put(f"/conversations/direct/{bob_id}", headers=ann)
    again = await http.put(f"/conversations/direct/{bob_id.upper()}", headers=ann)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert (await http.get("/conversations", headers=bob)).json() == {"conversations": []}
    assert (await http.get("/conversations", headers=ann)).json()["conversations"] == [first.json()]
    assert (await http.delete(f"/conversations/{first.json()['id']}", headers=ann)).status_code == 403
    assert (await http.put(f"/conversations/direct/{uuid4()}", headers=ann)).status_code == 404


async def test_messages_are_read_by_seq_and_by_id(served):
    (_ann, _, session), (bob, bob_id, _) = await people(served, "ann", "bob")
    http = served.http
    sent = [await send(served, session, receiverId=bob_id, text=str(i)) for i in range(4)]
    path = f"/conversations/{sent[0]['conversationId']}"
    page = (await http.get(f"{path}/messages", headers=bob, params={"limit": 3})).json()
    assert [m["text"] for m in page["messages"]] == ["1", "2", "3"]
    assert (page["hasMoreBefore"], page["hasMoreAfter"]) == (True, False)
    assert page["messages"] == sent[1:]
    for params, texts in (
        ({"before": 3}, ["0", "1"]),
        ({"after": 3}, ["3"]),
        ({"around": 2, "limit": 3}, ["0", "1", "2"]),
    ):
        found = (await http.get(f"{path}/messages", headers=bob, params=params)).json()
        assert [m["text"] for m in found["messages"]] == texts
    assert (await http.get(f"/messages/{sent[2]['id']}", headers=bob)).json() == sent[2]
    assert (await http.get(f"{path}/pins", headers=bob)).json() == {"messages": []}
    reactions = await http.get(f"/messages/{sent[2]['id']}/reactions", headers=bob, params={"emoji": "👍"})
    assert reactions.json() == {"userIds": []}


async def test_an_idempotency_key_makes_one_group(served):
    [(ann, _, _)] = await people(served, "ann")
    headers, body = ann | {"Idempotency-Key": "one"}, {"title": "x", "memberIds": []}
    first, again = [await served.http.post("/conversations", headers=headers, json=body) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = await served.http.post("/conversations", headers=headers, json=body | {"title": "y"})
    assert (other.status_code, other.json()["error"]["code"]) == (409, "conflict")
    assert len((await served.http.get("/conversations", headers=ann)).json()["conversations"]) == 1


BAD_TITLES = [None, 1, True, [], "", "   ", "x" * 129, "a\0b", "a\nb", "\u202e"]
BAD_IDS = [1, "x", {}, [1], [None], ["x"], [str(uuid4())] * 501]
BAD_BODIES = [b"", b"{", b"[]", b'"x"', b"null", b"\xff", b'{"title": NaN}', b"[" * 17 + b"]" * 17, rb'{"x": "\ud800"}']


async def test_bad_bodies_are_invalid_and_change_nothing(served, database_url):
    (ann, _, session), (_, bob_id, _) = await people(served, "ann", "bob")
    http = served.http
    group = (await http.post("/conversations", headers=ann, json={"title": "Team", "memberIds": [bob_id]})).json()
    path = f"/conversations/{group['id']}"
    cases = [("POST", "/conversations", {"title": t, "memberIds": []}) for t in BAD_TITLES]
    cases += [("POST", "/conversations", {"title": "x", "memberIds": ids}) for ids in BAD_IDS]
    cases += [("POST", "/conversations", {"title": "x"}), ("POST", "/conversations", {"memberIds": []})]
    cases += [("POST", "/conversations", {"title": "x", "memberIds": [], "history": h}) for h in ("x", 1, [])]
    cases += [("PATCH", path, {"title": t}) for t in BAD_TITLES]
    cases += [("PATCH", path, {"history": h}) for h in ("x", 1, [], None)]
    cases += [("PATCH", f"{path}/settings", {"notify": n}) for n in ("x", None, 1)]
    cases += [("PATCH", f"{path}/settings", {name: v}) for name in ("pinned", "archived") for v in (None, 1, "true")]
    cases += [("PATCH", f"{path}/settings", {"mutedUntil": t}) for t in (1, "x", "2030-13-01T00:00:00Z", "\0")]
    cases += [("PATCH", f"{path}/settings", {"unreadFromSeq": s}) for s in (-1, 0, 2, "1", 1.5, 2**53, True)]
    cases += [("POST", f"{path}/members", {"userIds": ids}) for ids in [*BAD_IDS, None]]
    cases += [("PATCH", f"{path}/members/{bob_id}", {"role": r}) for r in ("x", 1, None, "bot")]
    for method, where, body in cases:
        answer = await http.request(method, where, headers=ann, json=body)
        assert (answer.status_code, set(answer.json())) == (400, {"error"}), (method, where, body, answer.text)
        assert answer.json()["error"]["code"] == "invalid"
    for method, where in (
        ("POST", "/conversations"),
        ("PATCH", path),
        ("PATCH", f"{path}/settings"),
        ("POST", f"{path}/members"),
        ("PATCH", f"{path}/members/{bob_id}"),
    ):
        for raw in BAD_BODIES:
            answer = await http.request(method, where, headers=ann | {"Content-Type": "application/json"}, content=raw)
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid"), (method, where, raw)
    assert (await http.get(path, headers=ann)).json() == group
    database = await asyncpg.connect(database_url)
    assert await database.fetchval("SELECT count(*) FROM conversations") == 1
    assert await database.fetchval("SELECT count(*) FROM messages") == 1
    await database.close()
    assert (await send(served, session, conversationId=group["id"]))["seq"] == 2


async def test_bad_queries_are_invalid_and_never_clamped(served):
    [(ann, _, _)] = await people(served, "ann")
    http = served.http
    group = (await http.post("/conversations", headers=ann, json={"title": "Team", "memberIds": []})).json()
    path, message = f"/conversations/{group['id']}", f"/messages/{group['lastMessage']['id']}"
    limits = ["0", "201", "-1", "x", "1.5", "", "1e2", "9" * 30, "\u0661"]
    for where in ("/conversations", f"{path}/members", f"{path}/messages", f"{message}/reactions?emoji=%F0%9F%91%8D"):
        for limit in limits:
            answer = await http.get(where, headers=ann, params=dict(_query(where)) | {"limit": limit})
            assert (answer.status_code, answer.json()["error"]["field"]) == (400, "limit"), (where, limit)
    for where in ("/conversations", f"{path}/members", f"{message}/reactions?emoji=%F0%9F%91%8D"):
        for cursor in ("x", "%", "A" * 32, "\u00e9", "-1", "A" * 600):
            answer = await http.get(where, headers=ann, params=dict(_query(where)) | {"cursor": cursor})
            if answer.status_code != 200:  # 32 letters may be a cursor, if a strange one
                assert (answer.status_code, answer.json()["error"]["field"]) == (400, "cursor"), (where, cursor)
    for name in ("before", "after", "around"):
        for value in ("x", "-1", "1.5", "", str(2**53), "\0"):
            answer = await http.get(f"{path}/messages", headers=ann, params={name: value})
            assert answer.status_code == 400, (name, value)
    for params in ({"before": 1, "after": 1}, {"around": 1, "before": 1}):
        assert (await http.get(f"{path}/messages", headers=ann, params=params)).status_code == 400
    for emoji in (None, "x", "", "👍👍"):
        answer = await http.get(f"{message}/reactions", headers=ann, params={} if emoji is None else {"emoji": emoji})
        assert (answer.status_code, answer.json()["error"]["field"]) == (400, "emoji"), emoji


@pytest.mark.parametrize("bad", ["x", "1", "%00", "01a20f78-f068-75f4-9f35-a7133bd3add", "..%2f"])
async def test_a_malformed_id_is_not_found(served, bad):
    [(ann, _, _)] = await people(served, "ann")
    for path in (f"/conversations/{bad}", f"/conversations/{bad}/messages", f"/messages/{bad}"):
        answer = await served.http.get(path, headers=ann)
        assert answer.status_code in (400, 404)
        assert answer.json()["error"]["code"] in ("invalid", "not_found")
    answer = await served.http.put(f"/conversations/direct/{bad}", headers=ann)
    assert answer.status_code in (400, 404, 405)


def _query(where: str) -> list[tuple[str, str]]:
    return [("emoji", "👍")] if "emoji" in where else []
