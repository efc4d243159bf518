"""Who is there: signing on and off over the sockets, presence, and how sessions end."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest
from foreign_client import TRANSPORTS, ConnectRefused
from real_node import PASSWORD
from wire_cases import client_event, each_transport, server_event
from wire_stage import Stage, refused, text

from chinwag_protocol.ids import new_id

if TYPE_CHECKING:
    from wire_client import WireClient


@client_event("register-user", "ping", "renewToken")
@server_event("onlineUsers")
async def test_signing_on(stage: Stage) -> None:
    ann, bob = await stage.people("ann", "bob")
    async with stage.socket(ann, register=False) as socket:
        for event in ("ping", "sendMessage", "pokeUser", "connect", "disconnect"):
            assert refused(await socket.call(event, text(str(new_id())))) == ("forbidden", None), event
        assert refused(await socket.call("register-user", {"userId": bob.id}))[0] == "forbidden"
        assert refused(await socket.call("register-user", {})) == ("invalid", "userId")
        fresh = await stage.call("POST", "/auth/refresh", json={"refreshToken": ann.session["refreshToken"]})
        ann.session.update(fresh)
        assert 0 < (await socket.call("renewToken", {"token": fresh["accessToken"]}))["expiresInMs"] <= 900_000
        assert not socket.events, "nothing is sent before register-user"
        ack = await socket.call("register-user", {"userId": ann.id.upper()})
        assert ann.id in ack["onlineUsers"]
        assert ack["user"] == await stage.call("GET", "/users/me", by=ann)
        assert ack["epoch"] == (await stage.call("POST", "/sync", by=ann, json={"cursors": {}}))["epoch"]
        assert (await socket.wait_for("onlineUsers"))["userIds"] == ack["onlineUsers"]
        assert (await socket.call("register-user", {"userId": ann.id}))["epoch"] == ack["epoch"], "repeating is allowed"
        for wrong, code in ((bob.session["accessToken"], "unauthorized"), ("x.y.z", "unauthorized"), ("", "invalid")):
            assert refused(await socket.call("renewToken", {"token": wrong}))[0] == code
        assert refused(await socket.call("ping", []))[0] == "invalid"
        assert {*await socket.call("ping")} == {"serverTime"}, "without a payload, it is an empty one"
        assert {*await socket.call("ping", {}, "further")} == {"serverTime"}


@each_transport
async def test_a_connect_that_is_refused(stage: Stage, eventually: Any) -> None:
    ann, bob = await stage.people("ann", "bob")
    gone = await stage.another_session(ann)
    await stage.call("POST", "/auth/logout", by=gone)
    token, old = ann.session["accessToken"], gone.session["accessToken"]
    for auth, code in (
        ({"token": "x", "userId": "x", "protocol": 2}, "unsupported_protocol"),
        ({"token": token, "userId": ann.id}, "unsupported_protocol"),
        (None, "unsupported_protocol"),
        ({"token": "x.y.z", "userId": ann.id, "protocol": 1}, "unauthorized"),
        ({"userId": ann.id, "protocol": 1}, "unauthorized"),
        ({"token": old, "userId": bob.id, "protocol": 1}, "session_revoked"),
        ({"token": token, "userId": bob.id, "protocol": 1}, "unauthorized"),
        ({"token": token, "protocol": 1}, "unauthorized"),
    ):
        async with stage.socket(ann, open_only=True) as socket:
            with pytest.raises(ConnectRefused) as refusal:
                await socket.send_connect(auth)
            assert refusal.value.code == code, auth
            await socket.wait_closed(timeout_s=5)


@server_event("userOnline", "userOffline", "presenceChanged", at_once=True)
async def test_presence(stage: Stage, eventually: Any) -> None:
    """One run for all transports: being gone takes five seconds."""
    (ann,) = await stage.people("ann")
    first, back, *crowd = await asyncio.gather(*(stage.newcomer("guest") for _ in range(18)))
    async with AsyncExitStack() as held:
        listeners = [await held.enter_async_context(stage.socket(ann, transport=transport)) for transport in TRANSPORTS]

        async def everybody_hears(event: str, ids: set[str]) -> None:
            for socket in listeners:
                async with asyncio.timeout(10):
                    heard: set[str] = set()
                    while heard != ids:
                        told = await socket.wait_for(event, lambda _: True)
                        heard |= {told["userId"]} & ids

        async with AsyncExitStack() as visits:
            sockets: list[WireClient] = []
            for guest in (first, back):
                sockets.append(await visits.enter_async_context(stage.socket(guest)))
                await everybody_hears("userOnline", {guest.id})
            twice = await visits.enter_async_context(stage.socket(first))
            assert not {told["userId"] for told in twice.of("userOnline")} & {first.id, ann.id}
        for guest in (first, back):
            assert (await stage.call("GET", f"/users/{guest.id}", by=ann))["online"], (
                "stays true through the five seconds"
            )
        async with stage.socket(back) as returned:
            await everybody_hears("userOffline", {first.id})
            assert first.id not in (await returned.call("register-user", {"userId": back.id}))["onlineUsers"]
            known = await stage.call("GET", f"/users/{first.id}", by=ann)
            assert (known["online"], known["lastSeenAt"]) == (False, listeners[0].of("userOffline")[-1]["lastSeenAt"])
            many = [await held.enter_async_context(stage.socket(guest, register=False)) for guest in crowd]
            await asyncio.gather(
                *(one.call("register-user", {"userId": guest.id}) for one, guest in zip(many, crowd, strict=True))
            )
            await eventually(lambda: all({guest.id for guest in crowd} <= came(socket) for socket in listeners))
            for socket in listeners:
                changes = [told for told in socket.of("userOnline") if told["userId"] == back.id]
                assert len(changes) == 1, "a return within five seconds is silent"
                assert back.id not in {told["userId"] for told in socket.of("userOffline")}
                assert ann.id not in came(socket), "never to the user they name"


def came(socket: WireClient) -> set[str]:
    """All who came, as a socket heard it."""
    return {told["userId"] for told in socket.of("userOnline")} | {
        id_ for told in socket.of("presenceChanged") for id_ in told["online"]
    }


@server_event("sessionRevoked")
@pytest.mark.parametrize("reason", ["logout", "revoked", "password_changed", "refresh_reused"])
@each_transport
async def test_a_session_that_ends(stage: Stage, reason: str) -> None:
    ann = await stage.newcomer("ann")
    other = await stage.another_session(ann)
    async with stage.socket(ann) as socket, stage.socket(ann, register=False) as early, stage.socket(other) as stays:
        if reason == "logout":
            await stage.call("POST", "/auth/logout", by=ann)
        elif reason == "revoked":
            await stage.call("DELETE", f"/auth/sessions/{ann.session['sessionId']}", by=other)
        elif reason == "password_changed":
            body = {"currentPassword": PASSWORD, "newPassword": "another horse battery"}
            await stage.call("POST", "/auth/password", by=other, json=body)
        else:
            old = {"refreshToken": ann.session["refreshToken"]}
            new = await stage.call("POST", "/auth/refresh", json=old)
            assert (await stage.call("POST", "/auth/refresh", json=old))["refreshToken"] == new["refreshToken"]
            await stage.call("POST", "/auth/refresh", json={"refreshToken": new["refreshToken"]})
            assert (await stage.refusal("POST", "/auth/refresh", json=old))[0] == "session_revoked"
        assert await socket.wait_for("sessionRevoked") == {"reason": reason}
        for gone in (socket, early):
            await gone.wait_closed(timeout_s=5)
            assert gone.disconnected.is_set()
        assert (await stage.refusal("GET", "/users/me", by=ann))[0] == "session_revoked"
        assert "serverTime" in await stays.call("ping", {})


@server_event("sessionRevoked", at_once=True)
async def test_a_user_who_is_disabled(stage: Stage) -> None:
    ann = await stage.newcomer("ann")
    async with AsyncExitStack() as held:
        sockets = [await held.enter_async_context(stage.socket(ann, transport=transport)) for transport in TRANSPORTS]
        await stage.node.command("user", "disable", ann.session["user"]["username"])
        for socket in sockets:
            assert await socket.wait_for("sessionRevoked") == {"reason": "user_disabled"}
            await socket.wait_closed(timeout_s=5)
            assert socket.disconnected.is_set()
        body = {"username": ann.session["user"]["username"], "password": PASSWORD}
        assert (await stage.refusal("POST", "/auth/login", json=body))[0] == "forbidden"


@each_transport
async def test_an_eleventh_socket_closes_the_oldest(stage: Stage) -> None:
    ann = await stage.newcomer("ann")
    async with AsyncExitStack() as held:
        oldest = await held.enter_async_context(stage.socket(ann))
        others = [await held.enter_async_context(stage.socket(ann)) for _ in range(9)]
        assert "serverTime" in await oldest.call("ping", {})
        newest = await held.enter_async_context(stage.socket(ann))
        await oldest.wait_closed(timeout_s=5)
        assert oldest.disconnected.is_set()
        assert not oldest.of("sessionRevoked")
        for socket in (*others, newest):
            assert "serverTime" in await socket.call("ping", {})
