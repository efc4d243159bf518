"""Two real nodes: what a user may do holds over both together."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any

import pytest
from real_node import PASSWORD

from chinwag_protocol.ids import new_id

if TYPE_CHECKING:
    from foreign_client import ForeignClient
    from real_node import RealNode, Session
    from two_nodes import TwoNodes

BURST = 30
SOCKETS = 3
RUSH = 15
"""What both nodes may let through before they have heard of each other: half a burst."""


@pytest.fixture
def node_environment() -> dict[str, str]:
    return {
        "CHAT_SERVER_MESSAGES_PER_SECOND": "1",
        "CHAT_SERVER_MESSAGE_BURST": str(BURST),
        "CHAT_SERVER_HTTP_PER_SECOND": "1",
        "CHAT_SERVER_HTTP_BURST": str(BURST),
        "CHAT_SERVER_FAILED_LOGINS_PER_MINUTE": "4",
        "CHAT_SERVER_SOCKETS_PER_USER": str(SOCKETS),
    }


async def know_each_other(nodes: TwoNodes, session: Session, other: Session) -> None:
    """Wait until an event of one has reached the other: from then on they settle."""
    async with nodes.a.connect(session) as on_a, nodes.b.connect(other) as on_b:
        command = {"tempId": str(new_id()), "receiverId": other["user"]["id"], "text": "hello"}
        assert "message" in await on_a.call("sendMessage", command)
        await on_b.wait_for("newMessage")


async def send(socket: ForeignClient, receiver: Session) -> str:
    command = {"tempId": str(new_id()), "receiverId": receiver["user"]["id"], "text": "hello"}
    answer = await socket.call("sendMessage", command)
    return "sent" if "message" in answer else answer["error"]["code"]


async def test_messages_calls_and_guesses(two_nodes: TwoNodes) -> None:
    a, b = two_nodes
    ada, bob, eve = [await a.register(name) for name in ("ada", "bob", "eve")]
    await know_each_other(two_nodes, eve, bob)
    began = time.monotonic()
    async with a.connect(ada) as on_a, b.connect(ada) as on_b:
        sent = [await send(socket, bob) for _ in range(BURST) for socket in (on_a, on_b)]  # in turn, each waited for
    assert set(sent) == {"sent", "rate_limited"}
    assert BURST <= sent.count("sent") <= BURST + RUSH + (time.monotonic() - began)  # one a second comes back

    began = time.monotonic()
    called = [(await node.call("GET", "/users/me", session=ada)).status_code for _ in range(BURST) for node in (a, b)]
    assert set(called) == {200, 429}
    assert BURST <= called.count(200) <= BURST + RUSH + (time.monotonic() - began)

    async def guess(node: RealNode, password: str) -> int:
        body = {"username": "ada", "password": password}
        return (await node.call("POST", "/auth/login", json=body)).status_code

    for node in (a, b, a, b):
        assert await guess(node, "a wrong password") == 401
    for node in (a, b):
        assert await guess(node, "a wrong password") == 429
        assert await guess(node, PASSWORD) == 200  # from an address that has signed in before


async def closed(sockets: list[ForeignClient]) -> list[bool]:
    return [socket.closed.is_set() for socket in sockets]


async def test_sockets(two_nodes: TwoNodes, eventually: Any) -> None:
    a, b = two_nodes
    ada, bob, eve = [await a.register(name) for name in ("ada", "bob", "eve")]
    await know_each_other(two_nodes, eve, bob)
    async with contextlib.AsyncExitStack() as held:
        sockets = [await held.enter_async_context(node.connect(ada)) for node in (a, b, b, a, b)]
        async with asyncio.timeout(5):
            for socket in sockets[:2]:
                await socket.wait_closed()
                assert socket.disconnected.is_set()
        assert await closed(sockets) == [True, True, False, False, False]
        for socket in sockets[2:]:
            assert await socket.call("ping", {})
        assert not any(socket.of("sessionRevoked") for socket in sockets)


async def test_sockets_of_a_dead_node_make_nobody_go(two_nodes: TwoNodes, eventually: Any) -> None:
    a, b = two_nodes
    ada, bob, eve = [await a.register(name) for name in ("ada", "bob", "eve")]
    await know_each_other(two_nodes, eve, bob)
    async with contextlib.AsyncExitStack() as held:
        old = await held.enter_async_context(b.connect(ada))
        for _ in range(SOCKETS - 1):
            await held.enter_async_context(a.connect(ada))
        await a.kill_at_once()
        await a.start()
        living = [old] + [await held.enter_async_context(a.connect(ada)) for _ in range(SOCKETS - 1)]
        loop = asyncio.get_running_loop()
        until = loop.time() + 6
        await eventually(lambda: loop.time() > until)
        assert await closed(living) == [False] * SOCKETS
        living.append(await held.enter_async_context(a.connect(ada)))  # now there is one too many
        async with asyncio.timeout(5):
            await old.wait_closed()
        assert await closed(living) == [True] + [False] * SOCKETS
