"""Pictures and files through a whole worker: uploaded, sent, read by who may, gone when deleted; pictures of people and groups."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING, Any

import pytest
from full_disk import full_disk
from PIL import Image
from worker_rig import Node, bearer, node

from chinwag_protocol.ids import new_id
from chinwag_server.storage.database import Database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def worker(database_url: str, tmp_path: Path) -> AsyncIterator[Node]:
    async with node(database_url, tmp_path) as made:
        yield made


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (800, 400), (10, 120, 200)).save(out, "PNG")
    return out.getvalue()


async def upload(worker: Node, session: Any, content: bytes, name: str) -> Any:
    answer = await worker.http.post("/attachments", files={"file": (name, content)}, headers=bearer(session))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def read(worker: Node, session: Any, url: str, **more: Any) -> Any:
    return await worker.http.get(f"{worker.url}{url}", headers=bearer(session), **more)


async def test_a_picture_travels_and_goes_with_its_message(worker: Node) -> None:
    ada, bob, eve = [await worker.register(name) for name in ("ada", "bob", "eve")]
    made = await upload(worker, ada, picture(), "sky.png")
    assert (await read(worker, bob, made["url"])).status_code == 404
    async with worker.connect(ada) as ada_socket, worker.connect(bob) as bob_socket:
        send = {"tempId": str(new_id()), "receiverId": bob["user"]["id"], "image": made["id"], "text": "look"}
        message = (await ada_socket.call("sendMessage", send))["message"]
        assert (message["kind"], message["attachments"]) == ("image", [made])
        assert await bob_socket.wait_for("newMessage") == message
        for url in (made["url"], made["thumbnailUrl"]):
            assert [(await read(worker, who, url)).status_code for who in (ada, bob, eve)] == [200, 200, 404]
        again = (await ada_socket.call("sendMessage", send))["message"]
        assert again == message
        others = {"tempId": str(new_id()), "receiverId": ada["user"]["id"], "image": made["id"]}
        assert (await bob_socket.call("sendMessage", others))["error"]["code"] == "not_found"
        forward = {"tempId": str(new_id()), "receiverId": eve["user"]["id"], "forward": message["id"]}
        copy = (await bob_socket.call("sendMessage", forward))["message"]
        assert (await read(worker, eve, made["url"])).status_code == 200

        await ada_socket.call("deleteMessage", {"messageId": message["id"]})
        assert (await read(worker, ada, made["url"])).status_code == 200  # the copy still holds it
        await bob_socket.call("deleteMessage", {"messageId": copy["id"]})
        assert [(await read(worker, who, made["url"])).status_code for who in (ada, bob, eve)] == [404, 404, 404]


async def test_a_large_file_streams_both_ways(worker: Node) -> None:
    ada = await worker.register("ada")
    content = bytes(range(256)) * 40_000
    made = await upload(worker, ada, content, "ten.bin")
    assert made["size"] == len(content)
    assert (await read(worker, ada, made["url"])).content == content
    head = await worker.http.head(f"{worker.url}{made['url']}", headers=bearer(ada))
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(content)), b"")


async def test_an_upload_cut_off_leaves_nothing(worker: Node, tmp_path: Path, eventually: Any) -> None:
    ada = await worker.register("ada")
    host, port = worker.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        b"POST /api/v1/attachments HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        + f"Authorization: Bearer {ada['accessToken']}\r\n\r\n".encode()
        + b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        + b"y" * 600_000
    )
    await writer.drain()
    uploads = tmp_path / "uploads"
    await eventually(lambda: any(uploads.iterdir()))
    writer.transport.abort()
    await eventually(lambda: not any(uploads.iterdir()))
    assert not [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]
    del reader


async def test_a_body_over_the_limit_is_refused_while_it_comes(database_url: str, tmp_path: Path) -> None:
    from chinwag_protocol.limits import Limits

    async with node(database_url, tmp_path, limits=Limits(upload_bytes=100_000)) as worker:
        ada = await worker.register("ada")
        answer = await worker.http.post("/attachments", files={"file": ("a", b"x" * 100_001)}, headers=bearer(ada))
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


async def test_pictures_of_people_and_groups(worker: Node) -> None:
    ada, bob, eve = [await worker.register(name) for name in ("ada", "bob", "eve")]
    answer = await worker.http.put("/users/me/avatar", content=picture(), headers=bearer(ada))
    assert answer.status_code == 200, answer.text
    url = answer.json()["avatarUrl"]
    got = await read(worker, bob, url)
    assert (got.status_code, got.headers["content-type"]) == (200, "image/webp")
    assert (await worker.http.get(f"{worker.url}{url}")).status_code == 401
    assert (await worker.http.delete("/users/me/avatar", headers=bearer(ada))).status_code == 204
    assert "avatarUrl" not in (await worker.http.get("/users/me", headers=bearer(ada))).json()

    group = (
        await worker.http.post(
            "/conversations", json={"title": "Sky", "memberIds": [bob["user"]["id"]]}, headers=bearer(ada)
        )
    ).json()
    path = f"/conversations/{group['id']}/avatar"
    answer = await worker.http.put(path, content=picture(), headers=bearer(ada))
    assert answer.status_code == 200, answer.text
    assert (answer.json()["rev"], answer.json()["lastMessage"]["system"]["type"]) == (4, "pictured")
    refusals = [await worker.http.put(path, content=picture(), headers=bearer(who)) for who in (bob, eve)]
    assert [refusal.status_code for refusal in refusals] == [403, 404]
    assert (await worker.http.put(path, content=b"text", headers=bearer(ada))).status_code == 400
    assert (await worker.http.delete(path, headers=bearer(ada))).status_code == 204


async def test_sync_over_http(worker: Node) -> None:
    ada, bob = await worker.register("ada"), await worker.register("bob")
    async with worker.connect(ada) as socket:
        send = {"tempId": str(new_id()), "receiverId": bob["user"]["id"], "text": "while you were away"}
        message = (await socket.call("sendMessage", send))["message"]
        answer = await worker.http.post("/sync", json={"cursors": {}}, headers=bearer(bob))
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert page["messages"] == [message]
        assert {user["username"]: user["online"] for user in page["users"]} == {"ada": True, "bob": False}
        assert page["epoch"] == socket.registered["epoch"]
        assert page["conversations"][0]["unreadCount"] == 1
    cursors = {message["conversationId"]: page["conversations"][0]["rev"]}
    again = await worker.http.post(
        "/sync",
        json={
            "epoch": page["epoch"],
            "cursors": cursors,
            "marksSince": page["marksCursor"],
            "usersSince": page["usersCursor"],
        },
        headers=bearer(bob),
    )
    assert (again.json()["messages"], again.json()["conversations"], again.json()["more"]) == ([], [], False)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "cursors"),
        ({"cursors": []}, "cursors"),
        ({"cursors": {"x": 1}}, "cursors"),
        ({"cursors": {}, "limit": 0}, "limit"),
        ({"cursors": {}, "limit": 1001}, "limit"),
        ({"cursors": {}, "marksSince": "invented"}, "marksSince"),
        ({"cursors": {}, "usersSince": 5}, "usersSince"),
    ],
)
async def test_a_bad_sync_is_invalid(worker: Node, body: Any, field: str) -> None:
    ada = await worker.register("ada")
    answer = await worker.http.post("/sync", json=body, headers=bearer(ada))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error.get("field")) == (400, "invalid", field)


async def readiness(worker: Node) -> tuple[int, Any]:
    answer = await worker.http.get(f"{worker.url}/readyz")
    return answer.status_code, answer.json()


async def test_while_the_disk_of_the_database_is_full_reading_goes_on_and_nothing_stays_half(
    worker: Node, database_url: str, tmp_path: Path, expect_log: Any
) -> None:
    expect_log("the disk of the database is full: messages can be read, but not sent, until there is room")
    ada, bob = [await worker.register(name) for name in ("ada", "bob")]
    group = {"title": "Sky", "memberIds": [bob["user"]["id"]]}
    made = (await worker.http.post("/conversations", json=group, headers=bearer(ada))).json()
    database = Database(database_url)
    await database.open()
    try:
        async with full_disk(database, "conversations", "attachments", "messages"):
            refused = [
                await worker.http.post("/conversations", json=group, headers=bearer(ada)),
                await worker.http.patch(f"/conversations/{made['id']}", json={"title": "x"}, headers=bearer(ada)),
                await worker.http.post("/attachments", files={"file": ("sky.png", picture())}, headers=bearer(ada)),
            ]
            for answer in refused:
                assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
                assert int(answer.headers["retry-after"]) >= 1
            read = await worker.http.get(f"/conversations/{made['id']}", headers=bearer(bob))
            assert (read.status_code, read.json()["title"], read.json()["rev"]) == (200, "Sky", 2)
            assert await readiness(worker) == (200, {"status": "degraded", "degraded": ["disk"]})
    finally:
        await database.close()
    assert await readiness(worker) == (200, {"status": "ok", "degraded": []})
    again = await worker.http.patch(f"/conversations/{made['id']}", json={"title": "x"}, headers=bearer(ada))
    assert (again.status_code, again.json()["rev"]) == (200, 4)
    assert await upload(worker, ada, picture(), "sky.png")
