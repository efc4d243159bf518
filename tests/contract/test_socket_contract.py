"""What the sync layer relies on of a socket: the real one over a real server, and the fake one of the unit tests, alike."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from desktop_builders import ME, TALK
from fake_link import FakeSocket
from socket_server import SocketServer, serving

from chinwag_desktop.core.errors import LinkLost, Refused, SignedOut
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.net.socket_client import SocketClient
from chinwag_desktop.net.tls import make_ssl_context
from chinwag_desktop.sync.ports import Socket
from chinwag_protocol.events import ConnectAuth, MarkAck, MarkMessages, Ping, PingAck

AUTH = ConnectAuth(token="token", user_id=ME, protocol=1)
WHEN = "2026-11-24T20:00:00.000Z"
MARK = MarkMessages(conversation_id=TALK, seq=7)


@dataclass
class Case:
    """A socket, and the other end of it."""

    socket: Socket
    emit: Callable[[str, Any], Awaitable[None]]
    answer: Callable[[str, Any], None]
    refuse: Callable[[str], None]
    hang_up: Callable[[], Awaitable[None]]


@pytest.fixture
async def real() -> AsyncIterator[Case]:
    server = SocketServer()
    async with serving(server):
        socket = SocketClient(server.url, ssl_context=make_ssl_context())

        def refuse(code: str) -> None:
            server.refusal = {"code": code, "message": "no"}

        async def hang_up() -> None:
            await server.sio.disconnect(server.sids[0])

        def answer(event: str, value: Any) -> None:
            server.answers[event] = lambda _: value

        yield Case(socket, server.emit, answer, refuse, hang_up)
        await socket.close()


@pytest.fixture
async def fake() -> Case:
    socket = FakeSocket()
    socket.answers.clear()

    async def emit(event: str, payload: Any) -> None:
        socket.emit(event, payload)

    def answer(event: str, value: Any) -> None:
        records = {"ping": PingAck, "messagesRead": MarkAck}
        if "error" in value:
            socket.answers[event] = Refused(code=value["error"]["code"])
        else:
            socket.answers[event] = msgspec.convert(value, records[event])

    def refuse(code: str) -> None:
        socket.failure = SignedOut(code=code)

    async def hang_up() -> None:
        socket.lose("io server disconnect")

    return Case(socket, emit, answer, refuse, hang_up)


@pytest.fixture(params=["real", "fake"])
def case(request: pytest.FixtureRequest) -> Case:
    return request.getfixturevalue(request.param)


async def test_answers_come_as_records(case: Case) -> None:
    case.answer("ping", {"serverTime": WHEN})
    case.answer("messagesRead", {"conversationId": str(TALK), "seq": 7})
    await case.socket.connect(AUTH)
    assert await case.socket.call("ping", Ping(), timeout_s=5) == PingAck(server_time=WHEN)
    assert await case.socket.call("messagesRead", MARK, timeout_s=5) == MarkAck(conversation_id=TALK, seq=7)
    assert case.socket.transport == "websocket"
    assert case.socket.bytes_sent > 0


async def test_error_answers_are_raised(case: Case) -> None:
    case.answer("messagesRead", {"error": {"code": "not_found", "message": "no"}})
    await case.socket.connect(AUTH)
    with pytest.raises(Refused) as refused:
        await case.socket.call("messagesRead", MARK, timeout_s=5)
    assert refused.value.code == "not_found"


async def test_a_refused_connect_is_raised(case: Case) -> None:
    case.refuse("session_revoked")
    with pytest.raises(SignedOut) as refused:
        await case.socket.connect(AUTH)
    assert refused.value.code == "session_revoked"


async def test_events_come_in_order_and_then_the_loss(case: Case, eventually: Any) -> None:
    await case.socket.connect(AUTH)
    for number in range(10):
        await case.emit("typing", {"n": number})
    await case.hang_up()
    received: list[int] = []
    with pytest.raises(LinkLost) as lost:
        await _receive_for_ever(case.socket, received)
    assert received == list(range(10))
    assert lost.value.reason == "io server disconnect"


async def _receive_for_ever(socket: Socket, received: list[int]) -> None:
    while True:
        received += [inbound.payload["n"] for inbound in await socket.receive()]


async def test_calls_fail_at_once_when_the_link_ends_and_ever_after(case: Case, eventually: Any) -> None:
    await case.socket.connect(AUTH)
    owner = TaskOwner("test")
    failures: list[LinkLost] = []

    async def call() -> None:
        try:
            await case.socket.call("messagesRead", MARK, timeout_s=60)
        except LinkLost as lost:
            failures.append(lost)

    owner.spawn(call(), "call")
    await eventually(lambda: len(owner) == 1)
    await case.hang_up()
    await eventually(lambda: failures)
    with pytest.raises(LinkLost):
        await case.socket.call("messagesRead", MARK, timeout_s=60)
    await owner.close()


async def test_closing_twice_and_unconnected(case: Case) -> None:
    await case.socket.close()
    await case.socket.close(polite=True)
    assert case.socket.transport in (None, "websocket")
