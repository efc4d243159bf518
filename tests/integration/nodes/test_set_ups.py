"""The set-ups themselves: what others build upon is there, and comes back after it was killed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from chinwag_protocol.ids import new_id

if TYPE_CHECKING:
    from real_node import RealNode
    from two_nodes import TwoNodes


async def test_two_workers_serve_one_port(two_workers: RealNode) -> None:
    ada, bob = await two_workers.register("ada"), await two_workers.register("bob")
    sids: set[str] = set()
    while sids != {"0", "1"}:
        async with two_workers.connect(ada) as socket:
            sids.add(socket.handshake["sid"][0])
    async with two_workers.connect(ada) as sender, two_workers.connect(bob) as receiver:
        sent = {"tempId": str(new_id()), "receiverId": bob["user"]["id"], "text": "hello"}
        ack = await sender.call("sendMessage", sent)
        assert await receiver.wait_for("newMessage") == ack["message"]
    before = two_workers.workers()
    assert set(before) == {0, 1}
    two_workers.kill_worker(1)
    await two_workers.worker_back(1)
    after = two_workers.workers()
    assert (set(after), after[0]) == ({0, 1}, before[0])
    assert after[1] != before[1]
    assert await two_workers.stop() == 0
    await two_workers.start()
    await two_workers.login("ada")


async def test_two_nodes_share_everything(two_nodes: TwoNodes) -> None:
    a, b = two_nodes
    assert a.url != b.url
    ada, bob = await a.register("ada"), await b.register("bob")
    async with a.connect(ada) as sender, b.connect(bob) as receiver:
        sent = {"tempId": str(new_id()), "receiverId": bob["user"]["id"], "text": "hello"}
        ack = await sender.call("sendMessage", sent)
        assert await receiver.wait_for("newMessage") == ack["message"]
    body = os.urandom(100)
    files = {"file": ("notes.bin", body, "application/octet-stream")}
    attachment = (await a.call("POST", "/attachments", session=ada, files=files)).json()
    assert (await b.call("GET", "!" + attachment["url"], session=ada)).content == body
    await a.kill_at_once()
    assert (await b.call("GET", "/server")).status_code == 200
    await a.start()
    await a.login("ada")
    assert await a.command("user", "disable", "bob") == "bob is disabled\n"
