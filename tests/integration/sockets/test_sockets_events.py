"""Events: their order, their answers and deadlines, and all that is refused; on all three transports."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from foreign_client import TRANSPORTS, Closed, ForeignClient
from socket_rig import SHORT, SocketRig, message_of, run_rig

from chinwag_protocol.ids import new_id
from chinwag_protocol.limits import Limits
from chinwag_server.realtime import Timing

if TYPE_CHECKING:
    from collections.abc import Callable

QUICK = msgspec.structs.replace(Timing(), answer_s=SHORT.answer_s, hung_s=SHORT.hung_s, tick_s=SHORT.tick_s)
"""Answers are due soon, and the client has its time."""
every_transport = pytest.mark.parametrize("transport", TRANSPORTS)


def event(number: int, name: str, payload: Any) -> str:
    return f"42{number}{json.dumps([name, payload])}"


def send_message(**fields: Any) -> dict[str, Any]:
    return {"tempId": str(new_id()), "conversationId": str(new_id()), "text": "hi"} | fields


# ---------------------------------------------------------------- order, concurrency, deadlines


@every_transport
async def test_events_are_started_in_the_order_sent(rig: SocketRig, transport: str) -> None:
    """Stock python-socketio started six of them as 1 3 5 0 2 4; an inline handler must not overtake coroutines either."""
    async with rig.client(rig.user(), transport) as client:
        packets = []
        for number in range(100, 160):
            name = ("typing", "react", "sendMessage")[number % 3]
            packets.append(event(number, name, send_message() if name == "sendMessage" else {"number": number}))
            client.expect_ack(number)
        rig.gate.set()
        rig.started.clear()
        rig.replies.clear()
        for start in range(0, 60, 20):
            await client.send_packet(*packets[start : start + 20])
        await client.call("ping", {})
        sends = iter(range(1, 60))
        expected = [number if number % 3 != 2 else next(sends) for number in range(100, 160)]
        await wait_for_all(client, expected, rig)


async def wait_for_all(client: ForeignClient, expected: list[int], rig: SocketRig) -> None:
    async with asyncio.timeout(5):
        while len(rig.started) < len(expected):
            await client.call("ping", {})
    assert rig.started == expected


@every_transport
async def test_sixteen_run_at_once_and_ping_is_answered_meanwhile(
    rig: SocketRig, transport: str, eventually: Any
) -> None:
    async with rig.client(rig.user(), transport) as client:
        acks = [await client.start("react", {"number": number}) for number in range(16)]
        acks += [
            await client.start(name, send_message() if name == "sendMessage" else {"number": 50})
            for name in ("react", "sendMessage", "typing")
        ]
        await client.call("ping", {})
        assert rig.started == list(range(16))
        assert not any(ack.done() for ack in acks)
        rig.gate.set()
        answers = await asyncio.gather(*acks)
        assert [answer.get("number", 0) for answer in answers[:16]] == list(range(16))
        assert rig.started == [*range(16), 50, 1, 50]


async def test_what_waits_stops_the_reading(rig: SocketRig, eventually: Any) -> None:
    async with rig.client(rig.user()) as client:
        acks = [await client.start("react", {"number": number}) for number in range(100)]
        link = rig.connections[0].link
        await eventually(lambda: link.paused)
        assert rig.started == list(range(16))
        rig.gate.set()
        await asyncio.gather(*acks)
        assert rig.started == list(range(100))
        assert not link.paused


@every_transport
async def test_every_event_is_answered_in_time(transport: str) -> None:
    """Those whose handlers hang, and those that wait behind them."""
    async with run_rig(timing=QUICK) as rig, rig.client(rig.user(), transport) as client:
        acks = [await client.start("react", {"number": number}) for number in range(18)]
        started = time.monotonic()
        async with asyncio.timeout(10):
            answers = await asyncio.gather(*acks)
        assert {answer["error"]["code"] for answer in answers} == {"unavailable"}
        assert time.monotonic() - started < QUICK.answer_s + 5  # not only when the socket ends
        assert rig.started == list(range(16))
        rig.gate.set()
        assert await client.call("typing", {"number": 1}) == {"number": 1}
        assert len([packet for packet in client.packets if packet.startswith("43")]) == 20  # none twice


async def test_a_message_that_is_not_answered_in_time() -> None:
    async with run_rig(timing=QUICK) as rig, rig.client(rig.user()) as client:
        rig.answers_messages = False
        message = send_message()
        answer = await client.call("sendMessage", message)
        assert answer["error"]["code"] == "unavailable"
        error = await client.wait_for("messageError")
        assert error["tempId"] == message["tempId"]
        command, reply = rig.replies[0]
        reply(message_of(new_id(), command))
        rig.answers_messages = True
        assert "message" in await client.call("sendMessage", send_message())
        assert len([packet for packet in client.packets if packet.startswith("43")]) == 3


async def test_a_handler_that_hangs_is_cancelled(expect_log: Callable[[str], None], eventually: Any) -> None:
    expect_log("the handler of react hangs")
    async with run_rig(timing=QUICK) as rig, rig.client(rig.user()) as client:
        await client.call("react", {})
        inbox = rig.connections[0].inbox
        assert inbox.running == 1
        await eventually(lambda: inbox.running == 0)


async def test_without_an_ack_id_there_is_no_answer(rig: SocketRig) -> None:
    async with rig.client(rig.user()) as client:
        await client.emit("typing", {"number": 7})
        await client.emit("pinMessage", {"text": "conflict"})
        await client.call("ping", {})
        assert rig.started == [7]
        assert len([packet for packet in client.packets if packet.startswith("43")]) == 2  # register-user, ping


# ---------------------------------------------------------------- failures


@every_transport
async def test_a_refusal_is_an_error_ack(rig: SocketRig, transport: str) -> None:
    async with rig.client(rig.user(), transport) as client:
        answer = await client.call("pinMessage", {"text": "conflict"})
        assert answer == {"error": {"code": "conflict", "message": "so it is", "field": "text"}}
        assert client.of("messageError") == []


@every_transport
async def test_a_fault_is_an_error_ack_and_a_line_in_the_log(
    rig: SocketRig, transport: str, expect_log: Callable[[str], None]
) -> None:
    expect_log("the handler of pinMessage failed, trace")
    expect_log("the handler of sendMessage failed, trace")
    async with rig.client(rig.user(), transport) as client:
        for answer in (
            await client.call("pinMessage", {}),
            await client.call("sendMessage", send_message(text="fault")),
        ):
            assert answer["error"]["code"] == "internal"
            assert "secret" not in json.dumps(answer)
        assert await client.call("ping", {})


@every_transport
@pytest.mark.parametrize(
    ("fields", "code", "told"),
    [
        ({"text": "conflict"}, "conflict", True),
        ({"text": 5}, "invalid", True),
        ({"tempId": "no uuid"}, "invalid", False),
        ({"tempId": None}, "invalid", False),
    ],
)
async def test_a_failed_message_is_told_besides_the_ack(
    rig: SocketRig, transport: str, fields: dict[str, Any], code: str, told: bool
) -> None:
    async with rig.client(rig.user(), transport) as client, rig.client(rig.user(), transport) as other:
        message = send_message(**fields)
        answer = await client.call("sendMessage", message)
        assert answer["error"]["code"] == code
        error = await client.wait_for("messageError")
        assert error.get("tempId") == (message["tempId"] if told else None)
        assert error["error"] == answer["error"]
        await client.emit("sendMessage", message)
        await client.wait_for("messageError")
        assert other.of("messageError") == []


@every_transport
@pytest.mark.parametrize(
    "name",
    ["connect", "disconnect", "connect_error", "error", "__disconnect_final", "newMessage", "*", "", "pïng", "x" * 500],
)
async def test_names_that_are_not_listed(rig: SocketRig, transport: str, name: str) -> None:
    """Stock python-socketio hands a forged `connect` to the handler of `connect`."""
    async with rig.client(rig.user(), transport) as client:
        answer = await client.call(name, {"REMOTE_ADDR": "1.2.3.4"}, {"token": "forged"})
        assert answer["error"]["code"] == "invalid"
        assert answer["error"]["field"] == "event"
        assert await client.call("ping", {})
        assert len(rig.connections) == 1


@every_transport
async def test_arguments(rig: SocketRig, transport: str) -> None:
    async with rig.client(rig.user(), transport) as client:
        assert await client.call("typing", {"number": 1, "unknown": [1, {"x": 2}]}, {"more": 1}, 5) == {"number": 1}
        assert await client.call("typing") == {}
        assert await client.call("typing", None) == {}
        for bad in ([], "text", 5, True, {"number": "1"}, {"number": 1.5}):
            answer = await client.call("typing", bad)
            assert answer["error"]["code"] == "invalid", bad
        assert (await client.call("typing", {"number": "1"}))["error"]["field"] == "number"


@every_transport
@pytest.mark.parametrize("body", ['[ "typing" , { "number" : 4 } ]', r'["typ\u0069ng",{"number":4}]'])
async def test_other_spellings_of_the_same_json(rig: SocketRig, transport: str, body: str) -> None:
    async with rig.client(rig.user(), transport) as client:
        await client.send_packet("42" + body)
        await client.call("ping", {})
        assert rig.started == [4]


@every_transport
@pytest.mark.parametrize(
    "payload",
    [
        '{"number":NaN}',
        '{"number":Infinity}',
        '{"text":"a\\u0000b"}',
        '{"text":"\\ud800"}',
        '{"number":9007199254740993}',
        '{"other":' + "[" * 17 + "]" * 17 + "}",
        "[" * 20_000 + "]" * 20_000,
        '{"other":[' + "0," * 500 + "0]}",
    ],
)
async def test_forbidden_values_are_invalid_and_the_socket_stays(rig: SocketRig, transport: str, payload: str) -> None:
    async with rig.client(rig.user(), transport) as client:
        ack = client.expect_ack(7)
        await client.send_packet(f'427["typing",{payload}]')
        answer = await asyncio.wait_for(ack, 5)
        assert answer["error"]["code"] == "invalid"
        assert await client.call("ping", {})
        assert rig.started == []


@every_transport
@pytest.mark.parametrize(
    "packet",
    [
        "42",
        "421",
        "42[",
        '42["typing"',
        '42["typing",{}',
        '42["typing",{}}',
        '42["typing",{"a":}]',
        '42["typing",{}] ]',
        '42"typing"',
        '42{"typing":1}',
        '42x["typing",{}]',
        '42-1["typing",{}]',
        "42" + "1" * 30 + '["typing",{}]',
        '42/chat,["typing",{}]',
        '451-["typing",{"_placeholder":true,"num":0}]',
        "461-[]",
        "44{}",
        "47",
        "4",
        "43",
        "43x[]",
    ],
)
async def test_packets_that_do_not_parse_close(rig: SocketRig, transport: str, packet: str) -> None:
    async with rig.client(rig.user(), transport) as client:
        try:
            await client.send_packet(packet)
        except Closed as closed:
            assert "400" in str(closed)  # noqa: PT017 - over WebSocket nothing is raised
        await client.wait_closed(timeout_s=2)
        assert client.disconnected.is_set()
        assert rig.started == []


@every_transport
async def test_too_many_invalid_events_close(transport: str) -> None:
    async with run_rig(limits=Limits(invalid_per_minute=10)) as rig, rig.client(rig.user(), transport) as client:
        for _ in range(10):
            assert (await client.call("unheard-of", {}))["error"]["code"] == "invalid"
        assert (await client.call("pinMessage", {"text": "conflict"}))["error"]["code"] == "conflict"
        with contextlib.suppress(Closed):
            await client.call("typing", [])
        await client.wait_closed(timeout_s=2)
        assert rig.ended[0][1] == "too many invalid events"


# ---------------------------------------------------------------- how fast


@every_transport
async def test_over_the_rate_events_wait(transport: str) -> None:
    async with (
        run_rig(limits=Limits(events_per_second=100, event_burst=20)) as rig,
        rig.client(rig.user(), transport) as client,
    ):
        started = time.monotonic()
        answers = await asyncio.gather(*[await client.start("typing", {"number": number}) for number in range(60)])
        assert time.monotonic() - started > 0.35
        assert [answer.get("number", 0) for answer in answers] == list(range(60))
        assert rig.started == list(range(60))


async def test_a_flood_closes() -> None:
    timing, limits = Timing(throttled_s=0.3), Limits(events_per_second=50, event_burst=20)
    async with run_rig(timing=timing, limits=limits) as rig:  # noqa: SIM117 - rig
        async with rig.client(rig.user()) as flooder, rig.client(rig.user()) as other:

            async def flood() -> None:
                while True:
                    await flooder.emit("typing", {"number": 1})
                    await asyncio.sleep(0)  # `emit` waits only once the kernel's buffers are full: others are to run

            began = time.monotonic()
            flooding = asyncio.ensure_future(flood())  # noqa: TID251 - awaited below
            try:
                for _ in range(10):
                    assert await other.call("ping", {}, timeout_s=5)
                await flooder.wait_closed(timeout_s=30)
            finally:
                flooding.cancel()
                await asyncio.gather(flooding, return_exceptions=True)
            assert rig.ended[0][1] == "too many events"
            assert len(rig.started) <= limits.event_burst + limits.events_per_second * (time.monotonic() - began)
            assert await other.call("ping", {})


async def test_a_flood_of_messages_is_slowed_down_too() -> None:
    async with (
        run_rig(limits=Limits(messages_per_second=50, message_burst=10)) as rig,
        rig.client(rig.user()) as client,
    ):
        started = time.monotonic()
        await asyncio.gather(*[await client.start("sendMessage", send_message()) for _ in range(60)])
        assert time.monotonic() - started > 0.35
        assert await client.call("ping", {})


# ---------------------------------------------------------------- what goes out


@every_transport
async def test_acks_and_events_keep_their_order(rig: SocketRig, transport: str) -> None:
    user = rig.user()
    async with rig.client(user, transport) as client:
        rig.answers_messages = False
        acks = [await client.start("sendMessage", send_message(text=str(number))) for number in range(10)]
        await client.call("ping", {})
        client.packets.clear()
        for number, (command, reply) in enumerate(rig.replies):
            rig.sockets.deliver([user.id.int], b'42["userOnline",%d]' % number)
            reply(message_of(user.id, command))
        await asyncio.gather(*acks)
        kinds = [packet[:2] for packet in client.packets if packet[:2] in ("42", "43")]
        assert kinds == ["42", "43"] * 10
        assert client.of("userOnline") == list(range(10))


async def test_deliver_skips(rig: SocketRig) -> None:
    first, second = rig.user(), rig.user()
    second_session = rig.user()
    second_session.id = first.id
    async with rig.client(first) as one, rig.client(second_session) as two, rig.client(second) as three:
        rig.sockets.deliver([first.id.int, second.id.int, 5], b'42["a",1]', skip_session=first.session_id)
        rig.sockets.deliver([first.id.int, second.id.int], b'42["b",1]', skip_user=second.id.int)
        rig.sockets.deliver_to_all(b'42["c",1]', skip_user=first.id.int)
        rig.sockets.deliver([], b'42["d",1]')
        for client in (one, two, three):
            await client.call("ping", {})
        assert [[name for name, _ in client.events] for client in (one, two, three)] == [["b"], ["a", "b"], ["a", "c"]]
