"""Clauses about sockets as such, on each transport: order, bad packets, names, namespaces, upgrades, and the end of a server."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import asyncpg
import httpx
import pytest
from foreign_client import TRANSPORTS, Closed, ConnectRefused
from wire_cases import each_transport, server_event
from wire_client import WireClient
from wire_stage import Stage, check_refusal, refused, text
from worker_rig import node

from chinwag_protocol.ids import new_id

if TYPE_CHECKING:
    from pathlib import Path


async def end_by(socket: WireClient, packet: str) -> None:
    """Send a packet that the server does not forgive; over polling the answer to the POST may say so."""
    with contextlib.suppress(Closed):
        await socket.send_packet(packet)
    await socket.wait_closed(timeout_s=5)


@each_transport
async def test_names_that_are_not_listed(stage: Stage) -> None:
    (ann,) = await stage.people("ann")
    async with stage.socket(ann) as socket:
        for name in ("pokeUser", "newMessage", "connect", "disconnect", "connect_error", "", "__proto__", "x" * 300):
            assert refused(await socket.call(name, {"sid": "x"}, {"token": "x"})) == ("invalid", "event"), name
        for raw in ("[]", "[5]", "[null]", "[{}]"):
            ack = socket.expect_ack(900)
            await socket.send_packet(f"42900{raw}")
            assert refused(await ack) == ("invalid", "event"), raw
        for payload in (
            "[]",
            "5",
            '"x"',
            "true",
            '{"a":NaN}',
            '{"a":"\\u0000"}',
            "[" * 17 + "]" * 17,
            '{"a":9007199254740993}',
        ):
            ack = socket.expect_ack(901)
            await socket.send_packet(f'42901["typing",{payload}]')
            assert refused(await ack)[0] == "invalid", payload
        assert "serverTime" in await socket.call("ping", {})


@each_transport
async def test_everything_is_answered_in_the_order_sent(stage: Stage) -> None:
    ann, (bob,) = await stage.newcomer("ann"), await stage.people("bob")
    group = await stage.group(ann, bob)
    async with stage.socket(ann) as hers, stage.socket(bob) as his:
        acks = [await hers.start("sendMessage", text(group, str(number))) for number in range(20)]
        ping = await hers.start("ping", {})
        seqs = [(await ack)["message"]["seq"] for ack in acks]
        assert seqs == list(range(2, 22)), "started in the order sent"
        assert "serverTime" in await ping
        await his.wait_for("newMessage", lambda message: message["seq"] == 21)
        assert [message["seq"] for message in his.of("newMessage") if message["seq"] > 1] == seqs


@each_transport
async def test_facts_come_in_order_whoever_makes_them(stage: Stage) -> None:
    """`WireClient` looks at each `rev`; here several people make many at once."""
    people = await asyncio.gather(*(stage.newcomer(name) for name in ("ann", "bob", "cid")))
    group = await stage.group(*people)
    async with AsyncExitStack() as held:
        sockets = [await held.enter_async_context(stage.socket(person)) for person in people]
        listener = await held.enter_async_context(stage.socket(people[0]))

        async def busy(socket: WireClient) -> None:
            for number in range(6):
                message = (await socket.call("sendMessage", text(group, str(number))))["message"]
                await socket.call("react", {"messageId": message["id"], "emoji": "👍", "on": True})
                await socket.call("editMessage", {"messageId": message["id"], "text": f"{number}!"})

        titles = [
            stage.call("PATCH", f"/conversations/{group}", by=people[0], json={"title": f"T{n}"}) for n in range(4)
        ]
        await asyncio.gather(*map(busy, sockets), *titles)
        last = (await stage.call("GET", f"/conversations/{group}", by=people[0]))["rev"]
        assert last == 2 + 3 * 6 * 3 + 4 * 2
        final = (await sockets[0].call("sendMessage", text(group)))["message"]
        await listener.wait_for("newMessage", lambda message: message["id"] == final["id"])
        assert listener.revs[group] == last + 1


@pytest.mark.parametrize("transport", ["polling"])
async def test_an_upgrade_in_mid_flow(stage: Stage) -> None:
    """Who polls moves to a WebSocket while others talk, and while their own events are under way."""
    ann, bob = await stage.people("ann", "bob")
    group = await stage.group(ann, bob)
    for posts in range(4):
        async with stage.socket(ann, transport="websocket") as hers, stage.socket(bob) as his:
            message = (await hers.call("sendMessage", text(group)))["message"]
            edit, like = {"messageId": message["id"]}, {"messageId": message["id"], "emoji": "👍", "on": True}
            over, acks = asyncio.Event(), list[asyncio.Future[Any]]()

            async def talk(socket: WireClient = hers, over: asyncio.Event = over, edit: dict[str, str] = edit) -> int:
                for number in itertools.count():
                    edited = await socket.call("editMessage", edit | {"text": str(number)})
                    if over.is_set():
                        return edited["message"]["rev"]
                raise AssertionError

            async def act(socket: WireClient = his, count: int = posts, acks: Any = acks, like: Any = like) -> None:
                acks += [await socket.start("react", like | {"on": number % 2 == 0}) for number in range(count)]

            talking = asyncio.ensure_future(talk())  # noqa: TID251 - awaited below
            await act()
            await his.upgrade(while_upgrading=act)
            await act()
            assert "serverTime" in await his.call("ping", {})
            assert all("message" in ack for ack in await asyncio.gather(*acks))
            over.set()
            last = await talking
            await his.wait_for("messageUpdated", lambda told, last=last: told["rev"] >= last)
            # `WireClient` has seen that no rev is missing
            assert sum(packet[0] == "0" for packet in his.packets) == 1, "one session all the time"


@each_transport
@pytest.mark.parametrize(
    "packet", ["4", "48", "42", "42{}", '42["ping"', "5", "9", "", "40/admin,", '2["x"]', "451-[]", '42["ping",{}]x']
)
async def test_packets_that_make_no_sense_close(stage: Stage, packet: str) -> None:
    (ann,) = await stage.people("ann")
    async with stage.socket(ann) as socket:
        await end_by(socket, packet)


@each_transport
async def test_events_before_connect_close(stage: Stage) -> None:
    (ann,) = await stage.people("ann")
    async with stage.socket(ann, open_only=True) as socket:
        await end_by(socket, '42["ping",{}]')


@each_transport
async def test_another_namespace_is_refused(stage: Stage) -> None:
    (ann,) = await stage.people("ann")
    async with stage.socket(ann, open_only=True) as socket:
        with pytest.raises(ConnectRefused):
            await socket.send_connect({"token": ann.session["accessToken"], "userId": ann.id, "protocol": 1}, "/admin")
        await socket.wait_closed(timeout_s=5)


@each_transport
async def test_over_a_hundred_invalid_events_close(stage: Stage) -> None:
    ann = await stage.newcomer("ann")
    async with stage.socket(ann) as socket:
        for _ in range(100):
            assert refused(await socket.call("typing", {}))[0] == "invalid"
        await end_by(socket, '42["typing",{}]')


@each_transport
async def test_too_large_a_frame(stage: Stage) -> None:
    (ann,) = await stage.people("ann")
    async with stage.socket(ann) as socket:
        packet = "42" + json.dumps(["ping", {"x": "y" * 131_072}])
        if stage.transport == "polling":
            assert (await socket.post(packet)).status_code == 413
        else:
            await socket.send_packet(packet)
            await socket.wait_closed(timeout_s=5)
            assert socket.close_code == 1009


async def test_requests_that_are_no_session(stage: Stage) -> None:
    base = "/socket.io/?EIO=4"
    for method, query in (
        ("GET", ""),
        ("GET", "&transport=polling&sid=invented"),
        ("POST", "&transport=polling&sid=invented"),
        ("POST", "&transport=polling"),
        ("GET", "&transport=carrier-pigeon"),
    ):
        answer = await stage.http.request(method, base + query)
        assert answer.status_code == 400, (method, query)
        check_refusal(answer)
    foreign = await stage.http.get(f"{base}&transport=polling", headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    check_refusal(foreign)
    own = await stage.http.get(f"{base}&transport=polling", headers={"Origin": stage.node.url})
    assert own.status_code == 200
    assert not [name for name in own.headers if name.startswith(("access-control-", "set-cookie"))]
    sid = json.loads(own.text[1:])["sid"]
    undecodable = await stage.http.post(f"{base}&transport=polling&sid={sid}", content=b"\xff")
    assert undecodable.status_code == 400
    check_refusal(undecodable)
    assert (await stage.http.get(f"{base}&transport=polling&sid={sid}")).text.endswith("1"), (
        "last words wait for one GET"
    )
    assert (await stage.http.get(f"{base}&transport=polling&sid={sid}")).status_code == 400, "the session is over"


@server_event("serverShutdown", at_once=True)
async def test_a_server_that_stops(stage: Stage, database_url: str, tmp_path: Path) -> None:
    """On a server of its own. Acks in flight are answered first."""
    async with node(database_url, tmp_path) as server, AsyncExitStack() as held:
        ann = await server.register("ann")
        sockets: list[WireClient] = []
        for transport in TRANSPORTS:
            how: dict[str, Any] = {"token": ann["accessToken"], "user_id": ann["user"]["id"], "transport": transport}
            sockets.append(await held.enter_async_context(WireClient.connect(server.url, **how)))
        last = {"receiverId": ann["user"]["id"], "text": "last"}
        acks = [await socket.start("sendMessage", last | {"tempId": str(new_id())}) for socket in sockets]
        await asyncio.gather(
            *(socket.call("ping", {}) for socket in sockets)
        )  # the server has begun with all that came before
        server.stopping.set()
        for socket, ack, transport in zip(sockets, acks, TRANSPORTS, strict=True):
            assert "message" in await ack
            assert (await socket.wait_for("serverShutdown"))["reconnectAfterMs"] > 0
            await socket.wait_closed(timeout_s=5)
            answered, told, ended = (
                next(index for index, packet in enumerate(socket.packets) if packet.startswith(words))
                for words in ("432[", '42["serverShutdown"', "41")
            )
            assert answered < told < ended
            stage.proven |= {(*what, transport) for what in socket.proven}
            assert not socket.complaints, socket.complaints


async def test_who_polls_comes_back_for_the_last_words(
    stage: Stage, database_url: str, tmp_path: Path, eventually: Any
) -> None:
    """An ack takes the GET that waits; `serverShutdown` and DISCONNECT come with the next one, which has to find the door open."""
    async with node(database_url, tmp_path) as server, AsyncExitStack() as held:
        sockets: list[WireClient] = []
        edits: list[dict[str, Any]] = []
        locks: list[asyncpg.Connection] = []
        for transport in ("polling", "websocket"):
            ann = await server.register(f"ann-{transport}")
            how: dict[str, Any] = {"token": ann["accessToken"], "user_id": ann["user"]["id"], "transport": transport}
            sockets.append(await held.enter_async_context(WireClient.connect(server.url, **how)))
            note = {"tempId": str(new_id()), "receiverId": ann["user"]["id"], "text": "a note"}
            message = (await sockets[-1].call("sendMessage", note))["message"]
            edits.append({"messageId": message["id"], "text": "edited"})
            locks.append(await asyncpg.connect(database_url))
            await locks[-1].execute("BEGIN")
            await locks[-1].execute("SELECT 1 FROM conversations WHERE id = $1 FOR UPDATE", message["conversationId"])
        acks = [await socket.start("editMessage", edit) for socket, edit in zip(sockets, edits, strict=True)]
        await asyncio.gather(*(socket.call("ping", {}) for socket in sockets))
        server.stopping.set()
        with contextlib.suppress(AssertionError):  # a server that closes its door too soon has time to do so
            await eventually(lambda: is_deaf(server.url), timeout_s=0.4)
        for lock, ack in zip(locks, acks, strict=True):
            await lock.close()
            assert "message" in await ack
        for socket in sockets:
            assert (await socket.wait_for("serverShutdown"))["reconnectAfterMs"] > 0
            await socket.wait_closed(timeout_s=5)
            assert socket.disconnected.is_set()
            assert not socket.complaints, socket.complaints


async def is_deaf(url: str) -> bool:
    try:
        async with httpx.AsyncClient(trust_env=False) as http:
            await http.get(f"{url}/healthz")
    except httpx.TransportError:
        return True
    return False


async def test_a_token_that_runs_out(stage: Stage, database_url: str, tmp_path: Path) -> None:
    """On a server of its own, with tokens for two seconds; one run for all transports."""
    async with node(database_url, tmp_path, access_token_ttl_ms=2_000) as server, AsyncExitStack() as held:
        ann = await server.register("ann")
        sockets: list[WireClient] = []
        for transport in TRANSPORTS:
            how: dict[str, Any] = {"token": ann["accessToken"], "user_id": ann["user"]["id"], "transport": transport}
            sockets.append(await held.enter_async_context(WireClient.connect(server.url, **how)))
        for socket in sockets:
            await socket.wait_closed(timeout_s=7)
            assert socket.disconnected.is_set()
            assert not socket.of("sessionRevoked")
        expired = await server.http.get("/users/me", headers={"Authorization": f"Bearer {ann['accessToken']}"})
        check_refusal(expired)
        assert expired.json()["error"]["code"] == "token_expired"
        for transport in TRANSPORTS:
            how = {"token": ann["accessToken"], "user_id": ann["user"]["id"], "transport": transport}
            with pytest.raises(ConnectRefused) as refusal:
                await held.enter_async_context(WireClient.connect(server.url, **how))
            assert refusal.value.code == "token_expired"
        again = await server.login("ann")
        async with WireClient.connect(server.url, token=again["accessToken"], user_id=again["user"]["id"]) as socket:
            assert refused(await socket.call("renewToken", {"token": ann["accessToken"]}))[0] == "token_expired"
