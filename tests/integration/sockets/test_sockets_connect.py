"""CONNECT, register-user, deadlines, and every way in which the server ends a socket: on all three transports."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from foreign_client import TRANSPORTS, Closed, ConnectRefused, ForeignClient
from socket_rig import SHORT, SocketRig, run_rig

from chinwag_protocol.limits import Limits
from chinwag_protocol.notices import UserOnline

if TYPE_CHECKING:
    from collections.abc import Callable


every_transport = pytest.mark.parametrize("transport", TRANSPORTS)


async def closes_within(client: ForeignClient, seconds: float) -> float:
    started = time.monotonic()
    await client.wait_closed(timeout_s=seconds + 1)
    took = time.monotonic() - started
    assert took < seconds, took
    return took


@every_transport
async def test_connects_and_registers(rig: SocketRig, transport: str) -> None:
    user = rig.user()
    async with rig.client(user, transport) as client:
        assert client.handshake["pingInterval"] == 10_000
        assert client.handshake["pingTimeout"] == 8_000
        assert client.handshake["maxPayload"] == 131_072
        assert client.registered == {"text": "registered"}
        assert rig.connections[0].principal.user_id == user.id
        assert rig.connections[0].address == "127.0.0.1"
        assert await client.call("register-user", {"userId": str(user.id)}) == {"text": "registered"}


@every_transport
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"protocol": None, "token": "expired"}, "unsupported_protocol"),
        ({"protocol": 2, "token": "expired"}, "unsupported_protocol"),
        ({"protocol": True}, "unsupported_protocol"),
        ({"protocol": "1"}, "unsupported_protocol"),
        ({"token": None, "userId": None}, "unauthorized"),
        ({"token": 5}, "unauthorized"),
        ({"token": "expired", "userId": "x"}, "token_expired"),
        ({"token": "revoked", "userId": "x"}, "session_revoked"),
        ({"token": "unknown"}, "unauthorized"),
        ({"userId": None}, "unauthorized"),
        ({"userId": "01890000-0000-7000-8000-000000000000"}, "unauthorized"),
    ],
)
async def test_refused_in_the_order_of_the_contract(
    rig: SocketRig, transport: str, changes: dict[str, Any], code: str
) -> None:
    async with ForeignClient.connect(rig.url, transport=transport, open_only=True) as client:
        with pytest.raises(ConnectRefused) as refused:
            await client.send_connect(rig.user().auth(**changes))
        assert refused.value.code == code
        assert refused.value.body["data"]["code"] == code
        assert refused.value.body["data"]["message"]
        await closes_within(client, 1)


@every_transport
@pytest.mark.parametrize("auth", [None, [], "text", 5])
async def test_auth_that_is_no_object(rig: SocketRig, transport: str, auth: object) -> None:
    async with ForeignClient.connect(rig.url, transport=transport, open_only=True) as client:
        with pytest.raises(ConnectRefused) as refused:
            await client.send_connect(auth)
        assert refused.value.code == "unsupported_protocol"


@every_transport
async def test_user_id_is_compared_without_regard_to_case(rig: SocketRig, transport: str) -> None:
    user = rig.user()
    async with ForeignClient.connect(rig.url, transport=transport, open_only=True) as client:
        await client.send_connect(user.auth(userId=str(user.id).upper()))
        assert client.sid


@every_transport
async def test_a_fault_while_checking_the_token(
    rig: SocketRig, transport: str, expect_log: Callable[[str], None]
) -> None:
    expect_log("a token cannot be checked, trace")
    async with ForeignClient.connect(rig.url, transport=transport, open_only=True) as client:
        with pytest.raises(ConnectRefused) as refused:
            await client.send_connect(rig.user().auth(token="broken"))
        assert refused.value.code == "internal"
        assert "ZeroDivision" not in json.dumps(refused.value.body)


async def test_a_token_that_cannot_be_checked_in_time_is_unavailable() -> None:
    async with run_rig(timing=msgspec.structs.replace(SHORT, connect_s=5)) as rig:
        rig.token_gate = asyncio.Event()
        async with ForeignClient.connect(rig.url, open_only=True) as client:
            with pytest.raises(ConnectRefused) as refused:
                await client.send_connect(rig.user().auth())
            assert refused.value.code == "unavailable"


@every_transport
async def test_another_namespace(rig: SocketRig, transport: str) -> None:
    user = rig.user()
    async with rig.client(user, transport, register=False) as client:
        with pytest.raises(ConnectRefused) as refused:
            await client.send_connect(user.auth(), "/admin")
        assert refused.value.code == "invalid"
        await closes_within(client, 1)


@every_transport
@pytest.mark.parametrize("packet", ['42["ping",{}]', "41", '43["x"]', "42/admin,[1]", "4", "40{", '40{"a":', "45-[]"])
async def test_anything_but_connect_first_closes(rig: SocketRig, transport: str, packet: str) -> None:
    async with ForeignClient.connect(rig.url, transport=transport, open_only=True) as client:
        await send_bad(client, packet)
        await closes_within(client, 1)
        assert not rig.sockets.connections


async def send_bad(client: ForeignClient, packet: str) -> None:
    """Over polling, what closes the session is answered with 400."""
    try:
        await client.send_packet(packet)
    except Closed as closed:
        assert "400" in str(closed)  # noqa: PT017 - over WebSocket nothing is raised


@every_transport
async def test_a_second_connect_closes(rig: SocketRig, transport: str) -> None:
    user = rig.user()
    async with rig.client(user, transport) as client:
        await send_bad(client, "40" + json.dumps(user.auth()))
        await closes_within(client, 1)


async def test_events_while_the_token_is_checked_close(rig: SocketRig) -> None:
    rig.token_gate = asyncio.Event()
    async with ForeignClient.connect(rig.url, open_only=True) as client:
        await client.send_packet("40" + json.dumps(rig.user().auth()), '42["ping",{}]')
        await closes_within(client, 1)
        rig.token_gate.set()
    assert not rig.sockets.connections


# ---------------------------------------------------------------- before register-user


@every_transport
async def test_everything_is_forbidden_before_register_user(rig: SocketRig, transport: str) -> None:
    user = rig.user()
    async with rig.client(user, transport, register=False) as client:
        for event in ("ping", "sendMessage", "typing", "unheard-of", "disconnect", "connect"):
            answer = await client.call(event, {})
            assert answer["error"]["code"] == "forbidden", event
        assert (await client.call("renewToken", {"token": user.token})) == {"expiresInMs": 1}
        rig.sockets.deliver([user.id.int], b'42["userOnline",{}]')
        rig.sockets.deliver_to_all(b'42["userOnline",{}]')
        await rig.sockets.emit("userOnline", {})
        await client.call("register-user", {"userId": str(user.id)})
        assert client.events == []
        rig.sockets.deliver([user.id.int], b'42["userOnline",{}]')
        await client.wait_for("userOnline")


@every_transport
async def test_registering_someone_else(rig: SocketRig, transport: str) -> None:
    async with rig.client(rig.user(), transport, register=False) as client:
        answer = await client.call("register-user", {"userId": str(rig.user().id)})
        assert answer["error"]["code"] == "forbidden"
        answer = await client.call("register-user", {})
        assert answer["error"]["code"] == "invalid"
        assert answer["error"]["field"] == "userId"


# ---------------------------------------------------------------- deadlines


@every_transport
async def test_no_connect_in_time(transport: str) -> None:
    async with (
        run_rig(timing=SHORT) as rig,
        ForeignClient.connect(rig.url, transport=transport, open_only=True) as client,
    ):
        await closes_within(client, SHORT.connect_s + 1)
        assert rig.sockets.ends == {"no CONNECT in time": 1}


@every_transport
async def test_no_register_user_in_time(transport: str) -> None:
    async with run_rig(timing=SHORT) as rig, rig.client(rig.user(), transport, register=False) as client:
        await closes_within(client, SHORT.register_s + 1)
        assert client.disconnected.is_set()
        assert rig.sockets.ends == {"no register-user in time": 1}


@every_transport
async def test_a_token_that_runs_out_closes_the_socket(transport: str) -> None:
    async with run_rig(timing=SHORT) as rig:
        user = rig.user()
        user.expires_at = datetime.now(UTC) + timedelta(seconds=0.3)
        async with rig.client(user, transport) as client:
            await closes_within(client, 1.3)
            assert client.disconnected.is_set()
            assert client.of("sessionRevoked") == []


@every_transport
async def test_a_renewed_token_keeps_the_socket(transport: str, eventually: Any) -> None:
    async with run_rig(timing=SHORT) as rig:
        user = rig.user()
        user.expires_at = first = datetime.now(UTC) + timedelta(seconds=0.3)
        async with rig.client(user, transport) as client:
            user.expires_at += timedelta(seconds=0.5)
            assert await client.call("renewToken", {"token": user.token}) == {"expiresInMs": 1}
            await eventually(lambda: datetime.now(UTC) > first + timedelta(seconds=0.2))
            assert not client.closed.is_set()
            await closes_within(client, 1.3)


async def test_a_token_of_another_session_is_no_renewal(rig: SocketRig) -> None:
    user, other = rig.user(), rig.user()
    async with rig.client(user):
        connection = rig.connections[0]
        with pytest.raises(ValueError, match="another session"):
            connection.renew(await rig.authenticate(other.token, address=""))


@every_transport
async def test_a_client_that_answers_no_ping(transport: str) -> None:
    async with run_rig(timing=SHORT) as rig, rig.client(rig.user(), transport) as client:
        client.answers_pings = False
        await closes_within(client, SHORT.ping_interval_s + SHORT.ping_timeout_s + 1)
        assert "2" in client.packets


@every_transport
async def test_a_client_that_answers_pings_stays(transport: str, eventually: Any) -> None:
    async with run_rig(timing=SHORT) as rig, rig.client(rig.user(), transport) as client:
        await eventually(lambda: client.packets.count("2") >= 4)
        assert not client.closed.is_set()
        assert await client.call("ping", {})


# ---------------------------------------------------------------- the end


@every_transport
async def test_closing_says_disconnect_and_really_closes(rig: SocketRig, transport: str) -> None:
    async with rig.client(rig.user(), transport) as client:
        rig.connections[0].send("userOnline", UserOnline(user_id=rig.connections[0].principal.user_id))
        rig.connections[0].close("test")
        rig.connections[0].send("userOffline", UserOnline(user_id=rig.connections[0].principal.user_id))
        await closes_within(client, 1)
        assert client.disconnected.is_set()
        assert len(client.of("userOnline")) == 1
        assert client.of("userOffline") == []
    assert [(connection, reason) for connection, reason in rig.ended] == [(rig.connections[0], "test")]
    assert not rig.sockets.connections
    assert not rig.sockets.engine.sockets


async def test_a_peer_that_does_not_answer_the_close_is_dropped(rig: SocketRig, eventually: Any) -> None:
    from raw_websocket import raw_websocket

    user = rig.user()
    async with raw_websocket(rig.url) as raw:
        raw.send("40" + json.dumps(user.auth()))
        await raw.recv_text()
        raw.send('421["register-user",' + json.dumps({"userId": str(user.id)}) + "]")
        await raw.recv_text()
        started = time.monotonic()
        rig.connections[0].close("test")
        assert await raw.recv_text() == "41"
        async with asyncio.timeout(10):
            while await raw.reader.read(100):  # and never a word from our side
                pass
        assert time.monotonic() - started < 1


@every_transport
async def test_disconnect_of_a_client(rig: SocketRig, transport: str, eventually: Any) -> None:
    async with rig.client(rig.user(), transport) as client:
        await client.send_packet("41")
        await closes_within(client, 1)
    assert rig.ended[0][1] == "client disconnect"
    await eventually(lambda: not rig.sockets.engine.sockets)


async def test_a_lost_websocket_ends_at_once(rig: SocketRig, eventually: Any) -> None:
    async with rig.client(rig.user()) as client:
        client.ws.transport.abort()
        await eventually(lambda: rig.ended)
        assert rig.ended[0][1] == "transport close"


@every_transport
async def test_one_socket_too_many_closes_the_oldest(transport: str) -> None:
    async with run_rig(limits=Limits(sockets_per_user=2)) as rig:
        user = rig.user()
        async with (
            rig.client(user, transport) as first,
            rig.client(user, transport) as second,
            rig.client(rig.user(), transport) as other,
            rig.client(user, transport) as third,
        ):
            await closes_within(first, 1)
            assert first.disconnected.is_set()
            for client in (second, third, other):
                assert await client.call("ping", {})


@every_transport
async def test_revoked(rig: SocketRig, transport: str) -> None:
    user = rig.user()
    other_session = rig.user()
    other_session.id = user.id
    async with rig.client(user, transport) as client, rig.client(other_session, transport) as kept:
        rig.sockets.revoke(reason="password_changed", user_id=user.id, keep_session=other_session.session_id)
        assert await client.wait_for("sessionRevoked") == {"reason": "password_changed"}
        await closes_within(client, 1)
        assert client.disconnected.is_set()
        assert await kept.call("ping", {})
        rig.sockets.revoke(reason="logout", session_id=other_session.session_id)
        assert await kept.wait_for("sessionRevoked") == {"reason": "logout"}
        await closes_within(kept, 1)


async def test_revoked_before_register_user(rig: SocketRig) -> None:
    user = rig.user()
    async with rig.client(user, register=False) as client:
        rig.sockets.revoke(reason="logout", user_id=user.id)
        await closes_within(client, 1)
        assert client.events == []


# ---------------------------------------------------------------- shutdown


@every_transport
async def test_drain(transport: str) -> None:
    async with run_rig() as rig:
        async with (
            rig.client(rig.user(), transport) as client,
            rig.client(rig.user(), "websocket", register=False) as early,
        ):
            ack = await client.start("react", {"number": 1})
            await client.call("ping", {})
            draining = asyncio.ensure_future(rig.sockets.drain(reconnect_after_ms=1_234))  # noqa: TID251 - awaited below
            await asyncio.sleep(0)
            rig.gate.set()
            assert await ack == {"text": "", "number": 1} or await ack == {"number": 1}
            assert await client.wait_for("serverShutdown") == {"reconnectAfterMs": 1_234}
            await closes_within(client, 1)
            assert client.disconnected.is_set()
            await closes_within(early, 1)
            assert early.events == []
            await draining
            for refused in TRANSPORTS:
                with pytest.raises(Exception, match="503"):
                    await ForeignClient(rig.url).open(refused)
        assert [packet[:2] for packet in client.packets[-3:-1]].count("43") <= 1


async def test_drain_does_not_wait_for_a_handler_that_hangs() -> None:
    timing = msgspec.structs.replace(SHORT, drain_s=0.1, answer_s=5)
    async with run_rig(timing=timing) as rig, rig.client(rig.user()) as client:
        ack = await client.start("react", {})
        await client.call("ping", {})
        started = time.monotonic()
        await rig.sockets.drain()
        assert time.monotonic() - started < 1
        with pytest.raises(Closed):
            await ack
