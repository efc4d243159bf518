"""Two real nodes: who is cut off on one is cut off on both within five seconds, whether the bus works or not."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest
from foreign_client import Closed, ConnectRefused, ForeignClient
from real_node import PASSWORD
from valkey_proxy import ValkeyProxy, run_proxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from real_node import RealNode, Session
    from two_nodes import TwoNodes

WITHIN_S = 5.0 + 5.0
"""What the contract grants, and what a busy machine may take on top of it."""
Cut = Callable[["TwoNodes", "Session"], Awaitable[object]]


@pytest.fixture
async def bus(valkey: str) -> AsyncIterator[ValkeyProxy]:
    async with run_proxy(valkey) as proxy:
        yield proxy


@pytest.fixture
def valkey_url(valkey_url: str, bus: ValkeyProxy) -> str:
    """The nodes reach their Valkey through `bus`."""
    return bus.url


async def log_out(nodes: TwoNodes, session: Session) -> None:
    assert (await nodes.a.call("POST", "/auth/logout", session=session)).status_code == 204


async def revoke(nodes: TwoNodes, session: Session) -> None:
    other = await nodes.b.login(session["user"]["username"])
    answer = await nodes.b.call("DELETE", f"/auth/sessions/{session['sessionId']}", session=other)
    assert answer.status_code == 204


async def change_password(nodes: TwoNodes, session: Session) -> None:
    other = await nodes.a.login(session["user"]["username"])
    body = {"currentPassword": PASSWORD, "newPassword": PASSWORD + "!"}
    assert (await nodes.a.call("POST", "/auth/password", session=other, json=body)).status_code == 204


async def disable(nodes: TwoNodes, session: Session) -> None:
    await nodes.a.command("user", "disable", session["user"]["username"])


CUTS: dict[str, Cut] = {
    "logout": log_out,
    "revoked": revoke,
    "password_changed": change_password,
    "user_disabled": disable,
}


async def cut_off(sockets: list[ForeignClient], reason: str) -> None:
    async with asyncio.timeout(WITHIN_S):
        for socket in sockets:
            assert await socket.wait_for("sessionRevoked") == {"reason": reason}
            await socket.wait_closed()
            assert socket.disconnected.is_set()


async def refused(node: RealNode, session: Session) -> None:
    """Come back until it is in vain; what got in until then is closed, too, be it while it registers."""
    with contextlib.suppress(ConnectRefused):
        while True:
            with contextlib.suppress(Closed):
                async with node.connect(session, register=False) as late:
                    await late.call("register-user", {"userId": session["user"]["id"]})
                    await late.wait_closed()
    assert (await node.call("GET", "/users/me", session=session)).status_code == 401


@contextlib.asynccontextmanager
async def everywhere(nodes: TwoNodes, session: Session) -> AsyncIterator[list[ForeignClient]]:
    """Sockets of a session on both nodes, over each transport."""
    async with contextlib.AsyncExitStack() as held:
        yield [
            await held.enter_async_context(node.connect(session, transport=transport))
            for node in nodes
            for transport in ("websocket", "polling")
        ]


async def test_every_socket_is_closed_on_both(two_nodes: TwoNodes) -> None:
    bob = await two_nodes.b.register("bob")
    async with two_nodes.b.connect(bob) as bystander:
        for number, (reason, cut) in enumerate(CUTS.items()):
            ada = await two_nodes.a.register(f"ada-{number}")
            async with everywhere(two_nodes, ada) as sockets:
                cutting = asyncio.ensure_future(cut(two_nodes, ada))  # noqa: TID251 - awaited below
                await sockets[0].wait_for("sessionRevoked", timeout_s=20)  # the command line takes some time to start
                sockets[0]._taken.clear()
                await cut_off(sockets, reason)
                await cutting
            async with asyncio.timeout(WITHIN_S):
                for node in two_nodes:
                    await refused(node, ada)
        assert await bystander.call("ping", {})


@pytest.mark.parametrize("fault", ["frozen", "cut"])
async def test_every_socket_is_closed_without_a_bus(
    two_nodes: TwoNodes, bus: ValkeyProxy, fault: str, eventually: Any
) -> None:
    ada = await two_nodes.a.register("ada")
    async with everywhere(two_nodes, ada) as sockets:
        if fault == "frozen":
            bus.freeze()
        else:
            await bus.cut()
        await log_out(two_nodes, ada)
        await cut_off(sockets, "logout")
        assert (await two_nodes.b.call("GET", "/users/me", session=ada)).status_code == 401
