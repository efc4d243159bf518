"""`register-user`, `renewToken`, `ping`, and how sessions end: over real sockets, on one node and on two."""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from foreign_client import ForeignClient
from worker_rig import PASSWORD, Node, bearer, node

from chinwag_protocol.ids import new_id
from chinwag_protocol.limits import Limits
from chinwag_server.bus.redis_client import connect
from chinwag_server.storage.database import Database
from chinwag_server.storage.users import UserRepository


@pytest.fixture
async def worker(database_url: str, tmp_path: Path) -> AsyncIterator[Node]:
    async with node(database_url, tmp_path) as made:
        yield made


@pytest.fixture
async def pair(database_url: str, valkey_url: str, tmp_path: Path) -> AsyncIterator[tuple[Node, Node]]:
    """Two nodes of one server."""
    async with AsyncExitStack() as held:
        nodes = [
            await held.enter_async_context(node(database_url, tmp_path / name, valkey_url=valkey_url))
            for name in ("one", "two")
        ]
        yield nodes[0], nodes[1]


async def refresh(worker: Node, session: dict[str, Any]) -> dict[str, Any]:
    answer = await worker.http.post("/auth/refresh", json={"refreshToken": session["refreshToken"]})
    assert answer.status_code == 200, answer.text
    return answer.json()


def code_of(ack: dict[str, Any]) -> tuple[str, str | None]:
    return ack["error"]["code"], ack["error"].get("field")


async def test_only_ones_own_id_registers_and_repeating_is_allowed(worker: Node) -> None:
    ada, bob = await worker.register("ada"), await worker.register("bob")
    async with worker.connect(ada, register=False) as socket:
        assert code_of(await socket.call("ping", {})) == ("forbidden", None)
        assert code_of(await socket.call("register-user", {"userId": bob["user"]["id"]}))[0] == "forbidden"
        assert code_of(await socket.call("register-user", {})) == ("invalid", "userId")
        assert code_of(await socket.call("register-user", {"userId": 5})) == ("invalid", "userId")
        assert not socket.events
        first = await socket.call("register-user", {"userId": ada["user"]["id"].upper()})
        assert set(first) == {"user", "onlineUsers", "epoch", "serverTime"}
        assert first["onlineUsers"] == [ada["user"]["id"]]
        assert (await socket.wait_for("onlineUsers")) == {"userIds": first["onlineUsers"]}
        again = await socket.call("register-user", {"userId": ada["user"]["id"]})
        assert again["epoch"] == first["epoch"]
        me = (await worker.http.get("/users/me", headers=bearer(ada))).json()
        assert me["online"] is True
        assert code_of(await socket.call("register-user", {"userId": bob["user"]["id"]}))[0] == "forbidden"


async def test_a_new_token_of_the_session_keeps_the_socket(worker: Node) -> None:
    ada = await worker.register("ada")
    other = await worker.login("ada")
    async with worker.connect(ada) as socket:
        fresh = await refresh(worker, ada)
        ack = await socket.call("renewToken", {"token": fresh["accessToken"]})
        assert 895_000 < ack["expiresInMs"] <= 900_000
        for wrong, code in (
            ({"token": other["accessToken"]}, "unauthorized"),
            ({"token": "x"}, "unauthorized"),
            ({"token": ""}, "invalid"),
            ({}, "invalid"),
        ):
            assert code_of(await socket.call("renewToken", wrong))[0] == code
        assert (await socket.call("ping", {}))["serverTime"].endswith("Z")


async def test_without_one_the_socket_ends_with_its_token(database_url: str, tmp_path: Path, eventually: Any) -> None:
    async with node(database_url, tmp_path, access_token_ttl_ms=3_000) as worker:
        ada = await worker.register("ada")
        async with worker.connect(ada) as kept, worker.connect(ada) as dropped:
            fresh = await refresh(worker, ada)

            async def renewed_until_the_other_is_dropped() -> bool:
                nonlocal fresh
                fresh = await refresh(worker, fresh)
                assert "error" not in await kept.call("renewToken", {"token": fresh["accessToken"]})
                return dropped.closed.is_set()

            await eventually(renewed_until_the_other_is_dropped, timeout_s=3 + 5)
            assert dropped.disconnected.is_set()
            assert not dropped.of("sessionRevoked")
            assert not kept.closed.is_set()


@pytest.mark.parametrize("how", ["logout", "revoked", "password_changed", "user_disabled"])
async def test_a_session_that_ends_says_why_and_closes(worker: Node, database_url: str, how: str) -> None:
    ada = await worker.register("ada")
    other = await worker.login("ada")
    async with worker.connect(ada) as socket, worker.connect(other) as other_socket:
        if how == "logout":
            await worker.http.post("/auth/logout", headers=bearer(ada))
        elif how == "revoked":
            await worker.http.delete(f"/auth/sessions/{ada['sessionId']}", headers=bearer(other))
        elif how == "password_changed":
            body = {"currentPassword": PASSWORD, "newPassword": "another horse battery"}
            assert (await worker.http.post("/auth/password", json=body, headers=bearer(other))).status_code == 204
        else:
            database = Database(database_url)
            await database.open()
            await UserRepository(database).set_disabled(UUID(ada["user"]["id"]), True)
            await database.close()
        assert await socket.wait_for("sessionRevoked") == {"reason": how}
        await socket.wait_closed(timeout_s=5)
        assert socket.disconnected.is_set()
        if how == "user_disabled":
            await other_socket.wait_closed(timeout_s=5)
        else:
            assert "error" not in await other_socket.call("ping", {})


async def test_what_ends_on_one_node_closes_on_the_other(pair: tuple[Node, Node], eventually: Any) -> None:
    one, two = pair
    ada = await one.register("ada")
    other = await one.login("ada")
    async with two.connect(ada) as socket, two.connect(other) as other_socket:
        assert (await two.http.get("/users/me", headers=bearer(ada))).status_code == 200
        await one.http.post("/auth/logout", headers=bearer(ada))
        assert await socket.wait_for("sessionRevoked") == {"reason": "logout"}
        await socket.wait_closed(timeout_s=5)
        assert "error" not in await other_socket.call("ping", {})

        async def is_refused() -> bool:
            return (await two.http.get("/users/me", headers=bearer(ada))).status_code == 401

        await eventually(is_refused, timeout_s=5)


async def test_two_nodes_are_one_server(pair: tuple[Node, Node]) -> None:
    one, two = pair
    ada, bob = await one.register("ada"), await two.register("bob")
    async with one.connect(ada) as ada_socket, two.connect(bob) as bob_socket:
        assert (await ada_socket.wait_for("userOnline"))["userId"] == bob["user"]["id"]
        sent = {"tempId": str(new_id()), "receiverId": bob["user"]["id"], "text": "over there"}
        ack = await ada_socket.call("sendMessage", sent)
        assert await bob_socket.wait_for("newMessage") == ack["message"]
        assert (await one.http.get(f"/users/{bob['user']['id']}", headers=bearer(ada))).json()["online"] is True
        await bob_socket.disconnect()
        offline = await ada_socket.wait_for("userOffline")
        assert offline["userId"] == bob["user"]["id"]
        known = (await one.http.get(f"/users/{bob['user']['id']}", headers=bearer(ada))).json()
        assert (known["online"], known["lastSeenAt"]) == (False, offline["lastSeenAt"])


async def test_messages_are_counted_over_all_nodes_together(
    database_url: str, valkey_url: str, tmp_path: Path, eventually: Any
) -> None:
    limits = Limits(messages_per_second=1, message_burst=40)
    async with (
        node(database_url, tmp_path / "one", valkey_url=valkey_url, limits=limits) as one,
        node(database_url, tmp_path / "two", valkey_url=valkey_url, limits=limits) as two,
        connect(valkey_url, timeout_s=1) as client,
    ):
        ada, bob, eve = [await one.register(name) for name in ("ada", "bob", "eve")]
        async with one.connect(eve) as eve_socket, two.connect(bob) as bob_socket:
            assert await send(eve_socket, bob) is None
            await bob_socket.wait_for("newMessage")  # from now on they know each other, and settle
        bucket = f"chinwag:bucket:messages:{UUID(ada['user']['id']).hex}"
        async with one.connect(ada) as here, two.connect(ada) as there:
            began = time.monotonic()

            def most(spent: int) -> float:
                """What may be left: one a second comes back, however long a busy machine takes."""
                return 40 - spent + time.monotonic() - began

            async def settled(spent: int) -> bool:
                return float(await client.hget(bucket, "level") or 40) <= most(spent)

            codes = [await send(here, bob) for _ in range(29)]
            await eventually(lambda: settled(29))
            codes += [await send(there, bob)]
            await eventually(lambda: settled(30))
            codes += [await send(there, bob) for _ in range(39)]
            assert 40 <= codes.count(None) <= most(0) + 10
            assert set(codes) == {None, "rate_limited"}


async def send(socket: ForeignClient, receiver: dict[str, Any]) -> str | None:
    ack = await socket.call("sendMessage", {"tempId": str(new_id()), "receiverId": receiver["user"]["id"], "text": "x"})
    return ack["error"]["code"] if "error" in ack else None


async def test_failed_logins_are_counted_over_all_nodes_together(pair: tuple[Node, Node]) -> None:
    wrong = {"username": "nobody", "password": "wrong password"}
    codes = [(await worker.http.post("/auth/login", json=wrong)).status_code for worker in pair * 6]
    assert codes == [401] * 10 + [429] * 2
