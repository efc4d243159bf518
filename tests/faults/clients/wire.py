"""The socket of a desktop client with a tap on it: what went out, what was acknowledged, which facts came in."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from chinwag_protocol.events import ConnectAuth, MessageAck, SendMessage
from faults.records import Acked, ClientLog, Fact, Sent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msgspec import Struct

    from chinwag_desktop.core.link import Inbound
    from chinwag_desktop.sync.ports import Socket


class TappedSocket:
    """`sync.ports.Socket`; `number` tells the links of one client apart."""

    def __init__(self, socket: Socket, *, number: int, log: ClientLog) -> None:
        self._socket = socket
        self._number = number
        self._log = log

    @property
    def transport(self) -> str | None:
        return self._socket.transport

    @property
    def bytes_sent(self) -> int:
        return self._socket.bytes_sent

    @property
    def bytes_received(self) -> int:
        return self._socket.bytes_received

    async def connect(self, auth: ConnectAuth) -> None:
        await self._socket.connect(auth)

    async def receive(self) -> Sequence[Inbound]:
        events = await self._socket.receive()
        for event in events:
            fact = fact_of(event.name, event.payload, link=self._number)
            if fact is not None:
                self._log.write(fact)
        return events

    async def call(self, event: str, payload: Struct, *, timeout_s: float) -> Any:
        if isinstance(payload, SendMessage):
            self._log.write(Sent(time.monotonic(), self._number, str(payload.temp_id)))
        answer = await self._socket.call(event, payload, timeout_s=timeout_s)
        if isinstance(payload, SendMessage) and isinstance(answer, MessageAck):
            message = answer.message
            self._log.write(
                Acked(
                    time.monotonic(),
                    self._number,
                    str(payload.temp_id),
                    str(message.conversation_id),
                    str(message.id),
                    message.seq,
                    message.rev,
                )
            )
        return answer

    async def close(self, *, polite: bool = False) -> None:
        await self._socket.close(polite=polite)


def fact_of(name: str, payload: Any, *, link: int) -> Fact | None:
    """What an event says of a `rev`; None for marks, presence, typing."""
    match name:
        case "newMessage" | "messageUpdated":
            return Fact(
                time.monotonic(), link, name, payload["conversationId"], payload["rev"], payload["seq"], payload["id"]
            )
        case "membersChanged" | "factSkipped":
            return Fact(time.monotonic(), link, name, payload["conversationId"], payload["rev"])
        case "conversationUpdated":
            return Fact(time.monotonic(), link, name, payload["conversation"]["id"], payload["conversation"]["rev"])
        case "conversationLeft":
            return Fact(time.monotonic(), link, name, payload["conversationId"], 0)
        case _:
            return None
