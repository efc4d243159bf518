"""The events `messagesDelivered` and `messagesRead`."""

from chinwag_protocol.commands import MarkAck, MarkMessages
from chinwag_server.realtime.connection import Connection
from chinwag_server.realtime.dispatch import Route
from chinwag_server.services.receipts import Receipts


def routes(receipts: Receipts) -> dict[str, Route]:
    """The handlers, by event."""

    async def delivered(connection: Connection, command: MarkMessages) -> MarkAck:
        return await receipts.delivered(connection.principal, command)

    async def read(connection: Connection, command: MarkMessages) -> MarkAck:
        return await receipts.read(connection.principal, command)

    return {
        "messagesDelivered": Route(MarkMessages, delivered),
        "messagesRead": Route(MarkMessages, read),
    }
