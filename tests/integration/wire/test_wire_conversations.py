"""Calls about conversations, their members, messages and files, and `/sync`: each route answers as it promises, and refuses as it must."""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import Any

from wire_cases import route
from wire_pictures import picture, recording
from wire_stage import Person, Stage, direct, refused, text

from chinwag_protocol.ids import new_id


@route(
    "GET /conversations",
    "POST /conversations",
    "GET /conversations/{conversationId}",
    "PATCH /conversations/{conversationId}",
    "DELETE /conversations/{conversationId}",
)
async def test_groups(stage: Stage) -> None:
    ann, (bob, eve) = await stage.newcomer("ann"), await stage.people("bob", "eve")
    body = {"title": "  Te\u0301am ", "memberIds": [bob.id, bob.id, ann.id], "unknown": {}}
    key = {"Idempotency-Key": secrets.token_hex(8)}
    one, two = await asyncio.gather(
        *(stage.request("POST", "/conversations", by=ann, json=body, headers=key) for _ in range(2))
    )
    assert (one.status_code, two.status_code, one.json()["id"]) == (201, 201, two.json()["id"]), (
        "the first answer again"
    )
    group = one.json()
    path = f"/conversations/{group['id']}"
    assert (group["title"], group["memberCount"], group["rev"], group["lastSeq"]) == ("T\u00e9am", 2, 2, 1)
    assert (group["history"], group["firstSeq"], group["unreadCount"]) == ("all", 1, 0)
    assert group["settings"] == {"notify": "all", "pinned": False, "archived": False}
    again = await stage.refusal("POST", "/conversations", by=ann, json=body | {"title": "x"}, headers=key)
    assert again[0] == "conflict"
    other = await stage.request("POST", "/conversations", by=bob, json=body, headers=key)
    assert other.json()["id"] != group["id"], "a key is its user's own"
    for wrong, answer in (
        ({"title": " "}, ("invalid", "title")),
        ({"title": "x" * 129}, ("invalid", "title")),
        ({"memberIds": [str(new_id())]}, ("not_found", "memberIds")),
        ({"memberIds": ["x"]}, ("invalid", "memberIds")),
        ({"memberIds": None}, ("invalid", "memberIds")),
        ({"history": "none"}, ("invalid", "history")),
    ):
        assert await stage.refusal("POST", "/conversations", by=ann, json=body | wrong) == answer, wrong
    assert await stage.call("GET", path, by=ann) == group
    assert await stage.call("PATCH", path, by=ann, json={"history": "all"}) == group, (
        "what changes nothing takes no rev"
    )
    changed = await stage.call("PATCH", path, by=ann, json={"history": "joined"})
    assert (changed["rev"], changed["lastSeq"], changed["history"]) == (3, 1, "joined"), "no system message"
    assert await stage.refusal("PATCH", path, by=ann, json={"title": None}) == ("invalid", "title")
    assert (await stage.refusal("PATCH", path, by=bob, json={"title": "x"}))[0] == "forbidden"
    for method, more in (("GET", {}), ("PATCH", {"json": {"title": "x"}}), ("DELETE", {})):
        answers = [await stage.request(method, where, by=eve, **more) for where in (path, f"/conversations/{new_id()}")]
        assert answers[0].json() == answers[1].json(), "whoever is no member cannot tell what exists"
        assert answers[0].status_code == 404
    second = await stage.group(ann)
    first = await stage.call("GET", "/conversations", by=ann, params={"limit": 1})
    rest = await stage.call("GET", "/conversations", by=ann, params={"cursor": first["next"]})
    assert [entry["id"] for entry in first["conversations"] + rest["conversations"]] == [
        second,
        other.json()["id"],
        group["id"],
    ]
    await stage.call("DELETE", path, by=ann)
    assert (await stage.refusal("GET", path, by=ann))[0] == "not_found"


@route("PUT /conversations/direct/{userId}", "PATCH /conversations/{conversationId}/settings")
async def test_direct_conversations_and_settings(stage: Stage) -> None:
    ann, bob = await asyncio.gather(stage.newcomer("ann"), stage.newcomer("bob"))
    made = await stage.request("PUT", f"/conversations/direct/{bob.id}", by=ann)
    found = await stage.request("PUT", f"/conversations/direct/{ann.id}", by=bob)
    assert (made.status_code, found.status_code, made.json()["id"]) == (201, 200, found.json()["id"])
    assert "title" not in made.json()
    assert (made.json()["rev"], made.json()["lastSeq"]) == (1, 0)
    assert (await stage.refusal("PUT", f"/conversations/direct/{new_id()}", by=ann))[0] == "not_found"
    path = f"/conversations/{made.json()['id']}"
    assert (await stage.refusal("DELETE", path, by=ann))[0] == "forbidden"
    for wrong in (
        stage.refusal("PATCH", path, by=ann, json={"title": "x"}),
        stage.refusal("POST", f"{path}/members", by=ann, json={"userIds": [bob.id]}),
        stage.refusal("DELETE", f"{path}/members/{bob.id}", by=ann),
    ):
        assert (await wrong)[0] == "forbidden"
    settings = f"{path}/settings"
    assert (await stage.call("PATCH", settings, by=ann, json={"archived": True}))["archived"]
    assert not (await stage.call("GET", path, by=bob))["settings"]["archived"]
    for wrong, field in (
        ({"notify": "some"}, "notify"),
        ({"pinned": None}, "pinned"),
        ({"mutedUntil": "soon"}, "mutedUntil"),
        ({"unreadFromSeq": 99}, "unreadFromSeq"),
    ):
        assert await stage.refusal("PATCH", settings, by=ann, json=wrong) == ("invalid", field)


@route("PUT /conversations/{conversationId}/avatar", "DELETE /conversations/{conversationId}/avatar")
async def test_a_picture_of_a_group(stage: Stage) -> None:
    ann, bob = await stage.people("ann", "bob")
    path = f"/conversations/{await stage.group(ann, bob)}"
    shown = await stage.call("PUT", f"{path}/avatar", by=ann, content=picture())
    assert (shown["rev"], shown["lastSeq"], shown["lastMessage"]["system"]["type"]) == (4, 2, "pictured")
    await stage.call("GET", shown["avatarUrl"].removeprefix("/api/v1"), by=bob)
    for method in ("PUT", "DELETE"):
        assert (await stage.refusal(method, f"{path}/avatar", by=bob, content=picture()))[0] == "forbidden"
    await stage.call("DELETE", f"{path}/avatar", by=ann)
    without = await stage.call("GET", path, by=ann)
    assert ("avatarUrl" in without, without["rev"]) == (False, 6)


@route(
    "GET /conversations/{conversationId}/members",
    "POST /conversations/{conversationId}/members",
    "PATCH /conversations/{conversationId}/members/{userId}",
    "DELETE /conversations/{conversationId}/members/{userId}",
)
async def test_members(stage: Stage) -> None:
    ann, bob, cid, eve = await stage.people("ann", "bob", "cid", "eve")
    group = await stage.group(ann, bob)
    path = f"/conversations/{group}/members"
    for ids, answer in (([str(new_id()), cid.id], ("not_found", "userIds")), (["x"], ("invalid", "userIds"))):
        assert await stage.refusal("POST", path, by=ann, json={"userIds": ids}) == answer
    there = {member["userId"] for member in (await stage.call("GET", path, by=ann))["members"]}
    assert there == {ann.id, bob.id}, "nobody was added"
    added = await stage.call("POST", path, by=ann, json={"userIds": [cid.id]})
    assert await stage.call("POST", path, by=ann, json={"userIds": [cid.id]}) == added, "who is in stays in"
    first = await stage.call("GET", path, by=bob, params={"limit": 2})
    rest = await stage.call("GET", path, by=bob, params={"limit": 2, "cursor": first["next"]})
    assert {member["userId"] for member in first["members"] + rest["members"]} == {ann.id, bob.id, cid.id}
    assert (len(first["members"]), len(rest["members"]), "next" in rest) == (2, 1, False)
    found = await stage.call("GET", path, by=bob, params={"query": cid.session["user"]["username"]})
    assert [member["userId"] for member in found["members"]] == [cid.id]
    assert (await stage.call("PATCH", f"{path}/{bob.id}", by=ann, json={"role": "admin"}))["role"] == "admin"
    assert (await stage.call("PATCH", f"{path}/{bob.id}", by=ann, json={}))["role"] == "admin"
    assert await stage.refusal("PATCH", f"{path}/{bob.id}", by=ann, json={"role": "king"}) == ("invalid", "role")
    for by, method, who, more in (
        (bob, "PATCH", cid, {"json": {"role": "admin"}}),
        (cid, "DELETE", bob, {}),
        (bob, "DELETE", ann, {}),
    ):
        assert (await stage.refusal(method, f"{path}/{who.id}", by=by, **more))[0] == "forbidden", (method, who)
    for method, more in (("PATCH", {"json": {"role": "admin"}}), ("DELETE", {})):
        assert (await stage.refusal(method, f"{path}/{eve.id}", by=ann, **more))[0] == "not_found"
        assert (await stage.refusal(method, f"{path}/{bob.id}", by=eve, **more))[0] == "not_found"
    for method, more in (("GET", {}), ("POST", {"json": {"userIds": [eve.id]}})):
        assert (await stage.refusal(method, path, by=eve, **more))[0] == "not_found"
    await stage.call("DELETE", f"{path}/{cid.id}", by=bob)
    await stage.call("DELETE", f"{path}/{bob.id}", by=bob)
    assert [member["userId"] for member in (await stage.call("GET", path, by=ann))["members"]] == [ann.id]


@route(
    "GET /conversations/{conversationId}/messages",
    "GET /conversations/{conversationId}/pins",
    "GET /messages/{messageId}",
    "GET /messages/{messageId}/reactions",
)
async def test_reading(stage: Stage) -> None:
    ann, bob, eve = await stage.people("ann", "bob", "eve")
    group = await stage.group(ann, bob)
    path = f"/conversations/{group}/messages"
    async with stage.socket(ann) as hers, stage.socket(bob) as his:
        sent = [(await hers.call("sendMessage", text(group, str(n))))["message"] for n in range(2, 11)]
        sent[3] = (await hers.call("deleteMessage", {"messageId": sent[3]["id"]}))["message"]
        for socket in (his, hers):
            like = await socket.call("react", {"messageId": sent[0]["id"], "emoji": "👍", "on": True})
        for index in (0, 1):
            await hers.call("pinMessage", {"messageId": sent[index]["id"], "on": True})

    async def page(**where: int) -> tuple[list[int], bool, bool]:
        found = await stage.call("GET", path, by=bob, params=where)
        return [message["seq"] for message in found["messages"]], found["hasMoreBefore"], found["hasMoreAfter"]

    assert await page() == ([*range(1, 11)], False, False)
    assert await page(limit=3) == ([8, 9, 10], True, False)
    assert await page(before=4, limit=2) == ([2, 3], True, True)
    assert await page(before=1) == ([], False, True)
    assert await page(after=8) == ([9, 10], True, False)
    assert await page(after=10) == ([], True, False)
    assert await page(around=5, limit=4) == ([3, 4, 5, 6], True, True)
    assert await page(around=1, limit=4) == ([1, 2], False, True)
    for where in ({"before": 1, "after": 1}, {"around": 1, "before": 1}, {"before": -1}, {"around": "x"}):
        assert (await stage.refusal("GET", path, by=bob, params=where))[0] == "invalid", where
    tombstone = (await stage.call("GET", path, by=bob, params={"around": 5, "limit": 1}))["messages"]
    assert tombstone == [sent[3]]
    pins = (await stage.call("GET", f"/conversations/{group}/pins", by=bob))["messages"]
    assert [message["seq"] for message in pins] == [3, 2], "the newest pin first"
    assert await stage.call("GET", f"/messages/{sent[8]['id']}", by=bob) == sent[8]
    reactions = f"/messages/{sent[0]['id']}/reactions"
    first = await stage.call("GET", reactions, by=bob, params={"emoji": "👍", "limit": 1})
    rest = await stage.call("GET", reactions, by=bob, params={"emoji": "👍", "cursor": first["next"]})
    assert first["userIds"] + rest["userIds"] == like["message"]["reactions"][0]["userIds"] == [bob.id, ann.id]
    assert await stage.call("GET", reactions, by=bob, params={"emoji": "🎉"}) == {"userIds": []}
    for emoji in ({}, {"emoji": "x"}):
        assert await stage.refusal("GET", reactions, by=bob, params=emoji) == ("invalid", "emoji")
    for where in (path, f"/conversations/{group}/pins", f"/messages/{sent[0]['id']}", f"{reactions}?emoji=👍"):
        assert (await stage.refusal("GET", where, by=eve))[0] == "not_found"


async def upload(stage: Stage, by: Person, content: bytes, name: str = "a.png", **more: Any) -> dict[str, Any]:
    return await stage.call("POST", "/attachments", by=by, files={"file": (name, content)}, **more)


@route("POST /attachments", "GET /attachments/{attachmentId}", "GET /attachments/{attachmentId}/thumbnail")
async def test_files(stage: Stage) -> None:
    ann, bob, eve = await stage.people("ann", "bob", "eve")
    group = await stage.group(ann, bob)
    key = {"Idempotency-Key": secrets.token_hex(8)}
    image = await upload(stage, ann, picture(), "../x/ho\u202eliday.png", headers=key)
    assert (image["name"], image["mediaType"], image["width"], image["height"]) == ("holiday.png", "image/png", 64, 48)
    assert await upload(stage, ann, picture(), "../x/ho\u202eliday.png", headers=key) == image
    other = {"files": {"file": ("b.png", picture())}, "headers": key}
    assert (await stage.refusal("POST", "/attachments", by=ann, **other))[0] == "conflict"
    spoken = {"durationMs": "100", "waveform": json.dumps([50] * 64)}
    voice = await upload(stage, ann, recording(), "v.wav", data=spoken)
    assert (voice["durationMs"], voice["waveform"]) == (100, [50] * 64)
    for wrong in ({"durationMs": "-1"}, {"waveform": "[1]"}, {"waveform": json.dumps([101] * 64)}):
        more = {"files": {"file": ("v.wav", recording())}, "data": spoken | wrong}
        assert await stage.refusal("POST", "/attachments", by=ann, **more) == ("invalid", *wrong), wrong
    assert (await stage.refusal("POST", "/attachments", by=ann, json={}))[0] == "invalid"

    paths = [image[name].removeprefix("/api/v1") for name in ("url", "thumbnailUrl")]
    whole = await stage.call("GET", paths[0], by=ann)
    part = await stage.request("GET", paths[0], by=ann, headers={"Range": "bytes=2-5"})
    assert (part.status_code, part.content) == (206, whole.content[2:6])
    head = await stage.http.head(f"/api/v1{paths[0]}", headers=ann.headers)
    assert (head.headers["content-length"], head.headers["etag"]) == (str(len(whole.content)), whole.headers["etag"])
    assert whole.headers["content-disposition"].startswith("inline")
    assert "sandbox" in whole.headers["content-security-policy"]
    same = await stage.request("GET", paths[0], by=ann, headers={"If-None-Match": whole.headers["etag"]})
    assert same.status_code == 304
    saved = await stage.call("GET", voice["url"].removeprefix("/api/v1"), by=ann)
    assert saved.headers["content-disposition"].startswith("attachment")
    for path in paths:
        assert [(await stage.refusal("GET", path, by=person))[0] for person in (bob, eve)] == ["not_found"] * 2
    async with stage.socket(ann) as hers:
        file = await upload(stage, ann, b"plain words", "notes.txt")
        for more, kind in (
            ({"image": image["id"], "files": [file["id"]]}, "image"),
            ({"voice": voice["id"], "text": "listen"}, "voice"),
            ({"files": [file["id"]], "text": "read"}, "file"),
        ):
            message = (await hers.call("sendMessage", text(group) | {"text": None} | more))["message"]
            assert message["kind"] == kind
        assert message["attachments"] == [file]
        assert refused(await hers.call("sendMessage", text(group, image=file["id"]))) == ("invalid", "image")
        for path in paths:
            await stage.call("GET", path, by=bob)
            assert (await stage.refusal("GET", path, by=eve))[0] == "not_found"
        for message in (await stage.call("GET", f"/conversations/{group}/messages", by=bob))["messages"][1:2]:
            await hers.call("deleteMessage", {"messageId": message["id"]})
        assert (await stage.refusal("GET", paths[0], by=bob))[0] == "not_found", "gone with its message"


@route("POST /sync")
async def test_sync(stage: Stage) -> None:
    ann, bob = await asyncio.gather(stage.newcomer("ann"), stage.newcomer("bob"))
    group, gone = await stage.group(ann, bob), str(new_id())

    async def sync(cursors: dict[str, int], **more: Any) -> dict[str, Any]:
        return await stage.call("POST", "/sync", by=bob, json={"epoch": new["epoch"], "cursors": cursors} | more)

    new = await stage.call("POST", "/sync", by=bob, json={"cursors": {}})
    assert [entry["id"] for entry in new["conversations"]] == [group]
    assert (new["left"], new["reset"], new["more"], [message["seq"] for message in new["messages"]]) == (
        [],
        [],
        False,
        [1],
    )
    assert {user["id"] for user in new["users"]} >= {ann.id, bob.id}
    async with stage.socket(ann) as hers, stage.socket(bob) as his:
        sent = [(await hers.call("sendMessage", text(group, str(number))))["message"] for number in range(3)]
        edited = (await hers.call("editMessage", {"messageId": sent[0]["id"], "text": "edited"}))["message"]
        await his.call("messagesRead", {"conversationId": group, "seq": 2})
        written = (await hers.call("sendMessage", direct(bob)))["message"]
    rev = edited["rev"]
    answer = await sync({group: 2, gone: 7}, marksSince=new["marksCursor"], usersSince=new["usersCursor"])
    assert [message["id"] for message in answer["messages"] if message["conversationId"] == group] == [
        sent[1]["id"],
        sent[2]["id"],
        sent[0]["id"],
    ], "the present state, by rev"
    assert answer["left"] == [gone], "existing or not"
    assert answer["reset"] == []
    assert sorted(entry["id"] for entry in answer["conversations"]) == sorted([group, written["conversationId"]])
    assert {"conversationId": group, "userId": bob.id, "deliveredSeq": 2, "readSeq": 2} in answer["marks"]
    assert (await sync({group: rev, written["conversationId"]: 2}))["conversations"] == []
    assert (await sync({group: rev + 1}))["reset"] == [group], "ahead of the server"
    assert (await sync({group: 2}, limit=2))["reset"] == [group], "more than `limit` changed"
    assert (await sync({group: 2}, limit=3))["reset"] == []
    anew = await sync({group: rev, gone: 1}, epoch="another")
    found = [message["seq"] for message in anew["messages"] if message["conversationId"] == group]
    assert (found, anew["more"]) == ([1, 3, 4, 2], False), "cursors count as empty"
    await stage.call("PATCH", f"/conversations/{group}/settings", by=bob, json={"pinned": True})
    await stage.call("DELETE", f"/conversations/{group}/members/{bob.id}", by=ann)
    last = await sync({group: rev}, marksSince=answer["marksCursor"])
    assert (last["left"], [row["conversationId"] for row in last["settings"]]) == ([group], [])
    for wrong, field in (
        ({"limit": 0}, "limit"),
        ({"limit": 1_001}, "limit"),
        ({"cursors": None}, "cursors"),
        ({"cursors": {group: -1}}, "cursors"),
        ({"cursors": {"x": 1}}, "cursors"),
        ({"marksSince": "x"}, "marksSince"),
        ({"usersSince": "x"}, "usersSince"),
        ({"cursors": {str(new_id()): 1 for _ in range(10_001)}}, "cursors"),
    ):
        assert await stage.refusal("POST", "/sync", by=bob, json={"cursors": {}} | wrong) == ("invalid", field)
